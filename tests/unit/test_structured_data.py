"""What the pages tell search and shopping engines."""

from __future__ import annotations

import json
import re
from typing import Any

import msgspec
import pytest

from chalicelib.catalogue.schemas import Product, Variant
from chalicelib.catalogue.service import summary
from chalicelib.money import Money, decimal, format_money
from chalicelib.settings import settings
from chalicelib.shop import shop
from chalicelib.storefront.pages import Pages, share_image
from chalicelib.storefront.structured_data import StructuredData

SITE = "https://shop.example"
TEA = shop().categories[2]


def variant(sku: str, price: int = 4800, **options: str) -> Variant:
    return Variant(sku, options, Money(price, "GBP"), f"/assets/images/products/{sku.lower()}.svg")


def product(*variants: Variant, **changes: Any) -> Product:
    facts: dict[str, Any] = {
        "slug": "stoneware-teapot",
        "name": "Stoneware teapot",
        "category": TEA.slug,
        "description": "Holds four cups.",
        "material": "Stoneware",
        "details": {},
        "price": variants[0].price,
        "price_varies": False,
        "image": variants[0].image,
        "image_alt": "A teapot",
        "variants": list(variants),
    }
    return msgspec.convert(facts | changes, Product)


SAGE, INK = variant("POT-SAGE", Colour="Sage"), variant("POT-INK", 5200, Colour="Ink")


@pytest.fixture
def data() -> StructuredData:
    return StructuredData(shop(), SITE, share_image)


def of_type(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [thing for thing in document["@graph"] if thing["@type"] == kind]


def test_each_variant_has_an_offer_at_its_own_address_and_price(data: StructuredData) -> None:
    [group] = of_type(data.product(product(SAGE, INK), TEA), "ProductGroup")
    assert group["productGroupID"] == "stoneware-teapot"
    assert group["variesBy"] == ["https://schema.org/color"]
    assert [(one["sku"], one["color"], one["offers"]["price"]) for one in group["hasVariant"]] == [
        ("POT-SAGE", "Sage", "48.00"),
        ("POT-INK", "Ink", "52.00"),
    ]
    assert [one["offers"]["url"] for one in group["hasVariant"]] == [
        f"{SITE}/products/stoneware-teapot?sku=POT-SAGE",
        f"{SITE}/products/stoneware-teapot?sku=POT-INK",
    ]


def test_a_product_of_one_variant_is_no_group(data: StructuredData) -> None:
    document = data.product(product(variant("POT")), TEA)
    [single] = of_type(document, "Product")
    assert of_type(document, "ProductGroup") == []
    assert (single["sku"], single["name"], single["brand"]["name"]) == ("POT", "Stoneware teapot", shop().name)


def test_an_offer_says_whether_it_was_in_stock_when_published(data: StructuredData) -> None:
    document = data.product(product(SAGE, INK), TEA, {"POT-SAGE": True, "POT-INK": False})
    offers = [one["offers"]["availability"] for one in of_type(document, "ProductGroup")[0]["hasVariant"]]
    assert offers == ["https://schema.org/InStock", "https://schema.org/OutOfStock"]


def test_an_offer_of_which_nobody_knows_the_stock_says_nothing_of_it(data: StructuredData) -> None:
    [group] = of_type(data.product(product(SAGE, INK), TEA), "ProductGroup")
    assert all("availability" not in one["offers"] for one in group["hasVariant"])


@pytest.mark.parametrize(("price", "standard"), [(4999, "3.95"), (5000, "0.00")])
def test_an_offer_tells_what_its_delivery_costs(data: StructuredData, price: int, standard: str) -> None:
    document = data.product(product(variant("POT", price)), TEA)
    deliveries = {one["@id"]: one for one in of_type(document, "OfferShippingDetails")}
    offered = [deliveries[one["@id"]] for one in of_type(document, "Product")[0]["offers"]["shippingDetails"]]
    assert [one["shippingRate"]["value"] for one in offered] == [standard, "7.95"]
    assert offered[0]["deliveryTime"]["transitTime"]["maxValue"] == 5
    assert offered[0]["shippingDestination"]["addressCountry"] == [one.code for one in shop().countries]


def test_an_offer_refers_to_the_shops_returns(data: StructuredData) -> None:
    document = data.product(product(variant("POT")), TEA)
    [returns] = of_type(document, "MerchantReturnPolicy")
    assert of_type(document, "Product")[0]["offers"]["hasMerchantReturnPolicy"] == {"@id": returns["@id"]}
    assert returns["merchantReturnDays"] == shop().returns_days


def test_every_reference_is_to_something_on_the_page(data: StructuredData) -> None:
    document = data.product(product(SAGE, INK), TEA)
    known = {thing.get("@id") for thing in document["@graph"]}
    referred = set(re.findall(r'\{"@id": "([^"]+)"\}', json.dumps(document)))
    assert referred
    assert referred <= known


def test_breadcrumbs_lead_from_home_to_the_product(data: StructuredData) -> None:
    [crumbs] = of_type(data.product(product(SAGE), TEA), "BreadcrumbList")
    assert [(one["position"], one["item"]) for one in crumbs["itemListElement"]] == [
        (1, f"{SITE}/"),
        (2, f"{SITE}/categories/{TEA.slug}"),
        (3, f"{SITE}/products/stoneware-teapot"),
    ]


def test_a_category_lists_its_products_in_order(data: StructuredData) -> None:
    document = data.category(TEA, [summary(product(SAGE)), summary(product(INK, slug="moka-pot"))])
    [page] = of_type(document, "CollectionPage")
    assert [one["url"] for one in page["mainEntity"]["itemListElement"]] == [
        f"{SITE}/products/stoneware-teapot",
        f"{SITE}/products/moka-pot",
    ]


def test_home_says_who_the_shop_is_and_how_it_is_searched(data: StructuredData) -> None:
    document = data.home()
    assert of_type(document, "OnlineStore")[0]["name"] == shop().name
    [site] = of_type(document, "WebSite")
    assert site["potentialAction"]["target"]["urlTemplate"] == f"{SITE}/search?q={{search_term_string}}"


@pytest.mark.parametrize(
    ("image", "shared"),
    [
        ("/assets/images/products/pot.svg", "/assets/images/share/products/pot.png"),
        ("/assets/images/hero.svg", "/assets/images/share/hero.png"),
        ("/assets/images/products/pot.jpg", "/assets/images/products/pot.jpg"),
        ("/assets/images/products/pot.avif", "/assets/images/products/pot.avif"),
    ],
)
def test_a_drawing_is_shared_as_its_png_and_a_photo_as_itself(image: str, shared: str) -> None:
    assert share_image(image) == shared


HOSTILE = "</script><script>alert(1)</script>"


def page_of(shown: Product) -> str:
    values: dict[str, Any] = {"product": shown, "category": TEA, "related": [], "edition": 1}
    return Pages(shop(), settings()).render("product.html", f"/products/{shown.slug}", **values).decode()


def test_no_text_can_end_the_script(data: StructuredData) -> None:
    page = page_of(product(SAGE, INK, name=HOSTILE, description=HOSTILE))
    written = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    assert len(written) == 1
    assert of_type(json.loads(written[0]), "ProductGroup")[0]["name"] == HOSTILE
    assert "<script>alert" not in page


def test_the_prices_told_are_the_prices_shown() -> None:
    page = page_of(product(SAGE))
    [written] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page)
    told = of_type(json.loads(written), "Product")[0]["offers"]["price"]
    shown = re.search(r'<p class="price" data-price>([^<]+)</p>', page)
    assert told == decimal(SAGE.price)
    assert shown
    assert shown[1] == format_money(SAGE.price)


def test_a_page_is_canonical_without_a_sku_and_has_a_card_for_other_sites() -> None:
    page = page_of(product(SAGE, INK))
    assert f'<link rel="canonical" href="{settings().site_url}/products/stoneware-teapot">' in page
    assert f'content="{settings().site_url}/assets/images/share/products/pot-sage.png"' in page
    assert '<meta property="og:type" content="product">' in page
    assert '<meta name="twitter:card" content="summary_large_image">' in page
