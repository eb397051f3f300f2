"""Publishing from the streams into the site's bucket: what changes, in which order, and what is set aside."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Callable, Iterator
from typing import Any
from xml.etree import ElementTree

import boto3
import msgspec
import pytest
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.catalogue.models import ProductRecord, StockRecord
from chalicelib.errors import NotFound
from chalicelib.search.schemas import POINTER, Pointer
from chalicelib.settings import settings
from chalicelib.storefront.domain import HTML, Change, Place, Publication
from chalicelib.storefront.events import products_changed, publish_all, stock_changed
from chalicelib.storefront.models import PublishingRecord
from chalicelib.storefront.repository import EDITION, SiteBucket
from infra.tables import create_missing
from tests import factories
from tests.api.client import forget_services
from tests.aws_calls import Make, intercepted

SHELF = ["teapot", "kettle", "dripper", "cups", "jug", "caddy", "strainer"]
GOOGLE = "{http://base.google.com/ns/1.0}"


class Site:
    """The bucket as a browser meets it."""

    def __init__(self) -> None:
        self._s3 = boto3.client("s3", region_name=settings().region)
        self._s3.create_bucket(
            Bucket=settings().site_bucket,
            CreateBucketConfiguration={"LocationConstraint": settings().region},  # type: ignore[typeddict-item]
        )
        self.bucket = SiteBucket(settings().site_bucket)

    def text(self, key: str) -> str:
        found = self.bucket.get(key)
        assert found is not None, f"{key} is not published"
        return found.decode()

    def headers(self, key: str) -> tuple[str, str]:
        found = self._s3.head_object(Bucket=settings().site_bucket, Key=key)
        return found["ContentType"], found["CacheControl"]

    def editions(self) -> dict[str, int]:
        return {key: self._edition(key) for key in self.bucket.etags()}

    def since(self, before: dict[str, int]) -> set[str]:
        """The keys that were written since."""
        return {key for key, edition in self.editions().items() if edition > before.get(key, 0)}

    def pointer(self) -> Pointer:
        return msgspec.json.decode(self.text(POINTER), type=Pointer)

    def _edition(self, key: str) -> int:
        return int(self._s3.head_object(Bucket=settings().site_bucket, Key=key)["Metadata"]["edition"])


@pytest.fixture
def site() -> Iterator[Site]:
    """A shop with a shelf of seven and a knife, published."""
    with mock_aws():
        forget_services()
        create_missing()
        site = Site()
        for position, slug in enumerate(SHELF):
            add(slug, position=position)
        add("knife", position=0, category="knives-and-boards", featured=True)
        bootstrap.storefront().publish_all()
        yield site


def add(slug: str, price: int = 4800, units: int = 5, **changes: Any) -> None:
    bootstrap.catalogue().add_product(factories.single(slug, price, **changes), {slug.upper(): units})


def record(slug: str, before: dict[str, Any] | None = None) -> dict[str, Any]:
    """A record of the products' stream."""
    image = {"OldImage": before} if before else {}
    return {"eventName": "MODIFY", "dynamodb": {"Keys": {"slug": {"S": slug}}, **image}}


def old(category: str = "tea-and-coffee", position: int = 0) -> dict[str, Any]:
    return {"category": {"S": category}, "position": {"N": str(position)}}


def variant(sku: str = "CUPS", price: int = 4800, image: str = "/assets/images/products/cups.svg") -> dict[str, Any]:
    return {"sku": sku, "options": {}, "price": price, "image": image}


def stock_record(sku: str, before: int | None, after: int) -> dict[str, Any]:
    def image(units: int) -> dict[str, Any]:
        return {"sku": {"S": sku}, "available": {"N": str(units)}}

    return {"dynamodb": {"NewImage": image(after), **({} if before is None else {"OldImage": image(before)})}}


def pages(keys: set[str]) -> set[str]:
    return {key for key in keys if not key.startswith("catalogue/")}


def snapshots(site: Site) -> list[str]:
    return [key for key in site.bucket.etags() if key.startswith("catalogue/") and key != POINTER]


@pytest.mark.parametrize(
    ("key", "content_type"),
    [
        ("index.html", HTML),
        ("products/teapot", HTML),
        ("categories/tea-and-coffee", HTML),
        ("sitemap.xml", "application/xml; charset=utf-8"),
        ("feed.xml", "application/xml; charset=utf-8"),
        ("robots.txt", "text/plain; charset=utf-8"),
        (POINTER, "application/json"),
    ],
)
def test_everything_is_published_with_its_type_and_for_a_short_time(site: Site, key: str, content_type: str) -> None:
    published, cache = site.headers(key)
    assert published == content_type
    assert int(cache.partition("max-age=")[2].partition(",")[0]) <= 60


def test_a_changed_price_is_on_every_page_that_shows_it_and_no_other_page_is_written(site: Site) -> None:
    before = site.editions()
    add("cups", 5150, position=3)
    products_changed([record("cups", old(position=3))])
    assert pages(site.since(before)) == {
        "products/cups",
        *(f"products/{slug}" for slug in ("teapot", "kettle", "dripper", "strainer")),
        "categories/tea-and-coffee",
        "index.html",
        "sitemap.xml",
        "feed.xml",
    }
    for key in ("products/cups", "products/teapot", "products/strainer", "categories/tea-and-coffee"):
        assert "£51.50" in site.text(key)
    assert "£51.50" not in site.text("products/jug")


def test_a_product_that_moves_leaves_its_old_shelf_and_its_old_neighbours(site: Site) -> None:
    add("cups", position=3, category="knives-and-boards")
    products_changed([record("cups", old(position=3))])
    assert "/products/cups" not in site.text("categories/tea-and-coffee")
    assert "/products/cups" in site.text("categories/knives-and-boards")
    assert "/products/cups" not in site.text("products/dripper")
    assert "/products/cups" in site.text("products/knife")


def test_a_product_that_is_taken_out_leaves_a_page_that_says_so_and_no_links_to_it(site: Site) -> None:
    ProductRecord("jug").delete()
    products_changed([record("jug", old(position=4))])
    assert "We no longer sell this" in site.text("products/jug")
    assert 'content="noindex"' in site.text("products/jug")
    for key in ("sitemap.xml", "feed.xml", "categories/tea-and-coffee", "products/cups", "products/kettle"):
        assert "/products/jug" not in site.text(key)


def test_publishing_all_finds_products_that_went_while_nobody_listened(site: Site) -> None:
    ProductRecord("jug").delete()
    bootstrap.storefront().publish_all()
    assert "We no longer sell this" in site.text("products/jug")


def test_a_batch_that_comes_again_changes_nothing_that_a_shopper_sees(site: Site) -> None:
    def seen() -> dict[str, str]:
        keys = [key for key in site.bucket.etags() if not key.startswith("catalogue/")]
        return {key: re.sub(r'data-edition="\d+"|edition \d+', "", site.text(key)) for key in keys}

    add("cups", 5150, position=3)
    batch = [record("cups", old(position=3)), record("cups")]
    products_changed(batch)
    once = seen()
    products_changed(batch)
    assert seen() == once


def test_an_edition_that_was_slow_does_not_undo_a_later_one(site: Site) -> None:
    service = bootstrap.storefront()
    slow = service._edition()
    add("cups", 5150, position=3)
    products_changed([record("cups", old(position=3))])
    later = site.pointer()
    service._publish(slow, slow.everything())
    assert "£51.50" in site.text("products/cups")
    assert site.pointer() == later
    assert later.key in snapshots(site)
    assert not any(key.startswith(f"catalogue/{slow.number}-") for key in snapshots(site))


def test_a_writer_that_is_overtaken_between_looking_and_writing_gives_way(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    look, looked = site.bucket._look, list[str]()

    def overtaken(key: str) -> tuple[int, str] | None:
        found = look(key)
        if not looked:
            looked.append(key)
            SiteBucket(settings().site_bucket).put(Publication("page", b"edition 8"), 8)
        return found

    monkeypatch.setattr(site.bucket, "_look", overtaken)
    assert not site.bucket.put(Publication("page", b"edition 7"), 7)
    assert site.text("page") == "edition 8"


def calls_of(publish: Callable[[], object]) -> list[tuple[str, str]]:
    """The calls to AWS that publishing makes: each one's operation, and its key in the bucket."""
    made: list[tuple[str, str]] = []

    def noted(_: str, make: Make, operation: str, asked: dict[str, Any]) -> Any:
        made.append((operation, asked.get("Key", "") if "Bucket" in asked else ""))
        return make(operation, asked)

    with intercepted(noted):
        publish()
    return made


def test_publishing_everything_asks_one_call_a_page(site: Site) -> None:
    made = calls_of(bootstrap.storefront().publish_all)
    of_pages = [operation for operation, key in made if key and not key.startswith("catalogue/")]
    assert of_pages == ["PutObject"] * len(pages(set(site.editions())))
    assert made.count(("ListObjectsV2", "")) == 1


def test_a_change_looks_at_each_page_that_it_writes(site: Site) -> None:
    made = calls_of(lambda: products_changed([record("cups", old(position=3))]))
    assert made.count(("HeadObject", "products/cups")) == made.count(("PutObject", "products/cups")) == 1
    assert ("ListObjectsV2", "") not in made


def test_the_bucket_is_listed_before_the_edition_has_its_number(site: Site) -> None:
    """What was listed later could be a later edition's, and would be written over."""
    assert [operation for operation, _ in calls_of(bootstrap.storefront().publish_all)[:2]] == [
        "ListObjectsV2",
        "UpdateItem",
    ]


def test_what_a_later_edition_wrote_since_the_bucket_was_listed_stands(site: Site) -> None:
    site.bucket.put(Publication("old", b"edition 6"), 6)
    before = site.bucket.etags()
    site.bucket.put(Publication("old", b"edition 8"), 8)
    site.bucket.put(Publication("new", b"edition 8"), 8)
    assert site.bucket.put_all([Publication("old", b"edition 7"), Publication("new", b"edition 7")], 7, before) == 0
    assert (site.text("old"), site.text("new")) == ("edition 8", "edition 8")


def test_editions_that_are_numbered_anew_write_over_nothing_and_say_so(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    """As after the tables were lost, and the bucket was not."""
    publish_all()
    before, pointer = site.editions(), site.pointer()
    PublishingRecord(EDITION).delete()
    assert publish_all() == 0
    assert not site.since(before)
    assert site.pointer() == pointer
    assert "the bucket shows later editions than 1" in caplog.text


def test_what_an_earlier_edition_wrote_or_somebody_removed_since_is_published_all_the_same(site: Site) -> None:
    site.bucket.put(Publication("removed", b"edition 5"), 5)
    before = site.bucket.etags()
    site.bucket.delete("removed")
    site.bucket.put(Publication("new", b"edition 6"), 6)
    published = [Publication("removed", b"edition 7"), Publication("new", b"edition 7")]
    assert site.bucket.put_all(published, 7, before) == 2
    assert (site.text("removed"), site.text("new")) == ("edition 7", "edition 7")


def test_the_pointer_names_a_snapshot_that_is_what_it_says(site: Site) -> None:
    pointer = site.pointer()
    zipped = site.bucket.get(pointer.key)
    assert zipped is not None
    assert hashlib.sha256(gzip.decompress(zipped)).hexdigest() == pointer.sha256
    assert site.headers(pointer.key) == ("application/gzip", "public, max-age=31536000, immutable")


@pytest.mark.parametrize(
    "publish",
    [
        publish_all,
        lambda: products_changed([record("cups")]),
        lambda: stock_changed([stock_record("CUPS", 1, 0)]),
    ],
    ids=["everything", "a product", "stock"],
)
def test_old_snapshots_are_kept_for_a_while_and_then_dropped(site: Site, publish: Callable[[], object]) -> None:
    for _ in range(6):
        publish()
    pointer = site.pointer()
    assert sorted(snapshots(site)) == sorted([pointer.key, *pointer.previous])
    assert len(snapshots(site)) == 4


@pytest.mark.parametrize(
    "poison",
    [
        [ProductRecord.variants.set([])],
        [ProductRecord.category.set("garden")],
        [ProductRecord.name.remove()],
        [ProductRecord.variants.set([{"sku": "CUPS"}])],
        [ProductRecord.variants.set([variant(price=10**30)])],
        [ProductRecord.variants.set([variant(sku="TEAPOT")])],
        [ProductRecord.variants.set([variant(image="javascript:alert(1)")])],
        [ProductRecord.variants.set([variant(sku="CUPS\ud800")])],
        [ProductRecord.name.set("Tea\x0bcups")],
        [ProductRecord.details.set({"Care": "\ud800"})],
        [ProductRecord.position.set(2**63)],
    ],
    ids=[
        "no variants",
        "unknown category",
        "no name",
        "half a variant",
        "a price beyond all prices",
        "another product's sku",
        "an image that is a script",
        "a sku that is no text",
        "a control character",
        "a text that is none",
        "a position beyond all positions",
    ],
)
def test_a_record_that_cannot_be_shown_is_set_aside_and_the_rest_is_published(site: Site, poison: list[Any]) -> None:
    before = site.text("products/cups")
    ProductRecord("cups").update(actions=poison)
    add("jug", 7777, position=4)
    products_changed([record("cups", old(position=3)), record("jug", old(position=4))])
    assert "£77.77" in site.text("products/jug")
    assert site.text("products/cups") == before
    assert list(bootstrap.storefront().set_aside()) == ["cups"]
    assert "/products/cups" not in site.text("categories/tea-and-coffee")
    ElementTree.fromstring(site.text("feed.xml"))


@pytest.mark.parametrize("slug", ["..", "zz/x?y#z", "a" * 1100])
def test_what_cannot_be_an_address_is_set_aside_and_leaves_no_page_when_it_goes(site: Site, slug: str) -> None:
    add(slug, units=0)
    products_changed([record(slug)])
    assert list(bootstrap.storefront().set_aside()) == [slug]
    before = site.editions()
    ProductRecord(slug).delete()
    products_changed([record(slug)])
    assert pages(site.since(before)) == {"index.html", "sitemap.xml", "feed.xml"}


def test_a_stock_record_without_numbers_counts_as_none_and_the_rest_is_published(site: Site) -> None:
    StockRecord._get_connection().connection.put_item(StockRecord.Meta.table_name, "BAD", range_key="0")
    add("jug", 7777, position=4)
    stock_changed([{"dynamodb": {"NewImage": {"sku": {"S": "BAD"}, "shard": {"N": "0"}}}}])
    products_changed([record("jug", old(position=4))])
    assert "£77.77" in site.text("products/jug")
    assert [level.received for level in bootstrap.catalogue().levels() if level.sku == "BAD"] == [0]


def test_what_is_withdrawn_says_so_and_cannot_be_bought(site: Site) -> None:
    catalogue = bootstrap.catalogue()
    catalogue.withdraw("cups")
    products_changed([record("cups", old(position=3))])
    assert "noindex" in site.text("products/cups")
    assert "/products/cups" not in site.text("categories/tea-and-coffee")
    found = bootstrap.ledger().read(catalogue.reads(["CUPS", "JUG"]))
    assert catalogue.for_sale(["CUPS", "JUG"], found).keys() == {"JUG"}
    with pytest.raises(NotFound):
        catalogue.withdraw("cups")
    with pytest.raises(NotFound):
        catalogue.reprice("CUPS", 100)


def test_a_page_that_cannot_be_rendered_is_set_aside_and_is_back_once_mended(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = bootstrap.storefront()._pages
    render = pages.render

    def failing(template: str, path: str, *rest: Any, **values: Any) -> bytes:
        if path == "/products/cups":
            raise ZeroDivisionError
        return render(template, path, *rest, **values)

    with monkeypatch.context() as patch:
        patch.setattr(pages, "render", failing)
        products_changed([record("cups"), record("jug")])
        assert bootstrap.storefront().set_aside() == {"cups": "ZeroDivisionError: "}
    products_changed([record("cups")])
    assert bootstrap.storefront().set_aside() == {}


def test_selling_out_and_coming_back_are_published_and_other_stock_is_not(site: Site) -> None:
    before = site.editions()
    stock_changed([stock_record("CUPS", 5, 4)])
    assert site.since(before) == set()
    StockRecord("CUPS", 0).update(actions=[StockRecord.available.set(0)])
    stock_changed([stock_record("CUPS", 1, 0)])
    assert pages(site.since(before)) == {"products/cups", "index.html", "sitemap.xml", "feed.xml"}
    assert availability(site)["CUPS"] == "out_of_stock"
    assert "https://schema.org/OutOfStock" in site.text("products/cups")
    StockRecord("CUPS", 0).update(actions=[StockRecord.available.set(3)])
    stock_changed([stock_record("CUPS", 0, 3)])
    assert availability(site)["CUPS"] == "in_stock"


def test_units_of_a_sku_that_had_none_are_published(site: Site) -> None:
    before = site.editions()
    stock_changed([stock_record("CUPS", None, 3)])
    assert "products/cups" in site.since(before)


def test_the_feed_has_an_item_for_every_variant_with_what_shopping_engines_ask_for(site: Site) -> None:
    bootstrap.catalogue().add_product(factories.product("two-teapots", position=9), {})
    bootstrap.storefront().publish_all()
    items = {str(item.findtext(f"{GOOGLE}id")): item for item in feed(site)}
    assert len(items) == len(SHELF) + 3
    cups = {child.tag.removeprefix(GOOGLE): child.text for child in items["CUPS"]}
    assert cups["price"] == "48.00 GBP"
    assert cups["link"] == f"{settings().site_url}/products/cups?sku=CUPS"
    assert str(cups["image_link"]).endswith(".png")
    assert items["TWO-TEAPOTS-INK"].findtext(f"{GOOGLE}item_group_id") == "two-teapots"
    assert items["TWO-TEAPOTS-INK"].findtext(f"{GOOGLE}color") == "Ink"


def test_the_sitemap_names_every_indexable_page_and_robots_name_the_sitemap(site: Site) -> None:
    urls = [str(loc.text) for loc in ElementTree.fromstring(site.text("sitemap.xml")).iter() if loc.tag.endswith("loc")]
    assert f"{settings().site_url}/products/cups" in urls
    assert f"{settings().site_url}/categories/baking" in urls
    for url in urls:
        key = url.removeprefix(f"{settings().site_url}/") or "index.html"
        assert 'name="robots"' not in site.text(key)
    assert f"Sitemap: {settings().site_url}/sitemap.xml" in site.text("robots.txt")


def test_names_are_written_safely_into_pages_and_files(site: Site) -> None:
    add("cups", position=3, name="Cups & <script>saucers</script>")
    products_changed([record("cups", old(position=3))])
    for key in ("products/cups", "categories/tea-and-coffee", "feed.xml"):
        assert "<script>saucers" not in site.text(key)
    assert "Cups & <script>saucers</script>" in [item.findtext(f"{GOOGLE}title") for item in feed(site)]


def test_a_change_knows_where_a_product_stood_even_from_half_a_record() -> None:
    from chalicelib.storefront.events import _change

    keys = {"slug": {"S": "cups"}}
    assert _change({"Keys": keys, "OldImage": old(position=3)}) == Change("cups", Place("tea-and-coffee", 3, "cups"))
    assert _change({"Keys": keys, "OldImage": {"name": {"S": "Cups"}}}) == Change("cups")


def feed(site: Site) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(site.text("feed.xml")).iter("item"))


def availability(site: Site) -> dict[str, str]:
    return {str(item.findtext(f"{GOOGLE}id")): str(item.findtext(f"{GOOGLE}availability")) for item in feed(site)}
