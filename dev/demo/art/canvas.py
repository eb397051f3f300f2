"""A blank plate and the few SVG elements that the drawings are made of.

The light comes from the upper left. A plate is 400 units wide and 500 high and has no ground
of its own: the page lays it on a coloured one.
"""

import re
from collections.abc import Iterable
from math import cos, pi, sin

from dev.demo.art.materials import SHADOW, WHITE, Material

# Where the tones of a material stand along a gradient: on a body that bulges towards the
# viewer the light falls a little left of the middle, and in a hollow on the far right.
BULGE = ((0.0, "mid"), (0.24, "light"), (0.6, "mid"), (1.0, "dark"))
HOLLOW = ((0.0, "dark"), (0.55, "mid"), (1.0, "light"))
FLAT = ((0.0, "light"), (0.45, "mid"), (1.0, "dark"))
Stops = tuple[tuple[float, str], ...]

# A step of an outline: x and y of a point, or of the two control points and end of a cubic curve.
Step = tuple[float, ...]


class Plate:
    """One picture: the gradients it needs and its elements from back to front."""

    def __init__(self, right: float = 0, down: float = 0) -> None:
        """An empty plate; everything drawn on it is moved by `right` and `down`, to centre it."""
        self._place = f"translate({number(right)} {number(down)})" if right or down else ""
        self._gradients: list[str] = []
        self._elements: list[str] = []

    def across(self, material: Material, stops: Stops = BULGE) -> str:
        """A paint for upright bodies, shaded from left to right."""
        return self._gradient(material, stops, {})

    def down(self, material: Material, stops: Stops = BULGE) -> str:
        """A paint for lying bodies, shaded from top to bottom."""
        return self._gradient(material, stops, {"x2": 0, "y2": 1})

    def slant(self, material: Material, stops: Stops = FLAT) -> str:
        """A paint for flat faces, shaded from the upper left to the lower right."""
        return self._gradient(material, stops, {"y2": 1})

    def draw(self, *elements: str) -> "Plate":
        """Lay elements over what is already there."""
        self._elements.extend(elements)
        return self

    def svg(self) -> str:
        """The finished picture as an SVG document."""
        return document(400, 500, self.drawing())

    def drawing(self, suffix: str = "") -> str:
        """The picture without its frame; beside others, a suffix keeps its gradients apart from theirs."""
        elements = "".join(self._elements)
        if self._place:
            elements = group(self._place, elements)
        drawing = f"<defs>{''.join(self._gradients)}</defs>{elements}"
        return re.sub(r'(id="|url\(#)([a-z])', rf"\g<1>\g<2>{suffix}", drawing)

    def _gradient(self, material: Material, stops: Stops, ends: dict[str, float]) -> str:
        identifier = "abcdefghijklmnopqrstuvwxyz"[len(self._gradients)]
        colours = "".join(element("stop", offset=offset, stop_color=getattr(material, tone)) for offset, tone in stops)
        opening = element("linearGradient", id=identifier, **ends).removesuffix("/>")
        self._gradients.append(f"{opening}>{colours}</linearGradient>")
        return f"url(#{identifier})"


def document(width: float, height: float, drawing: str) -> str:
    """An SVG document of that size."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}"'
        f' height="{height}">{drawing}</svg>\n'
    )


def element(tag: str, **attributes: str | float) -> str:
    """An SVG element without children; `stroke_width=2` becomes `stroke-width="2"`."""
    written = "".join(f' {name.replace("_", "-")}="{number(value)}"' for name, value in attributes.items())
    return f"<{tag}{written}/>"


def number(value: str | float) -> str:
    """A coordinate with at most one decimal (two below one); text is left as it is."""
    if isinstance(value, str):
        return value
    decimals = 2 if abs(value) < 1 else 1
    return f"{value:.{decimals}f}".rstrip("0").rstrip(".")


def path(outline: str, fill: str, **attributes: str | float) -> str:
    """A filled shape."""
    return element("path", d=outline, fill=fill, **attributes)


def stroke(line: str, colour: str, width: float, **attributes: str | float) -> str:
    """A line with round ends."""
    paint: dict[str, str | float] = {"fill": "none", "stroke": colour, "stroke_width": width}
    return element("path", d=line, **paint, **{"stroke_linecap": "round", **attributes})


def ellipse(cx: float, cy: float, rx: float, ry: float, fill: str, **attributes: str | float) -> str:
    """An ellipse: most often the rim of something round."""
    return element("ellipse", cx=cx, cy=cy, rx=rx, ry=ry, fill=fill, **attributes)


def circle(cx: float, cy: float, radius: float, fill: str, **attributes: str | float) -> str:
    """A circle."""
    return element("circle", cx=cx, cy=cy, r=radius, fill=fill, **attributes)


def rect(x: float, y: float, width: float, height: float, radius: float, fill: str) -> str:
    """A rectangle with rounded corners."""
    return element("rect", x=x, y=y, width=width, height=height, rx=radius, fill=fill)


def group(transform: str, *elements: str) -> str:
    """Elements moved or turned together."""
    return f'<g transform="{transform}">{"".join(elements)}</g>'


def shine(line: str, width: float = 6, opacity: float = 0.4) -> str:
    """A reflection along a glossy surface."""
    return stroke(line, WHITE, width, opacity=opacity)


def shade(outline: str, opacity: float = 0.18) -> str:
    """A soft dark area: the inside of a fold, or what lies under an edge."""
    return path(outline, SHADOW, opacity=opacity)


def contact_shadow(cx: float, cy: float, rx: float) -> str:
    """The shadow on the table under a standing object, pulled a little to the right."""
    return ellipse(cx + 8, cy, rx * 1.06, rx * 0.11, SHADOW, opacity=0.1) + ellipse(
        cx + 3, cy - 1, rx * 0.9, rx * 0.07, SHADOW, opacity=0.22
    )


def lying(transform: str, outlines: Iterable[str], *elements: str) -> str:
    """Something that lies flat, seen from above, with the shadow of its outlines beside it."""
    shadows = "".join(path(outline, SHADOW) for outline in outlines)
    fallen = group(f"translate(6 9) {transform}".rstrip(), shadows)
    return f'<g opacity=".16">{fallen}</g>' + group(transform, *elements)


def handle(line: str, glaze: Material, width: float) -> str:
    """A round loop handle: its shaded edge, its face and a gleam along its upper part."""
    return (
        stroke(line, glaze.dark, width)
        + stroke(line, glaze.mid, width * 0.78, transform="translate(-1 -2)")
        + stroke(
            line,
            glaze.light,
            width * 0.24,
            transform="translate(-1 -4.5)",
            stroke_dasharray="0 30 70 900",
            opacity=0.8,
        )
    )


def turned(axis: float, profile: Iterable[Step], base: float = 0, lip: float = 0) -> str:
    """The outline of a body turned about a vertical axis.

    `profile` runs down the right-hand side, in distances from the axis and heights. `base` is
    how far the front of the foot hangs below its ends. With a `lip`, the vertical radius of the
    rim, the outline starts at the front of the rim and leaves the opening free.
    """
    steps = list(profile)
    right = [_step(axis, 1, step) for step in steps]
    opening = f"A{number(steps[0][0])} {number(lip)} 0 0 0 {right[0][1:]}" if lip else ""
    left = "".join(_back_up(axis, steps))
    return f"M{right[0][1:]}{''.join(right[1:])}{_foot(axis, steps[-1], base)}{left}{opening}z"


def _foot(axis: float, last: Step, base: float) -> str:
    """The front of the foot: round under a straight side, rolled under after a curved one."""
    width, height = last[-2:]
    end = _point(axis - width, height)
    if len(last) == 2:
        return f"A{number(width)} {number(base)} 0 0 1 {end}"
    low = height + base * 4 / 3
    return f"C{_point(axis + width * 0.55, low)} {_point(axis - width * 0.55, low)} {end}"


def _back_up(axis: float, steps: list[Step]) -> Iterable[str]:
    """The mirrored profile, read from the foot to the rim."""
    for upper, lower in zip(reversed(steps[:-1]), reversed(steps[1:]), strict=True):
        if len(lower) == 6:
            first_x, first_y, second_x, second_y = lower[:4]
            yield _step(axis, -1, (second_x, second_y, first_x, first_y, *upper[-2:]))
        else:
            yield _step(axis, -1, (upper[-2], upper[-1]))


def _step(axis: float, side: int, step: Step) -> str:
    points = [_point(axis + side * step[i], step[i + 1]) for i in range(0, len(step), 2)]
    return ("C" if len(points) == 3 else "L") + " ".join(points)


def _point(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def dots(points: Iterable[tuple[float, float]], colour: str, size: float, **more: float) -> str:
    """Many round dots of one colour, written as a single path."""
    line = "".join(f"M{_point(x, y)}h0" for x, y in points)
    return stroke(line, colour, size, **more)


def around(axis: float, radius: float, count: int) -> list[float]:
    """`count` positions evenly spread over the visible half of a cylinder, left to right."""
    return [axis - radius * cos(pi * (i + 0.5) / count) for i in range(count)]


def sag(axis: float, radius: float, depth: float, x: float) -> float:
    """How far the front of a ring of `radius` hangs below its middle, at a given `x`."""
    turn = max(-1.0, min(1.0, (x - axis) / radius))
    return depth * sin(pi / 2 * (1 - turn * turn) ** 0.5)
