"""Records of an earlier schema version: read as today's, and brought to it while the shop goes on."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from chalicelib import bootstrap, migrations
from chalicelib.migrations import Item, Migration
from chalicelib.orders.models import OrderRecord
from chalicelib.promotions.models import PromotionRecord, RedemptionRecord
from infra.faults import Fault
from infra.migrate import migrate
from infra.stored import Store
from tests import factories
from tests.data.shops import fresh_shop

CODES = [f"CODE{number}" for number in range(3)]


@pytest.fixture(scope="module")
def shop() -> Iterator[None]:
    with fresh_shop():
        yield


@pytest.fixture
def coded(shop: None) -> None:
    """Three promo codes of today's version."""
    Store().empty(PromotionRecord)
    for code in CODES:
        bootstrap.promotions().add(factories.promotion(code, label="ten off"))


def louder(item: Item) -> Item:
    return {**item, "label": {"S": item["label"]["S"].upper()}}


def marked(item: Item) -> Item:
    return {**item, "label": {"S": item["label"]["S"] + "!"}}


def learn(monkeypatch: pytest.MonkeyPatch, *changes: Any, table: str = "promotions") -> None:
    """Let the software be a later one, with these migrations."""
    steps = (Migration(table, number, change) for number, change in enumerate(changes, migrations.FIRST + 1))
    monkeypatch.setattr(migrations, "MIGRATIONS", tuple(steps))


def stored() -> dict[str, tuple[str, str]]:
    """Each code's label and version, as they are stored."""
    items = Store().items(PromotionRecord)
    return {item["code"]["S"]: (item["label"]["S"], item["schema_version"]["N"]) for item in items}


def test_without_apply_it_is_only_said_what_would_be_done(
    coded: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    learn(monkeypatch, louder)
    migrate(apply=False)
    assert "promotions: 3 of an earlier version than 2, 0 brought to it" in capsys.readouterr().out
    assert set(stored().values()) == {("ten off", "1")}


def test_every_step_is_taken_once_however_often_it_is_run(coded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    learn(monkeypatch, louder)
    migrate(apply=True)
    assert set(stored().values()) == {("TEN OFF", "2")}
    learn(monkeypatch, louder, marked)
    for _ in range(2):
        migrate(apply=True)
    assert set(stored().values()) == {("TEN OFF!", "3")}


def test_a_record_that_names_no_version_is_of_the_first(coded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    PromotionRecord(CODES[0]).update(actions=[PromotionRecord.schema_version.remove()])
    learn(monkeypatch, louder)
    migrate(apply=True)
    assert set(stored().values()) == {("TEN OFF", "2")}


@pytest.mark.parametrize("change", [PromotionRecord.uses.add(1), PromotionRecord.max_uses.set(9)])
def test_a_record_that_is_changed_meanwhile_is_not_overwritten_and_the_next_run_finds_it(
    coded: None, monkeypatch: pytest.MonkeyPatch, change: Any
) -> None:
    meets = CODES[1:2]

    def overtaken(item: Item) -> Item:
        if item["code"]["S"] in meets:
            PromotionRecord(meets.pop()).update(actions=[change])
        return louder(item)

    learn(monkeypatch, overtaken)
    with pytest.raises(Fault, match="1 records were changed meanwhile"):
        migrate(apply=True)
    assert stored()[CODES[1]] == ("ten off", "1")
    migrate(apply=True)
    assert set(stored().values()) == {("TEN OFF", "2")}
    found = PromotionRecord.get(CODES[1])
    assert (found.uses, found.max_uses) in {(1, None), (0, 9)}


def test_a_record_that_is_deleted_meanwhile_stays_deleted(coded: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_late(item: Item) -> Item:
        PromotionRecord(item["code"]["S"]).delete()
        return louder(item)

    learn(monkeypatch, too_late)
    with pytest.raises(Fault, match="changed meanwhile"):
        migrate(apply=True)
    assert stored() == {}
    migrate(apply=True)


def test_the_shop_reads_earlier_records_as_todays_and_writes_todays(
    coded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    learn(monkeypatch, louder)
    record = PromotionRecord.get(CODES[0])
    assert record.label == "TEN OFF"
    record.save()
    assert stored()[CODES[0]] == ("TEN OFF", "2")
    assert stored()[CODES[1]] == ("ten off", "1")


def test_an_earlier_version_of_the_shop_reads_later_records_as_they_are(
    coded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as later:
        learn(later, louder)
        migrate(apply=True)
    assert PromotionRecord.get(CODES[0]).label == "TEN OFF"


def test_a_counter_that_comes_into_being_is_of_todays_version_and_keeps_its_version_when_counted(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def count() -> list[Any]:
        RedemptionRecord("CODE", "someone").update(actions=[RedemptionRecord.uses.add(1), RedemptionRecord.stamp()])
        return [item["schema_version"] for item in Store().items(RedemptionRecord)]

    learn(monkeypatch, dict, table="redemptions")
    assert count() == [{"N": "2"}]
    learn(monkeypatch, dict, dict, table="redemptions")
    assert count() == [{"N": "2"}]


def test_an_index_that_holds_keys_only_is_read_though_a_migration_needs_more(
    shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bootstrap.catalogue().add_product(factories.single("mug", 1400), {"MUG": 5})
    request = factories.order_request({"MUG": 1}, 1795, payment={"method": "tok_requires_action"})
    bootstrap.checkout().place(request, factories.key(), None)

    def needs_status(item: Item) -> Item:
        return {**item, "status": item["status"]}

    learn(monkeypatch, needs_status, table="orders")
    far = datetime(2126, 1, 1, tzinfo=UTC)
    found = [
        record for bucket in range(16) for record in OrderRecord.unsettled.query(bucket, OrderRecord.settle_by < far)
    ]
    assert len(found) == 1
