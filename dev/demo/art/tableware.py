"""What stands on the table: bowls, plates, mugs, a jug and glasses."""

from dev.demo.art.canvas import (
    HOLLOW,
    Plate,
    contact_shadow,
    dots,
    ellipse,
    group,
    handle,
    path,
    shade,
    shine,
    stroke,
    turned,
)
from dev.demo.art.materials import (
    BISQUE,
    CHERRY,
    CREAM,
    GLASS,
    INK,
    OAK,
    WATER,
    Material,
)


def serving_bowl(glaze: Material) -> Plate:
    """A wide footed bowl, cream inside."""
    plate = Plate(down=-28)
    body, hollow = plate.across(glaze), plate.across(CREAM, HOLLOW)
    profile = [(154, 234), (146, 292, 102, 330, 58, 336), (56, 350)]
    return plate.draw(
        contact_shadow(200, 354, 70),
        path(turned(200, profile, 8), body),
        shade("M142 336A58 8 0 0 0 258 336L256 350A56 8 0 0 1 144 350Z", 0.25),
        ellipse(200, 234, 154, 33, glaze.mid),
        ellipse(200, 235, 149, 30, CREAM.light),
        ellipse(200, 237, 143, 26.5, hollow),
        path("M72 249A143 26.5 0 0 0 328 249A150 30 0 0 0 72 249Z", CREAM.light, opacity=0.7),
        shine("M72 270Q90 304 130 320", 7, 0.35),
    )


def noodle_bowl() -> Plate:
    """A deep bowl with chopsticks across the rim."""
    plate = Plate(down=-36)
    body, hollow, wood = plate.across(INK), plate.across(INK, HOLLOW), plate.down(CHERRY)
    profile = [(124, 236), (122, 300, 92, 352, 58, 358), (56, 374)]
    sticks = "M32 268L31 262L364 208L366 218ZM42 256L41 250L350 202L352 212Z"
    return plate.draw(
        contact_shadow(200, 378, 72),
        path(turned(200, profile, 8), body),
        path("M142 358A58 8 0 0 0 258 358L256 374A56 8 0 0 1 144 374Z", BISQUE.mid),
        ellipse(200, 236, 124, 26, BISQUE.mid),
        ellipse(200, 237.5, 119, 23, hollow),
        stroke("M86 282A118 22 0 0 0 314 282M90 292A114 21 0 0 0 310 292", CREAM.mid, 2.5, opacity=0.75),
        path("M116 250L284 226L298 236L136 254Z", INK.dark, opacity=0.5),
        path(sticks, wood),
        stroke("M334 209.5L350 207M346 216L364 213", CREAM.mid, 9, stroke_linecap="butt"),
        shine("M94 312Q108 338 130 350", 6, 0.25),
    )


def salad_bowl() -> Plate:
    """A turned wooden bowl with two servers leaning out."""
    plate = Plate()
    body, hollow, pale = plate.across(CHERRY), plate.across(CHERRY, HOLLOW), plate.slant(OAK)
    profile = [(136, 254), (140, 314, 106, 368, 66, 374)]
    grain = (
        "M70 290Q200 326 330 290M84 318Q150 342 214 342T316 318M106 344Q170 362 250 358"
        "M150 312Q200 302 250 312Q200 326 150 312Z"
    )
    server = "M-7 20L-10 -150Q-14 -192 0 -192T10 -150L7 20ZM0 -180A4.500 4.500 0 0 0 0 -171A4.500 4.500 0 0 0 0 -180Z"
    return plate.draw(
        contact_shadow(200, 378, 84),
        ellipse(200, 254, 136, 28, CHERRY.light),
        ellipse(200, 256, 129, 24, hollow),
        *(
            group(
                place,
                path(server, CHERRY.dark, fill_rule="evenodd", transform="translate(4 2)"),
                path(server, pale, fill_rule="evenodd"),
            )
            for place in ("translate(216 276) rotate(38)", "translate(176 280) rotate(16)")
        ),
        path(turned(200, profile, 9, lip=28), body),
        stroke("M64 255A136 28 0 0 0 336 255", CHERRY.light, 4),
        stroke(grain, CHERRY.dark, 2, opacity=0.45),
        shine("M86 296Q96 328 124 350", 7, 0.2),
    )


def dinner_plates(glaze: Material) -> Plate:
    """Four plates in a stack."""
    plate = Plate(down=-42)
    rim, well = plate.across(glaze), plate.across(glaze, HOLLOW)
    stack = []
    for height in (322, 302, 282, 262):
        side = turned(200, [(154, height), (140, height + 26, 90, height + 42, 54, height + 46)], 6)
        stack += [
            path(side, rim),
            shade(side, 0.2),
            ellipse(200, height + 3, 154, 38, BISQUE.dark),
            ellipse(200, height, 154, 38, rim),
        ]
    return plate.draw(
        contact_shadow(200, 374, 90),
        *stack,
        ellipse(200, 262, 154, 38, "none", stroke=BISQUE.mid, stroke_width=3),
        ellipse(200, 264, 138, 32, glaze.dark, opacity=0.5),
        ellipse(200, 266, 136, 30, well),
        ellipse(200, 268, 120, 25, glaze.mid, opacity=0.7),
        shine("M66 254A142 32 0 0 1 150 232", 4, 0.5),
    )


def mug(glaze: Material) -> Plate:
    """A straight mug with a large handle and a bare clay foot."""
    plate = Plate(right=-20, down=-36)
    body, clay, hollow = plate.across(glaze), plate.across(BISQUE), plate.across(glaze, HOLLOW)
    profile = [(90, 210), (90, 360), (90, 370, 88, 376, 80, 379)]
    speckles = [(112, 372), (132, 384), (150, 379), (176, 389), (198, 384), (218, 387), (240, 378)]
    return plate.draw(
        contact_shadow(172, 388, 90),
        handle("M254 244C326 222 358 246 352 290C346 336 310 352 254 340", glaze, 19),
        path(turned(172, profile, 13), clay),
        dots(speckles, BISQUE.dark, 2.5),
        path(turned(172, [(90, 210), (90, 354)], 17), body),
        ellipse(172, 210, 90, 18, glaze.light),
        ellipse(172, 211.5, 83, 15, hollow),
        path("M104 220A83 15 0 0 0 240 220A86 10 0 0 0 104 220Z", glaze.dark, opacity=0.6),
        shine("M104 248V338", 8, 0.35),
    )


def jug() -> Plate:
    """A tall jug with a pinched lip and a loop handle."""
    plate = Plate(right=-20, down=-10)
    body, clay, hollow = plate.across(CREAM), plate.across(BISQUE), plate.across(CREAM, HOLLOW)
    profile = [
        (58, 130),
        (48, 170, 52, 190, 64, 222),
        (84, 262, 98, 300, 96, 336),
        (94, 376, 82, 400, 68, 408),
    ]
    rim = "M98 106C126 116 150 117 192 117C226 117 250 122 250 130S226 143 192 143C150 143 120 132 98 106Z"
    return plate.draw(
        contact_shadow(192, 418, 78),
        handle("M240 148C330 120 358 200 334 250C322 278 302 290 270 296", CREAM, 18),
        path(turned(192, [(72, 400), (68, 411)], 10), clay),
        path("M98 106C100 132 120 160 142 190L170 140C140 136 118 128 98 106Z", body),
        path(turned(192, profile, 10), body),
        path("M107 269A85 16 0 0 0 277 269L281 281A89 17 0 0 1 103 281Z", INK.mid),
        stroke("M101 292A91 17 0 0 0 283 292", INK.mid, 3, stroke_linecap="butt"),
        path(rim, hollow),
        stroke(rim, CREAM.light, 4),
        shine("M120 370Q108 330 124 296", 7, 0.9),
    )


def tumblers() -> Plate:
    """Two faceted glasses, the one in front with water in it."""
    plate = Plate()
    water = plate.across(WATER)
    outline = turned(0, [(70, 0), (64, 70), (48, 168), (47, 176, 44, 180, 40, 182)], 8)
    facets = "".join(
        f"M{top} {54 - abs(top) / 12:.0f}Q{top * 0.86:.0f} 110 {top * 0.72:.0f} 180" for top in (-50, -18, 18, 50)
    )
    arches = "M-66 56Q-58 34 -50 50Q-34 28 -18 52Q0 30 18 52Q34 28 50 50Q58 34 66 56"
    glass = (
        contact_shadow(0, 190, 52),
        path(outline, GLASS.mid, opacity=0.55),
        path("M20 178L34 60L60 54L64 70L48 170Q46 184 20 188Z", GLASS.dark, opacity=0.35),
        ellipse(0, 0, 70, 14, GLASS.light, opacity=0.5),
        path("M-45 168A45 9 0 0 1 45 168Q44 186 0 190T-45 168Z", GLASS.dark, opacity=0.4),
    )
    edges = (
        stroke(facets, GLASS.dark, 2, opacity=0.8),
        stroke(arches, GLASS.dark, 2, opacity=0.8),
        stroke(outline, GLASS.dark, 2.5),
        ellipse(0, 0, 70, 14, "none", stroke=GLASS.dark, stroke_width=2.5),
        shine("M-56 30L-42 158", 6, 0.85),
        shine("M-34 62L-28 150", 3, 0.6),
    )
    liquid = (
        path(turned(0, [(61, 78), (47, 162)], 8), water, opacity=0.8),
        ellipse(0, 78, 61, 11, WATER.light),
    )
    return plate.draw(
        group("translate(264 164)", *glass, *edges),
        group("translate(136 210)", *glass, *liquid, *edges),
    )
