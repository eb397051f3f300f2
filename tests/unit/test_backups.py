"""The folder that a backup is, and what the commands say when something is in their way."""

from __future__ import annotations

import hashlib
import os
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from botocore.exceptions import ClientError

from chalicelib import migrations
from chalicelib.search.models import MissedSearchRecord
from infra import backups, stored
from infra.backups import DataSecrets, File, Manifest
from infra.faults import Fault
from infra.verify import verify
from tests.emulator import free_port

MANIFEST = Manifest(
    format=backups.FORMAT,
    stage="test",
    made_at=datetime(2026, 3, 1, tzinfo=UTC),
    software="0.1.0",
    tables={},
    secrets=False,
)
OF_THE_FIRST_FORMAT = msgspec.structs.replace(MANIFEST, format=1, secrets=True)
SOON_SECONDS = 25
SECRETS = DataSecrets("o" * 32, "r" * 32, "l" * 32)


def with_tables(**tables: File) -> Manifest:
    return msgspec.structs.replace(MANIFEST, tables=tables)


def test_whatever_an_item_may_hold_comes_back_as_it_was(tmp_path: Path) -> None:
    items: list[Any] = [
        {"words": {"S": 'a "name"\nin £'}, "number": {"N": "12345678901234567890123456789012345678"}},
        {
            "words": {"S": "b"},
            "bytes": {"B": b"\x00\xff"},
            "small": {"N": "-1E-130"},
            "yes": {"BOOL": True},
            "nothing": {"NULL": True},
        },
        {
            "words": {"S": "c"},
            "empty": {"S": ""},
            "sets": {"M": {"n": {"NS": ["1", "2.0"]}, "b": {"L": [{"BS": [b"a", b"\xfe"]}]}}},
        },
    ]
    file = backups.write_items(tmp_path, "searches", items)
    assert list(backups.read_items(tmp_path, "searches")) == items
    assert file.items == 3
    assert len((tmp_path / "searches.jsonl").read_bytes().splitlines()) == 3
    verify(tmp_path, with_tables(searches=file))


def test_one_byte_that_differs_is_noticed(tmp_path: Path) -> None:
    file = backups.write_items(tmp_path, "searches", [{"words": {"S": "mug"}}])
    (tmp_path / "searches.jsonl").write_text('{"words":{"S":"rug"}}\n')
    with pytest.raises(Fault, match=r"searches\.jsonl is damaged"):
        verify(tmp_path, with_tables(searches=file))


GOOD = '{"sku":{"S":"MUG"},"shard":{"N":"0"}}'


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("mug, 12", "no item as DynamoDB spells it: JSON is malformed"),
        ("", "no item as DynamoDB spells it: Input data was truncated"),
        ('["MUG"]', "Expected `object`, got `array`"),
        ('{"sku":"MUG","shard":0}', "no item as DynamoDB spells it"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"note":{}}', "Expected one value of one type"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"note":{"S":"a","N":"1"}}', "Expected one value of one type"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"note":{"NULL":false}}', "Expected one value of one type"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"many"}}', "Expected `str` matching"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"note":{"B":"%"}}', "Invalid base64"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"note":{"SS":[]}}', "length >= 1"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"note":{"TEXT":"a"}}', "unknown field `TEXT`"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"note":' + '{"L":[' * 9999, "maximum recursion depth"),
        ('{"sku":{"S":"\xff"},"shard":{"N":"0"}}', "no item as DynamoDB spells it"),
        ("{}", "an item without the key"),
        ('{"sku":{"S":"MUG"}}', "an item without the key shard"),
        ('{"sku":{"S":"MUG"},"shard":{"S":"0"}}', "the key shard is no N, or empty"),
        ('{"sku":{"S":""},"shard":{"N":"0"}}', "the key sku is no S, or empty"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"schema_version":{"N":"2"}}', "manifest knows 1 as the latest"),
        ('{"sku":{"S":"MUG"},"shard":{"N":"0"},"schema_version":{"S":"2"}}', "no migration brings .* KeyError"),
    ],
)
def test_a_line_that_its_table_would_not_take_is_named_though_its_hash_is_right(
    tmp_path: Path, line: str, said: str
) -> None:
    content = f"{GOOD}\n{line}\n".encode("latin-1")
    (tmp_path / "stock.jsonl").write_bytes(content)
    file = File(2, migrations.FIRST, hashlib.sha256(content).hexdigest())
    with pytest.raises(Fault, match=rf"stock\.jsonl, line 2: .*{said}.* Nothing was restored\."):
        verify(tmp_path, with_tables(stock=file))


def test_a_key_of_an_index_need_not_be_there_and_is_of_its_type_if_it_is(tmp_path: Path) -> None:
    file = backups.write_items(tmp_path, "orders", [{"order_id": {"S": "1"}}])
    verify(tmp_path, with_tables(orders=file))
    (tmp_path / "orders.jsonl").unlink()
    file = backups.write_items(tmp_path, "orders", [{"order_id": {"S": "1"}, "settle_bucket": {"S": "1"}}])
    with pytest.raises(Fault, match="line 1: the key settle_bucket is no N"):
        verify(tmp_path, with_tables(orders=file))


def test_an_item_that_a_migration_does_not_fit_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def needs_times(item: migrations.Item) -> migrations.Item:
        return {**item, "times": item["times"]}

    file = backups.write_items(tmp_path, "searches", [{"words": {"S": "mug"}}])
    monkeypatch.setattr(migrations, "MIGRATIONS", (migrations.Migration("searches", 2, needs_times),))
    with pytest.raises(Fault, match=r"searches\.jsonl, line 1: an item that no migration brings.*'times'"):
        verify(tmp_path, with_tables(searches=file))


def test_other_software_is_told_from_later(tmp_path: Path) -> None:
    with pytest.raises(Fault, match=r"other software \(0\.1\.0\): it has a table reviews, which is not known here"):
        verify(tmp_path, with_tables(reviews=File(0, 1, "")))
    with pytest.raises(
        Fault, match=r"later software \(0\.1\.0\): its skus are of schema version 3, and here 1 is the latest"
    ):
        verify(tmp_path, with_tables(skus=File(0, 3, "")))


def test_nobody_else_can_read_a_file_of_a_backup(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        backups.write_items(tmp_path, "searches", [])
        backups.write_secrets(tmp_path, SECRETS)
        backups.write_manifest(tmp_path, MANIFEST)
    finally:
        os.umask(mask)
    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("searches.jsonl", "secrets.json", "manifest.json"), 0o600)


def nothing(folder: Path) -> None:
    folder.rmdir()


def unfinished(folder: Path) -> None:
    (folder / "orders.jsonl").touch()


def of_another_format(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 3, "what": "nobody knows yet"}')


def cut_short(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 1, "stage"')


def without_tables(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 2, "tables": ["orders"]}')


def not_in_utf_8(folder: Path) -> None:
    (folder / "manifest.json").write_bytes(msgspec.json.encode(MANIFEST).replace(b"test", b"t\xffst"))


def nested_without_end(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"format": 2, "tables": ' + "[" * 100_000)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (nothing, "There is no folder"),
        (unfinished, "it is no backup, or one that was not finished"),
        (of_another_format, "is of format 3, and this software reads formats 1 to 2"),
        (cut_short, r"manifest\.json is damaged"),
        (without_tables, r"manifest\.json is damaged"),
        (not_in_utf_8, r"manifest\.json is damaged"),
        (nested_without_end, r"manifest\.json is damaged"),
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
        backups.read_secrets(tmp_path, MANIFEST)


def test_secrets_come_back_only_as_they_were_backed_up(tmp_path: Path) -> None:
    manifest = msgspec.structs.replace(MANIFEST, secrets=backups.write_secrets(tmp_path, SECRETS))
    assert backups.read_secrets(tmp_path, manifest) == SECRETS
    file = tmp_path / "secrets.json"
    file.write_bytes(file.read_bytes().replace(b"ooo", b"oop"))
    with pytest.raises(Fault, match=r"secrets\.json is damaged"):
        backups.read_secrets(tmp_path, manifest)
    file.unlink()
    with pytest.raises(Fault, match=r"secrets\.json is missing"):
        backups.read_secrets(tmp_path, manifest)


@pytest.mark.parametrize("wrong", ['{"orders":"","refresh":"","links":""}', "[]", "\xff"])
def test_no_shop_is_given_secrets_that_anybody_could_guess(tmp_path: Path, wrong: str) -> None:
    content = wrong.encode("latin-1")
    (tmp_path / "secrets.json").write_bytes(content)
    manifest = msgspec.structs.replace(MANIFEST, secrets=hashlib.sha256(content).hexdigest())
    with pytest.raises(Fault, match=r"secrets\.json holds no secrets that a shop could rest on"):
        backups.read_secrets(tmp_path, manifest)
    with pytest.raises(Fault, match=r"secrets\.json holds no secrets that a shop could rest on"):
        backups.read_secrets(tmp_path, OF_THE_FIRST_FORMAT)


def test_the_first_format_knows_only_that_there_are_secrets(tmp_path: Path) -> None:
    backups.write_secrets(tmp_path, SECRETS)
    backups.write_manifest(tmp_path, OF_THE_FIRST_FORMAT)
    manifest, _ = backups.read_manifest(tmp_path)
    assert backups.read_secrets(tmp_path, manifest) == SECRETS
    with pytest.raises(Fault, match="is damaged"):
        backups.read_secrets(tmp_path, msgspec.structs.replace(manifest, format=backups.FORMAT))


class BusyTable:
    """Takes some items of a batch, and leaves the others, or nothing at all; refuses what comes too soon outright."""

    def __init__(self, takes: int, refusals: list[str]) -> None:
        self.takes = takes
        self.refusals = refusals
        self.taken: list[Any] = []

    def batch_write_item(self, **asked: dict[str, list[Any]]) -> dict[str, Any]:
        ((name, batch),) = asked["RequestItems"].items()
        assert len(batch) <= 25
        if self.refusals:
            raise ClientError({"Error": {"Code": self.refusals.pop(), "Message": "not now"}}, "BatchWriteItem")
        self.taken += batch[: self.takes]
        left = batch[self.takes :]
        return {"UnprocessedItems": {name: left} if left else {}}


def busy_store(monkeypatch: pytest.MonkeyPatch, takes: int, *refusals: str) -> tuple[stored.Store, BusyTable]:
    monkeypatch.setattr("chalicelib.backoff.time.sleep", lambda seconds: None)
    store, table = stored.Store(), BusyTable(takes, list(refusals))
    store.client = table
    return store, table


def test_what_a_busy_table_leaves_over_is_written_again_until_all_is_written(monkeypatch: pytest.MonkeyPatch) -> None:
    store, table = busy_store(monkeypatch, takes=3)
    items = [{"words": {"S": str(number)}} for number in range(60)]
    store.put(MissedSearchRecord, items)
    assert [request["PutRequest"]["Item"] for request in table.taken] == items


def test_a_batch_that_is_refused_for_haste_is_written_again_and_for_anything_else_it_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    items = [{"words": {"S": str(number)}} for number in range(30)]
    haste = ("ThrottlingException", "ProvisionedThroughputExceededException")
    store, table = busy_store(monkeypatch, 25, *haste)
    store.put(MissedSearchRecord, items)
    assert [request["PutRequest"]["Item"] for request in table.taken] == items
    store, _ = busy_store(monkeypatch, 25, "ValidationException")
    with pytest.raises(ClientError, match="ValidationException"):
        store.put(MissedSearchRecord, items)


def test_a_table_that_stays_busy_ends_it_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    store, _ = busy_store(monkeypatch, takes=0)
    waited: list[float] = []
    monkeypatch.setattr("chalicelib.backoff.time.sleep", waited.append)
    with pytest.raises(Fault, match="stays too busy"):
        store.put(MissedSearchRecord, [{"words": {"S": "mugs"}}])
    assert len(waited) == stored.TRIES - 1, "nobody waits for what is not tried again"


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


def test_aws_that_cannot_be_reached_is_told_soon(tmp_path: Path) -> None:
    began = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "infra.backup", str(tmp_path)],
        env=os.environ
        | {"STAGE": "prod", "AWS_DEFAULT_REGION": "eu-west-2", "AWS_ENDPOINT_URL": f"http://127.0.0.1:{free_port()}"}
        | dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "nobody"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 1
    assert run.stderr.startswith("AWS does not answer: Could not connect")
    assert len(run.stderr.splitlines()) == 1
    assert time.monotonic() - began < SOON_SECONDS
