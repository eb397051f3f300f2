"""The picture of each shelf of the shop: a few of its things where they are at home."""

from __future__ import annotations

from collections.abc import Callable

from dev.demo.art import baking, blades, boards, pans, pots, tableware, tea, tools
from dev.demo.art.canvas import Plate, circle, document, group, number, path, rect, stroke
from dev.demo.art.materials import BRASS, CHERRY, CLAY, CREAM, IRON, MUSTARD, OAK, SAGE, SHADOW, Material

WIDTH, HEIGHT = 720, 400
# Where things stand, and how thick the board under them is.
TOP, BOARD = 336, 16


class Scene:
    """A wall with a shelf: the wall's own elements, then things in the order in which they are put there."""

    def __init__(self, *wall: str) -> None:
        """A scene in front of `wall`."""
        self._elements = list(wall)
        self._things = 0

    def shelf(self, wood: Material) -> Scene:
        """Put up a board from edge to edge, and its shadow on the wall."""
        return self._add(
            rect(0, TOP, WIDTH, BOARD, 0, wood.mid),
            stroke(f"M0 {TOP + 1}H{WIDTH}", wood.light, 2),
            f'<path d="M0 {TOP + BOARD}H{WIDTH}v9H0z" fill="{SHADOW}" opacity=".12"/>',
        )

    def stand(self, plate: Plate, left: float, foot: float, scale: float) -> Scene:
        """Stand a thing on the shelf; `foot` is the height at which it stands on its own plate."""
        return self._put(plate, f"translate({number(left)} {number(TOP + 4 - foot * scale)}) scale({scale})")

    def hang(self, plate: Plate, left: float, top: float, scale: float, turn: float = 0) -> Scene:
        """Hang a thing on the wall, turned about the middle of its plate."""
        return self._put(
            plate, f"translate({number(left)} {number(top)}) scale({scale}) rotate({number(turn)} 200 250)"
        )

    def svg(self) -> str:
        """The finished picture as an SVG document."""
        return document(WIDTH, HEIGHT, "".join(self._elements))

    def _put(self, plate: Plate, place: str) -> Scene:
        self._things += 1
        return self._add(group(place, plate.drawing(str(self._things))))

    def _add(self, *elements: str) -> Scene:
        self._elements.extend(elements)
        return self


def pots_and_pans() -> Scene:
    """A hearth, with the fire low."""
    arch = path(f"M216 {TOP}V206a144 144 0 0 1 288 0v130z", CLAY.mid, opacity=0.22)
    fire = path(f"M236 {TOP}V206a124 124 0 0 1 248 0v130z", CLAY.light, opacity=0.75)
    glow = path(f"M236 {TOP}a124 100 0 0 1 248 0z", MUSTARD.light, opacity=0.55)
    rail = stroke(f"M0 34H{WIDTH}", IRON.mid, 6)
    return (
        Scene(arch, fire, glow, rail)
        .shelf(CHERRY)
        .hang(pans.griddle(), 20, -4, 0.5, 180)
        .stand(pots.casserole(CLAY), 260, 374, 0.52)
        .stand(pans.saucepan(), 496, 332, 0.56)
        .stand(pans.frying_pan(), 40, 310, 0.5)
    )


def knives_and_boards() -> Scene:
    """A magnetic rail on a tiled wall."""
    joints = (
        "M90 0v112m180 0v-112m180 0v112m180 0v-112M180 112v112m180 0v-112m180 0v112M90 224v112m180 0v-112m180 0v112"
    )
    tiles = stroke(f"M0 112H{WIDTH}M0 224H{WIDTH}{joints}", OAK.dark, 1.5, opacity=0.22)
    rail = rect(210, 66, 340, 26, 4, OAK.mid) + stroke("M214 68H546", OAK.light, 2)
    return (
        Scene(tiles, rail)
        .shelf(OAK)
        .hang(blades.chefs_knife(), 190, 10, 0.56, 142)
        .hang(blades.bread_knife(), 340, 10, 0.56, 142)
        .stand(boards.chopping_board(), 10, 476, 0.6)
        .stand(boards.butchers_block(), 470, 344, 0.5)
    )


def tea_and_coffee() -> Scene:
    """A window sill late in the afternoon."""
    frame = path(f"M170 {TOP}V150a190 130 0 0 1 380 0v186z", CREAM.light)
    sky = path(f"M184 {TOP}V150a176 118 0 0 1 352 0v186z", MUSTARD.light, opacity=0.6)
    sun = circle(432, 176, 40, CLAY.light, opacity=0.7)
    hill = path(f"M184 {TOP}V268q96-58 196-14t156-22v104z", SAGE.mid, opacity=0.55)
    bars = stroke(f"M360 32V{TOP}M184 190H536", CREAM.light, 9)
    return (
        Scene(frame, sky, sun, hill, bars)
        .shelf(CHERRY)
        .stand(tea.moka_pot(), 24, 416, 0.56)
        .stand(tea.stoneware_teapot(SAGE), 240, 380, 0.62)
        .stand(tableware.mug(MUSTARD), 520, 352, 0.36)
    )


def bowls_and_tableware() -> Scene:
    """A rail for plates above, a shelf below."""
    back = rect(40, 0, 640, 130, 0, CHERRY.mid)
    shown = "".join(
        circle(x, 72, 54, glaze.mid) + circle(x, 72, 54, "none", stroke=glaze.light, stroke_width=3)
        + circle(x, 72, 36, glaze.light, opacity=0.55)
        for x, glaze in ((116, CREAM), (238, SAGE), (360, MUSTARD), (482, CREAM), (604, CLAY))
    )  # fmt: skip
    rail = rect(24, 124, 672, 12, 2, CHERRY.light) + rect(24, 104, 672, 5, 2, CHERRY.light)
    return (
        Scene(f'<g opacity=".35">{back}</g>', shown, rail)
        .shelf(CHERRY)
        .stand(tableware.jug(), 20, 408, 0.46)
        .stand(tableware.serving_bowl(CLAY), 186, 326, 0.56)
        .stand(tableware.mug(SAGE), 418, 352, 0.3)
        .stand(tableware.dinner_plates(CREAM), 508, 332, 0.5)
    )


def baking_day() -> Scene:
    """A checked cloth on the wall."""
    checks = "".join(
        f'<path d="M{x} 0V{TOP}" stroke="{CLAY.light}" stroke-width="40" opacity=".16"/>' for x in range(40, 720, 80)
    ) + "".join(
        f'<path d="M0 {y}H{WIDTH}" stroke="{CLAY.light}" stroke-width="40" opacity=".16"/>' for y in range(28, 336, 80)
    )
    nail = circle(124, 42, 5, IRON.mid)
    return (
        Scene(checks, nail)
        .shelf(OAK)
        .hang(baking.whisk(), 14, 24, 0.56, 150)
        .stand(baking.loaf_tin(), 500, 338, 0.52)
        .stand(baking.mixing_bowl(), 180, 350, 0.66)
    )


def tools_and_storage() -> Scene:
    """A pegboard with everything in its place."""
    holes = "".join(
        stroke(f"M30 {y}H{WIDTH}", OAK.dark, 5, stroke_dasharray="0 44", opacity=0.3) for y in range(28, TOP, 44)
    )
    rail = stroke("M60 54H400", BRASS.mid, 7)
    return (
        Scene(holes, rail)
        .shelf(CHERRY)
        .hang(tools.ladle(), 30, 36, 0.48, -20)
        .hang(blades.scissors(), 150, 34, 0.42, 180)
        .stand(tools.pepper_mill(CHERRY), 490, 426, 0.56)
        .stand(tools.bread_bin(), 262, 342, 0.62)
    )


SCENES: dict[str, Callable[[], Scene]] = {
    "pots-and-pans": pots_and_pans,
    "knives-and-boards": knives_and_boards,
    "tea-and-coffee": tea_and_coffee,
    "bowls-and-tableware": bowls_and_tableware,
    "baking": baking_day,
    "tools-and-storage": tools_and_storage,
}
