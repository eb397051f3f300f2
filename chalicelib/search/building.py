"""Builds a snapshot: the whole catalogue in one SQLite file, as `chalicelib.search.snapshot` reads it.

Rows are numbered in the shop's order from 0. A set of products is a number with their rows' bits set: to narrow and
to count such sets costs next to nothing, however many products there are.
"""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import apsw
import msgspec

from chalicelib.catalogue.schemas import Listing, Product
from chalicelib.catalogue.service import summary
from chalicelib.money import format_money
from chalicelib.search import domain
from chalicelib.shop import Shop

# Another is for what readers of this one could not read; columns are added without (see completing.py).
FORMAT = 1
# What a word weighs in the name, among the traits, in the text.
RANK = "bm25(10.0, 4.0, 1.0)"
SORTED_LETTERS = 80
CATEGORY, PRICE, AVAILABILITY = "category", "price", "availability"
RESERVED = frozenset({CATEGORY, PRICE, AVAILABILITY})
MATERIAL = "Material"
IN_STOCK = "In stock"

TABLES = """
CREATE TABLE product (
    row INTEGER PRIMARY KEY, slug TEXT UNIQUE, position INTEGER, sorted_name TEXT, document BLOB, summary BLOB
);
CREATE INDEX product_place ON product (position, slug);
CREATE TABLE facet (place INTEGER PRIMARY KEY, name TEXT, value TEXT, label TEXT, members BLOB);
CREATE TABLE numbers (name TEXT PRIMARY KEY, content BLOB);
CREATE TABLE word (id INTEGER PRIMARY KEY, word TEXT UNIQUE, products INTEGER);
CREATE TABLE stub (stub TEXT, word INTEGER, PRIMARY KEY (stub, word)) WITHOUT ROWID;
CREATE VIRTUAL TABLE names USING fts5 (
    name, content = '', prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);
CREATE VIRTUAL TABLE texts USING fts5 (
    name, traits, text, content = '', prefix = '1 2 3', tokenize = 'unicode61 remove_diacritics 2'
);
"""


def build(listings: Iterable[Listing], file: Path, shop: Shop) -> None:
    """Write the snapshot of everything on sale to a file. The same listings give the same bytes."""
    ordered = sorted(listings, key=lambda listing: (listing.position, listing.product.slug))
    products = [listing.product for listing in ordered]
    texts = [_texts(product, shop) for product in products]
    database = apsw.Connection(":memory:")
    database.execute(TABLES)
    database.pragma("user_version", FORMAT)
    database.execute("INSERT INTO texts (texts, rank) VALUES ('rank', ?)", [RANK])
    with database:
        _write_products(database, ordered)
        _write_texts(database, texts)
        _write_vocabulary(database, texts)
        _write_facets(database, ordered, shop)
    database.execute(
        "INSERT INTO names (names) VALUES ('optimize'); INSERT INTO texts (texts) VALUES ('optimize'); VACUUM"
    )
    file.write_bytes(database.serialize("main"))


def attributes(product: Product) -> dict[str, list[str]]:
    """Return what a product can be found by: its material, and the values of its variants' options."""
    found: dict[str, dict[str, None]] = {MATERIAL: {product.material: None}} if product.material else {}
    for variant in product.variants:
        for name, value in variant.options.items():
            if name not in RESERVED:
                found.setdefault(name, {})[value] = None
    return {name: list(values) for name, values in found.items()}


def label(facet: str, value: str, shop: Shop) -> str:
    """Return how shoppers see a value of a facet."""
    if facet == CATEGORY:
        category = shop.category(value)
        return category.name if category else value
    if facet == PRICE:
        low, high = value.split("-")
        return _price_label(low, high, shop)
    return IN_STOCK if facet == AVAILABILITY else value


def _price_label(low: str, high: str, shop: Shop) -> str:
    def money(amount: int) -> str:
        return format_money(shop.money(amount)).removesuffix(".00")

    if not high:
        return f"{money(int(low))} and more"
    if not int(low):
        return f"Under {money(int(high) + 1)}"
    return f"{money(int(low))} to {money(int(high))}"


def _texts(product: Product, shop: Shop) -> tuple[str, str, str]:
    """Return the words of a product: its name's, its traits', its description's."""
    category = shop.category(product.category)
    traits = [category.name if category else product.category]
    traits += [value for values in attributes(product).values() for value in values]
    text = [product.description, *(part for detail in product.details.items() for part in detail)]
    name, trait_words, text_words = (domain.words(" ".join(part)) for part in ([product.name], traits, text))
    return " ".join(name), " ".join(trait_words), " ".join(text_words)


def _write_products(database: apsw.Connection, listings: Sequence[Listing]) -> None:
    products = [listing.product for listing in listings]
    names = [" ".join(domain.words(product.name))[:SORTED_LETTERS] for product in products]
    encode = msgspec.json.encode
    database.executemany(
        "INSERT INTO product VALUES (?, ?, ?, ?, ?, ?)",
        (
            (row, product.slug, listing.position, name, encode(product), encode(summary(product)))
            for row, (listing, product, name) in enumerate(zip(listings, products, names, strict=True))
        ),
    )
    prices = [product.price.amount for product in products]
    rows = range(len(products))
    numbers = {
        "prices": array("q", prices),
        "price_asc": array("i", sorted(rows, key=lambda row: (prices[row], row))),
        "price_desc": array("i", sorted(rows, key=lambda row: (-prices[row], row))),
        "name": array("i", sorted(rows, key=lambda row: (names[row], row))),
    }
    database.executemany("INSERT INTO numbers VALUES (?, ?)", [(name, n.tobytes()) for name, n in numbers.items()])


def _write_texts(database: apsw.Connection, texts: Sequence[tuple[str, str, str]]) -> None:
    names = [(row, name) for row, (name, _, _) in enumerate(texts)]
    database.executemany("INSERT INTO names (rowid, name) VALUES (?, ?)", names)
    everything = [(row, *text) for row, text in enumerate(texts)]
    database.executemany("INSERT INTO texts (rowid, name, traits, text) VALUES (?, ?, ?, ?)", everything)


def _write_vocabulary(database: apsw.Connection, texts: Iterable[tuple[str, str, str]]) -> None:
    counts = Counter(word for text in texts for word in {word for part in text for word in part.split()})
    known = sorted(counts)
    database.executemany("INSERT INTO word VALUES (?, ?, ?)", [(n, word, counts[word]) for n, word in enumerate(known)])
    stubs = sorted((stub, n) for n, word in enumerate(known) for stub in domain.stubs(word))
    database.executemany("INSERT INTO stub VALUES (?, ?)", stubs)


def _write_facets(database: apsw.Connection, listings: Sequence[Listing], shop: Shop) -> None:
    facets = enumerate(_facets(listings, shop))
    database.executemany(
        "INSERT INTO facet VALUES (?, ?, ?, ?, ?)",
        ((place, name, value, label(name, value, shop), _members(rows)) for place, (name, value, rows) in facets),
    )


def _facets(listings: Sequence[Listing], shop: Shop) -> Iterator[tuple[str, str, Sequence[int]]]:
    """Yield each value by which a list can be narrowed, in the order in which they are shown, and its rows."""
    products = [listing.product for listing in listings]
    for category in shop.categories:
        yield CATEGORY, category.slug, [row for row, p in enumerate(products) if p.category == category.slug]
    for low, high in domain.bands(shop.price_bands):
        end = high if high is not None else max((p.price.amount for p in products), default=0)
        yield PRICE, domain.band_value(low, high), [r for r, p in enumerate(products) if low <= p.price.amount <= end]
    yield from _attribute_facets(products)
    yield AVAILABILITY, "in_stock", [row for row, listing in enumerate(listings) if listing.in_stock]


def _attribute_facets(products: Iterable[Product]) -> Iterator[tuple[str, str, Sequence[int]]]:
    """Yield attributes, the material first and then the commonest; each one's values likewise."""
    members: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for row, product in enumerate(products):
        for name, values in attributes(product).items():
            for value in values:
                members[name][value].append(row)
    reach = {name: len(set().union(*values.values())) for name, values in members.items()}
    for name in sorted(members, key=lambda name: (name != MATERIAL, -reach[name], name)):
        for value, rows in sorted(members[name].items(), key=lambda item: (-len(item[1]), item[0])):
            yield name, value, rows


def _members(rows: Sequence[int]) -> bytes:
    """Write a set of rows as bytes, least first."""
    bits = bytearray((max(rows, default=0) + 8) // 8)
    for row in rows:
        bits[row >> 3] |= 1 << (row & 7)
    return bytes(bits)
