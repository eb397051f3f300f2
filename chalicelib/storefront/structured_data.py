"""What the pages tell machines: schema.org's vocabulary, as search and shopping engines ask for it.

Everything here is pure: it returns dicts for `<script type="application/ld+json">`, which the templates write with
`tojson`, so that no text can end the script.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from msgspec import Struct

from chalicelib.catalogue.schemas import Product, ProductSummary, Variant
from chalicelib.money import Money, decimal
from chalicelib.shop import DeliveryMethod, Shop, ShopCategory

Data = dict[str, Any]

CONTEXT = "https://schema.org"
# The options by which schema.org knows how variants differ; whatever else they differ by is told in their names.
AXES = {"Colour": "color", "Color": "color", "Size": "size", "Material": "material", "Pattern": "pattern"}


class StructuredData(Struct, frozen=True):
    """Describes the pages of one shop at one address; `picture` turns a picture's address into one engines accept."""

    shop: Shop
    site_url: str
    picture: Callable[[str], str]

    def home(self) -> Data:
        """Return who the shop is, and how it is searched."""
        search = f"{self.site_url}/search?q={{search_term_string}}"
        return graph(
            {
                "@type": "OnlineStore",
                "@id": self._id("shop"),
                "name": self.shop.name,
                "slogan": self.shop.tagline,
                "url": f"{self.site_url}/",
                "logo": f"{self.site_url}/assets/images/icons/touch-icon.png",
                "email": self.shop.email,
                "hasMerchantReturnPolicy": self._returns(),
            },
            {
                "@type": "WebSite",
                "name": self.shop.name,
                "url": f"{self.site_url}/",
                "publisher": {"@id": self._id("shop")},
                "potentialAction": {
                    "@type": "SearchAction",
                    "target": {"@type": "EntryPoint", "urlTemplate": search},
                    "query-input": "required name=search_term_string",
                },
            },
        )

    def category(self, category: ShopCategory, products: Iterable[ProductSummary]) -> Data:
        """Return a shelf, its way from home, and what stands on it in order."""
        address = f"/categories/{category.slug}"
        listed = [
            {"@type": "ListItem", "position": place, "name": product.name, "url": self._product_url(product.slug)}
            for place, product in enumerate(products, 1)
        ]
        return graph(
            self._breadcrumbs({category.name: address}),
            {
                "@type": "CollectionPage",
                "name": category.name,
                "description": category.tagline,
                "url": self.site_url + address,
                "mainEntity": {"@type": "ItemList", "numberOfItems": len(listed), "itemListElement": listed},
            },
        )

    def product(self, product: Product, category: ShopCategory, in_stock: Mapping[str, bool] | None = None) -> Data:
        """Return a product with its offers, and its way from home.

        `in_stock` says by sku what could be bought when the page was published; what it leaves out is not told.
        """
        way = {category.name: f"/categories/{category.slug}", product.name: f"/products/{product.slug}"}
        described = self._single if len(product.variants) == 1 else self._group
        return graph(
            self._breadcrumbs(way),
            described(product, category, in_stock or {}),
            self._returns(),
            *(self._delivery(method, free=False) for method in self.shop.delivery_methods),
            *(self._delivery(method, free=True) for method in self.shop.delivery_methods if method.free_when_qualified),
        )

    def _single(self, product: Product, category: ShopCategory, in_stock: Mapping[str, bool]) -> Data:
        variant = product.variants[0]
        return {
            "@type": "Product",
            **self._facts(product, category),
            **self._variant(product, variant, in_stock),
            "name": product.name,
            "material": product.material,
        }

    def _group(self, product: Product, category: ShopCategory, in_stock: Mapping[str, bool]) -> Data:
        axes = [AXES[axis] for axis in product.variants[0].options if axis in AXES]
        return {
            "@type": "ProductGroup",
            **self._facts(product, category),
            "productGroupID": product.slug,
            "material": product.material,
            "variesBy": [f"{CONTEXT}/{axis}" for axis in axes],
            "hasVariant": [
                {"@type": "Product", **self._variant(product, variant, in_stock)} for variant in product.variants
            ],
        }

    def _facts(self, product: Product, category: ShopCategory) -> Data:
        return {
            "name": product.name,
            "description": product.description,
            "url": self._product_url(product.slug),
            "image": self.site_url + self.picture(product.image),
            "brand": {"@type": "Brand", "name": self.shop.name},
            "category": category.name,
        }

    def _variant(self, product: Product, variant: Variant, in_stock: Mapping[str, bool]) -> Data:
        options = {AXES[axis]: value for axis, value in variant.options.items() if axis in AXES}
        return {
            "sku": variant.sku,
            "name": ", ".join([product.name, *variant.options.values()]),
            "image": self.site_url + self.picture(variant.image),
            **options,
            "offers": self._offer(product, variant, in_stock),
        }

    def _offer(self, product: Product, variant: Variant, in_stock: Mapping[str, bool]) -> Data:
        offer: Data = {
            "@type": "Offer",
            "url": f"{self._product_url(product.slug)}?sku={variant.sku}",
            "price": decimal(variant.price),
            "priceCurrency": variant.price.currency,
            "itemCondition": f"{CONTEXT}/NewCondition",
            "seller": {"@type": "OnlineStore", "@id": self._id("shop"), "name": self.shop.name},
            "hasMerchantReturnPolicy": {"@id": self._id("returns")},
            "shippingDetails": [
                {"@id": self._delivery_id(method, free=self._is_free(method, variant.price))}
                for method in self.shop.delivery_methods
            ],
        }
        if variant.sku in in_stock:
            offer["availability"] = f"{CONTEXT}/{'InStock' if in_stock[variant.sku] else 'OutOfStock'}"
        return offer

    def _is_free(self, method: DeliveryMethod, price: Money) -> bool:
        return method.free_when_qualified and price.amount >= self.shop.free_delivery_from

    def _returns(self) -> Data:
        return {
            "@type": "MerchantReturnPolicy",
            "@id": self._id("returns"),
            "applicableCountry": self._countries(),
            "returnPolicyCategory": f"{CONTEXT}/MerchantReturnFiniteReturnWindow",
            "merchantReturnDays": self.shop.returns_days,
            "returnMethod": f"{CONTEXT}/ReturnByMail",
        }

    def _delivery(self, method: DeliveryMethod, *, free: bool) -> Data:
        price = self.shop.money(0 if free else method.price)
        delivery: Data = {
            "@type": "OfferShippingDetails",
            "@id": self._delivery_id(method, free=free),
            "shippingRate": {"@type": "MonetaryAmount", "value": decimal(price), "currency": price.currency},
            "shippingDestination": {"@type": "DefinedRegion", "addressCountry": self._countries()},
        }
        if method.days:
            fastest, slowest = method.days
            days = {"@type": "QuantitativeValue", "minValue": fastest, "maxValue": slowest, "unitCode": "DAY"}
            delivery["deliveryTime"] = {"@type": "ShippingDeliveryTime", "transitTime": days}
        return delivery

    def _delivery_id(self, method: DeliveryMethod, *, free: bool) -> str:
        return self._id(f"delivery-{method.method}{'-free' if free else ''}")

    def _breadcrumbs(self, way: Mapping[str, str]) -> Data:
        steps = {"Home": "/", **way}
        return {
            "@type": "BreadcrumbList",
            "itemListElement": [
                {"@type": "ListItem", "position": place, "name": name, "item": self.site_url + address}
                for place, (name, address) in enumerate(steps.items(), 1)
            ],
        }

    def _countries(self) -> list[str]:
        return [country.code for country in self.shop.countries]

    def _product_url(self, slug: str) -> str:
        return f"{self.site_url}/products/{slug}"

    def _id(self, name: str) -> str:
        return f"{self.site_url}/#{name}"


def graph(*things: Data) -> Data:
    """Return several things as one JSON-LD document."""
    return {"@context": CONTEXT, "@graph": list(things)}
