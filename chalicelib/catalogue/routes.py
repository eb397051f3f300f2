"""The catalogue over HTTP."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.catalogue.schemas import (
    AvailabilityList,
    AvailabilityQuery,
    CategoryList,
    Product,
    ProductList,
    ProductQuery,
)
from chalicelib.http.routing import PUBLIC, Routes

routes = Routes(__name__)


@routes.get("/products", cache=PUBLIC)
def list_products(query: ProductQuery) -> ProductList:
    """List or search products, a page at a time."""
    return bootstrap.catalogue().search(query)


@routes.get("/products/{slug}", cache=PUBLIC, problems=(404,))
def show_product(slug: str) -> Product:
    """Show a product with its variants."""
    return bootstrap.catalogue().product(slug)


@routes.get("/categories", cache=PUBLIC)
def list_categories() -> CategoryList:
    """List the categories and how many products each has."""
    return CategoryList(bootstrap.catalogue().categories(), next_cursor=None)


@routes.get("/availability")
def list_availability(query: AvailabilityQuery) -> AvailabilityList:
    """Tell the live stock of some skus."""
    return AvailabilityList(bootstrap.catalogue().availability(query.sku), next_cursor=None)
