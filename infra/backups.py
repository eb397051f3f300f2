"""What a backup is: a folder with one file a table, an item a line, and a manifest that says what must be in it.

The manifest is written last: a folder without one was never finished. Only its owner can read any of the files.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated, BinaryIO

import msgspec
from msgspec import Meta, Struct

from chalicelib import migrations
from chalicelib.migrations import Item
from infra import items
from infra.faults import Fault
from infra.items import UNREADABLE

FORMAT = 2
# Its manifests say only whether there are secrets.
FIRST_FORMAT = 1
MANIFEST, SECRETS = "manifest.json", "secrets.json"
SUFFIX = ".jsonl"
SHORTEST_SECRET = 32

Secret = Annotated[str, Meta(min_length=SHORTEST_SECRET)]


class File(Struct, frozen=True):
    """A file of a backup: how many items it holds, the latest schema version among them, the SHA-256 of its bytes."""

    items: int
    schema_version: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What was backed up, when, and by which software.

    `tables` by their names without the stage's prefix; `secrets` is the SHA-256 of their file, False where there is
    none, and in the first format True where there is one.
    """

    format: int
    stage: str
    made_at: datetime
    software: str
    tables: dict[str, File]
    secrets: str | bool


class DataSecrets(Struct, frozen=True):
    """The secrets that the data rests on; chalicelib.keys says what each is for. None of them takes money."""

    orders: Secret
    refresh: Secret
    links: Secret


class Format(Struct):
    """As much of a manifest as every format has."""

    format: int


def folder(name: str) -> Path:
    """Return the folder that a command was given; raises Fault where it was given none."""
    if not name:
        raise Fault("Say which folder: FOLDER=…")
    return Path(name).expanduser()


def table_file(folder: Path, table: str) -> Path:
    """Return where a table's items are."""
    return folder / f"{table}{SUFFIX}"


def write_items(folder: Path, table: str, found: Iterable[Item]) -> File:
    """Write a table's items as they come; returns what the manifest says of them."""
    digest, count, latest = hashlib.sha256(), 0, migrations.FIRST
    with _create(table_file(folder, table)) as file:
        for item in found:
            line = items.encode(item)
            digest.update(line)
            file.write(line)
            count += 1
            latest = max(latest, migrations.version_of(item))
    return File(count, latest, digest.hexdigest())


def read_items(folder: Path, table: str) -> Iterator[Item]:
    """Yield a table's items, one line of the file at a time."""
    with table_file(folder, table).open("rb") as file:
        yield from map(items.decode, file)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, which makes the folder a backup."""
    draft = folder / f"{MANIFEST}.draft"
    with _create(draft) as file:
        file.write(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
    draft.replace(folder / MANIFEST)


def read_manifest(folder: Path) -> tuple[Manifest, str]:
    """Return a backup's manifest and the name that it goes by; raises Fault where there is none that can be read."""
    if not folder.is_dir():
        raise Fault(f"There is no folder {folder}.")
    try:
        content = (folder / MANIFEST).read_bytes()
    except FileNotFoundError:
        raise Fault(f"{folder} has no {MANIFEST}: it is no backup, or one that was not finished.") from None
    try:
        made_in = msgspec.json.decode(content, type=Format).format
        if not FIRST_FORMAT <= made_in <= FORMAT:
            raise Fault(f"{folder} is of format {made_in}, and this software reads formats {FIRST_FORMAT} to {FORMAT}.")
        return msgspec.json.decode(content, type=Manifest), hashlib.sha256(content).hexdigest()
    except UNREADABLE as error:
        raise Fault(f"{folder / MANIFEST} is damaged: {error}.") from None


def require_bytes(path: Path, sha256: str) -> None:
    """Raise Fault where a file is missing, or not the one that was backed up."""
    try:
        with path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except FileNotFoundError:
        raise Fault(f"{path} is missing. Nothing was restored.") from None
    if found != sha256:
        raise Fault(f"{path} is damaged: its bytes are not those that were backed up. Nothing was restored.")


def write_secrets(folder: Path, secrets: DataSecrets) -> str:
    """Write the secrets; returns the SHA-256 of their file."""
    content = msgspec.json.encode(secrets)
    with _create(folder / SECRETS) as file:
        file.write(content)
    return hashlib.sha256(content).hexdigest()


def read_secrets(folder: Path, manifest: Manifest) -> DataSecrets:
    """Return the secrets in a backup; raises Fault where it has none, or damaged ones."""
    path = folder / SECRETS
    if not manifest.secrets:
        raise Fault(f"{folder} holds no secrets: it was made without SECRETS=1. Nothing was restored.")
    if manifest.format > FIRST_FORMAT:
        require_bytes(path, str(manifest.secrets))
    try:
        return msgspec.json.decode(path.read_bytes(), type=DataSecrets)
    except UNREADABLE as error:
        raise Fault(f"{path} holds no secrets that a shop could rest on: {error}. Nothing was restored.") from None


def _create(path: Path) -> BinaryIO:
    """Open a new file that only its owner can read, from its first byte on."""
    path.touch(mode=0o600, exist_ok=False)
    return path.open("wb")
