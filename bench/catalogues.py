"""Catalogues to measure search on: the demo's, one from a CSV file, and one of any size, made up by a seed."""

from __future__ import annotations

import csv
import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from chalicelib.catalogue.schemas import Listing, Product, Variant
from chalicelib.shop import shop
from dev.demo.load import demo_products, picture

SYLLABLES = "ba be bo bra cal cor da del fen fi gar gla hal in ka ker la lin mar mel no or pan per qui ra ro sal"
MORE = "san tel tor um va ven wil yor zan bri che dro el fo gre hu il jo lo mi ne ol pru ru she ti ul wa wes ye"
SIZES = ["Small", "Medium", "Large", "14 cm", "18 cm", "22 cm", "28 cm", "0.5 litres", "1 litre", "2 litres"]
WORDS = 9000
MATERIALS = 40
COLOURS = 60
WORDS_OF_TEXT = 35
MOST_VARIANTS = 4
SOLD_OUT = 0.08


def from_demo() -> list[Listing]:
    """Return the demo shop's own catalogue."""
    return [
        listing(
            position,
            Product(
                slug=demo.slug,
                name=demo.name,
                category=demo.category,
                description=demo.description,
                material=demo.material,
                details=demo.details,
                price=shop().money(min(v.price for v in demo.variant)),
                price_varies=False,
                image=picture(demo.variant[0].image),
                image_alt=demo.image_alt,
                variants=[Variant(v.sku, v.options, shop().money(v.price), picture(v.image)) for v in demo.variant],
            ),
        )
        for position, demo in enumerate(demo_products())
    ]


def from_csv(file: Path) -> list[Listing]:
    """Return the catalogue of a file with the columns id, name, category, style, description, price, in its order."""
    with file.open(newline="") as rows:
        return [listing(position, one_variant(row)) for position, row in enumerate(csv.DictReader(rows))]


def one_variant(row: dict[str, str]) -> Product:
    """Return a row's product, sold in one way only; the file's prices are in major units."""
    slug, price = row["id"], shop().money(round(float(row["price"]) * 100))
    return Product(
        slug=slug,
        name=row["name"],
        category=row["category"],
        description=row["description"],
        material=row["style"],
        details={},
        price=price,
        price_varies=False,
        image=picture(slug),
        image_alt=row["name"],
        variants=[Variant(slug, {}, price, picture(slug))],
    )


def listing(position: int, product: Product, *, sold_out: bool = False) -> Listing:
    """Return a product as the shop lists it."""
    skus = [] if sold_out else [variant.sku for variant in product.variants]
    return Listing(product, position, featured=False, in_stock=frozenset(skus))


def made_up(size: int, seed: int) -> list[Listing]:
    """Return a catalogue of made-up words, as common and as rare as the words of a language are (Zipf's law)."""
    language = Language(random.Random(seed))
    return [language.listing(position) for position in range(size)]


class Language:
    """Words that look like words, and products that are told of in them."""

    def __init__(self, chance: random.Random) -> None:
        self._chance = chance
        self._words = list(dict.fromkeys(self._invented()))
        self._weights = [1 / (rank + 10) for rank in range(len(self._words))]
        self._materials = [word.capitalize() for word in self._words[200 : 200 + MATERIALS]]
        self._colours = [word.capitalize() for word in self._words[300 : 300 + COLOURS]]
        self._kinds = self._words[400:700]

    def listing(self, position: int) -> Listing:
        """Return a product with up to four variants, as the shop lists it."""
        chance, slug = self._chance, f"product-{position}"
        material = chance.choice(self._materials)
        name = " ".join([material, *self._some(chance.randint(1, 2)), chance.choice(self._kinds)]).capitalize()
        prices = sorted(chance.randint(4, 300) * 100 - 5 for _ in range(chance.randint(1, MOST_VARIANTS)))
        colours = chance.sample(self._colours, len(prices))
        size = chance.choice(SIZES)
        product = Product(
            slug=slug,
            name=name,
            category=chance.choice(shop().categories).slug,
            description=" ".join(self._some(WORDS_OF_TEXT)).capitalize() + ".",
            material=material,
            details={"Weight": f"{chance.randint(1, 40) * 100} g"},
            price=shop().money(prices[0]),
            price_varies=prices[0] != prices[-1],
            image=picture(slug),
            image_alt=name,
            variants=[
                Variant(f"{slug}-{number}", {"Colour": colour, "Size": size}, shop().money(price), picture(slug))
                for number, (colour, price) in enumerate(zip(colours, prices, strict=True))
            ],
        )
        return listing(position, product, sold_out=chance.random() < SOLD_OUT)

    def _invented(self) -> Iterator[str]:
        syllables = f"{SYLLABLES} {MORE}".split()
        for _ in range(WORDS):
            yield "".join(self._chance.choices(syllables, k=self._chance.choice([1, 2, 2, 3, 3, 4])))

    def _some(self, count: int) -> Sequence[str]:
        return self._chance.choices(self._words, self._weights, k=count)
