"""docs/performance.md: made of the results, and of what was changed for them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from bench.results import Figure, Line, Ratio
from bench.store import Measured, Results

PAGE = Path("docs/performance.md")
CHANGES = Path(__file__).with_name("changes.md")
PLOTS = "images/performance"
HEAD = """# Performance

What the shop claims, measured beside what one would pick instead: `make bench` (under 15 minutes), or some of it,
`make bench ONLY=cold,cost`. This page and its plots are made from `bench/results.json` by that command, which wants
PostgreSQL for the search, Chromium for the storefront, and a network at first use; a line without its tool is skipped.

Everything that is compared was measured in turn in one run on one machine: ratios hold better than milliseconds, but
another machine gives others, and so does another day. A ratio is the median of the rounds' ratios, not the ratio of the
medians; beside each median stand the least and the most of all rounds. An aim is met or missed by the median; where
rounds lie on both sides of it, the verdict says so. A ratio without an aim has none because nobody set one, or because
nothing stands beside it on the same terms.
"""


def write(results: Results) -> None:
    """Write the page."""
    PAGE.write_text(page(results))


def page(results: Results) -> str:
    """Return the page."""
    parts = [HEAD, summary(results), *(section(one) for one in results.lines.values()), CHANGES.read_text()]
    return "\n".join(part.strip("\n") + "\n" for part in parts if part)


def summary(results: Results) -> str:
    """Return a table of every ratio that has an aim; nothing where there is none."""
    rows = [
        f"| [{one.line.title}](#{anchor(one.line.title)}) | {ratio.what} | {number(ratio.median)} | {ratio.aim} | "
        f"{verdict(ratio)} |"
        for one in results.lines.values()
        for ratio in one.line.ratios
        if ratio.aim
    ]
    return "\n".join(["| | ratio | is | aim | |", "|---|---|---|---|---|", *rows]) if rows else ""


def section(measured: Measured) -> str:
    """Return what is told of one line."""
    return "\n".join(_section(measured, measured.line))


def _section(measured: Measured, line: Line) -> Iterator[str]:
    yield f"## {line.title}\n"
    if not line.figures and not line.ratios:
        yield f"Not measured: {measured.skipped}\n"
        return
    if measured.skipped:
        yield f"The last run went without this, and what stands here is older: {measured.skipped}\n"
    if line.ratios:
        yield from _ratios(line.ratios)
    if line.figures:
        yield from _figures(line.figures)
    for plot in line.plots:
        yield f"![{plot.title}]({PLOTS}/{plot.name}.svg)\n"
    for note in line.notes:
        yield f"- {note}"
    yield f"\nMeasured {measured.at:%Y-%m-%d} in {measured.seconds:.0f} s on {measured.machine}{_of(measured)}.\n"


def _ratios(ratios: list[Ratio]) -> Iterator[str]:
    yield f"| ratio | {middle(ratio.rounds for ratio in ratios)} | least to most | aim |\n|---|---|---|---|"
    for ratio in ratios:
        aim = ", ".join(part for part in (ratio.aim, verdict(ratio)) if part)
        yield f"| {ratio.what} | {number(ratio.median)} | {spread(ratio.rounds)} | {aim} |"
    yield ""


def _figures(figures: list[Figure]) -> Iterator[str]:
    yield f"| | {middle(figure.samples for figure in figures)} | least to most | |\n|---|---|---|---|"
    for figure in figures:
        yield f"| {figure.name} | {number(figure.median)} | {spread(figure.samples)} | {figure.unit} |"
    yield ""


def _of(measured: Measured) -> str:
    """Return which shop was measured, and the versions of what it was measured with; older results know less."""
    shop = measured.shop
    known = {"Python": shop.python, "Node": shop.node, **measured.line.versions}
    named = [f"{name} {version}" for name, version in known.items() if version]
    if shop.version:
        named.insert(0, f"Open Kitchen {shop.version}" + (f" at commit {shop.commit}" if shop.commit else ""))
    return f"; {', '.join(named)}" if named else ""


def middle(many: Iterable[list[float]]) -> str:
    """Return the heading of a column of medians, some of which may be single values."""
    counts = [len(samples) for samples in many]
    if max(counts) == 1:
        return "value"
    return "median" if min(counts) > 1 else "median, or the value"


def verdict(ratio: Ratio) -> str:
    """Return whether the aim is met as the page shows it."""
    return ratio.verdict.replace("missed", "**missed**")


def figure_words(figure: Figure) -> str:
    """Return a figure as the terminal shows it."""
    return f"{figure.name}: {_joined(number(figure.median), figure.unit, _bracketed(figure.samples))}"


def ratio_words(ratio: Ratio) -> str:
    """Return a ratio as the terminal shows it."""
    words = f"{ratio.what}: {_joined(number(ratio.median), _bracketed(ratio.rounds))}"
    return f"{words}, {ratio.aim}   {ratio.verdict.replace('missed', 'MISSED')}" if ratio.aim else words


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)


def _bracketed(samples: list[float]) -> str:
    return f"({spread(samples)})" if len(samples) > 1 else ""


def spread(samples: list[float]) -> str:
    """Return the least and the most; nothing of a single number."""
    return f"{number(min(samples))} to {number(max(samples))}" if len(samples) > 1 else ""


def number(value: float) -> str:
    """Return three digits of a small number, and a large one in groups."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"  # noqa: PLR2004


def anchor(title: str) -> str:
    """Return a heading's address as GitHub makes it."""
    return "".join(letter for letter in title.lower().replace(" ", "-") if letter.isalnum() or letter == "-")
