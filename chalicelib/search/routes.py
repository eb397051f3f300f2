"""Lists, search and suggestions over HTTP."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.catalogue.schemas import Product
from chalicelib.http.routing import PUBLIC, Answer, Routes
from chalicelib.search.schemas import CategoryList, ProductList, ProductQuery, SuggestionList, SuggestionQuery

routes = Routes(__name__)


@routes.get("/products", cache=PUBLIC)
def list_products(query: ProductQuery) -> ProductList:
    """List or search products, a page at a time."""
    return bootstrap.search().search(query)


@routes.get("/products/{slug}", cache=PUBLIC, problems=(404,))
def show_product(slug: str) -> Answer[Product]:
    """Show a product with its variants."""
    return Answer(encoded=bootstrap.search().product(slug))


@routes.get("/categories", cache=PUBLIC)
def list_categories() -> CategoryList:
    """List the categories and how many products each has."""
    return CategoryList(bootstrap.search().categories(), next_cursor=None)


@routes.get("/suggestions", cache=PUBLIC)
def suggest(query: SuggestionQuery) -> SuggestionList:
    """Suggest pages to somebody who is still typing."""
    return SuggestionList(bootstrap.search().suggest(query.q), next_cursor=None)
