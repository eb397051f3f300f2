"""Measures what the shop claims beside what one would pick instead: `make bench`, or one line, `make bench ONLY=cold`.

    python -m bench [NAME …]

Writes bench/results.json, the plots, and docs/performance.md, which is made of both and of bench/changes.md. A line
that cannot run here says why and is skipped; its former result stays.
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from importlib import import_module

from bench import plots, report
from bench.results import Line, Skipped
from bench.store import LINES, Measured, load, machine, save


def main() -> int:
    """Measure, print, write; fails only where a line breaks, not where an aim is missed."""
    names = sys.argv[1:] or list(LINES)
    unknown = [name for name in names if name not in LINES]
    if unknown:
        print(f"ONLY={unknown[0]} is not known: it is one of {', '.join(LINES)}.", file=sys.stderr)
        return 2
    results, skipped = load(), []
    for name in names:
        measured = run(name)
        tell(measured)
        if measured.line.skipped:
            skipped.append(name)
        if not measured.line.skipped or name not in results.lines:
            results = results.with_line(measured)
    save(results)
    plots.draw(results)
    report.write(results)
    missed = [ratio.what for name in names for ratio in results.lines[name].line.ratios if ratio.missed]
    print(f"\n  {len(names) - len(skipped)} measured, {len(skipped)} skipped, {len(missed)} aims missed")
    for what in missed:
        print(f"  missed: {what}")
    return 0


def run(name: str) -> Measured:
    """Measure one line; one that cannot run here says why."""
    print(f"\n--- {name}", flush=True)
    began = time.monotonic()
    try:
        line: Line = import_module(f"bench.lines.{name}").measure()
    except Skipped as why:
        line = Line(name=name, title=name, skipped=str(why))
    return Measured(line, datetime.now(UTC), round(time.monotonic() - began, 1), machine())


def tell(measured: Measured) -> None:
    """Print a line's figures and ratios."""
    line = measured.line
    if line.skipped:
        print(f"  skipped: {line.skipped}")
        return
    print(f"  {line.title}")
    for figure in line.figures:
        print(f"    {report.figure_words(figure)}")
    for ratio in line.ratios:
        print(f"    {report.ratio_words(ratio)}{'   MISSED' if ratio.missed else ''}")
    print(f"    ({measured.seconds:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
