"""Publishing on the local AWS: a shop's pages from nothing, and how long a changed price takes to its page."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from importlib.metadata import version

import boto3

import tests.conftest  # noqa: F401 -- a stage of its own, credentials of nobody.
from app import publish_products
from bench import catalogues
from bench.results import Figure, Line
from bench.search import SEED
from chalicelib import bootstrap
from chalicelib.catalogue.schemas import Listing
from chalicelib.catalogue.service import ProductFacts, VariantFacts
from chalicelib.search.building import build
from chalicelib.settings import settings
from chalicelib.shop import shop
from chalicelib.storefront.pages import Pages
from chalicelib.storefront.repository import PublishingRepository, SiteBucket
from chalicelib.storefront.service import StorefrontService
from dev.streams import Shard, find_shards
from infra.tables import create_missing
from tests.emulator import emulator

PRODUCTS = 2_500
ROUNDS = 5
UNITS = 100
WRITERS = 8
PATIENCE_SECONDS = 20


def measure() -> Line:
    """Publish the whole shop into empty buckets, then change prices one by one."""
    with emulator():
        listings = catalogues.made_up(PRODUCTS, SEED)
        fill(listings)
        rendered, pages = zip(*(render() for _ in range(ROUNDS)), strict=True)
        published = [publish_from_nothing(f"site-from-nothing-{number}") for number in range(ROUNDS)]
        with following() as stream:
            seen = [see_new_price(listing, stream) for listing in listings[:: PRODUCTS // ROUNDS]]
    count = pages[0]
    return Line(
        "publishing",
        "Publishing",
        figures=[
            Figure("pages rendered", "pages/s", [count / seconds for seconds in rendered]),
            Figure("pages published", "pages/s", [count / seconds for seconds in published]),
            Figure(f"{PRODUCTS:,} products from nothing", "s", published),
            Figure("from a price change to the new page", "s", [page for page, _ in seen]),
            Figure("from a price change to the new search snapshot", "s", [snapshot for _, snapshot in seen]),
        ],
        notes=[
            (
                f"{count:,} pages of {PRODUCTS:,} made-up products and a search snapshot. What is rendered was read "
                "from the local AWS's tables, what is published is put into an empty bucket of it: one list, and a "
                "call a page."
            ),
            (
                "A price change is written, read from the table's stream, and handled in this process by the handler "
                "that Lambda calls; AWS adds the stream's polling, some four times a second, and its own waits."
            ),
            "No aims: nothing else publishes the same pages on the same terms to be compared with.",
        ],
        versions={name: version(name) for name in ("ministack", "jinja2", "boto3")},
    )


def fill(listings: Sequence[Listing]) -> None:
    """Put products on sale."""
    create_missing()
    create_bucket(settings().site_bucket)
    with ThreadPoolExecutor(WRITERS) as writers:
        list(writers.map(add, listings))


def add(listing: Listing) -> None:
    """Put one on sale, with stock unless it is listed as sold out."""
    product = listing.product
    facts = ProductFacts(
        slug=product.slug,
        name=product.name,
        category=product.category,
        description=product.description,
        material=product.material,
        details=product.details,
        image=product.image,
        image_alt=product.image_alt,
        position=listing.position,
        featured=listing.featured,
        variants=[VariantFacts(v.sku, v.options, v.price.amount, v.image) for v in product.variants],
    )
    units = {v.sku: UNITS if v.sku in listing.in_stock else 0 for v in product.variants}
    bootstrap.catalogue().add_product(facts, units)


def create_bucket(name: str) -> None:
    """Create a bucket."""
    s3 = boto3.client("s3", region_name=settings().region)
    region = {"LocationConstraint": settings().region}
    s3.create_bucket(Bucket=name, CreateBucketConfiguration=region)  # type: ignore[arg-type]


def render() -> tuple[float, int]:
    """Render every page; returns the seconds, reading the products among them, and how many pages."""
    began = time.perf_counter()
    count = sum(1 for _ in bootstrap.storefront().render_all())
    return time.perf_counter() - began, count


def publish_from_nothing(bucket: str) -> float:
    """Publish the whole shop into a new bucket; returns the seconds."""
    create_bucket(bucket)
    pages = Pages(shop(), settings())
    storefront = StorefrontService(
        bootstrap.catalogue(), SiteBucket(bucket), PublishingRepository(), partial(build, shop=shop()), shop(), pages
    )
    began = time.perf_counter()
    storefront.publish_all()
    return time.perf_counter() - began


@contextmanager
def following() -> Iterator[list[Shard]]:
    """Yield the stream of products, read up to now."""
    client = boto3.client("dynamodbstreams", region_name=settings().region)
    shards = [Shard(client, arn, name) for table, arn, name in find_shards(client) if table == "products"]
    for shard in shards:
        while shard.records():
            pass
    yield shards


def see_new_price(listing: Listing, stream: Sequence[Shard]) -> tuple[float, float]:
    """Give a product another price; returns the seconds until its page shows it, and until search does."""
    variant, site = listing.product.variants[0], SiteBucket(settings().site_bucket)
    price = variant.price.amount + 1
    shown = f"{price / 100:.2f}".encode()
    began = time.perf_counter()
    bootstrap.catalogue().reprice(variant.sku, price)
    records = next(found for found in polled(stream) if found)
    with ThreadPoolExecutor(1) as handler:
        handled = handler.submit(publish_products, {"Records": records}, None)
        while shown not in (site.get(f"products/{listing.product.slug}") or b""):
            assert time.perf_counter() - began < PATIENCE_SECONDS, "the new price is on no page"
            time.sleep(0.01)
        page = time.perf_counter() - began
        handled.result()
    return page, time.perf_counter() - began


def polled(stream: Sequence[Shard]) -> Iterator[list[object]]:
    """Yield what comes by a stream, look after look."""
    while True:
        yield [record for shard in stream for record in shard.records()]
