"""Promo codes in DynamoDB: every condition that keeps them honest, and what comes back of what was put."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from moto import mock_aws

from chalicelib import bootstrap
from chalicelib.ledger import Refused
from chalicelib.promotions.models import PromotionRecord, RedemptionRecord
from chalicelib.promotions.service import PromotionFacts, PromotionsService
from dev.demo import promotions as demo
from infra.tables import create_missing
from tests import factories
from tests.api.client import forget_services

CODE = "WELCOME10"


@pytest.fixture
def service() -> Iterator[PromotionsService]:
    with mock_aws():
        forget_services()
        create_missing()
        yield bootstrap.promotions()


def put(service: PromotionsService, **terms: Any) -> PromotionFacts:
    return service.add(factories.promotion(CODE, **terms))


def redeem(service: PromotionsService, seen: PromotionFacts, *customers: str) -> None:
    bootstrap.ledger().commit(service.redeem(seen, customers))


def give_back(service: PromotionsService, *counted: str) -> None:
    bootstrap.ledger().commit(service.give_back(CODE, counted))


def uses(service: PromotionsService) -> int:
    kept = service.find(CODE)
    assert kept is not None
    return kept.uses


def redemptions() -> dict[str, int]:
    return {record.customer: int(record.uses) for record in RedemptionRecord.query(CODE)}


def test_what_was_put_on_comes_back_alone_and_among_others(service: PromotionsService) -> None:
    terms = {
        "starts_at": factories.NOW,
        "ends_at": factories.NOW + timedelta(days=1),
        "min_subtotal": 4000,
        "max_uses": 3,
        "max_uses_per_customer": 1,
    }
    full = put(service, **terms)
    bare = service.add(factories.promotion("postfree", kind="free_delivery", value=0))
    assert full == factories.promotion(CODE, **terms)
    assert (service.find(" welcome10 "), service.find("POSTFREE"), service.find("NOPE")) == (full, bare, None)
    reads = [service.read(code) for code in (CODE, "PostFree", "NOPE")]
    assert bootstrap.ledger().read(reads) == {service.subject(CODE): full, "promotion:POSTFREE": bare}


def test_new_terms_are_a_new_version_keep_the_uses_and_drop_the_limits_that_they_leave_out(
    service: PromotionsService,
) -> None:
    redeem(service, put(service, max_uses=1, ends_at=factories.NOW))
    again = put(service, value=500)
    assert again == factories.promotion(CODE, value=500, version=2, uses=1)
    assert service.find(CODE) == again


def test_a_code_is_used_up_at_its_limit_until_a_use_is_given_back(service: PromotionsService) -> None:
    seen = put(service, max_uses=2)
    redeem(service, seen)
    redeem(service, seen)
    with pytest.raises(Refused) as refused:
        redeem(service, seen)
    assert refused.value.subjects == {service.subject(CODE)}
    assert uses(service) == 2
    give_back(service)
    redeem(service, seen)
    assert uses(service) == 2


def test_a_code_is_not_used_on_other_terms_than_those_shown(service: PromotionsService) -> None:
    seen = put(service)
    latest = put(service, value=500)
    with pytest.raises(Refused, match=f"promotion:{CODE}"):
        redeem(service, seen)
    redeem(service, latest)
    assert uses(service) == 1


def test_a_code_that_is_off_is_not_used_whatever_its_version(service: PromotionsService) -> None:
    seen = put(service)
    PromotionRecord(CODE).update(actions=[PromotionRecord.active.set(False)])
    with pytest.raises(Refused, match=f"promotion:{CODE}"):
        redeem(service, seen)


def test_a_code_that_was_never_put_on_is_neither_used_nor_given_back(service: PromotionsService) -> None:
    with pytest.raises(Refused, match=f"promotion:{CODE}"):
        redeem(service, factories.promotion(CODE))
    with pytest.raises(Refused, match=f"promotion:{CODE}"):
        give_back(service)
    assert service.find(CODE) is None


def test_no_customer_is_counted_where_the_terms_do_not_limit_them(service: PromotionsService) -> None:
    redeem(service, put(service), "ada")
    assert (uses(service), redemptions()) == (1, {})


def test_a_customer_has_the_uses_that_the_terms_give_each(service: PromotionsService) -> None:
    seen = put(service, max_uses_per_customer=2)
    redeem(service, seen, "ada")
    redeem(service, seen, "ada", "ada@example.com", "ada")
    with pytest.raises(Refused) as refused:
        redeem(service, seen, "bob", "ada")
    assert refused.value.subjects == {f"redemption:{CODE}#ada"}
    assert service.used_up_by_customer(seen, refused.value.subjects)
    assert (uses(service), redemptions()) == (2, {"ada": 2, "ada@example.com": 1})


def test_what_a_customer_gives_back_can_be_used_again(service: PromotionsService) -> None:
    seen = put(service, max_uses_per_customer=1)
    redeem(service, seen, "ada")
    give_back(service, *service.counted(seen, ["ada"]))
    assert (uses(service), redemptions()) == (0, {"ada": 0})
    redeem(service, seen, "ada")
    assert (uses(service), redemptions()) == (1, {"ada": 1})


def test_a_use_is_given_back_once_and_only_by_whoever_was_counted(service: PromotionsService) -> None:
    seen = put(service, max_uses_per_customer=1)
    redeem(service, seen, "ada")
    with pytest.raises(Refused) as refused:
        give_back(service, "bob")
    assert refused.value.subjects == {f"redemption:{CODE}#bob"}
    give_back(service, "ada")
    with pytest.raises(Refused) as refused:
        give_back(service, "ada")
    assert refused.value.subjects == {service.subject(CODE), f"redemption:{CODE}#ada"}
    assert (uses(service), redemptions()) == (0, {"ada": 0})


def test_the_demo_puts_its_codes_on_once_and_leaves_what_the_owner_made_of_them(service: PromotionsService) -> None:
    assert demo.load() == 4
    kept = service.find("FIRST100")
    assert kept is not None
    assert (kept.value, kept.max_uses, kept.max_uses_per_customer) == (2000, 100, 1)
    changed = service.add(factories.promotion("TEATIME", value=700))
    assert demo.load() == 0
    assert service.find("TEATIME") == changed
