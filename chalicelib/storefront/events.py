"""What the streams of products and stock cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from chalicelib import bootstrap
from chalicelib.catalogue.service import units
from chalicelib.storefront.domain import Change, Place, skus_crossed

Image = Mapping[str, Mapping[str, Any]]


def products_changed(records: Iterable[Mapping[str, Any]]) -> None:
    """Publish what shows the products that records of a DynamoDB stream are about, all in one edition."""
    changes = {_change(record["dynamodb"]) for record in records}
    if changes:
        bootstrap.storefront().publish(changes)


def stock_changed(records: Iterable[Mapping[str, Any]]) -> None:
    """Publish what says that skus have sold out or are back; other changes of stock are shown live, by no page."""
    crossed: set[str] = set()
    for record in records:
        change = record["dynamodb"]
        crossed |= skus_crossed(_units(change.get("OldImage")), _units(change.get("NewImage")))
    if crossed:
        bootstrap.storefront().publish((), crossed)


def _change(change: Mapping[str, Any]) -> Change:
    slug: str = change["Keys"]["slug"]["S"]
    return Change(slug, _place(slug, change.get("OldImage") or {}))


def _place(slug: str, image: Image) -> Place | None:
    """Say where a product stood; None where it did not, or where its record does not tell."""
    category, position = image.get("category", {}).get("S"), image.get("position", {}).get("N", "")
    return Place(category, int(position), slug) if category and position.isdecimal() else None


def _units(image: Image | None) -> dict[str, int]:
    return {image["sku"]["S"]: units(image, "available")} if image else {}
