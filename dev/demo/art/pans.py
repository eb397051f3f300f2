"""Pans with a long handle, and a griddle seen from above."""

from dev.demo.art.canvas import (
    HOLLOW,
    Plate,
    circle,
    contact_shadow,
    ellipse,
    lying,
    path,
    rect,
    shade,
    shine,
    stroke,
    turned,
)
from dev.demo.art.materials import CHERRY, COPPER, CREAM, INK, IRON, OAK, STEEL, Material


def frying_pan() -> Plate:
    """A low black pan; the wooden handle is held by a riveted iron strap."""
    plate = Plate(right=-4, down=-22)
    wall, hollow, wood = plate.across(IRON), plate.across(IRON, HOLLOW), plate.down(CHERRY)
    profile = [(120, 262), (98, 312), (94, 322, 88, 326, 78, 328)]
    return plate.draw(
        contact_shadow(156, 332, 96),
        stroke("M262 268L308 247", IRON.dark, 17),
        path("M296 240L344 217C362 209 374 216 372 229Q371 237 358 243L304 268Z", wood),
        circle(356, 228, 4.5, "#f0ebe1"),
        path(turned(156, profile, 12), wall),
        ellipse(156, 262, 120, 25, IRON.mid),
        ellipse(156, 264, 110, 20, hollow),
        path("M62 274A110 20 0 0 0 250 274A112 26 0 0 0 62 274Z", IRON.dark),
        stroke("M38 258A120 25 0 0 1 274 258", IRON.light, 2.5, opacity=0.8),
        circle(318, 245, 3.5, STEEL.mid),
        shine("M58 282L70 310", 5, 0.16),
    )


def wok() -> Plate:
    """A deep round-sided pan on a small flat base."""
    plate = Plate(down=-20)
    wall, hollow, wood = plate.across(IRON), plate.across(IRON, HOLLOW), plate.down(OAK)
    profile = [(126, 242), (122, 300, 84, 346, 50, 352)]
    return plate.draw(
        contact_shadow(170, 354, 70),
        stroke("M60 262C26 264 24 226 52 230", IRON.mid, 8),
        stroke("M282 252L318 228", IRON.dark, 14),
        path("M308 222L350 193C362 186 372 190 372 201Q372 208 364 213L320 243Z", wood),
        path(turned(170, profile, 8), wall),
        ellipse(170, 242, 126, 28, IRON.mid),
        ellipse(170, 244, 118, 23.5, hollow),
        path("M68 256A118 23.5 0 0 0 272 256A130 52 0 0 0 68 256Z", IRON.dark, opacity=0.6),
        stroke("M46 238A126 28 0 0 1 294 238", IRON.light, 2.5, opacity=0.8),
        shine("M64 282Q76 312 100 330", 6, 0.16),
    )


def milk_pan(enamel: Material) -> Plate:
    """A small enamel pan with a pouring lip and a dark edge."""
    plate = Plate(right=-9, down=-32)
    wall, hollow = plate.across(enamel), plate.across(CREAM, HOLLOW)
    tube = plate.down(enamel)
    profile = [(92, 236), (95, 280), (96, 310, 92, 340, 78, 348)]
    return plate.draw(
        contact_shadow(158, 354, 92),
        path("M246 258L356 231Q370 229 372 240T360 256L250 288Z", tube),
        stroke("M354 243L359 242", INK.dark, 6),
        path("M70 226C44 220 40 234 52 246Q62 254 70 268L90 240Z", wall),
        path(turned(158, profile, 14), wall),
        path("M250 234A92 20 0 0 1 70 244Q48 236 52 227Q58 221 78 227A92 20 0 0 1 250 234Z", hollow),
        stroke(
            "M250 235A92 20 0 0 1 70 244Q48 238 51 228Q57 221 79 227A92 20 0 0 1 250 235Z",
            INK.mid,
            5,
        ),
        shine("M90 274Q90 308 98 328"),
    )


def saucepan() -> Plate:
    """A straight copper pan with a flat lid, both on long iron handles."""
    plate = Plate(right=-3, down=-34)
    wall, lid = plate.across(COPPER), plate.slant(COPPER)
    handle = plate.down(IRON)
    return plate.draw(
        contact_shadow(148, 366, 108),
        path("M250 268L346 238Q368 232 371 244T356 262L250 288Z", handle),
        ellipse(355, 249, 7, 4.5, "#f0ebe1", transform="rotate(-16 355 249)"),
        path(turned(148, [(108, 244), (106, 348), (106, 356, 100, 360, 94, 362)], 14), wall),
        shade("M40 246A108 21 0 0 0 256 246V256A108 21 0 0 1 40 256Z", 0.3),
        rect(238, 262, 18, 30, 5, IRON.mid),
        circle(247, 270, 3, STEEL.mid),
        circle(247, 284, 3, STEEL.mid),
        ellipse(148, 243, 114, 22, COPPER.dark),
        ellipse(148, 238, 114, 22, lid),
        ellipse(148, 236, 92, 15.5, COPPER.light, opacity=0.45),
        stroke("M112 236C112 202 184 202 184 236", IRON.dark, 11),
        stroke("M113 230C116 205 176 204 182 226", IRON.light, 3, opacity=0.7),
        ellipse(112, 237, 10, 4, IRON.dark),
        ellipse(184, 237, 10, 4, IRON.dark),
        shine("M64 280V336", 7, 0.35),
    )


def griddle() -> Plate:
    """A square ridged pan seen from above, its handle towards us."""
    plate = Plate()
    iron, floor = plate.slant(IRON), IRON.dark
    body = (
        "M92 84H308Q326 84 326 102V176L336 186V212L326 222V294Q326 312 308 312H222L218 340V436"
        "Q218 460 200 460T182 436V340L178 312H92Q74 312 74 294V222L64 212V186L74 176V102"
        "Q74 84 92 84Z"
    )
    ridges = "".join(f"M{100 + 20 * i} 112V284" for i in range(11))
    lit = "".join(f"M{98 + 20 * i} 112V284" for i in range(11))
    return plate.draw(
        lying(
            "",
            [body],
            path(body, iron),
            rect(86, 96, 228, 204, 10, floor),
            stroke(ridges, IRON.mid, 10),
            stroke(lit, IRON.light, 2.5),
            stroke("M80 296V104Q80 90 94 90H304", IRON.light, 2.5, opacity=0.7),
            stroke("M200 424V436", "#f0ebe1", 13),
            stroke("M190 346V400", IRON.light, 3, opacity=0.5),
        )
    )
