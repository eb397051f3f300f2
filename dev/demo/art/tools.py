"""Hand tools, scales and what food is kept in."""

from math import cos, pi, sin

from dev.demo.art.canvas import (
    HOLLOW,
    Plate,
    circle,
    contact_shadow,
    dots,
    ellipse,
    lying,
    path,
    rect,
    shade,
    shine,
    stroke,
    turned,
)
from dev.demo.art.materials import (
    CHERRY,
    CREAM,
    GLASS,
    INK,
    IRON,
    OAK,
    RUBBER,
    SAGE,
    STEEL,
    WHITE,
    Material,
)


def pepper_mill(finish: Material) -> Plate:
    """A turned mill with a narrow waist and a metal nut."""
    plate = Plate()
    body, head, steel = plate.across(finish), plate.across(finish), plate.across(STEEL)
    stem = [
        (34, 212),
        (34, 226, 26, 238, 26, 258),
        (26, 308, 56, 330, 56, 392),
        (56, 410),
        (56, 416, 54, 418, 52, 420),
    ]
    cap = [(12, 108), (50, 116, 54, 160, 30, 194), (34, 200)]
    return plate.draw(
        contact_shadow(200, 426, 56),
        path(turned(200, stem, 9), body),
        stroke("M144 394A56 9 0 0 0 256 394", finish.dark, 2.5, opacity=0.7),
        path(turned(200, [(35, 198), (35, 212)], 6), steel),
        path(turned(200, cap, 6), head),
        path(turned(200, [(9, 92), (13, 96, 13, 104, 8, 110)], 3), steel),
        ellipse(200, 92, 9, 3, STEEL.light),
        shine("M172 384Q172 330 188 290", 6, 0.3),
        shine("M170 158Q168 134 182 124", 6, 0.35),
    )


def ladle() -> Plate:
    """A carved ladle with a hooked handle."""
    plate = Plate()
    wood, hollow, stem = plate.across(CHERRY), plate.across(CHERRY, HOLLOW), plate.across(CHERRY)
    handle = (
        "M190 322C192 240 190 150 186 96Q182 60 204 54Q232 48 240 74Q242 88 232 88T222 78"
        "Q218 68 208 72T204 98C208 150 212 240 214 322Z"
    )
    bowl = turned(200, [(70, 330), (72, 388, 44, 424, 20, 424)], 3)
    return plate.draw(
        lying(
            "rotate(20 200 250)",
            [handle, bowl],
            path(handle, stem),
            stroke("M197 300C199 230 196 150 194 104", CHERRY.light, 3, opacity=0.6),
            path(bowl, wood),
            ellipse(200, 330, 70, 24, CHERRY.light),
            ellipse(200, 332, 62, 19, hollow),
            path("M148 342A62 19 0 0 0 252 342A66 18 0 0 0 148 342Z", CHERRY.dark, opacity=0.55),
            shine("M144 362Q150 394 172 410", 6, 0.3),
        )
    )


def storage_jar() -> Plate:
    """A clip-top jar of dried beans."""
    plate = Plate()
    clip = "M176 152L184 212Q186 224 200 224T216 212L224 152M181 192H219"
    fill, rubber = plate.across(OAK), plate.across(RUBBER)
    body = [
        (70, 166),
        (72, 186, 100, 184, 100, 214),
        (100, 392),
        (100, 406, 94, 412, 84, 416),
    ]
    beans = "".join(
        f"M{114 + 21 * column + row % 2 * 10} {266 + 16 * row}l6 {(column * 3 + row * 5) % 7 - 3}"
        for row in range(9)
        for column in range(9 - row % 2)
    )
    return plate.draw(
        contact_shadow(200, 422, 98),
        path(turned(200, body, 10), GLASS.mid, opacity=0.5),
        path(turned(200, [(95, 250), (95, 392), (94, 402, 90, 408, 82, 410)], 9), fill),
        ellipse(200, 250, 95, 14, OAK.light),
        stroke(beans, OAK.dark, 13, opacity=0.6),
        stroke(beans, CREAM.mid, 9, transform="translate(-1 -1.5)"),
        stroke(turned(200, body, 10), GLASS.dark, 2.5),
        path(
            "M122 158V130Q122 108 150 104Q200 96 250 104Q278 108 278 130V158A78 13 0 0 1 122 158Z",
            GLASS.mid,
            opacity=0.75,
        ),
        stroke(
            "M122 158V130Q122 108 150 104Q200 96 250 104Q278 108 278 130V158A78 13 0 0 1 122 158Z",
            GLASS.dark,
            2.5,
        ),
        path(turned(200, [(79, 160), (79, 170)], 13), rubber),
        stroke("M124 180A76 13 0 0 0 276 180", STEEL.dark, 4.5),
        stroke("M124 179A76 13 0 0 0 276 179", STEEL.light, 1.8),
        stroke("M122 140A78 13 0 0 0 278 140", STEEL.dark, 4),
        stroke(clip, STEEL.dark, 5),
        stroke(clip, STEEL.light, 2),
        shine("M112 220V392", 7, 0.65),
        shine("M136 144V130Q138 118 156 116", 5, 0.8),
    )


def apron(cloth: Material) -> Plate:
    """A bib apron laid flat, with its ties and one pocket."""
    plate = Plate()
    linen, pocket = plate.slant(cloth), plate.slant(cloth)
    outline = (
        "M146 122Q200 132 254 122C258 170 280 210 316 222L322 436Q322 446 312 447Q200 458 88 447"
        "Q78 446 78 436L84 222C120 210 142 170 146 122Z"
    )
    ties = "M88 228C44 232 40 270 52 300S44 350 56 366M312 228C356 232 360 270 348 300S356 350 344 366"
    return plate.draw(
        lying(
            "",
            [outline],
            stroke("M152 126C140 22 260 22 248 126", cloth.dark, 10),
            stroke("M151 124C140 22 260 22 248 124", cloth.mid, 7),
            stroke(ties, cloth.dark, 10),
            stroke(ties, cloth.mid, 7),
            path(outline, linen),
            shade(
                "M128 240Q120 340 130 450L118 449Q106 340 128 240ZM276 250Q292 350 282 448L270 449Q280 350 276 250Z",
                0.14,
            ),
            shade("M200 136Q190 200 206 268L194 268Q184 200 200 136Z", 0.1),
            shade("M134 280H266V356Q266 362 260 362H146Q140 362 140 356Z", 0.2),
            path("M132 276H268V346Q268 358 256 358H144Q132 358 132 346Z", pocket),
            stroke(
                "M138 284H262M138 290V344Q138 352 146 352H254Q262 352 262 344V290",
                cloth.light,
                1.8,
                stroke_dasharray="5 5",
                opacity=0.8,
            ),
            stroke(
                "M150 134Q200 143 250 134M86 436Q200 449 314 436",
                cloth.light,
                1.8,
                stroke_dasharray="5 5",
                opacity=0.8,
            ),
        )
    )


def scales() -> Plate:
    """Mechanical scales with a round dial and a steel pan."""
    plate = Plate(down=-32)
    body, steel, hollow = plate.across(SAGE), plate.across(STEEL), plate.across(STEEL, HOLLOW)
    ticks = "".join(_tick(index) for index in range(20))
    return plate.draw(
        contact_shadow(200, 424, 112),
        path(
            "M158 232H242Q256 232 262 246L302 396Q306 414 290 418Q200 428 110 418Q94 414 98 396"
            "L138 246Q144 232 158 232Z",
            body,
        ),
        path(
            "M96 402Q200 416 304 402L306 412Q304 422 290 423Q200 432 110 423Q96 422 94 412Z",
            SAGE.dark,
        ),
        circle(200, 324, 68, SAGE.dark),
        circle(199, 322, 66, steel),
        circle(200, 324, 59, CREAM.light),
        stroke(ticks, INK.mid, 2),
        stroke("M200 334L200 280", "#9a3b1e", 4),
        circle(200, 324, 7, INK.dark),
        stroke("M156 300A50 50 0 0 1 178 280", WHITE, 4, opacity=0.9),
        path(turned(200, [(18, 210), (22, 236)], 4), STEEL.dark),
        path(turned(200, [(138, 176), (120, 208, 84, 218, 48, 220)], 8), steel),
        ellipse(200, 176, 138, 25, STEEL.light),
        ellipse(200, 178, 130, 21, hollow),
        stroke("M62 174A138 25 0 0 1 338 174", WHITE, 2.5),
        shine("M84 196Q104 208 128 213", 4, 0.8),
        shine("M134 290L112 380", 6, 0.4),
    )


def _tick(index: int) -> str:
    """One mark of the dial; every fifth is longer."""
    turn = index * pi / 10
    inner = 44 if index % 5 == 0 else 49
    start = f"{200 + inner * sin(turn):.1f} {324 - inner * cos(turn):.1f}"
    return f"M{start}L{200 + 54 * sin(turn):.1f} {324 - 54 * cos(turn):.1f}"


def bread_bin() -> Plate:
    """A round-ended enamel bin under an oak lid."""
    plate = Plate(right=-4, down=-36)
    wall, top, edge = plate.across(CREAM), plate.slant(OAK), plate.across(OAK)
    holes = [(x, y) for x in (298, 312, 324) for y in (296, 314)]
    return plate.draw(
        contact_shadow(200, 378, 148),
        path("M52 236H348V354Q346 372 292 374H108Q54 372 52 354Z", wall),
        stroke("M53 344Q58 361 108 363H292Q342 361 347 344", INK.mid, 4, stroke_linecap="butt"),
        dots(holes, IRON.mid, 6.5),
        shade(
            "M52 244Q60 262 112 263H288Q340 262 348 244V256Q340 274 288 275H112Q60 274 52 256Z",
            0.25,
        ),
        path("M44 222V236Q48 258 112 260H288Q352 258 356 236V222Z", edge),
        path("M112 186H288Q356 190 356 218T288 246H112Q44 246 44 218T112 186Z", top),
        stroke(
            "M70 206Q180 198 330 207M56 222Q200 214 344 224M84 236Q220 229 318 236",
            OAK.dark,
            1.8,
            opacity=0.45,
        ),
        stroke("M46 224Q56 244 112 246H288Q344 244 354 224", OAK.light, 2),
        shine("M84 284V350", 8, 0.8),
    )


def grater() -> Plate:
    """A tall box grater, two of its four sides in view."""
    plate = Plate(right=-10, down=-8)
    face, side, wood = plate.slant(STEEL), plate.slant(STEEL), plate.across(OAK)
    coarse = "".join(_hole(column, row) for row in range(8) for column in range(4 + row % 2))
    fine = [
        (240 + 10 * column + (row * 1.2) + column * row * 0.35, 186 + 19 * row - column * 3.5)
        for row in range(11)
        for column in range(4)
    ]
    return plate.draw(
        contact_shadow(206, 424, 108),
        stroke("M166 150V112M244 150V112", STEEL.dark, 9),
        path("M140 152L230 158L250 424L98 408Z", face),
        path("M230 158L274 148L318 398L250 424Z", side),
        path("M230 158L274 148L318 398L250 424Z", STEEL.dark, opacity=0.45),
        path(coarse, IRON.mid),
        dots(fine, IRON.dark, 4.5),
        stroke("M230 158L250 424", WHITE, 3, opacity=0.9),
        path("M96 402L250 418L320 392L322 402L250 430L94 412Z", IRON.mid),
        path("M138 146L230 152L276 142L276 152L230 164L138 158Z", STEEL.mid),
        rect(146, 84, 120, 32, 15, wood),
        shine("M162 92H244", 4, 0.5),
    )


def _hole(column: int, row: int) -> str:
    """One tear-shaped hole of the coarse side, in its staggered row."""
    count = 4 + row % 2
    down = (row + 0.8) / 8.8
    left, right = 140 - 42 * down + 12, 230 + 20 * down - 12
    x = left + (right - left) * (column + 0.5) / count
    y = 160 + 240 * down + (x - left) / (right - left) * 8
    return f"M{x - 7:.0f} {y:.0f}q7 -12 14 0q-7 5 -14 0Z"
