"""The folder that a backup is, and what the commands say when something is in their way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.search.models import MissedSearchRecord
from infra import backups, stored
from infra.backups import Manifest
from infra.faults import Fault

MANIFEST = Manifest(
    format=backups.FORMAT,
    stage="test",
    made_at=datetime(2026, 3, 1, tzinfo=UTC),
    software="0.1.0",
    tables={},
    secrets=False,
)


def test_whatever_an_item_may_hold_comes_back_as_it_was(tmp_path: Path) -> None:
    items: list[Any] = [
        {"key": {"S": 'a "name"\nin £'}, "number": {"N": "12345678901234567890123456789012345678"}},
        {"key": {"B": b"\x00\xff"}, "small": {"N": "-1E-130"}, "yes": {"BOOL": True}, "nothing": {"NULL": True}},
        {"key": {"S": ""}, "sets": {"M": {"n": {"NS": ["1", "2.0"]}, "b": {"L": [{"BS": [b"a", b"\xfe"]}]}}}},
    ]
    file = backups.write_items(tmp_path, "things", items)
    assert list(backups.read_items(tmp_path, "things")) == items
    assert file.items == 3
    assert len((tmp_path / "things.jsonl").read_bytes().splitlines()) == 3
    backups.verify(tmp_path, msgspec.structs.replace(MANIFEST, tables={"things": file}))


def test_one_byte_that_differs_is_noticed(tmp_path: Path) -> None:
    file = backups.write_items(tmp_path, "things", [{"key": {"N": "1"}}])
    manifest = msgspec.structs.replace(MANIFEST, tables={"things": file})
    (tmp_path / "things.jsonl").write_text('{"key":{"N":"2"}}\n')
    with pytest.raises(Fault, match=r"things\.jsonl is damaged"):
        backups.verify(tmp_path, manifest)


def nothing(folder: Path) -> None:
    folder.rmdir()


def unfinished(folder: Path) -> None:
    (folder / "orders.jsonl").touch()


def of_another_format(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 2, "what": "nobody knows yet"}')


def cut_short(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 1, "stage"')


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (nothing, "There is no folder"),
        (unfinished, "it is no backup, or one that was not finished"),
        (of_another_format, "is of format 2, and this software reads format 1"),
        (cut_short, r"manifest\.json is damaged"),
    ],
)
def test_a_folder_that_is_no_backup_is_told_why(tmp_path: Path, make: Callable[[Path], None], said: str) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    make(folder)
    with pytest.raises(Fault, match=said):
        backups.read_manifest(folder)


def test_a_backup_without_secrets_cannot_give_any(tmp_path: Path) -> None:
    with pytest.raises(Fault, match="made without SECRETS=1"):
        backups.read_secrets(tmp_path)


class BusyTable:
    """Takes three items of a batch, and leaves the others; or takes nothing at all."""

    def __init__(self, takes: int) -> None:
        self.takes = takes
        self.taken: list[Any] = []

    def batch_write_item(self, **asked: dict[str, list[Any]]) -> dict[str, Any]:
        ((name, batch),) = asked["RequestItems"].items()
        assert len(batch) <= 25
        self.taken += batch[: self.takes]
        left = batch[self.takes :]
        return {"UnprocessedItems": {name: left} if left else {}}


def busy_store(monkeypatch: pytest.MonkeyPatch, takes: int) -> tuple[stored.Store, BusyTable]:
    monkeypatch.setattr("infra.stored.time.sleep", lambda seconds: None)
    store, table = stored.Store(), BusyTable(takes)
    store.client = table
    return store, table


def test_what_a_busy_table_leaves_over_is_written_again_until_all_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    store, table = busy_store(monkeypatch, takes=3)
    items = [{"words": {"S": str(number)}} for number in range(60)]
    store.put(MissedSearchRecord, items)
    assert [request["PutRequest"]["Item"] for request in table.taken] == items


def test_a_table_that_stays_busy_ends_it_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = busy_store(monkeypatch, takes=0)
    with pytest.raises(Fault, match="stays too busy"):
        store.put(MissedSearchRecord, [{"words": {"S": "mugs"}}])


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["infra.backup", "{folder}"], "There are no AWS credentials to use"),
        (["infra.backup", ""], "Say which folder: FOLDER=…"),
        (["infra.restore", "{folder}"], "has no manifest.json"),
        (["infra.migrate"], "There are no AWS credentials to use"),
    ],
)
def test_what_stops_a_command_is_said_in_one_line(tmp_path: Path, command: list[str], said: str) -> None:
    nobody = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    run = subprocess.run(
        [sys.executable, "-m", *(word.format(folder=tmp_path) for word in command)],
        env=nobody
        | {"STAGE": "prod", "AWS_DEFAULT_REGION": "eu-west-2", "AWS_EC2_METADATA_DISABLED": "true"}
        | dict.fromkeys(("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"), os.devnull),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert run.returncode == 1
    assert said in run.stderr
    assert len(run.stderr.splitlines()) == 1
    assert run.stdout == ""
