"""The search snapshots in the bucket: one file an edition, and a pointer that only ever moves forward."""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

import msgspec

from chalicelib.catalogue.schemas import Listing
from chalicelib.search.schemas import POINTER, Pointer
from chalicelib.storefront.domain import Publication

SNAPSHOT = "catalogue/{edition}-{digest}.sqlite.gz"
JSON = "application/json"
GZIP = "application/gzip"
LOOK_AGAIN = "public, max-age=5"
FOR_EVER = "public, max-age=31536000, immutable"

Build = Callable[[Iterable[Listing], Path], None]

# Whoever has just read a pointer may still be about to fetch what it names.
KEPT = 3


class Store(Protocol):
    """The bucket, as far as snapshots need it."""

    def put(self, publication: Publication, edition: int) -> bool: ...
    def get(self, key: str) -> bytes | None: ...
    def delete(self, key: str) -> None: ...


class SnapshotShelf:
    """Publishes snapshots."""

    def __init__(self, store: Store, build: Build) -> None:
        self._store = store
        self._build = build

    def publish(self, listings: Iterable[Listing], edition: int) -> bool:
        """Put an edition's snapshot up and point to it; says whether it did, or a later edition was there first."""
        snapshot = self._built(listings)
        digest = hashlib.sha256(snapshot).hexdigest()
        key = SNAPSHOT.format(edition=edition, digest=digest[:12])
        self._store.put(Publication(key, gzip.compress(snapshot, 6, mtime=0), GZIP, FOR_EVER), edition)
        before = self._current()
        kept = [before.key, *before.previous][:KEPT] if before else []
        pointer = Pointer(edition, key, digest, kept)
        if not self._store.put(Publication(POINTER, msgspec.json.encode(pointer), JSON, LOOK_AGAIN), edition):
            self._store.delete(key)
            return False
        for dropped in before.previous[KEPT - 1 :] if before else []:
            self._store.delete(dropped)
        return True

    def edition(self) -> int:
        """Return the edition that the pointer shows; 0 where there is none."""
        shown = self._current()
        return shown.edition if shown else 0

    def _built(self, listings: Iterable[Listing]) -> bytes:
        with TemporaryDirectory() as folder:
            file = Path(folder, "catalogue.sqlite")
            self._build(listings, file)
            return file.read_bytes()

    def _current(self) -> Pointer | None:
        found = self._store.get(POINTER)
        return msgspec.json.decode(found, type=Pointer) if found else None
