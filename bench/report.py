"""docs/performance.md: made of the results, and of what was changed for them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from bench.results import Figure, Line, Ratio
from bench.store import Measured, Results

PAGE = Path("docs/performance.md")
CHANGES = Path(__file__).with_name("changes.md")
PLOTS = "images/performance"
HEAD = """# Performance

What the shop claims, measured beside what one would pick instead: `make bench` (under 15 minutes), or one line of it,
`make bench ONLY=cold`. This page and its plots are made from `bench/results.json` by that command. Everything that is
compared was measured in turn in one run on one machine, so ratios hold where milliseconds do not; each number is the
median, with the least and the most of all rounds. An aim that is missed says so.
"""


def write(results: Results) -> None:
    """Write the page."""
    PAGE.write_text(page(results))


def page(results: Results) -> str:
    """Return the page."""
    parts = [HEAD, summary(results), *(section(one) for one in results.lines.values()), CHANGES.read_text()]
    return "\n".join(part.strip("\n") + "\n" for part in parts)


def summary(results: Results) -> str:
    """Return a table of every ratio that has an aim."""
    rows = [
        f"| [{one.line.title}](#{anchor(one.line.title)}) | {ratio.what} | {number(ratio.median)} | {ratio.aim} | "
        f"{'**missed**' if ratio.missed else 'met'} |"
        for one in results.lines.values()
        for ratio in one.line.ratios
        if ratio.aim
    ]
    return "\n".join(["| | ratio | is | aim | |", "|---|---|---|---|---|", *rows])


def section(measured: Measured) -> str:
    """Return what is told of one line."""
    return "\n".join(_section(measured, measured.line))


def _section(measured: Measured, line: Line) -> Iterator[str]:
    yield f"## {line.title}\n"
    if line.skipped:
        yield f"Not measured: {line.skipped}\n"
        return
    if line.ratios:
        yield "| ratio | median | least to most | aim |\n|---|---|---|---|"
        for ratio in line.ratios:
            aim = f"{ratio.aim}{', **missed**' if ratio.missed else ''}"
            yield f"| {ratio.what} | {number(ratio.median)} | {spread(ratio.rounds)} | {aim} |"
        yield ""
    if line.figures:
        yield "| | median | least to most | |\n|---|---|---|---|"
        for figure in line.figures:
            yield f"| {figure.name} | {number(figure.median)} | {spread(figure.samples)} | {figure.unit} |"
        yield ""
    for plot in line.plots:
        yield f"![{plot.title}]({PLOTS}/{plot.name}.svg)\n"
    for note in line.notes:
        yield f"- {note}"
    versions = ", ".join(f"{name} {version}" for name, version in line.versions.items())
    yield f"\nMeasured {measured.at:%Y-%m-%d} in {measured.seconds:.0f} s on {measured.machine}" + (
        f"; {versions}.\n" if versions else ".\n"
    )


def figure_words(figure: Figure) -> str:
    """Return a figure as the terminal shows it."""
    return f"{figure.name}: {number(figure.median)} {figure.unit} ({spread(figure.samples)})"


def ratio_words(ratio: Ratio) -> str:
    """Return a ratio as the terminal shows it."""
    return f"{ratio.what}: {number(ratio.median)} ({spread(ratio.rounds)})" + (f", {ratio.aim}" if ratio.aim else "")


def spread(samples: list[float]) -> str:
    """Return the least and the most; nothing of a single number."""
    return f"{number(min(samples))} to {number(max(samples))}" if len(samples) > 1 else ""


def number(value: float) -> str:
    """Return three digits of a small number, and a large one in groups."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def anchor(title: str) -> str:
    """Return a heading's address as GitHub makes it."""
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter == "-")
