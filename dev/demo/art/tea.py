"""Teapots, and what coffee is made in and drunk from."""

from dev.demo.art.canvas import (
    HOLLOW,
    Plate,
    around,
    circle,
    contact_shadow,
    dots,
    ellipse,
    group,
    handle,
    path,
    rect,
    sag,
    shade,
    shine,
    stroke,
    turned,
)
from dev.demo.art.materials import (
    CHERRY,
    COFFEE,
    CREAM,
    GLASS,
    IRON,
    OAK,
    STEEL,
    TEA,
    WHITE,
    Material,
)


def stoneware_teapot(glaze: Material) -> Plate:
    """A round pot with a wooden knob."""
    plate = Plate()
    body, lid, wood = plate.across(glaze), plate.across(glaze), plate.across(CHERRY)
    spout = "M120 346C66 338 66 268 34 244Q28 238 34 231L56 216Q62 214 66 221C80 246 92 254 122 258Z"
    profile = [(46, 214), (90, 222, 108, 264, 106, 300), (104, 344, 84, 366, 58, 374)]
    return plate.draw(
        contact_shadow(196, 380, 84),
        handle("M280 252C336 222 372 258 360 304C350 340 318 350 280 346", glaze, 17),
        path(spout, body),
        ellipse(48, 230, 14, 7, glaze.dark, transform="rotate(-40 48 230)"),
        path(turned(196, profile, 9), body),
        shade("M146 215A50 10 0 0 0 246 215Q250 226 196 228T146 215Z", 0.3),
        path("M144 212C150 190 176 182 196 182S242 190 248 212A52 11 0 0 1 144 212Z", lid),
        path(turned(196, [(7, 174), (9, 184)], 2), CHERRY.dark),
        circle(196, 168, 14, wood),
        shine("M118 300Q120 258 152 240", 7, 0.38),
        shine("M160 200Q170 192 184 190", 4, 0.4),
    )


def iron_teapot() -> Plate:
    """A squat iron pot with rows of raised dots and a hoop handle."""
    plate = Plate(right=16)
    body, lid, spout = plate.across(IRON), plate.across(IRON), plate.slant(IRON)
    profile = [(62, 236), (104, 244, 124, 272, 122, 300), (120, 338, 98, 356, 66, 362)]
    studs = [
        (x, height + sag(204, width, 9, x))
        for height, width, count in ((256, 92, 10), (277, 110, 12), (299, 116, 13), (321, 112, 12))
        for x in around(204, width, count)
    ]
    return plate.draw(
        contact_shadow(204, 366, 92),
        stroke("M118 250C92 100 316 100 290 250", IRON.dark, 12),
        stroke("M120 220C122 118 286 118 288 220", IRON.light, 3, opacity=0.7),
        path("M104 316C72 306 66 280 42 266Q34 260 40 252L54 242C70 250 84 262 112 266Z", spout),
        ellipse(48, 254, 10.5, 5, IRON.dark, transform="rotate(-38 48 254)"),
        path(turned(204, profile, 8), body),
        dots([(x + 1, y + 1.5) for x, y in studs], IRON.dark, 8),
        dots(studs, IRON.light, 5.5),
        rect(108, 236, 20, 24, 6, IRON.mid),
        rect(280, 236, 20, 24, 6, IRON.dark),
        shade("M140 236A64 12 0 0 0 268 236Q270 250 204 252T140 236Z", 0.5),
        path("M138 233C142 216 172 210 204 210S266 216 270 233A66 13 0 0 1 138 233Z", lid),
        stroke("M138 233A66 13 0 0 0 270 233", IRON.light, 2, opacity=0.6),
        path(turned(204, [(13, 192), (16, 200, 8, 206, 8, 213)], 3), lid),
        ellipse(204, 192, 13, 4, IRON.light),
    )


def glass_teapot() -> Plate:
    """A clear pot of tea with a steel strainer standing in it."""
    plate = Plate()
    tea, steel, lid = plate.across(TEA), plate.across(STEEL), plate.across(STEEL)
    profile = [(52, 196), (60, 240, 110, 270, 106, 340), (104, 362, 92, 372, 78, 376)]
    liquid = [(86, 268), (102, 290, 103, 318, 101, 342), (98, 358, 88, 366, 76, 369)]
    holes = [(166 + 15 * i, 272 + 15 * j) for i in range(5) for j in range(4)]
    return plate.draw(
        contact_shadow(190, 382, 96),
        stroke("M250 226C330 196 362 240 350 292C342 334 316 346 292 346", GLASS.dark, 13, opacity=0.75),
        stroke("M250 225C328 198 356 240 346 290C338 328 316 341 292 343", WHITE, 6, opacity=0.75),
        path("M96 344C66 326 74 276 38 240L56 226C78 246 90 264 120 270V330Z", GLASS.mid, opacity=0.6),
        path("M92 336C76 322 76 292 64 270H106L100 336Z", TEA.light, opacity=0.85),
        stroke("M88 338C68 320 72 274 38 240L56 226C74 242 86 258 104 266", GLASS.dark, 2.5),
        path(turned(190, profile, 10), GLASS.mid, opacity=0.5),
        path(turned(190, liquid, 9), tea, opacity=0.85),
        ellipse(190, 268, 86, 14, TEA.light, opacity=0.9),
        path(turned(190, [(40, 200), (38, 336)], 9), steel, opacity=0.82),
        path("M151 268A39 8 0 0 0 229 268V336A38 9 0 0 1 152 336Z", TEA.mid, opacity=0.5),
        dots(holes, TEA.dark, 3.5, opacity=0.75),
        glass_edge(turned(190, profile, 10)),
        path("M134 196C138 178 166 172 190 172S242 178 246 196A56 11 0 0 1 134 196Z", lid),
        stroke("M134 196A56 11 0 0 0 246 196", WHITE, 2),
        path(turned(190, [(5, 160), (7, 173)], 2), STEEL.dark),
        circle(190, 154, 12, steel),
        shine("M104 344Q98 294 136 258", 6, 0.65),
    )


def glass_edge(outline: str) -> str:
    """The thin edge by which glass is seen."""
    return stroke(outline, GLASS.dark, 2.5, opacity=0.9)


def one_cup_teapot(glaze: Material) -> Plate:
    """A small pot that sits in the mouth of its own cup."""
    plate = Plate()
    body, cup, inside = plate.across(glaze), plate.across(glaze), plate.across(CREAM)
    pot = [(40, 188), (84, 196, 92, 244, 86, 270), (82, 286, 74, 292, 66, 296)]
    bowl = [(100, 296), (98, 344, 84, 386, 52, 394), (50, 402)]
    return plate.draw(
        contact_shadow(190, 406, 64),
        handle("M280 316C344 298 350 368 262 366", glaze, 15),
        path(turned(190, bowl, 6), cup),
        ellipse(190, 296, 100, 18, CREAM.mid),
        ellipse(190, 298, 91, 14, CREAM.dark),
        handle("M260 214C316 190 336 232 320 258Q306 276 262 272", glaze, 13),
        path("M122 268C82 262 88 222 62 206Q56 200 62 194L78 184C96 200 102 212 128 214Z", body),
        ellipse(70, 195, 11, 5.5, glaze.dark, transform="rotate(-36 70 195)"),
        path(turned(190, pot, 9), body),
        shade("M148 188A42 9 0 0 0 232 188Q234 198 190 200T148 188Z", 0.3),
        path("M146 186C150 168 172 162 190 162S230 168 234 186A44 9.5 0 0 1 146 186Z", body),
        circle(190, 150, 13, inside),
        path("M90 298A100 18 0 0 0 290 298V303A100 18 0 0 1 90 303Z", glaze.light, opacity=0.8),
        shine("M124 254Q122 222 148 206", 6, 0.4),
        shine("M108 334Q114 362 134 378", 6, 0.35),
    )


def moka_pot() -> Plate:
    """An eight-sided pot with a narrow waist and a dark handle."""
    plate = Plate(right=-12, down=-8)
    left, face, right = plate.down(STEEL), plate.across(STEEL), plate.slant(STEEL)
    dark = plate.down(IRON)
    return plate.draw(
        contact_shadow(190, 424, 84),
        path(
            "M252 186L318 184Q340 184 338 206L324 312Q322 324 311 322T304 308L312 216Q312 210 304 210L250 214Z",
            dark,
        ),
        stroke("M262 192L316 190Q330 190 330 204", IRON.light, 3, opacity=0.7),
        path("M140 300L112 410Q114 420 128 422L156 426L164 302Z", STEEL.light),
        path("M164 302L156 426H226L218 302Z", face),
        path("M218 302L226 426L254 422Q266 420 268 410L240 300Z", STEEL.dark),
        path("M138 282H242V302Q190 312 138 302Z", right),
        path("M138 288Q190 297 242 288", "none", stroke=STEEL.dark, stroke_width=2),
        path("M100 176L86 160Q84 154 92 154L124 162L120 200Z", STEEL.mid),
        path("M112 168L140 284L164 288L152 170Z", STEEL.light),
        path("M152 170L164 288H216L228 170Z", face),
        path("M228 170L216 288L240 284L268 168Z", STEEL.dark),
        path("M112 168L152 174H228L268 168L262 160H118Z", STEEL.mid),
        path("M114 162L152 166L178 130Q150 138 114 162Z", STEEL.light),
        path("M152 166H228L202 130H178Z", left),
        path("M228 166L266 162Q230 138 202 130Z", STEEL.dark),
        path(turned(190, [(13, 100), (16, 110, 8, 122, 10, 132)], 3), dark),
        ellipse(190, 100, 13, 4, IRON.light),
        circle(190, 392, 6, "#a98a44"),
        circle(189, 391, 3.5, "#ecd9a0"),
    )


def dripper() -> Plate:
    """A ceramic cone on a glass jug with a wooden collar."""
    plate = Plate(right=-12)
    cone, hollow, wood = plate.across(CREAM), plate.across(CREAM, HOLLOW), plate.across(OAK)
    coffee = plate.across(COFFEE)
    jug = [(44, 240), (42, 286), (64, 310, 104, 336, 104, 384), (104, 404, 96, 410, 86, 412)]
    liquid = [(96, 352), (100, 364, 100, 374, 99, 386), (98, 398, 92, 404, 84, 405)]
    return plate.draw(
        contact_shadow(200, 418, 104),
        path(turned(200, jug, 12), GLASS.mid, opacity=0.5),
        path(turned(200, liquid, 11), coffee),
        ellipse(200, 352, 96, 15, COFFEE.light),
        stroke(turned(200, jug, 12), GLASS.dark, 2.5),
        shine("M116 386Q114 354 148 326", 6, 0.6),
        path(turned(200, [(54, 250), (48, 268), (54, 288)], 9), wood),
        stroke("M152 269Q200 280 248 269", OAK.dark, 3),
        handle("M280 140C344 122 346 204 250 200", CREAM, 13),
        path(turned(200, [(74, 226), (72, 236)], 12), CREAM.dark),
        ellipse(200, 226, 74, 13, CREAM.light),
        path(turned(200, [(104, 110), (40, 224)], 8), cone),
        ellipse(200, 110, 104, 21, CREAM.mid),
        ellipse(200, 112, 96, 17, hollow),
        stroke(
            "M128 116L150 124M168 119L174 128M200 121V129M232 119L226 128M272 116L250 124",
            CREAM.dark,
            2.5,
            opacity=0.6,
        ),
        stroke("M96 108A104 21 0 0 1 304 108", WHITE, 2.5),
        shine("M118 142L158 208", 6, 0.8),
    )


def espresso_cups(band: Material) -> Plate:
    """Two small cups, one behind the other."""
    plate = Plate(right=-4, down=-28)
    body, dipped = plate.across(CREAM), plate.across(band)
    profile = [(66, 0), (66, 56, 52, 84, 38, 94)]
    cup = (
        contact_shadow(0, 102, 50),
        handle("M58 26C112 16 108 74 46 68", CREAM, 11),
        path(turned(0, profile, 7), body),
        path("M-66 0Q-66 14 -64 28A64 12 0 0 0 64 28Q66 14 66 0Z", dipped),
        ellipse(0, 0, 66, 13, band.light),
        ellipse(0, 1.5, 59, 10, band.dark),
        path("M-55 5A59 10 0 0 0 55 5A60 9 0 0 0 -55 5Z", COFFEE.mid),
        ellipse(0, 4, 52, 7.5, COFFEE.mid),
        stroke("M-40 3A46 5 0 0 1 10 0", TEA.light, 2.5, opacity=0.7),
        shine("M-48 44Q-44 66 -34 78", 5, 0.7),
    )
    return plate.draw(
        group("translate(244 178) scale(1.22)", *cup),
        group("translate(124 274) scale(1.22)", *cup),
    )
