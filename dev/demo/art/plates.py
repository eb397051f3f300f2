"""Which picture shows what, and the writing of all of them."""

import tomllib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path

from dev.demo.art import baking, blades, boards, pans, pots, tableware, tea, tools
from dev.demo.art.canvas import Plate
from dev.demo.art.materials import CHERRY, CLAY, CREAM, INK, MUSTARD, OAK, SAGE
from dev.demo.art.scenes import Scene

CATALOGUE = Path(__file__).parent.parent / "catalogue.toml"

Pictures = Mapping[str, Callable[[], Plate | Scene]]

PLATES: dict[str, Callable[[], Plate]] = {
    "carbon-steel-pan": pans.frying_pan,
    "copper-saucepan": pans.saucepan,
    "cast-iron-casserole": partial(pots.casserole, CLAY),
    "cast-iron-casserole-ink": partial(pots.casserole, INK),
    "flat-bottomed-wok": pans.wok,
    "enamel-milk-pan": partial(pans.milk_pan, CREAM),
    "enamel-milk-pan-sage": partial(pans.milk_pan, SAGE),
    "steel-stockpot": pots.stockpot,
    "griddle-pan": pans.griddle,
    "chefs-knife": blades.chefs_knife,
    "bread-knife": blades.bread_knife,
    "oak-chopping-board": boards.chopping_board,
    "paring-knife": partial(blades.paring_knife, CHERRY),
    "paring-knife-oak": partial(blades.paring_knife, OAK),
    "vegetable-cleaver": blades.cleaver,
    "butchers-block": boards.butchers_block,
    "kitchen-scissors": blades.scissors,
    "stoneware-teapot": partial(tea.stoneware_teapot, SAGE),
    "stoneware-teapot-ink": partial(tea.stoneware_teapot, INK),
    "stoneware-teapot-cream": partial(tea.stoneware_teapot, CREAM),
    "moka-pot": tea.moka_pot,
    "cast-iron-teapot": tea.iron_teapot,
    "coffee-dripper": tea.dripper,
    "glass-teapot": tea.glass_teapot,
    "one-cup-teapot": partial(tea.one_cup_teapot, MUSTARD),
    "one-cup-teapot-clay": partial(tea.one_cup_teapot, CLAY),
    "espresso-cups": partial(tea.espresso_cups, CLAY),
    "espresso-cups-ink": partial(tea.espresso_cups, INK),
    "serving-bowl": partial(tableware.serving_bowl, MUSTARD),
    "serving-bowl-clay": partial(tableware.serving_bowl, CLAY),
    "serving-bowl-sage": partial(tableware.serving_bowl, SAGE),
    "everyday-mug": partial(tableware.mug, SAGE),
    "everyday-mug-cream": partial(tableware.mug, CREAM),
    "everyday-mug-mustard": partial(tableware.mug, MUSTARD),
    "everyday-mug-ink": partial(tableware.mug, INK),
    "dinner-plates": partial(tableware.dinner_plates, CREAM),
    "dinner-plates-ink": partial(tableware.dinner_plates, INK),
    "stoneware-jug": tableware.jug,
    "noodle-bowl": tableware.noodle_bowl,
    "glass-tumblers": tableware.tumblers,
    "salad-bowl": tableware.salad_bowl,
    "mixing-bowl": baking.mixing_bowl,
    "loaf-tin": baking.loaf_tin,
    "rolling-pin": baking.rolling_pin,
    "balloon-whisk": baking.whisk,
    "springform-tin": baking.springform_tin,
    "enamel-pie-dish": baking.pie_dish,
    "muffin-tin": baking.muffin_tin,
    "pepper-mill": partial(tools.pepper_mill, CHERRY),
    "pepper-mill-ink": partial(tools.pepper_mill, INK),
    "cherry-ladle": tools.ladle,
    "storage-jar": tools.storage_jar,
    "linen-apron": partial(tools.apron, CLAY),
    "linen-apron-ink": partial(tools.apron, INK),
    "kitchen-scales": tools.scales,
    "bread-bin": tools.bread_bin,
    "box-grater": tools.grater,
}


def draw_all(folder: Path, pictures: Pictures) -> list[Path]:
    """Write every picture into `folder`, the same bytes each time, and return the files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = []
    for name, drawing in pictures.items():
        file = folder / f"{name}.svg"
        file.write_bytes(drawing().svg().encode())
        files.append(file)
    return files


def check_catalogue(catalogue: Path = CATALOGUE) -> None:
    """Raise ValueError unless the catalogue and the drawings name the same pictures."""
    products = tomllib.loads(catalogue.read_text(encoding="utf-8"))["product"]
    wanted = {variant["image"] for product in products for variant in product["variant"]}
    problems = [f"no drawing for {name}" for name in sorted(wanted - PLATES.keys())]
    problems += [f"no product shows {name}" for name in sorted(PLATES.keys() - wanted)]
    if problems:
        raise ValueError("; ".join(problems))


def check_drawn(folder: Path, pictures: Pictures) -> None:
    """Raise ValueError unless `folder` holds exactly what `draw_all` would write."""
    drawn = {file.stem: file.read_bytes() for file in folder.glob("*.svg")}
    stale = [name for name, drawing in pictures.items() if drawn.get(name) != drawing().svg().encode()]
    stale += sorted(drawn.keys() - pictures.keys())
    if stale:
        raise ValueError(f"run `make drawings`: out of date are {', '.join(stale)}")
