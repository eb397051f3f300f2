from __future__ import annotations

from collections.abc import Callable
from itertools import product as pairs_of
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.catalogue.domain import ProductFacts, VariantFacts
from chalicelib.catalogue.schemas import Listing, Product
from chalicelib.catalogue.service import CatalogueService
from chalicelib.errors import NotFound, ValidationFailed
from chalicelib.paging import encode_cursor
from chalicelib.search import domain
from chalicelib.search.schemas import FacetValue, ProductList, ProductQuery, Suggestion
from chalicelib.search.service import MINUTE_SECONDS, MISSES_A_MINUTE, SearchService
from chalicelib.search.snapshot import Snapshot
from chalicelib.shop import Shop, shop
from tests import factories
from tests.memory import MemoryCatalogue, MemoryLedger
from tests.snapshots import built

SIZES = [
    VariantFacts("PAN-S", {"Size": "20 cm", "Colour": "Ink"}, 4200, "/pan.svg"),
    VariantFacts("PAN-L", {"Size": "28 cm", "Colour": "Ink"}, 6800, "/pan.svg"),
]
PRODUCTS = [
    factories.single("chefs-knife", 7200, name="Chef’s knife", category="knives-and-boards", material="Steel"),
    factories.product("stoneware-teapot"),
    factories.single("iron-teapot", 6400, material="Cast iron"),
    factories.single("tea-towel", 900, description="Dries a teapot and much else.", material="Linen"),
    factories.single("cafetiere", 3400, name="Cafetière", material="Glass"),
    factories.product("frying-pan", variants=SIZES, category="pots-and-pans", material="Steel"),
    factories.single("loaf-tin", 1200, category="baking", material="Tin", description="For a loaf of bread."),
    factories.single("stockpot", 9900, category="pots-and-pans", material="Steel", description="Soup for eight."),
]
SORTS = ["featured", "price_asc", "price_desc", "name"]


class Misses:
    def __init__(self) -> None:
        self.counted: list[str] = []

    def count(self, words: str) -> None:
        self.counted.append(words)


class World:
    """Search over some products, and what it was told of searches in vain."""

    def __init__(self, folder: Path, products: list[ProductFacts], the_shop: Shop | None = None) -> None:
        self.folder = folder
        self.misses = Misses()
        self.now = 0.0
        self.publish(products)
        misses: Callable[[], Any] = lambda: self.misses  # noqa: E731
        self.service = SearchService(lambda: self.snapshot, misses, the_shop or shop(), lambda: self.now)

    def publish(self, products: list[ProductFacts], sold_out: tuple[str, ...] = ()) -> None:
        file = self.folder / "snapshot.sqlite"
        file.write_bytes(built(listings(products, sold_out)))
        self.snapshot = Snapshot(file.rename(self.folder / f"{id(file)}.sqlite"))

    def find(self, q: str = "", **query: Any) -> ProductList:
        return self.service.search(ProductQuery(q=q, **query))

    def slugs(self, q: str = "", **query: Any) -> list[str]:
        return [item.slug for item in self.find(q, **query).items]

    def counts(self, facet: str, q: str = "", **query: Any) -> dict[str, int]:
        return {value.value: value.count for value in self.find(q, **query).facets.get(facet, [])}

    def pages(self, limit: int, **query: Any) -> list[str]:
        found, cursor = [], ""
        while True:
            page = self.find(limit=limit, cursor=cursor, **query)
            found += [item.slug for item in page.items]
            if page.next_cursor is None:
                return found
            cursor = page.next_cursor


def listings(products: list[ProductFacts], sold_out: tuple[str, ...] = ()) -> list[Listing]:
    shelf = MemoryCatalogue(*products)
    for sku in sold_out:
        shelf.shards[sku, 0].available = 0
    return CatalogueService(shelf, MemoryLedger(), shop()).inventory().listings


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("search"), PRODUCTS)


@pytest.mark.parametrize("query", ["chefs", "chef's knife", "CHEF’S", "cafetiere", "Cafetière", "  iron   tea"])
def test_search_ignores_case_accents_and_apostrophes(world: World, query: str) -> None:
    assert len(world.slugs(query)) == 1


def test_names_that_match_come_before_descriptions_that_do(world: World) -> None:
    assert world.slugs("teapot") == ["stoneware-teapot", "iron-teapot", "tea-towel"]


def test_whole_words_come_before_beginnings(tmp_path: Path) -> None:
    shelf = [factories.single("panettone-tin", 900), factories.single("crepe-pan", 2900)]
    assert World(tmp_path, shelf).slugs("pan") == ["crepe-pan", "panettone-tin"]


def test_matches_are_ranked_no_further_than_a_page_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mugs = [factories.single(f"mug-{letter}", 900, name="Mug") for letter in "abc"]
    world = World(tmp_path, [*mugs, factories.single("tray", 900, description="For a mug.")])
    ranked: list[str] = []
    rank = world.snapshot.ranked

    def counted(index: Any, *rest: Any) -> list[tuple[int, float]]:
        ranked.append(index)
        return rank(index, *rest)

    monkeypatch.setattr(world.snapshot, "ranked", counted)
    assert (len(world.slugs("mug", limit=2)), ranked) == (2, ["names"])
    assert (len(world.slugs("mug", limit=4)), ranked[1:]) == (4, ["names", "names", "texts"])


def test_after_a_word_that_nothing_can_be_made_of_no_other_is_repaired(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def unknown(word: str) -> bool:
        asked.append(word)
        return False

    monkeypatch.setattr(world.snapshot, "begins_a_word", unknown)
    assert (world.slugs("qqqqqqqqq teapto"), asked) == ([], ["qqqqqqqqq"])


def test_among_equals_the_shops_own_order_stands(tmp_path: Path) -> None:
    shelf = [factories.single(f"mug-{letter}", 900, name="Mug", position=place) for place, letter in enumerate("cab")]
    assert World(tmp_path, shelf).slugs("mug") == ["mug-c", "mug-a", "mug-b"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("pans", ["frying-pan", "stockpot"]),
        ("knives", ["chefs-knife"]),
        ("knife", ["chefs-knife"]),
        ("towels", ["tea-towel"]),
        ("loaves", ["loaf-tin"]),
        ("teapot ink", ["stoneware-teapot"]),
        ("steel knife", ["chefs-knife"]),
        ("iron tea", ["iron-teapot"]),
        ("sto te", ["stoneware-teapot"]),
        ("a tin for bread", ["loaf-tin"]),
    ],
)
def test_plurals_traits_and_unfinished_words_are_found(world: World, query: str, found: list[str]) -> None:
    answer = world.find(query)
    assert ([item.slug for item in answer.items], answer.did_you_mean) == (found, None)


def test_who_says_it_otherwise_finds_it_too(world: World) -> None:
    assert world.slugs("skillet") == ["frying-pan"]
    assert world.slugs("skillets") == ["frying-pan"]


@pytest.mark.parametrize(
    ("query", "meant", "first"),
    [
        ("teapto", "teapot", "stoneware-teapot"),
        ("tepot", "teapot", "stoneware-teapot"),
        ("stonware", "stoneware", "stoneware-teapot"),
        ("stonwear teapot", "stoneware teapot", "stoneware-teapot"),
        ("irn teapt", "iron teapot", "iron-teapot"),
        ("knfe", "knife", "chefs-knife"),
        ("stonewareteapot", "stoneware teapot", "stoneware-teapot"),
        ("loaftin", "loaf tin", "loaf-tin"),
    ],
)
def test_a_misspelt_query_is_answered_as_it_was_meant(world: World, query: str, meant: str, first: str) -> None:
    answer = world.find(query)
    assert (answer.did_you_mean, answer.items[0].slug) == (meant, first)


def test_two_words_that_the_shop_writes_as_one_are_found(world: World) -> None:
    assert world.slugs("tea pot")[:2] == ["stoneware-teapot", "iron-teapot"]
    assert world.slugs("stock pot") == ["stockpot"]


def test_a_known_word_is_doubted_when_it_goes_with_nothing(world: World) -> None:
    """Both words are the shop's, but no product has both."""
    assert world.find("steal knife").did_you_mean == "steel knife"
    assert world.find("tin knife").did_you_mean is None


def test_the_commoner_of_two_repairs_is_preferred(tmp_path: Path) -> None:
    shelf = [factories.single("mug", 900), factories.single("jug", 900), factories.single("blue-jug", 900)]
    assert World(tmp_path, shelf).find("hug").did_you_mean == "jug"


@pytest.mark.parametrize("query", ["🍵", "!!!", '"', "*", "zzzzzzz", "bicycle"])
def test_what_is_not_there_is_not_found(world: World, query: str) -> None:
    found = world.find(query)
    assert (found.items, found.total, found.next_cursor, found.did_you_mean) == ([], 0, None, None)


def test_blanks_are_no_query(world: World) -> None:
    assert world.find("   ").total == len(PRODUCTS)


FTS_SYNTAX = [
    "tea OR knife",
    "NEAR(tea pot)",
    "name : tea",
    "tea*",
    '"',
    "tea AND",
    "NOT tea",
    "(",
    "^tea",
    "-tea",
    "+",
]


@pytest.mark.parametrize("query", FTS_SYNTAX)
def test_the_indexs_own_syntax_means_nothing(world: World, query: str) -> None:
    assert "chefs-knife" not in world.slugs(query)


@settings(max_examples=300, deadline=None)
@given(
    st.text(max_size=200) | st.lists(st.sampled_from([*FTS_SYNTAX, "tea", "\0", "ß", "ﬁ", "Ⅷ", "\ud800"])).map(" ".join)
)
def test_no_string_whatever_is_too_odd(world: World, query: str) -> None:
    found = world.find(query)
    assert len(found.items) == found.total
    assert len(world.service.suggest(query)) <= 8


@given(st.text(max_size=20), st.sampled_from(SORTS))
def test_pages_put_together_are_the_whole_list_whatever_is_asked(world: World, q: str, sort: str) -> None:
    assert world.pages(3, q=q, sort=sort) == world.slugs(q, sort=sort, limit=48)


@pytest.mark.parametrize(
    ("sort", "ends"),
    [
        ("price_asc", ("tea-towel", "stockpot")),
        ("price_desc", ("stockpot", "tea-towel")),
        ("name", ("cafetiere", "tea-towel")),
        ("featured", ("chefs-knife", "stockpot")),
    ],
)
@pytest.mark.parametrize("limit", [1, 2, 3, 7, 8, 48])
def test_lists_are_sorted_as_asked_however_long_their_pages(
    world: World, sort: str, ends: tuple[str, str], limit: int
) -> None:
    found = world.pages(limit, sort=sort)
    assert (found[0], found[-1], len(set(found))) == (*ends, len(PRODUCTS))


@pytest.mark.parametrize("sort", SORTS)
@pytest.mark.parametrize(("q", "gone"), [("", 0), ("", 1), ("te", 0)])
def test_a_list_goes_on_where_it_was_after_a_new_edition(tmp_path: Path, q: str, gone: int, sort: str) -> None:
    world = World(tmp_path, PRODUCTS)
    whole = world.slugs(q, sort=sort)
    first = world.find(q, sort=sort, limit=2)
    world.publish([product for product in PRODUCTS if product.slug != first.items[gone].slug])
    assert world.slugs(q, sort=sort, cursor=first.next_cursor) == whole[2:]


def test_a_list_of_matches_goes_on_though_the_product_it_had_come_to_is_gone(tmp_path: Path) -> None:
    mugs = [factories.single(f"mug-{number}", 900, name="Mug" + " blue" * number) for number in range(6)]
    world = World(tmp_path, mugs)
    first = world.find("mug", limit=3)
    world.publish([*mugs[:2], *mugs[3:]])
    assert set(world.slugs("mug", cursor=first.next_cursor)) >= {"mug-4", "mug-5"}


BAD_CURSORS = ["x", "!!!", "WzFd", "eyJhIjoxfQ", "W10", "é", "", *(encode_cursor(place) for place in [
    ["best", 0, 1, 1, "slug"],
    ["price_asc", 0, 1, 1, "slug"],
    ["featured", 0, "a", 1, "slug"],
    ["featured", 0, 1, 2**64, "slug"],
    ["featured", -1, 1, 1, "slug"],
    ["featured", 0, 1, 1, "slug", "more"],
    ["featured", 0, 1, 1],
    {"order": "featured"},
])]  # fmt: skip


@pytest.mark.parametrize("cursor", [cursor for cursor in BAD_CURSORS if cursor])
def test_a_cursor_that_no_page_gave_is_refused(world: World, cursor: str) -> None:
    with pytest.raises(ValidationFailed) as failed:
        world.find(cursor=cursor)
    assert failed.value.errors[0].field == "cursor"


@given(
    st.from_type(int) | st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**63 - 1), st.text()
)
def test_a_made_up_cursor_of_the_right_kind_does_no_harm(world: World, value: float, position: int, slug: str) -> None:
    slug = slug.encode("utf-8", "ignore").decode()
    for order, sort, q in [("featured", "featured", ""), ("best", "featured", "te"), ("price_asc", "price_asc", "")]:
        world.find(q, sort=sort, cursor=encode_cursor([order, 0, value, position, slug]))


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ({"category": "pots-and-pans"}, ["frying-pan", "stockpot"]),
        ({"category": "nowhere"}, []),
        ({"attribute": ["Material:Steel"]}, ["chefs-knife", "frying-pan", "stockpot"]),
        ({"attribute": ["Material:Steel", "Material:Tin"]}, ["chefs-knife", "frying-pan", "loaf-tin", "stockpot"]),
        ({"attribute": ["Material:Steel", "Colour:Ink"]}, ["frying-pan"]),
        ({"attribute": ["Size:28 cm"]}, ["frying-pan"]),
        ({"attribute": ["Weight:none"]}, []),
        ({"min_price": 6400, "max_price": 7200}, ["chefs-knife", "iron-teapot"]),
        ({"max_price": 1200}, ["tea-towel", "loaf-tin"]),
        ({"min_price": 9900}, ["stockpot"]),
        ({"min_price": 9901}, []),
        ({"min_price": 5000, "max_price": 10}, []),
        ({"q": "teap", "max_price": 5000}, ["tea-towel", "stoneware-teapot"]),
    ],
)
def test_lists_are_narrowed(world: World, query: dict[str, Any], left: list[str]) -> None:
    found = world.find(**query)
    assert sorted(item.slug for item in found.items) == sorted(left)
    assert found.total == len(left)


@pytest.mark.parametrize("size", [1, 31, 32, 33, 100])
def test_every_range_of_prices_leaves_those_inside_it(tmp_path: Path, size: int) -> None:
    prices = [100 + 7 * number for number in range(size)]
    world = World(tmp_path, [factories.single(f"product-{price}", price) for price in reversed(prices)])
    for low, high in pairs_of([99, *prices[::9], prices[-1] + 1], repeat=2):
        inside = sum(low <= price <= high for price in prices)
        assert world.find(min_price=low, max_price=high).total == inside
        assert world.find(min_price=low).total == sum(low <= price for price in prices)


def test_what_is_sold_out_altogether_can_be_left_out(tmp_path: Path) -> None:
    world = World(tmp_path, PRODUCTS)
    world.publish(PRODUCTS, sold_out=("STOCKPOT", "PAN-S"))
    assert world.slugs(category="pots-and-pans", availability="in_stock") == ["frying-pan"]
    assert world.counts("availability", category="pots-and-pans") == {"in_stock": 1}


def test_facets_stand_in_order_and_count_what_each_would_leave(world: World) -> None:
    facets = world.find().facets
    assert list(facets) == ["category", "price", "Material", "Colour", "Size", "availability"]
    assert facets["price"] == [
        FacetValue("0-2499", "Under £25", 2),
        FacetValue("2500-4999", "£25 to £49.99", 3),
        FacetValue("5000-9999", "£50 to £99.99", 3),
    ]
    assert facets["category"][0] == FacetValue("pots-and-pans", "Pots & pans", 2)


def test_a_facets_own_choice_does_not_narrow_its_counts_but_the_others(world: World) -> None:
    chosen: dict[str, Any] = {"category": "pots-and-pans", "attribute": ["Colour:Ink"]}
    assert world.counts("category", **chosen) == {"pots-and-pans": 1, "tea-and-coffee": 1}
    assert world.counts("Colour", **chosen) == {"Ink": 1}
    assert world.counts("Material", **chosen) == {"Steel": 1}


@pytest.mark.parametrize("reserved", ["price:1", "price:a-b", "price:1-2", "category:tea", "availability:in_stock"])
def test_an_attribute_called_like_a_parameter_finds_nothing_and_chooses_nothing(world: World, reserved: str) -> None:
    assert world.find(attribute=[reserved], min_price=5).total == 0


def test_what_is_chosen_stays_in_its_facet_even_if_nothing_is_left(world: World) -> None:
    chosen: dict[str, Any] = {
        "category": "baking",
        "attribute": ["Material:Steel", "Colour:Puce"],
        "min_price": 100,
        "max_price": 200,
    }
    assert world.counts("category", **chosen) == {"baking": 0}
    assert world.counts("Material", **chosen) == {"Steel": 0}
    assert world.counts("Colour", **chosen) == {"Puce": 0}
    assert [(v.value, v.name) for v in world.find(**chosen).facets["price"]] == [("100-200", "£1 to £2")]


@settings(max_examples=60)
@given(
    st.sampled_from(["", "te", "pan"]),
    st.sampled_from(["", "pots-and-pans", "tea-and-coffee"]),
    st.lists(
        st.sampled_from(["Material:Steel", "Material:Tin", "Colour:Ink", "Colour:Sage", "Size:20 cm"]), max_size=3
    ),
    st.sampled_from([None, 1000, 5000]),
)
def test_every_count_is_what_choosing_the_value_leaves(
    world: World, q: str, category: str, attribute: list[str], min_price: int | None
) -> None:
    query = ProductQuery(q=q, category=category, attribute=attribute, min_price=min_price)
    for name, values in world.service.search(query).facets.items():
        for value in values:
            assert world.service.search(choose(query, name, value.value)).total == value.count


def choose(query: ProductQuery, name: str, value: str) -> ProductQuery:
    """The query with this value in place of the facet's own."""
    match name:
        case "category":
            return replace(query, category=value)
        case "availability":
            return replace(query, availability=value)
        case "price":
            low, high = value.split("-")
            return replace(query, min_price=int(low), max_price=int(high) if high else None)
        case _:
            others = [one for one in query.attribute if not one.startswith(f"{name}:")]
            return replace(query, attribute=[*others, f"{name}:{value}"])


def test_a_repaired_query_has_the_facets_and_the_pages_of_what_was_meant(world: World) -> None:
    meant, asked = world.find("teapot", limit=1), world.find("teapto", limit=1)
    assert (asked.items, asked.total, asked.facets) == (meant.items, meant.total, meant.facets)
    assert world.slugs("teapto", cursor=asked.next_cursor) == world.slugs("teapot", cursor=meant.next_cursor)


def test_a_list_shows_the_lowest_price_and_says_that_others_differ(world: World) -> None:
    item = world.find("frying").items[0]
    assert (item.price.amount, item.price_varies, item.skus) == (4200, True, ["PAN-S", "PAN-L"])


def test_a_product_is_shown_and_an_unknown_one_is_not_found(world: World) -> None:
    assert msgspec.json.decode(world.service.product("frying-pan"), type=Product).variants[1].price.amount == 6800
    with pytest.raises(NotFound):
        world.service.product("no-such-thing")


def test_categories_stand_in_the_shops_order_and_are_counted(world: World) -> None:
    counted = [(category.slug, category.count) for category in world.service.categories()]
    assert counted[:2] == [("pots-and-pans", 2), ("knives-and-boards", 1)]
    assert len(counted) == len(shop().categories)


def test_what_is_typed_suggests_products_and_then_categories(world: World) -> None:
    assert [(s.kind, s.address) for s in world.service.suggest("te")] == [
        ("product", "/products/stoneware-teapot"),
        ("product", "/products/iron-teapot"),
        ("product", "/products/tea-towel"),
        ("product", "/products/cafetiere"),
        ("category", "/categories/tea-and-coffee"),
    ]
    towel = world.service.suggest("towe")[0]
    assert towel == Suggestion("product", "Tea towel", "/products/tea-towel", factories.money(900), towel.image)


def test_a_slip_while_typing_is_suggested_for_too(world: World) -> None:
    assert world.service.suggest("teapto")[0].name == "Stoneware teapot"
    assert world.service.suggest("🍵") == []


def test_at_most_six_products_and_two_categories_are_suggested(tmp_path: Path) -> None:
    shelves = ["tea-and-coffee", "bowls-and-tableware", "tools-and-storage"]
    shelf = [factories.single(f"tea-{number}", 100, category=shelves[number % 3]) for number in range(9)]
    kinds = [suggestion.kind for suggestion in World(tmp_path, shelf).service.suggest("t")]
    assert kinds == ["product"] * 6 + ["category"] * 2


def test_searches_that_find_nothing_are_counted_for_the_owner(tmp_path: Path) -> None:
    world = World(tmp_path, PRODUCTS)
    world.find("  Toasted-Sandwich  MAKER!")
    world.find("one two three four five six seven eight")
    world.find("x" * 200)
    assert world.misses.counted == ["toasted sandwich maker", "one two three four five six", "x" * 80]


def test_what_is_found_repaired_narrowed_suggested_or_wordless_is_not_counted(tmp_path: Path) -> None:
    world = World(tmp_path, PRODUCTS)
    world.find("teapot")
    world.find("teapto")
    world.find("teapot", max_price=1)
    world.find("toaster", max_price=1)
    world.find("🍵")
    world.service.suggest("toaster")
    assert world.misses.counted == []


def test_a_miss_that_cannot_be_counted_costs_nobody_his_answer(tmp_path: Path) -> None:
    world = World(tmp_path, PRODUCTS)

    def broken(words: str) -> None:
        raise RuntimeError(words)

    world.misses.count = broken  # type: ignore[method-assign]
    assert world.find("toaster").total == 0


def test_whoever_invents_queries_fills_no_table(tmp_path: Path) -> None:
    world = World(tmp_path, PRODUCTS)
    for number in range(3 * MISSES_A_MINUTE):
        world.find(f"toaster{number:04}")
    assert len(world.misses.counted) == MISSES_A_MINUTE
    world.now += MINUTE_SECONDS
    world.find("toaster")
    assert world.misses.counted[-1] == "toaster"


def test_a_shop_with_nothing_in_it_can_be_searched(tmp_path: Path) -> None:
    world = World(tmp_path, [])
    assert (world.find().total, world.find("te", sort="price_asc").total, world.service.suggest("te")) == (0, 0, [])


def test_the_same_catalogue_gives_the_same_snapshot() -> None:
    assert built(listings(PRODUCTS)) == built(listings(list(reversed(PRODUCTS))))
    assert built(listings(PRODUCTS)) != built(listings(PRODUCTS[:-1]))


WORDS = st.text("abcde", min_size=1, max_size=9)


@given(WORDS, WORDS)
def test_words_few_slips_apart_share_a_stub(one: str, other: str) -> None:
    if domain.slips(one, other) <= min(domain.tolerance(one), domain.tolerance(other)):
        assert domain.stubs(one) & domain.stubs(other)


@given(st.sets(st.integers(0, 399)))
def test_a_set_is_the_same_whether_it_is_made_of_few_rows_or_of_many(rows: set[int]) -> None:
    snapshot = object.__new__(Snapshot)
    snapshot.size = 400
    assert snapshot.set_of(sorted(rows)) == sum(1 << row for row in rows)
    assert snapshot._set_of_many(sorted(rows)) == sum(1 << row for row in rows)


@given(WORDS, WORDS)
def test_slips_are_a_distance(one: str, other: str) -> None:
    assert domain.slips(one, other) == domain.slips(other, one)
    assert (domain.slips(one, other) == 0) == (one == other)


@pytest.mark.parametrize(
    ("one", "other", "slips"),
    [("pan", "pna", 1), ("pan", "pen", 1), ("pan", "pans", 1), ("pan", "an", 1), ("", "ab", 2)],
)
def test_letters_too_many_too_few_wrong_or_swapped_are_slips(one: str, other: str, slips: int) -> None:
    assert domain.slips(one, other) == slips


@given(st.text(max_size=50))
def test_words_are_the_same_however_often_they_are_cleaned(text: str) -> None:
    assert domain.words(" ".join(domain.words(text))) == domain.words(text)


@given(st.text("abefisvyz", min_size=1, max_size=8))
def test_a_word_is_a_form_of_itself(word: str) -> None:
    assert domain.forms(word)[0] == word
    assert all(domain.forms(word))
