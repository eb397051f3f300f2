"""Loads the demo catalogue into the shop."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from chalicelib import bootstrap
from chalicelib.catalogue.service import ProductFacts, VariantFacts

CATALOGUE = Path(__file__).with_name("catalogue.toml")


class DemoVariant(Struct, frozen=True, forbid_unknown_fields=True):
    """A variant and the units that the demo shop has received of it."""

    sku: str
    options: dict[str, str]
    price: int
    stock: int
    image: str


class DemoProduct(Struct, frozen=True, forbid_unknown_fields=True):
    """A product of catalogue.toml."""

    slug: str
    name: str
    category: str
    description: str
    material: str
    details: dict[str, str]
    image_alt: str
    variant: list[DemoVariant]
    featured: bool = False


class DemoCatalogue(Struct, frozen=True, forbid_unknown_fields=True):
    """catalogue.toml."""

    product: list[DemoProduct]


def demo_products() -> list[DemoProduct]:
    """Return the demo's products, in the shop's order."""
    return msgspec.toml.decode(CATALOGUE.read_bytes(), type=DemoCatalogue).product


def facts(product: DemoProduct, position: int) -> ProductFacts:
    """Return a demo product as the shop keeps it."""
    return ProductFacts(
        slug=product.slug,
        name=product.name,
        category=product.category,
        description=product.description,
        material=product.material,
        details=product.details,
        image=picture(product.variant[0].image),
        image_alt=product.image_alt,
        position=position,
        featured=product.featured,
        variants=[VariantFacts(v.sku, v.options, v.price, picture(v.image)) for v in product.variant],
    )


def picture(name: str) -> str:
    """Return the address of a drawing on the site."""
    return f"/assets/images/products/{name}.svg"


def load() -> int:
    """Put the demo's products on sale; stock that is there already stays. Returns how many products."""
    products = demo_products()
    for position, product in enumerate(products):
        units = {variant.sku: variant.stock for variant in product.variant}
        bootstrap.catalogue().add_product(facts(product, position), units)
    return len(products)


if __name__ == "__main__":
    print(f"Loaded {load()} products.")
