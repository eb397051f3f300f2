"""Wooden boards and blocks."""

from dev.demo.art.canvas import Plate, contact_shadow, lying, path, rect, stroke
from dev.demo.art.materials import CHERRY, IRON, OAK


def chopping_board() -> Plate:
    """A plank with a rounded handle, seen from above."""
    plate = Plate()
    wood = plate.slant(OAK)
    outline = (
        "M172 142C182 134 180 116 174 98Q164 62 200 60T226 98C220 116 218 134 228 142"
        "Q232 146 264 146Q296 146 296 178V412Q296 444 264 444H136Q104 444 104 412V178"
        "Q104 146 136 146Q168 146 172 142ZM200 80A10 10 0 0 0 200 100A10 10 0 0 0 200 80Z"
    )
    grain = (
        "M132 152Q126 300 136 440M158 148Q170 260 152 330T162 442M188 130Q196 220 206 270T192 442"
        "M214 132Q214 200 228 280T222 442M250 148Q240 270 256 340T252 440M276 152Q272 300 280 436"
    )
    return plate.draw(
        lying(
            "rotate(9 200 250)",
            [outline],
            path(outline, OAK.dark, fill_rule="evenodd", transform="translate(3 5)"),
            path(outline, wood, fill_rule="evenodd"),
            stroke(grain, OAK.dark, 1.8, opacity=0.4),
            stroke("M208 268Q198 288 206 312Q214 290 208 268Z", OAK.dark, 2, opacity=0.55),
            stroke("M108 408V180Q108 150 138 150", OAK.light, 3, opacity=0.9),
        )
    )


def butchers_block() -> Plate:
    """A thick block of end-grain squares, seen from the front and above."""
    plate = Plate(right=-8, down=-42)
    front = plate.down(OAK)
    rows = [192, 202, 213, 225, 238, 252, 268, 285, 304]
    dark = "".join(_square(rows, row, column) for row in range(8) for column in range(row % 2, 9, 2))
    stripes = "".join(f"M{48 + 304 * i / 9:.0f} 304h34V376h-34Z" for i in (1, 3, 5, 7))
    return plate.draw(
        contact_shadow(200, 386, 158),
        rect(72, 372, 26, 13, 4, IRON.dark),
        rect(302, 372, 26, 13, 4, IRON.dark),
        path("M48 302H352V370Q352 376 346 376H54Q48 376 48 370Z", front),
        path(stripes, CHERRY.mid, opacity=0.75),
        path("M88 192H312L352 304H48Z", OAK.light),
        path(dark, CHERRY.light),
        stroke("M50 304H350", "#fff", 3, opacity=0.45),
    )


def _square(rows: list[int], row: int, column: int) -> str:
    """One square of the chequered top, which narrows towards the back."""
    top, bottom = rows[row], rows[row + 1]
    corners = [(top, column), (top, column + 1), (bottom, column + 1), (bottom, column)]
    points = []
    for height, line in corners:
        inset = 40 * (304 - height) / 112
        points.append(f"{48 + inset + (304 - 2 * inset) * line / 9:.0f} {height}")
    return f"M{'L'.join(points)}Z"
