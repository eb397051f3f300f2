"""Tins, dishes and what dough and batter are worked with."""

from dev.demo.art.canvas import (
    HOLLOW,
    Plate,
    around,
    circle,
    contact_shadow,
    ellipse,
    lying,
    number,
    path,
    rect,
    sag,
    shade,
    shine,
    stroke,
    turned,
)
from dev.demo.art.materials import (
    CANE,
    CHERRY,
    CREAM,
    CRUST,
    INK,
    PEWTER,
    STEEL,
    WHITE,
)


def mixing_bowl() -> Plate:
    """A cane bowl with a thick collar and a pressed pattern."""
    plate = Plate(down=-34)
    body, collar, hollow = plate.across(CANE), plate.across(CANE), plate.across(CREAM, HOLLOW)
    profile = [(132, 250), (128, 312, 104, 352, 76, 368), (74, 376)]
    diamonds = "".join(_diamond(x) for x in around(200, 120, 11))
    return plate.draw(
        contact_shadow(200, 384, 92),
        path(turned(200, profile, 10), body),
        stroke(diamonds, CANE.dark, 2, opacity=0.7, stroke_linejoin="round"),
        stroke("M94 328A112 20 0 0 0 306 328", CANE.dark, 2, opacity=0.6),
        shade("M64 252A136 26 0 0 0 336 252L330 268A130 26 0 0 1 70 268Z", 0.3),
        path(turned(200, [(146, 220), (144, 246), (143, 250, 141, 252, 138, 252)], 27), collar),
        ellipse(200, 220, 146, 30, CANE.light),
        ellipse(200, 221, 139, 27, CREAM.light),
        ellipse(200, 223, 133, 24, hollow),
        path("M80 233A133 24 0 0 0 320 233A140 30 0 0 0 80 233Z", CREAM.light, opacity=0.8),
        shine("M90 296Q100 330 128 352", 7, 0.35),
    )


def _diamond(x: float) -> str:
    """One diamond of the pressed band, narrower towards the sides of the bowl."""
    half = number(round(15 * (1 - ((x - 200) / 124) ** 2) ** 0.5))
    top = number(round(272 + sag(200, 124, 20, x)))
    return f"M{x:.0f} {top}l{half} 18l-{half} 18l-{half} -18Z"


def loaf_tin() -> Plate:
    """A deep rectangular tin seen from the front and above."""
    plate = Plate(down=-34)
    front, back, end = plate.slant(PEWTER), plate.down(PEWTER), plate.down(PEWTER, HOLLOW)
    rim = "M92 202H308Q318 202 324 209L360 257Q364 266 354 266H46Q36 266 40 257L76 209Q82 202 92 202Z"
    return plate.draw(
        contact_shadow(200, 372, 142),
        path("M46 264H354L330 362Q328 370 318 370H82Q72 370 70 362Z", front),
        path("M46 264L62 282L70 362Q71 368 76 370L64 300Z", PEWTER.light, opacity=0.5),
        shade("M46 264H354L351 276H49Z", 0.3),
        stroke("M62 270L92 368M338 270L308 368", PEWTER.dark, 2, opacity=0.7),
        path(rim, PEWTER.dark),
        path("M94 208H306L292 262H108Z", back),
        path("M94 208L50 262H108Z", PEWTER.dark),
        path("M306 208L350 262H292Z", end),
        stroke(rim, PEWTER.mid, 7, stroke_linejoin="round"),
        stroke("M92 200H308M42 256L76 208M46 264H354", PEWTER.light, 2.5),
        shine("M84 292L100 350", 6, 0.3),
    )


def rolling_pin() -> Plate:
    """A wooden pin with turned handles."""
    plate = Plate()
    barrel, ends = plate.down(CHERRY), plate.down(CHERRY)
    body = "M78 214Q64 214 64 230V270Q64 286 78 286H322Q336 286 336 270V230Q336 214 322 214Z"
    grip = "M66 240L50 238Q40 236 30 232C10 226 -16 230 -18 250C-16 270 10 274 30 268Q40 264 50 262L66 260Z"
    other = "M334 240L350 238Q360 236 370 232C390 226 416 230 418 250C416 270 390 274 370 268Q360 264 350 262L334 260Z"
    return plate.draw(
        lying(
            "rotate(-44 200 250)",
            [body, grip, other],
            path(grip, ends),
            path(other, ends),
            rect(48, 236, 6, 28, 2, CHERRY.dark),
            rect(346, 236, 6, 28, 2, CHERRY.dark),
            path(body, barrel),
            stroke(
                "M90 256Q180 250 312 258M120 268Q210 264 290 269M84 244Q140 240 220 244",
                CHERRY.dark,
                1.5,
                opacity=0.4,
            ),
            shine("M86 228H316", 6, 0.3),
        )
    )


def whisk() -> Plate:
    """A wide balloon of wires on a wooden handle."""
    plate = Plate(right=-26, down=6)
    wood, collar = plate.across(CHERRY), plate.across(STEEL)
    wires = [_wire(half) for half in (84, 58, 30, 6)]
    handle = "M186 284H214L218 300C222 340 214 380 212 420Q212 436 200 436T188 420C186 380 178 340 182 300Z"
    balloon = "".join(wires)
    return plate.draw(
        f'<g opacity=".16" transform="translate(8 11) rotate(24 200 250)">'
        f"{stroke(balloon, '#3b2f22', 5)}{path(handle, '#3b2f22')}</g>",
        '<g transform="rotate(24 200 250)">',
        stroke(balloon, STEEL.dark, 6),
        stroke(balloon, STEEL.light, 2.8),
        stroke("M192 436V446A8 8 0 0 0 208 446V436", STEEL.dark, 4),
        path(handle, wood),
        rect(185, 262, 30, 32, 5, collar),
        stroke("M186 284H214", STEEL.dark, 2),
        shine("M192 312Q192 360 196 410", 4, 0.3),
        "</g>",
    )


def _wire(half: int) -> str:
    """One loop of the balloon, as wide as twice `half`."""
    inner = half * 0.12
    return (
        f"M{200 - inner:.0f} 266C{200 - inner:.0f} 220 {200 - half} 190 {200 - half} 128"
        f"C{200 - half} 76 {200 - half * 0.6:.0f} 44 200 44"
        f"S{200 + half} 76 {200 + half} 128"
        f"C{200 + half} 190 {200 + inner:.0f} 220 {200 + inner:.0f} 266"
    )


def springform_tin() -> Plate:
    """A round cake tin with a spring clip."""
    plate = Plate(right=-8, down=-30)
    wall, base = plate.across(PEWTER), plate.across(PEWTER)
    hollow, clip = plate.across(PEWTER, HOLLOW), plate.down(STEEL)
    return plate.draw(
        contact_shadow(200, 368, 138),
        path(turned(200, [(146, 342), (144, 352)], 24), base),
        ellipse(200, 342, 146, 25, PEWTER.light),
        path(turned(200, [(134, 226), (134, 340)], 24), wall),
        stroke("M66 326A134 24 0 0 0 334 326", PEWTER.dark, 3, opacity=0.6),
        ellipse(200, 226, 138, 28, PEWTER.light),
        ellipse(200, 228, 131, 24, hollow),
        path("M84 239A131 24 0 0 0 316 239A134 34 0 0 0 84 239Z", PEWTER.dark, opacity=0.45),
        stroke("M62 222A138 28 0 0 1 338 222", WHITE, 2.5, opacity=0.6),
        stroke("M240 255V359", PEWTER.dark, 3),
        rect(212, 280, 14, 48, 3, STEEL.dark),
        rect(254, 276, 14, 48, 3, STEEL.dark),
        stroke("M262 286L222 291Q214 292 214 300V304Q214 312 222 311L262 306", STEEL.light, 4.5),
        path("M254 284Q310 278 352 252Q362 250 362 260Q362 268 356 272Q312 302 254 308Z", clip),
        stroke("M260 288Q312 282 350 258", WHITE, 3, opacity=0.8),
        shine("M90 260V340", 7, 0.3),
    )


def pie_dish() -> Plate:
    """An oval enamel dish with a crimped pie in it."""
    plate = Plate()
    wall, crust, rim = plate.across(CREAM), plate.across(CRUST), plate.across(CREAM)
    crimps = "".join(f"M{x:.0f} {258 + sag(200, 134, 36, x) - 4:.0f}v9" for x in around(200, 134, 21))
    return plate.draw(
        contact_shadow(200, 356, 116),
        path(turned(200, [(142, 262), (136, 312, 124, 336, 112, 340)], 22), wall),
        ellipse(200, 262, 166, 49, INK.dark),
        ellipse(200, 258, 166, 49, INK.mid),
        ellipse(200, 258, 158, 45, rim),
        ellipse(200, 258, 140, 39, CRUST.dark),
        path("M62 256C74 208 136 190 200 190S326 208 338 256A138 38 0 0 1 62 256Z", crust),
        stroke(crimps, CRUST.dark, 3, opacity=0.75),
        stroke("M150 224Q160 234 158 246M200 220V240M250 224Q240 234 242 246", CRUST.dark, 5),
        path(
            "M168 208Q184 194 200 208Q184 220 168 208ZM232 208Q216 194 200 208Q216 220 232 208Z",
            CRUST.light,
        ),
        stroke("M172 208H228", CRUST.dark, 1.8, opacity=0.7),
        shine("M96 230Q120 208 150 204", 6, 0.45),
        shine("M72 290Q78 318 92 332", 6, 0.8),
    )


def muffin_tin() -> Plate:
    """Six cups pressed from one sheet, seen from above."""
    plate = Plate()
    sheet, cup, floor = plate.slant(PEWTER), plate.slant(PEWTER, HOLLOW), plate.slant(PEWTER)
    outline = "M98 62H302Q324 62 324 84V416Q324 438 302 438H98Q76 438 76 416V84Q76 62 98 62Z"
    cups = [
        circle(x, y, 52, PEWTER.light) + circle(x, y, 48.5, cup) + circle(x + 2, y + 3, 34, floor)
        for y in (130, 250, 370)
        for x in (140, 260)
    ]
    return plate.draw(
        lying(
            "",
            [outline],
            path(outline, sheet),
            stroke("M82 412V86Q82 68 100 68H300", PEWTER.light, 3),
            stroke("M318 90V414Q318 432 300 432H100", PEWTER.dark, 3),
            *cups,
        )
    )
