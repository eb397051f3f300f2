"""`python -m dev.demo.art` draws every picture of products and categories; --check says whether they are current."""

import sys
from pathlib import Path

from dev.demo.art.plates import PLATES, Pictures, check_catalogue, check_drawn, draw_all
from dev.demo.art.scenes import SCENES

REPOSITORY = Path(__file__).parents[3]
IMAGES = REPOSITORY / "static_site" / "assets" / "images"
FOLDERS: dict[Path, Pictures] = {IMAGES / "products": PLATES, IMAGES / "categories": SCENES}

check_catalogue()
for folder, pictures in FOLDERS.items():
    if "--check" in sys.argv:
        check_drawn(folder, pictures)
    else:
        print(f"{len(draw_all(folder, pictures))} pictures drawn in {folder.relative_to(REPOSITORY)}")
