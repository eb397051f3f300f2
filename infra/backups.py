"""What a backup is: a folder with one file a table, an item a line, and a manifest that says what must be in it.

Items are written as DynamoDB spells them, `{"price": {"N": "1400"}}`, so that nothing is lost: numbers keep their
digits. The manifest is written last: a folder without one was never finished.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from chalicelib import migrations
from infra.faults import Fault

FORMAT = 1
MANIFEST, SECRETS = "manifest.json", "secrets.json"
SUFFIX = ".jsonl"

Item = dict[str, dict[str, Any]]


class File(Struct, frozen=True):
    """A file of a backup: how many items it holds, the latest schema version among them, the SHA-256 of its bytes."""

    items: int
    schema_version: int
    sha256: str


class Manifest(Struct, frozen=True, kw_only=True):
    """What was backed up, when, and by which software; `tables` by their names without the stage's prefix."""

    format: int
    stage: str
    made_at: datetime
    software: str
    tables: dict[str, File]
    secrets: bool


class DataSecrets(Struct, frozen=True):
    """The secrets that the data rests on; chalicelib.keys says what each is for. None of them takes money."""

    orders: str
    refresh: str
    links: str


class Format(Struct):
    """As much of a manifest as every format has."""

    format: int


def folder(name: str) -> Path:
    """Return the folder that a command was given; raises Fault where it was given none."""
    if not name:
        raise Fault("Say which folder: FOLDER=…")
    return Path(name).expanduser()


def write_items(folder: Path, table: str, items: Iterable[Mapping[str, Any]]) -> File:
    """Write a table's items as they come; returns what the manifest says of them."""
    digest, count, latest = hashlib.sha256(), 0, migrations.FIRST
    with (folder / f"{table}{SUFFIX}").open("xb") as file:
        for item in items:
            # What is binary becomes base64, as it does on DynamoDB's own wire.
            line = msgspec.json.encode(item, order="sorted") + b"\n"
            digest.update(line)
            file.write(line)
            count += 1
            latest = max(latest, migrations.version_of(item))
    return File(count, latest, digest.hexdigest())


def read_items(folder: Path, table: str) -> Iterator[Item]:
    """Yield a table's items, one line of the file at a time."""
    with (folder / f"{table}{SUFFIX}").open("rb") as file:
        for line in file:
            yield {name: _value(value) for name, value in msgspec.json.decode(line).items()}


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write the manifest, which makes the folder a backup."""
    draft = folder / f"{MANIFEST}.draft"
    draft.write_bytes(msgspec.json.format(msgspec.json.encode(manifest)) + b"\n")
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
        if made_in != FORMAT:
            raise Fault(f"{folder} is of format {made_in}, and this software reads format {FORMAT}.")
        return msgspec.json.decode(content, type=Manifest), hashlib.sha256(content).hexdigest()
    except msgspec.DecodeError as error:
        raise Fault(f"{folder / MANIFEST} is damaged: {error}.") from None


def verify(folder: Path, manifest: Manifest) -> None:
    """Read every file once; raises Fault, naming it, for one that is not what the manifest says."""
    for table, file in manifest.tables.items():
        path = folder / f"{table}{SUFFIX}"
        try:
            with path.open("rb") as content:
                found = hashlib.file_digest(content, "sha256").hexdigest()
        except FileNotFoundError:
            raise Fault(f"{path} is missing. Nothing was restored.") from None
        if found != file.sha256:
            raise Fault(f"{path} is damaged: its bytes are not those that were backed up. Nothing was restored.")


def read_secrets(folder: Path) -> DataSecrets:
    """Return the secrets in a backup; raises Fault where it has none, or damaged ones."""
    path = folder / SECRETS
    try:
        return msgspec.json.decode(path.read_bytes(), type=DataSecrets)
    except FileNotFoundError:
        raise Fault(f"{folder} holds no secrets: it was made without SECRETS=1. Nothing was restored.") from None
    except msgspec.DecodeError as error:
        raise Fault(f"{path} is damaged: {error}. Nothing was restored.") from None


def _value(value: Any) -> Any:
    """Return an attribute's value as botocore takes it: what is binary as bytes, however deep."""
    ((kind, content),) = value.items()
    match kind:
        case "B":
            return {kind: base64.b64decode(content)}
        case "BS":
            return {kind: [base64.b64decode(one) for one in content]}
        case "L":
            return {kind: [_value(one) for one in content]}
        case "M":
            return {kind: {name: _value(one) for name, one in content.items()}}
    return value
