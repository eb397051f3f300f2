"""The plots of the results, as SVG: curves over one axis, in the shop's colours."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import cycle
from pathlib import Path
from xml.sax.saxutils import escape

from bench.report import number
from bench.results import Plot
from bench.store import Results

FOLDER = Path("docs/images/performance")
WIDTH, HEIGHT = 860, 460
LEFT, RIGHT, TOP, BOTTOM = 80, 40, 60, 60
COLOURS = ("#9c3d1f", "#2f6b5e", "#b98319", "#4b5a8a", "#7d4b73", "#5f6a2e")
INK, PALE, PAPER = "#33291f", "#ded3c3", "#fffdf8"
LEGEND_LEFT, SWATCH, LETTER = 150, 18, 6.6
MOST_TICKS = 6

Place = Callable[[float], float]


def draw(results: Results) -> None:
    """Draw every plot of the results, and remove what is of none."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    drawings = {plot.name: drawn(plot) for one in results.lines.values() for plot in one.line.plots}
    for file in FOLDER.glob("*.svg"):
        if file.stem not in drawings:
            file.unlink()
    for name, drawing in drawings.items():
        (FOLDER / f"{name}.svg").write_text(drawing)


def drawn(plot: Plot) -> str:
    """Return a plot as SVG."""
    points = [point for curve in plot.curves.values() for point in curve]
    heights = [y for _, y in points]
    levels = decades(min(heights), max(heights)) if plot.log_y else round_numbers(0, max(heights))
    x_place = _scale([x for x, _ in points], LEFT, WIDTH - RIGHT, log=plot.log_x)
    y_place = _scale(levels, HEIGHT - BOTTOM, TOP, log=plot.log_y)
    parts = [*_axes(plot, x_place, y_place, levels), *_curves(plot, x_place, y_place)]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" '
        f'font-family="system-ui, sans-serif" font-size="13" fill="{INK}"><title>{escape(plot.title)}</title>'
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="{PAPER}"/>{"".join(parts)}</svg>\n'
    )


def _scale(values: list[float], start: float, end: float, *, log: bool = False) -> Place:
    """Return where a value stands between two edges."""
    bent = math.log10 if log else float
    least, most = bent(min(values)), bent(max(values))
    return lambda value: start + (bent(value) - least) / ((most - least) or 1) * (end - start)


def _axes(plot: Plot, x_place: Place, y_place: Place, levels: list[float]) -> Iterator[str]:
    yield _text(WIDTH / 2, 22, plot.title, anchor="middle", weight="600")
    for y in levels:
        at = y_place(y)
        yield f'<path d="M{LEFT} {at:.1f}H{WIDTH - RIGHT}" stroke="{PALE}"/>'
        yield _text(LEFT - 8, at + 4, number(y), anchor="end")
    for x in _marks(plot):
        yield _text(x_place(x), HEIGHT - BOTTOM + 20, number(x), anchor="middle")
    yield _text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 14, plot.x, anchor="middle")
    yield _text(12, TOP - 14, plot.y)


def _marks(plot: Plot) -> list[float]:
    """Return the values that stand below the axis: few enough to be read."""
    found = sorted({x for curve in plot.curves.values() for x, _ in curve})
    if plot.log_x:
        return found[:: math.ceil(len(found) / 10)]
    return [x for x in round_numbers(found[0], found[-1]) if found[0] <= x <= found[-1]]


def round_numbers(least: float, most: float) -> list[float]:
    """Return a few round numbers, evenly apart, from `least` or just below it to `most` or just above it."""
    rough = (most - least) / (MOST_TICKS - 1) or 1
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(step for step in (power, 2 * power, 5 * power, 10 * power) if step >= rough)
    return [count * step for count in range(math.floor(least / step), math.ceil(most / step) + 1)]


def decades(least: float, most: float) -> list[float]:
    """Return numbers that begin with 1, 2 or 5, from `least` or just below it to `most` or just above it."""
    powers = range(math.floor(math.log10(least)), math.ceil(math.log10(most)) + 1)
    marks = [first * 10.0**power for power in powers for first in (1, 2, 5)]
    below, above = max(mark for mark in marks if mark <= least), min(mark for mark in marks if mark >= most)
    return [mark for mark in marks if below <= mark <= above]


def _curves(plot: Plot, x_place: Place, y_place: Place) -> Iterator[str]:
    left: float = LEGEND_LEFT
    for colour, (name, points) in zip(cycle(COLOURS), plot.curves.items(), strict=False):
        places = [(x_place(x), y_place(y)) for x, y in points]
        path = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
        yield f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
        yield "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in places)
        yield f'<rect x="{left:.0f}" y="34" width="12" height="12" fill="{colour}"/>{_text(left + SWATCH, 45, name)}'
        left += 2 * SWATCH + len(name) * LETTER


def _text(x: float, y: float, words: str, *, anchor: str = "start", weight: str = "400") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-weight="{weight}">{escape(words)}</text>'
