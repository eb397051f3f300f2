"""`python -m dev.demo.art` draws every product picture; --check says whether they are current."""

import sys
from pathlib import Path

from dev.demo.art.plates import check_catalogue, check_drawn, draw_all

REPOSITORY = Path(__file__).parents[3]
FOLDER = REPOSITORY / "static_site" / "assets" / "images" / "products"

check_catalogue()
if "--check" in sys.argv:
    check_drawn(FOLDER)
else:
    print(f"{len(draw_all(FOLDER))} pictures drawn in {FOLDER.relative_to(REPOSITORY)}")
