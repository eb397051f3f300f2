"""Knives and scissors, lying at a slant."""

from collections.abc import Iterable

from dev.demo.art.canvas import Plate, circle, group, lying, path, rect, shine, stroke
from dev.demo.art.materials import BRASS, CHERRY, CLAY, OAK, STEEL, WHITE, Material


def _rivets(places: Iterable[tuple[float, float]], size: float) -> str:
    return "".join(circle(x, y, size, BRASS.dark) + circle(x - 0.6, y - 0.6, size - 1, BRASS.light) for x, y in places)


def chefs_knife() -> Plate:
    """A broad curved blade with a full bolster."""
    plate = Plate()
    steel, wood = plate.down(STEEL), plate.down(CHERRY)
    blade = "M142 220L318 222C368 224 402 238 422 256C366 280 270 292 150 292Q144 292 144 284Z"
    handle = "M140 222C104 216 62 226 22 220Q-14 216 -20 236Q-24 256 -12 268Q-4 276 14 270C46 258 96 254 140 260Z"
    return plate.draw(
        lying(
            "rotate(-52 200 250)",
            [blade, handle],
            path(blade, steel),
            path("M422 256C366 280 270 292 150 292V281C270 280 362 272 422 256Z", WHITE, opacity=0.8),
            path(handle, wood),
            path("M132 221H150Q148 248 160 268Q160 284 150 292H145Q138 276 132 260Z", STEEL.mid),
            stroke("M136 224Q136 244 146 266", STEEL.light, 3),
            _rivets([(24, 244), (66, 241), (106, 240)], 5.5),
            shine("M2 232Q60 232 124 228", 4, 0.25),
        )
    )


def bread_knife() -> Plate:
    """A long straight blade with a toothed edge."""
    plate = Plate()
    steel, wood = plate.down(STEEL), plate.down(OAK)
    teeth = "".join("q-7 9 -14 0" for _ in range(19))
    blade = f"M138 226H404Q436 228 432 252Q428 268 408 268{teeth}L138 262Z"
    handle = "M142 224C100 218 66 232 26 222Q-12 214 -22 232Q-26 250 -8 262Q8 272 26 264C60 254 100 264 142 264Z"
    return plate.draw(
        lying(
            "rotate(-56 200 250)",
            [blade, handle],
            path(blade, steel),
            stroke("M150 255H410", WHITE, 3, opacity=0.7),
            stroke("M146 232H402", STEEL.dark, 1.5, opacity=0.4),
            path(handle, wood),
            _rivets([(20, 244), (66, 244), (112, 243)], 5.5),
            shine("M-4 230Q66 236 130 230", 4, 0.3),
        )
    )


def paring_knife(wood_kind: Material) -> Plate:
    """A short blade with a straight edge."""
    plate = Plate(right=-10, down=-2)
    steel, wood = plate.down(STEEL), plate.down(wood_kind)
    blade = "M204 230L290 234C326 238 350 246 368 256C344 268 316 272 290 272L206 272Z"
    handle = "M208 228C170 220 130 230 84 226Q50 224 44 242Q40 262 58 270Q80 278 112 268C144 260 178 266 208 270Z"
    return plate.draw(
        lying(
            "translate(6 0) rotate(-48 200 250) translate(-40 -50) scale(1.2)",
            [blade, handle],
            path(blade, steel),
            path("M368 256C344 268 316 272 290 272H206V263H290Q330 263 368 256Z", WHITE, opacity=0.8),
            path(handle, wood),
            rect(200, 227, 12, 44, 3, STEEL.mid),
            rect(202, 228, 3, 42, 1.5, STEEL.light),
            _rivets([(98, 247), (160, 246)], 6),
            shine("M66 236Q120 238 190 234", 4, 0.28),
        )
    )


def cleaver() -> Plate:
    """A tall rectangular blade with a round handle."""
    plate = Plate()
    steel, wood = plate.slant(STEEL), plate.down(CHERRY)
    blade = "M158 190L356 186Q372 186 373 200L376 288Q376 298 366 300C300 310 220 310 158 302Z"
    handle = "M150 196C120 190 70 198 40 194Q14 192 12 214Q12 236 40 234C76 232 120 238 150 234Z"
    edge = "M376 286Q376 298 366 300C300 310 220 310 158 302V291C230 297 310 297 376 286Z"
    return plate.draw(
        lying(
            "translate(2 18) rotate(-42 200 250)",
            [blade, handle],
            path(blade, steel),
            path(edge, WHITE, opacity=0.85),
            stroke("M164 196L354 192", STEEL.light, 3),
            circle(348, 212, 9, "#e4ddd0"),
            stroke("M340 208A9 9 0 0 1 356 209", STEEL.dark, 2.5),
            path(handle, wood),
            path("M146 194L166 190V240L146 236Z", STEEL.dark),
            path("M146 194L166 190V206L146 208Z", STEEL.mid),
            shine("M34 204Q90 206 138 204", 4, 0.28),
        )
    )


def scissors() -> Plate:
    """Open scissors with large coated handles, the points upwards."""
    plate = Plate()
    steel, grip = plate.across(STEEL), plate.slant(CLAY)
    blade = "M186 262L180 120Q182 74 202 40Q212 120 214 262Z"
    bow = (
        "M194 250H212L222 290C262 296 278 336 270 380Q262 430 230 432T194 380"
        "C192 350 200 330 202 300ZM226 316Q214 340 214 378Q216 410 232 410T250 374Q254 324 226 316Z"
    )
    half = (
        path(blade, steel),
        stroke("M199 92Q206 160 208 240", WHITE, 3, opacity=0.8),
        path(bow, grip, fill_rule="evenodd"),
    )
    mirror = "translate(400 0) scale(-1 1) rotate(-15 200 256)"
    shadow = group("rotate(-15 200 256)", path(blade + bow, "#3b2f22", fill_rule="evenodd"))
    other = group(mirror, path(blade + bow, "#3b2f22", fill_rule="evenodd"))
    return plate.draw(
        f'<g opacity=".16" transform="translate(6 9)">{shadow}{other}</g>',
        group(mirror, *half),
        group("rotate(-15 200 256)", *half),
        circle(200, 256, 11, STEEL.dark),
        circle(199, 255, 9, STEEL.mid),
        stroke("M194 259L204 251", STEEL.dark, 2.5),
    )
