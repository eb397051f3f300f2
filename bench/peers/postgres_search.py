"""Search as shops build it that have a PostgreSQL: full text with weights, and pg_trgm for what is misspelt.

Products have a `tsvector` column (the name weighs most, then category, material and options, then the description) with
a GIN index; the last word of a query is taken as a beginning, as search boxes want it. Where nothing is found, each
word is replaced by those of the catalogue that are like it, by the trigram index of a table of words, as PostgreSQL's
manual advises. Facets are numbers in an array, counted in the same statement as the page; those of the whole catalogue
are counted beforehand. Statements are prepared; a list is one round trip, a repaired one three.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct

from chalicelib.catalogue.schemas import Listing, Product
from chalicelib.search.building import attributes
from chalicelib.search.schemas import ProductQuery
from chalicelib.shop import shop

LIKE = 0.2
LIKENESSES = 5
ORDERS = {"featured": "id", "price_asc": "price, id", "price_desc": "price DESC, id DESC", "name": "name, id"}
MATCHES = "search @@ to_tsquery('english', %(words)s)"
# Asked for once, not for each row.
RANK = "ts_rank(search, (SELECT to_tsquery('english', %(words)s)))"

TABLES = """
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS fuzzystrmatch;
DROP TABLE IF EXISTS product, word, facet;
CREATE TABLE product (
    id integer PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL, traits text NOT NULL, text text NOT NULL,
    price integer NOT NULL, image text NOT NULL, facets integer[] NOT NULL,
    search tsvector GENERATED ALWAYS AS (
        setweight(to_tsvector('english', name), 'A') || setweight(to_tsvector('english', traits), 'B')
        || setweight(to_tsvector('english', text), 'D')
    ) STORED
);
CREATE TABLE facet (id integer PRIMARY KEY, value text NOT NULL UNIQUE, products integer NOT NULL DEFAULT 0)
"""
INDEXES = """
CREATE INDEX ON product USING gin (search) WITH (fastupdate = off);
CREATE INDEX ON product USING gin (facets) WITH (fastupdate = off);
CREATE INDEX ON product (price, id);
CREATE INDEX ON product (name, id);
CREATE TABLE word AS SELECT word, ndoc FROM ts_stat(
    'SELECT to_tsvector(''simple'', name || '' '' || traits || '' '' || text) FROM product'
);
CREATE INDEX ON word USING gin (word gin_trgm_ops);
UPDATE facet SET products = n FROM (SELECT f, count(*) AS n FROM product, unnest(facets) AS f GROUP BY f) AS c
WHERE id = f;
VACUUM ANALYZE product;
VACUUM ANALYZE facet;
VACUUM ANALYZE word
"""
LIKELY = """
SELECT asked.word, near.word FROM unnest(%s::text[]) AS asked(word) CROSS JOIN LATERAL (
    SELECT word FROM word WHERE word.word %% asked.word
    ORDER BY levenshtein(word.word, asked.word), similarity(word.word, asked.word) DESC, ndoc DESC LIMIT %s
) AS near
"""
# Ranked by words, every match is looked at anyway; in another order, the page comes by an index.
RANKED = """
WITH found AS MATERIALIZED (SELECT id, facets, {rank} AS rank FROM product WHERE {where}),
page AS (SELECT id, rank FROM found ORDER BY rank DESC, id LIMIT %(limit)s)
SELECT {counts}, (SELECT json_agg(p) FROM (
    SELECT slug, name, price, image FROM page JOIN product USING (id) ORDER BY rank DESC, id
) AS p)
"""
SORTED = """
WITH found AS MATERIALIZED (SELECT id, facets FROM product WHERE {where})
SELECT {counts}, (SELECT json_agg(p) FROM (
    SELECT slug, name, price, image FROM product WHERE {where} ORDER BY {order} LIMIT %(limit)s
) AS p)
"""
WHOLE = """
SELECT {whole}, (SELECT json_agg(p) FROM (
    SELECT slug, name, price, image FROM product ORDER BY {order} LIMIT %(limit)s
) AS p)
"""
TOTAL = "(SELECT count(*) FROM found)"
WHOLE_FACETS = "(SELECT json_object_agg(id, products) FROM facet)"
FACETS = "(SELECT json_object_agg(f, n) FROM (SELECT f, count(*) AS n FROM found, unnest(facets) AS f GROUP BY f) AS c)"


class Found(Struct, frozen=True):
    """A page of what was found, how many there are altogether, and by facet."""

    items: list[dict[str, Any]]
    total: int
    facets: dict[str, int]

    @property
    def slugs(self) -> list[str]:
        """The page's products."""
        return [item["slug"] for item in self.items]


class PostgresSearch:
    """A catalogue in PostgreSQL; without `facets`, lists do not tell how many products each further choice leaves."""

    def __init__(self, connection: Any, *, facets: bool = True) -> None:
        self._connection = connection
        self._counts = f"{TOTAL}, {FACETS if facets else 'NULL'}"
        self._whole = f"%(total)s, {WHOLE_FACETS if facets else 'NULL'}"
        self._facets: dict[str, int] = {}
        self._size = 0
        connection.execute(f"SET pg_trgm.similarity_threshold = {LIKE}")

    def build(self, listings: Sequence[Listing]) -> None:
        """Load a catalogue in place of the one before, and index it."""
        self._size, self._facets = len(listings), {}
        self._run(TABLES)
        rows = [self._row(number, listing) for number, listing in enumerate(listings)]
        self._copy("product (id, slug, name, traits, text, price, image, facets)", rows)
        self._copy("facet (id, value)", [(number, value) for value, number in self._facets.items()])
        self._run(INDEXES)

    def sharing(self, other: PostgresSearch) -> PostgresSearch:
        """Search what another has built."""
        self._size, self._facets = other._size, other._facets
        return self

    def size(self) -> int:
        """Return the bytes of the tables and their indexes."""
        tables = "pg_total_relation_size('product') + pg_total_relation_size('word') + pg_total_relation_size('facet')"
        return int(self._connection.execute(f"SELECT {tables}").fetchone()[0])

    def search(self, query: ProductQuery) -> Found:
        """Return the first page of what a query asks for; misspelt words are repaired where they find nothing."""
        words = re.findall(r"\w+", query.q.lower())
        found = self._find([[word] for word in words], query)
        return self._find(self._likely(words), query) if words and not found.total else found

    def _find(self, words: Sequence[Sequence[str]], query: ProductQuery) -> Found:
        values: dict[str, Any] = {"limit": query.limit, "total": self._size, "words": _expression(words)}
        conditions = [MATCHES] if words else []
        conditions += self._narrowed(query, values)
        shape = WHOLE if not conditions else RANKED if words and query.sort == "featured" else SORTED
        where, order = " AND ".join(conditions), ORDERS[query.sort]
        sql = shape.format(where=where, order=order, rank=RANK, counts=self._counts, whole=self._whole)
        total, facets, items = self._connection.execute(sql, values, prepare=True).fetchone()
        return Found(items or [], total, facets or {})

    def _narrowed(self, query: ProductQuery, values: dict[str, Any]) -> Iterator[str]:
        """Yield the conditions of a query's filters, and put their values where they are looked for."""
        chosen: dict[str, list[str]] = {}
        for attribute in query.attribute:
            chosen.setdefault(attribute.partition(":")[0], []).append(attribute)
        if query.availability:
            chosen["availability"] = ["availability:in_stock"]
        for number, one in enumerate(chosen.values()):
            values[f"facet{number}"] = [self._facets.get(value, -1) for value in one]
            yield f"facets && %(facet{number})s::integer[]"
        if query.min_price is not None:
            values["min_price"] = query.min_price
            yield "price >= %(min_price)s"

    def _likely(self, words: Sequence[str]) -> list[list[str]]:
        likely = {word: [word] for word in words}
        for asked, near in self._connection.execute(LIKELY, [list(words), LIKENESSES], prepare=True):
            likely[asked].append(near)
        return list(likely.values())

    def _row(self, number: int, listing: Listing) -> tuple[Any, ...]:
        product = listing.product
        category = shop().category(product.category)
        values = [value for many in attributes(product).values() for value in many]
        traits = [category.name if category else product.category, *values]
        text = [product.description, *(part for detail in product.details.items() for part in detail)]
        facets = [self._facets.setdefault(facet, len(self._facets)) for facet in _facets(product, listing)]
        words = (product.name, " ".join(traits), " ".join(text))
        return (number, product.slug, *words, product.price.amount, product.image, facets)

    def _run(self, statements: str) -> None:
        for statement in statements.split(";\n"):
            self._connection.execute(statement)

    def _copy(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        with self._connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


def _facets(product: Product, listing: Listing) -> Iterator[str]:
    """Yield all that a list with this product can be narrowed by."""
    yield f"category:{product.category}"
    yield f"price:{sum(product.price.amount >= bound for bound in shop().price_bands)}"
    yield from (f"{name}:{value}" for name, many in attributes(product).items() for value in many)
    if listing.in_stock:
        yield "availability:in_stock"


def _expression(words: Sequence[Sequence[str]]) -> str:
    """Return the tsquery of what has one of each place's words, the last place's as beginnings."""
    last = len(words) - 1
    places = [" | ".join(f"{word}:*" if at == last else word for word in place) for at, place in enumerate(words)]
    return " & ".join(f"({place})" for place in places)
