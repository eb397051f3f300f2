"""What the streams of products and stock cause."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from chalicelib import bootstrap, metrics
from chalicelib.catalogue.service import units
from chalicelib.storefront.domain import Change, Place, skus_crossed

Image = Mapping[str, Mapping[str, Any]]


def products_changed(records: Sequence[Mapping[str, Any]]) -> None:
    """Publish what shows the products that records of a DynamoDB stream are about, all in one edition."""
    changes = {_change(record["dynamodb"]) for record in records}
    if changes:
        bootstrap.storefront().publish(changes)
        _tell_lag(records)


def stock_changed(records: Sequence[Mapping[str, Any]]) -> None:
    """Publish what says that skus have sold out or are back; other changes of stock are shown live, by no page."""
    crossed: set[str] = set()
    for record in records:
        change = record["dynamodb"]
        crossed |= skus_crossed(_units(change.get("OldImage")), _units(change.get("NewImage")))
    if crossed:
        bootstrap.storefront().publish((), crossed)
        _tell_lag(records)


def _tell_lag(records: Iterable[Mapping[str, Any]]) -> None:
    """Measure how old the oldest change is, now that the pages show it."""
    written = [_seconds(record["dynamodb"].get("ApproximateCreationDateTime")) for record in records]
    oldest = min((moment for moment in written if moment), default=None)
    if oldest is not None:
        seconds = bootstrap.now().timestamp() - oldest
        metrics.measure("PublishLag", round(max(0, seconds) * 1000))


def _seconds(moment: float | datetime | None) -> float | None:
    """Return seconds since 1970: what Lambda gives; whoever reads a stream himself is given a datetime."""
    return moment.timestamp() if isinstance(moment, datetime) else moment


def publish_all() -> int:
    """Publish every page; returns how many files."""
    return bootstrap.storefront().publish_all()


def _change(change: Mapping[str, Any]) -> Change:
    slug: str = change["Keys"]["slug"]["S"]
    return Change(slug, _place(slug, change.get("OldImage") or {}))


def _place(slug: str, image: Image) -> Place | None:
    """Say where a product stood; None where it did not, or where its record does not tell."""
    category, position = image.get("category", {}).get("S"), image.get("position", {}).get("N", "")
    return Place(category, int(position), slug) if category and position.isdecimal() else None


def _units(image: Image | None) -> dict[str, int]:
    return {image["sku"]["S"]: units(image, "available")} if image else {}
