"""Measures what the shop claims beside what one would pick instead: `make bench`, or one line, `make bench ONLY=cold`.

    python -m bench [NAME …]

Writes bench/results.json, the plots, and docs/performance.md, which is made of both and of bench/changes.md, after each
line. A line that cannot run here says why and is skipped, one that breaks is told; the others go on, and the former
result of either stays.
"""

from __future__ import annotations

import sys
import time
import traceback
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module

from bench import guard, plots, report
from bench.results import Refused, Skipped
from bench.store import LINES, Measured, Results, Shop, load, machine, save, shop

INTERRUPTED = 130


def main() -> int:
    """Measure, print, write; fails where a line breaks, not where an aim is missed."""
    names = asked(sys.argv[1:])
    unknown = [name for name in names if name not in LINES]
    if unknown:
        print(f"ONLY={unknown[0]} is not known: it is one of {', '.join(LINES)}.", file=sys.stderr)
        return 2
    try:
        with guard.stoppable(), guard.alone():
            return measure(names, load())
    except Refused as why:
        print(why, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nStopped: the lines that were measured are kept.", file=sys.stderr)
        return INTERRUPTED


def asked(words: Sequence[str]) -> list[str]:
    """Return the names that are asked for, each once, between spaces or commas; all where there are none."""
    return list(dict.fromkeys(" ".join(words).replace(",", " ").split())) or list(LINES)


def measure(names: Sequence[str], results: Results) -> int:
    """Measure line by line, and keep each; returns whether one broke."""
    here = shop()
    measured: list[Measured] = []
    skipped: dict[str, str] = {}
    broken: dict[str, str] = {}
    for name in names:
        announce(name, results)
        try:
            found = run(name, here)
        except Skipped as why:
            skipped[name] = str(why)
            print(f"  skipped: {why}")
            results = results.without(name, str(why))
        except Exception as why:  # noqa: BLE001 -- whatever it is, the other lines are measured.
            guard.end_if_stopped(why)
            broken[name] = reason(name, why)
            print(f"  broken: {name}: {broken[name]}", flush=True)
            results = results.without(name, f"it broke ({type(why).__name__})")
        else:
            tell(found)
            measured.append(found)
            results = results.with_line(found)
        keep(results)
    summarize(measured, skipped, broken)
    return 1 if broken else 0


def announce(name: str, results: Results) -> None:
    """Say what is measured now, and how long that took before."""
    before = results.lines.get(name)
    took = f" (the last time it took {before.seconds:.0f} s)" if before and before.seconds else ""
    print(f"\n--- {name}{took}", flush=True)


def run(name: str, here: Shop) -> Measured:
    """Measure one line. Raises Skipped, or whatever it breaks with."""
    began = time.monotonic()
    line = import_module(f"bench.lines.{name}").measure()
    return Measured(line, datetime.now(UTC), round(time.monotonic() - began, 1), machine(), shop=here)


def reason(name: str, why: Exception) -> str:
    """Return in one sentence why a line broke; all of it is written beside the lock."""
    log = guard.FOLDER / f"{name}.log"
    log.write_text("".join(traceback.format_exception(why)))
    said = next(iter(str(why).strip().splitlines()), "")
    return ": ".join(part for part in (type(why).__name__, said) if part) + f" (all of it: {log})"


def keep(results: Results) -> None:
    """Write the results, and what is made of them."""
    save(results)
    plots.draw(results)
    report.write(results)


def tell(measured: Measured) -> None:
    """Print a line's figures and ratios."""
    line = measured.line
    print(f"  {line.title}")
    for figure in line.figures:
        print(f"    {report.figure_words(figure)}")
    for ratio in line.ratios:
        print(f"    {report.ratio_words(ratio)}")
    print(f"    ({measured.seconds:.0f} s)", flush=True)


def summarize(measured: Sequence[Measured], skipped: dict[str, str], broken: dict[str, str]) -> None:
    """Print how the run ended."""
    missed = [(one.line.name, ratio.what) for one in measured for ratio in one.line.ratios if ratio.missed]
    counts = [f"{len(measured)} measured", f"{len(skipped)} skipped", f"{len(broken)} broken"]
    print(f"\n  {', '.join(counts)}, {len(missed)} aims missed")
    for how, told in (("missed", missed), ("skipped", skipped.items()), ("broken", broken.items())):
        for name, what in told:
            print(f"  {how}: {name}: {what}")


if __name__ == "__main__":
    sys.exit(main())
