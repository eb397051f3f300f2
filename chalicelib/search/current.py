"""The snapshot that is served: fetched, checked and opened here, and replaced when a newer one is published."""

from __future__ import annotations

import hashlib
import logging
import os
import re
import secrets
import time
import zlib
from collections.abc import Callable
from pathlib import Path
from threading import Lock
from typing import Protocol

from chalicelib.errors import Unavailable
from chalicelib.search.completing import complete
from chalicelib.search.schemas import Pointer
from chalicelib.search.snapshot import OtherFormat, Snapshot
from chalicelib.search.source import Unreachable
from chalicelib.shop import shop
from chalicelib.trace import Stage

LOG = logging.getLogger(__name__)
CHECK_SECONDS = 10.0
RETRY_SECONDS = 1.0
FILE_NAME = "open-kitchen-{process}-{edition}-{mark}.sqlite"
OURS = r"open-kitchen-(\d+)-\d+-.*\.(sqlite|part)"
MARK_BYTES = 8
# zlib's word for a gzip file; its module, and that of temporary files, import what a cold start does not need.
GZIP = 31


class Source(Protocol):
    """Where snapshots come from; chalicelib.search.source says more."""

    def pointer(self) -> Pointer: ...
    def fetch(self, pointer: Pointer) -> bytes: ...


class Damaged(Exception):
    """What came is not the snapshot that the pointer names."""


class CurrentSnapshot:
    """Holds the newest snapshot seen. While one thread looks for a newer one, the others go on with what is there."""

    def __init__(self, source: Source, folder: Path | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._source = source
        self._folder = folder or Path(os.environ.get("TMPDIR") or "/tmp")  # noqa: S108 -- its names cannot be guessed.
        self._clock = clock
        self._looking = Lock()
        self._open: Snapshot | None = None
        self._edition = -1
        self._refused: Pointer | None = None
        self._look_at = clock()
        self._failing = False

    def __call__(self) -> Snapshot:
        """Return the snapshot, looking for a newer one at most every ten seconds. Raises Unavailable."""
        due = self._open is None or self._clock() >= self._look_at
        # Without a snapshot everybody waits for the first; with one, nobody waits for the next.
        if due and self._looking.acquire(blocking=self._open is None):
            try:
                self._look()
            finally:
                self._looking.release()
        if self._open is None:
            raise Unavailable("The catalogue cannot be read just now. Please try again in a moment.")
        return self._open

    def _look(self) -> None:
        if self._clock() < self._look_at:
            return
        try:
            with Stage("snapshot"):
                self._refresh()
            self._failing = False
        except (Unreachable, Damaged, OtherFormat, OSError) as error:
            if not self._failing:
                LOG.warning("the search snapshot cannot be renewed: %r", error)
            self._failing = True
        self._look_at = self._clock() + (CHECK_SECONDS if self._open else RETRY_SECONDS)

    def _refresh(self) -> None:
        pointer = self._source.pointer()
        if pointer.edition <= self._edition or pointer == self._refused:
            return
        remove_leftovers(self._folder)
        file = self._unpack(pointer, self._source.fetch(pointer))
        complete(file, shop())
        try:
            self._open = Snapshot(file)
        except OtherFormat:
            # It is not fetched again; only another can be of use.
            self._refused = pointer
            raise
        self._edition = pointer.edition

    def _unpack(self, pointer: Pointer, zipped: bytes) -> Path:
        """Write a snapshot to a file of its own, if it is what its pointer says."""
        try:
            content = zlib.decompress(zipped, GZIP)
        except zlib.error as error:
            raise Damaged(pointer.key) from error
        if hashlib.sha256(content).hexdigest() != pointer.sha256:
            raise Damaged(pointer.key)
        mark = secrets.token_hex(MARK_BYTES)
        file = self._folder / FILE_NAME.format(process=os.getpid(), edition=pointer.edition, mark=mark)
        draft = file.with_suffix(".part")
        try:
            draft.write_bytes(content)
            return draft.replace(file)
        except OSError:
            draft.unlink(missing_ok=True)
            raise


def remove_leftovers(folder: Path) -> None:
    """Remove the snapshots of processes that have ended without doing so."""
    for file in folder.glob("open-kitchen-*"):
        owner = re.fullmatch(OURS, file.name)
        if owner and not Path(f"/proc/{owner[1]}").exists() and Path("/proc").exists():
            file.unlink(missing_ok=True)
