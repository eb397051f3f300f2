"""Lidded pots with two handles."""

from dev.demo.art.canvas import (
    Plate,
    contact_shadow,
    ellipse,
    path,
    rect,
    shade,
    shine,
    stroke,
    turned,
)
from dev.demo.art.materials import STEEL, Material


def casserole(enamel: Material) -> Plate:
    """A wide enamelled pot with a domed lid and a steel knob."""
    plate = Plate()
    wall, lid, knob = plate.across(enamel), plate.across(enamel), plate.across(STEEL)
    loops = "M76 262H52Q38 262 38 275T52 288H80M324 262H348Q362 262 362 275T348 288H320"
    return plate.draw(
        contact_shadow(200, 374, 122),
        stroke(loops, enamel.dark, 13),
        stroke("M74 259H52Q40 260 39 270M326 259H348", enamel.light, 3, opacity=0.7),
        path(turned(200, [(130, 240), (128, 318), (126, 350, 118, 362, 104, 366)], 16), wall),
        shade("M70 242A130 25 0 0 0 330 242V256A130 25 0 0 1 70 256Z", 0.32),
        path("M66 238C70 200 124 178 200 178S330 200 334 238V243A134 25 0 0 1 66 243Z", lid),
        stroke("M66 238A134 25 0 0 0 334 238", enamel.light, 2.5, opacity=0.7),
        stroke("M104 222A100 17 0 0 0 296 222", enamel.dark, 2, opacity=0.45),
        path(turned(200, [(8, 162), (8, 176), (12, 182)], 4), STEEL.dark),
        path(turned(200, [(20, 150), (26, 156, 24, 166, 10, 168)], 3), knob),
        ellipse(200, 150, 20.5, 5, STEEL.light),
        shine("M92 286Q90 322 100 344", 7, 0.3),
        shine("M104 208Q128 192 162 188", 6, 0.35),
    )


def stockpot() -> Plate:
    """A tall steel pot with riveted strap handles."""
    plate = Plate()
    wall, lid, grip = plate.across(STEEL), plate.across(STEEL), plate.down(STEEL)
    handles = "M92 232H66Q52 232 52 246V262Q52 274 66 274H92"
    mirrored = "M308 232H334Q348 232 348 246V262Q348 274 334 274H308"
    return plate.draw(
        contact_shadow(202, 405, 114),
        stroke(handles + mirrored, STEEL.dark, 11),
        stroke("M92 229H66Q52 230 50 244M308 229H334", STEEL.light, 3),
        path(turned(200, [(112, 186), (112, 394)], 20), wall),
        stroke("M88 384A112 20 0 0 0 312 384", STEEL.dark, 2, opacity=0.6),
        shine("M106 224V372", 7, 0.6),
        shade("M88 188A112 21 0 0 0 312 188V198A112 21 0 0 1 88 198Z", 0.25),
        path("M84 182C88 154 140 142 200 142S312 154 316 182V188A116 21 0 0 1 84 188Z", lid),
        stroke("M84 182A116 21 0 0 0 316 182", "#fff", 2.5, opacity=0.8),
        stroke("M176 146V124Q176 112 188 112H212Q224 112 224 124V146", STEEL.dark, 11),
        rect(171, 107, 58, 11, 5.5, grip),
        shine("M112 168Q140 154 170 152", 5, 0.7),
    )
