"""A shop that is backed up and restored elsewhere, on the local AWS."""

from __future__ import annotations

import hashlib
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib import bootstrap, keys, migrations
from chalicelib.notifications.models import MailRecord
from chalicelib.orders import books
from chalicelib.orders.models import OrderRecord
from chalicelib.payments import events
from chalicelib.promotions.models import PromotionRecord
from chalicelib.settings import settings
from infra import backups
from infra.backup import backup
from infra.faults import Fault
from infra.migrate import migrate
from infra.restore import restore
from infra.stored import Store
from tests import factories
from tests.api.client import Api
from tests.data.shops import (
    DELIVERY,
    GUEST,
    forget_letters,
    fresh_shop,
    let_streams_run,
    letters_sent,
    order_as_guest,
    trade,
    write_down,
)

OWED = "a-letter-that-was-still-owed"


class BackedUp(msgspec.Struct):
    """A shop as it was when it was backed up."""

    folder: Path
    items: dict[str, list[Any]]
    guest_order: dict[str, Any]

    @property
    def restored(self) -> dict[str, list[Any]]:
        """What a restore makes of it: the same, but that what was owed to somebody is owed to nobody."""
        mails = [
            item if "sent_at" in item else {name: value for name, value in item.items() if name != "to"}
            for item in self.items["mails"]
        ]
        return self.items | {"mails": mails}


@pytest.fixture(scope="module")
def backed_up(tmp_path_factory: pytest.TempPathFactory) -> BackedUp:
    """A shop with orders in several states, whose letters are sent: some long ago, and one not yet."""
    folder = tmp_path_factory.mktemp("backups") / "shop"
    with fresh_shop() as url:
        order = trade()
        # The webhooks would need a server.
        let_streams_run(but="sandbox-payments")
        assert letters_sent(url) > 3
        forget_letters(order["id"])
        owed = bootstrap.notifications().post("order_paid", GUEST["email"], mail_id=OWED, number="HL-1")
        bootstrap.ledger().commit([owed])
        backup(folder, with_secrets=True)
        return BackedUp(folder, write_down(), order)


@pytest.fixture
def elsewhere() -> Iterator[str]:
    with fresh_shop() as url:
        yield url


def test_every_record_of_a_shop_says_its_schema_version(backed_up: BackedUp) -> None:
    without = {table for table, items in backed_up.items.items() for item in items if "schema_version" not in item}
    assert without == set()
    empty = {table for table, items in backed_up.items.items() if not items}
    assert empty == {"payment-events"}, "the test's shop has something of everything"


def test_a_restored_shop_is_the_same_item_for_item_and_does_nothing_by_itself(
    backed_up: BackedUp, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhooks: list[Any] = []
    monkeypatch.setattr(events, "_send", lambda *told: webhooks.append(told))
    restore(backed_up.folder, with_secrets=True)
    assert write_down() == backed_up.restored

    let_streams_run()
    let_streams_run()
    bootstrap.checkout().sweep()
    assert letters_sent(elsewhere) == 0
    assert webhooks == []
    after = write_down()
    assert {**after, "mails": []} == {**backed_up.items, "mails": []}
    assert {item["mail_id"]["S"] for item in after["mails"]} == {
        item["mail_id"]["S"] for item in backed_up.items["mails"]
    }
    assert books.look() == []

    bootstrap.storefront().publish_all()
    order = bootstrap.lifecycle().find(backed_up.guest_order["id"])
    assert order is not None
    assert bootstrap.orders().ship(order.order_id), "the restored shop goes on"
    let_streams_run()
    assert letters_sent(elsewhere) == 1, "what happens afterwards is written about"
    assert MailRecord.get(f"{order.order_id}-shipped").sent_at


def test_with_the_secrets_a_guest_opens_his_order_and_a_repeated_key_finds_it(
    backed_up: BackedUp, elsewhere: str
) -> None:
    assert Api().get("/products", q="xyzzy").json["items"] == [], "a search that a new stage counts is nobody's data"
    restore(backed_up.folder, with_secrets=True)
    mine = {"X-Order-Key": backed_up.guest_order["order_key"]}
    assert Api().get(f"/orders/{backed_up.guest_order['id']}", mine).status == 200
    assert order_as_guest().json["id"] == backed_up.guest_order["id"]
    assert len(list(bootstrap.gateway().payments())) == len(backed_up.items["sandbox-payments"])


def test_without_the_secrets_everything_else_is_there_and_a_guests_link_opens_nothing(
    backed_up: BackedUp, elsewhere: str
) -> None:
    ours = keys.keys()
    restore(backed_up.folder)
    assert write_down() == backed_up.restored
    assert keys.keys() == ours
    mine = {"X-Order-Key": backed_up.guest_order["order_key"]}
    assert Api().get(f"/orders/{backed_up.guest_order['id']}", mine).status == 404


def test_secrets_that_take_money_or_sign_tokens_are_in_no_backup_and_outlive_a_restore(
    backed_up: BackedUp, elsewhere: str
) -> None:
    keys.replace(msgspec.structs.replace(keys.keys(), stripe_secret_key="sk_test_of_this_shop"))
    before = keys.keys()
    restore(backed_up.folder, with_secrets=True)
    after = keys.keys()
    kept = msgspec.json.decode((backed_up.folder / backups.SECRETS).read_bytes())
    assert kept == {"orders": after.orders, "refresh": after.refresh, "links": after.links}
    assert before.orders != after.orders
    assert (before.signing, before.stripe_secret_key) == (after.signing, after.stripe_secret_key)
    assert stat.S_IMODE(backed_up.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in backed_up.folder.iterdir()} == {0o600}


def test_an_interrupted_restore_is_no_shop_to_back_up_and_the_same_command_heals_it(
    backed_up: BackedUp, elsewhere: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    put = Store.put

    def fails_at_orders(store: Store, table: Any, items: Any) -> None:
        if table is OrderRecord:
            raise Fault("AWS does not answer")
        put(store, table, items)

    with monkeypatch.context() as broken:
        broken.setattr(Store, "put", fails_at_orders)
        with pytest.raises(Fault, match="does not answer"):
            restore(backed_up.folder)
    with pytest.raises(Fault, match="was not finished"):
        backup(tmp_path / "half")
    other = copy_of(backed_up, tmp_path, software="0.0.1")
    with pytest.raises(Fault, match="another backup was not finished"):
        restore(other)
    restore(backed_up.folder)
    assert write_down() == backed_up.restored
    backup(tmp_path / "whole")


def test_a_shop_that_has_something_is_emptied_only_by_force(backed_up: BackedUp, elsewhere: str) -> None:
    bootstrap.catalogue().add_product(factories.single("whisk", 900), {"WHISK": 2})
    before = write_down()
    with pytest.raises(Fault, match="is not empty: it has products, skus, stock"):
        restore(backed_up.folder)
    assert write_down() == before
    for _ in range(2):
        restore(backed_up.folder, force=True)
    assert write_down() == backed_up.restored
    let_streams_run()
    assert letters_sent(elsewhere) == 0


def test_an_order_is_never_there_without_what_it_rests_on(
    backed_up: BackedUp, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    monkeypatch.setattr(Store, "put", lambda store, table, items: steps.append(f"put {table.short_name()}"))
    monkeypatch.setattr(Store, "empty", lambda store, table: steps.append(f"empty {table.short_name()}"))
    restore(backed_up.folder)
    assert (steps[0], steps[-1]) == ("empty orders", "put orders")


def test_a_damaged_backup_is_named_before_anything_is_lost(backed_up: BackedUp, elsewhere: str, tmp_path: Path) -> None:
    bootstrap.catalogue().add_product(factories.single("whisk", 900), {"WHISK": 2})
    before = write_down()
    damaged = copy_of(backed_up, tmp_path)
    stock = damaged / "stock.jsonl"
    stock.write_bytes(stock.read_bytes().replace(b'"40"', b'"41"', 1))
    with pytest.raises(Fault, match=r"stock\.jsonl is damaged"):
        restore(damaged, force=True)
    stock.unlink()
    with pytest.raises(Fault, match=r"stock\.jsonl is missing"):
        restore(damaged, force=True)
    with pytest.raises(Fault, match="not empty: choose another folder"):
        backup(damaged)
    assert write_down() == before


def test_a_backup_of_an_earlier_schema_is_restored_in_todays_and_of_a_later_one_not_at_all(
    backed_up: BackedUp, elsewhere: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def louder(item: migrations.Item) -> migrations.Item:
        return {**item, "label": {"S": item["label"]["S"].upper()}}

    with monkeypatch.context() as later:
        later.setattr(migrations, "MIGRATIONS", (migrations.Migration("promotions", 2, louder),))
        restore(backed_up.folder)
        assert PromotionRecord.get("WELCOME10").label == "10 % OFF"
        (item,) = write_down()["promotions"]
        assert item["schema_version"] == {"N": "2"}
        migrate(apply=True)
        made_later = backed_up.folder.with_name("later")
        backup(made_later)
    before = write_down()
    with pytest.raises(Fault, match=r"made by later software .*: its promotions are of schema version 2"):
        restore(made_later, force=True)
    assert write_down() == before


def test_a_line_that_is_no_item_is_found_before_anything_is_deleted(
    backed_up: BackedUp, elsewhere: str, tmp_path: Path
) -> None:
    bootstrap.catalogue().add_product(factories.single("whisk", 900), {"WHISK": 2})
    before = write_down()
    manifest, _ = backups.read_manifest(backed_up.folder)
    content = backups.table_file(backed_up.folder, "stock").read_bytes() + b"MUG, 40\n"
    file = msgspec.structs.replace(manifest.tables["stock"], sha256=hashlib.sha256(content).hexdigest())
    damaged = copy_of(backed_up, tmp_path, tables={**manifest.tables, "stock": file})
    backups.table_file(damaged, "stock").write_bytes(content)
    with pytest.raises(Fault, match=r"stock\.jsonl, line \d+: no item"):
        restore(damaged, force=True)
    assert write_down() == before
    assert Store().unfinished_restore() is None


def test_damaged_secrets_are_found_before_anything_is_deleted(
    backed_up: BackedUp, elsewhere: str, tmp_path: Path
) -> None:
    bootstrap.catalogue().add_product(factories.single("whisk", 900), {"WHISK": 2})
    before, ours = write_down(), keys.keys()
    damaged = copy_of(backed_up, tmp_path)
    (damaged / backups.SECRETS).write_text('{"orders":"","refresh":"","links":""}')
    with pytest.raises(Fault, match=r"secrets\.json is damaged"):
        restore(damaged, force=True, with_secrets=True)
    assert write_down() == before
    assert keys.keys() == ours
    assert Store().unfinished_restore() is None


def test_a_shop_without_secrets_of_its_own_is_not_begun_to_be_restored(
    backed_up: BackedUp, elsewhere: str, tmp_path: Path
) -> None:
    keys.keys.cache_clear()
    settings().secrets_file.write_text("{")
    with pytest.raises(Fault, match="This stage's own secrets cannot be read"):
        restore(backed_up.folder, with_secrets=True)
    with pytest.raises(Fault, match="none that a shop could rest on"):
        backup(tmp_path / "backup", with_secrets=True)
    settings().secrets_file.unlink()
    with pytest.raises(FileNotFoundError):
        restore(backed_up.folder, with_secrets=True)
    assert Store().unfinished_restore() is None


def test_secrets_that_no_restore_would_take_are_not_backed_up(elsewhere: str, tmp_path: Path) -> None:
    keys.replace(msgspec.structs.replace(keys.keys(), links="short"))
    with pytest.raises(Fault, match=r"length >= 32 - at `\$\.links`"):
        backup(tmp_path / "backup", with_secrets=True)
    assert not (tmp_path / "backup").exists()


def test_a_table_that_the_backup_does_not_know_is_told_before_it_is_emptied(
    backed_up: BackedUp,
    elsewhere: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    manifest, _ = backups.read_manifest(backed_up.folder)
    older = {name: file for name, file in manifest.tables.items() if name not in {"promotions", "redemptions"}}
    bootstrap.promotions().add(factories.promotion())
    told: list[str] = []
    begin = Store.begin_restore

    def listened(store: Store, name: str) -> None:
        told.append(capsys.readouterr().out)
        begin(store, name)

    monkeypatch.setattr(Store, "begin_restore", listened)
    restore(copy_of(backed_up, tmp_path, tables=older), force=True)
    assert "knows no promotions, redemptions: what this stage has there is deleted" in told[0]
    assert write_down() == backed_up.restored | {"promotions": [], "redemptions": []}


def test_a_restore_whose_pages_could_not_be_published_is_not_finished(backed_up: BackedUp, elsewhere: str) -> None:
    def fails() -> None:
        raise Fault("the bucket does not answer")

    with pytest.raises(Fault, match="the bucket"):
        restore(backed_up.folder, show=fails)
    shown: list[str] = []
    restore(backed_up.folder, show=lambda: shown.append("all"))
    assert shown == ["all"]


def test_a_purchase_while_a_backup_is_made_is_told_by_the_books_and_sells_nothing_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = Store.items

    def shopped_meanwhile(store: Store, table: Any, **asked: Any) -> Iterator[Any]:
        yield from items(store, table, **asked)
        if table is OrderRecord:
            assert Api().order({"WHISK": 2}, 1800 + DELIVERY).status == 201

    with fresh_shop(), monkeypatch.context() as busy:
        bootstrap.catalogue().add_product(factories.single("whisk", 900), {"WHISK": 5})
        busy.setattr(Store, "items", shopped_meanwhile)
        backup(tmp_path / "skewed")
    with fresh_shop():
        restore(tmp_path / "skewed")
        assert bootstrap.catalogue().units_available(["WHISK"]) == {"WHISK": 3}
        sold, charged = sorted(books.look(), reverse=True)
        assert "2 sold, 0 to paid orders" in sold
        assert "charged for no order" in charged


def test_a_cancellation_while_a_backup_is_made_is_told_by_the_books(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = Store.items

    with fresh_shop(), monkeypatch.context() as busy:
        bootstrap.catalogue().add_product(factories.single("whisk", 900), {"WHISK": 5})
        shopper = Api()
        shopper.sign_up()
        order = shopper.order({"WHISK": 2}, 1800 + DELIVERY).json["id"]

        def cancelled_meanwhile(store: Store, table: Any, **asked: Any) -> Iterator[Any]:
            yield from items(store, table, **asked)
            if table is OrderRecord:
                assert shopper.post(f"/orders/{order}/cancellation").json["status"] == "refunded"

        busy.setattr(Store, "items", cancelled_meanwhile)
        backup(tmp_path / "skewed")
    with fresh_shop():
        restore(tmp_path / "skewed")
        charged, sold = sorted(books.look())
        assert "paid: never charged" in charged
        assert "0 sold, 2 to paid orders" in sold


def copy_of(backed_up: BackedUp, folder: Path, **changes: Any) -> Path:
    """Copy a backup, its manifest changed."""
    copied = Path(shutil.copytree(backed_up.folder, folder / "copy"))
    manifest, _ = backups.read_manifest(copied)
    backups.write_manifest(copied, msgspec.structs.replace(manifest, **changes))
    return copied
