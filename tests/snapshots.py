"""Search snapshots without a site: a source that publishes whatever a shelf holds."""

from __future__ import annotations

import gzip
import hashlib
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from chalicelib import bootstrap
from chalicelib.catalogue.schemas import Listing
from chalicelib.search.building import build
from chalicelib.search.schemas import Pointer
from chalicelib.shop import shop


class ShelfSource:
    """Publishes an edition of what `listings` gives when it is first asked, and after `publish` the next one."""

    def __init__(self, listings: Callable[[], Iterable[Listing]]) -> None:
        self._listings = listings
        self._edition = 1
        self._content = b""

    def publish(self) -> None:
        self._edition += 1
        self._content = b""

    def pointer(self) -> Pointer:
        self._content = self._content or built(self._listings())
        return Pointer(self._edition, f"catalogue/{self._edition}", hashlib.sha256(self._content).hexdigest())

    def fetch(self, pointer: Pointer) -> bytes:
        return gzip.compress(self._content, 1)


def built(listings: Iterable[Listing]) -> bytes:
    """A snapshot's bytes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "snapshot.sqlite")
        build(listings, file, shop())
        return file.read_bytes()


def publish() -> None:
    """Let search see the catalogue as it is now."""
    source = bootstrap.snapshots()
    assert isinstance(source, ShelfSource)
    source.publish()
    bootstrap.search.cache_clear()
