from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ledger import Refused
from chalicelib.money import Money
from chalicelib.promotions import domain
from chalicelib.promotions.domain import PromotionFacts
from chalicelib.promotions.service import PromotionsService
from tests import factories
from tests.memory import MemoryLedger, MemoryPromotions

NOW = factories.NOW
SECOND = timedelta(seconds=1)


def pounds(amount: float) -> Money:
    return Money(round(amount * 100), "GBP")


@pytest.mark.parametrize("typed", ["welcome10", " WELCOME10\n", "Welcome10 "])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert domain.normalise(typed) == "WELCOME10"


@pytest.mark.parametrize(
    ("basis_points", "subtotal", "taken"),
    [
        (1000, 4800, 480),
        (1000, 4, 0),
        (1000, 5, 1),
        (1000, 15, 2),
        (1250, 999, 125),
        (10_000, 999, 999),
        (15_000, 999, 999),
        (0, 999, 0),
        (1000, 0, 0),
    ],
)
def test_a_percentage_is_rounded_half_up_and_takes_no_more_than_there_is(
    basis_points: int, subtotal: int, taken: int
) -> None:
    promotion = factories.promotion(value=basis_points)
    assert domain.discount(promotion, Money(subtotal, "GBP")) == Money(taken, "GBP")


@pytest.mark.parametrize(("subtotal", "taken"), [(0, 0), (499, 499), (500, 500), (501, 500)])
def test_a_fixed_discount_takes_no_more_than_there_is(subtotal: int, taken: int) -> None:
    promotion = factories.promotion(kind="fixed", value=500)
    assert domain.discount(promotion, Money(subtotal, "GBP")) == Money(taken, "GBP")


def test_only_free_delivery_frees_delivery_and_it_takes_nothing_off_the_goods() -> None:
    promotion = factories.promotion(kind="free_delivery", value=0)
    assert promotion.frees_delivery
    assert domain.discount(promotion, pounds(48)) == pounds(0)
    assert not factories.promotion().frees_delivery


@given(st.sampled_from(["percent", "fixed", "free_delivery"]), st.integers(0, 10**6), st.integers(0, 10**9))
def test_a_discount_is_never_negative_nor_above_the_subtotal(kind: str, value: int, subtotal: int) -> None:
    taken = domain.discount(factories.promotion(kind=kind, value=value), Money(subtotal, "GBP"))
    assert 0 <= taken.amount <= subtotal
    assert taken.currency == "GBP"


def refused(subtotal: Money = pounds(48), **terms: Any) -> str | None:  # noqa: B008 - Money is frozen
    refusal = domain.refusal(factories.promotion(**terms), subtotal, NOW)
    return refusal.code if refusal else None


def test_a_code_that_was_never_put_on_is_unknown() -> None:
    refusal = domain.refusal(None, pounds(48), NOW)
    assert refusal is not None
    assert refusal.code == "unknown_promo_code"


@pytest.mark.parametrize(
    ("terms", "code"),
    [
        ({}, None),
        ({"active": False}, "unknown_promo_code"),
        ({"active": False, "ends_at": NOW}, "unknown_promo_code"),
        ({"starts_at": NOW + SECOND}, "unknown_promo_code"),
        ({"starts_at": NOW, "ends_at": NOW + SECOND}, None),
        ({"ends_at": NOW}, "promo_code_expired"),
        ({"ends_at": NOW, "max_uses": 1, "uses": 1}, "promo_code_expired"),
        ({"max_uses": 2, "uses": 1}, None),
        ({"max_uses": 2, "uses": 2}, "promo_code_used_up"),
        ({"max_uses": 2, "uses": 2, "min_subtotal": 4801}, "promo_code_used_up"),
        ({"uses": 10**6}, None),
        ({"min_subtotal": 4800}, None),
        ({"min_subtotal": 4801}, "promo_code_needs_more"),
    ],
)
def test_a_code_applies_only_in_its_time_while_uses_are_left_and_to_enough(
    terms: dict[str, Any], code: str | None
) -> None:
    assert refused(**terms) == code


def test_a_code_that_needs_more_says_how_much() -> None:
    refusal = domain.refusal(factories.promotion(min_subtotal=4000), pounds(39.99), NOW)
    assert refusal is not None
    assert refusal.detail == "This code needs an order of £40.00 or more."


class Codes:
    """Promo codes in memory, with whoever uses them."""

    def __init__(self, *promotions: PromotionFacts) -> None:
        self.kept = MemoryPromotions(*promotions)
        self.service = PromotionsService(self.kept, lambda: NOW)
        self.ledger = MemoryLedger()

    def facts(self, code: str = "WELCOME10") -> PromotionFacts:
        facts = self.service.find(code)
        assert facts is not None
        return facts

    def redeem(self, *customers: str, seen: PromotionFacts | None = None) -> None:
        self.ledger.commit(self.service.redeem(seen or self.facts(), customers))

    def give_back(self, *counted: str, code: str = "WELCOME10") -> None:
        self.ledger.commit(self.service.give_back(code, counted))


def test_a_promotion_is_read_under_its_subject_together_with_others() -> None:
    codes = Codes(factories.promotion(), factories.promotion("TEATIME"))
    found = codes.ledger.read([codes.service.read(code) for code in (" welcome10", "TEATIME", "NOPE")])
    assert found == {
        codes.service.subject("Welcome10"): codes.facts(),
        "promotion:TEATIME": codes.facts("teatime"),
    }


def test_the_service_judges_by_its_own_clock() -> None:
    service = Codes().service
    assert service.refusal(factories.promotion(ends_at=NOW + SECOND), pounds(48)) is None
    assert service.refusal(factories.promotion(ends_at=NOW), pounds(48)) == domain.EXPIRED
    assert service.refusal(None, pounds(48)) == domain.UNKNOWN
    assert service.discount(factories.promotion(), pounds(48)) == pounds(4.8)


def test_every_use_is_counted_and_can_be_given_back() -> None:
    codes = Codes(factories.promotion())
    codes.redeem("ada")
    codes.redeem("ada")
    codes.give_back(code=" welcome10")
    assert codes.facts().uses == 1
    assert codes.kept.redemptions == {}


def test_the_last_use_is_the_last_until_one_is_given_back() -> None:
    codes = Codes(factories.promotion(max_uses=1))
    seen = codes.facts()
    codes.redeem()
    with pytest.raises(Refused, match="promotion:WELCOME10"):
        codes.redeem(seen=seen)
    codes.give_back()
    codes.redeem()
    assert codes.facts().uses == 1


def test_a_use_that_nobody_made_is_not_given_back() -> None:
    codes = Codes(factories.promotion())
    with pytest.raises(Refused) as refusal:
        codes.give_back("ada")
    assert refusal.value.subjects == {"promotion:WELCOME10", "redemption:WELCOME10#ada"}


@pytest.mark.parametrize("later", [{"value": 500}, {"active": False}])
def test_a_code_is_not_used_on_other_terms_than_those_shown(later: dict[str, Any]) -> None:
    codes = Codes(factories.promotion())
    seen = codes.facts()
    codes.service.add(factories.promotion(**later))
    with pytest.raises(Refused, match="promotion:WELCOME10"):
        codes.redeem(seen=seen)


def test_a_code_that_is_off_is_not_used_even_by_who_knows_its_version() -> None:
    codes = Codes(factories.promotion(active=False))
    with pytest.raises(Refused, match="promotion:WELCOME10"):
        codes.redeem()


def test_a_customer_has_the_uses_that_the_terms_give_each() -> None:
    codes = Codes(factories.promotion(max_uses_per_customer=1))
    codes.redeem("ada", "ada@example.com")
    with pytest.raises(Refused) as refusal:
        codes.redeem("guest", "ada@example.com")
    assert refusal.value.subjects == {"redemption:WELCOME10#ada@example.com"}
    assert codes.facts().uses == 1
    codes.redeem("bob")
    codes.give_back("ada", "ada@example.com")
    codes.redeem("guest", "ada@example.com")
    assert codes.facts().uses == 2


def test_a_customer_named_twice_is_counted_once() -> None:
    codes = Codes(factories.promotion(max_uses_per_customer=1))
    assert codes.service.counted(codes.facts(), ["ada", "bob", "ada"]) == ["ada", "bob"]
    codes.redeem("ada", "bob", "ada")
    assert codes.kept.redemptions == {("WELCOME10", "ada"): 1, ("WELCOME10", "bob"): 1}


def test_nobody_is_counted_where_the_terms_do_not_limit_a_customer() -> None:
    assert Codes().service.counted(factories.promotion(), ["ada"]) == []


def test_a_customer_is_told_apart_from_a_code_that_is_used_up() -> None:
    service, promotion = Codes().service, factories.promotion(max_uses_per_customer=1)
    theirs = service.used_up_by_customer(promotion, {"stock:MUG#0", "redemption:WELCOME10#ada"})
    assert theirs is not None
    assert (theirs.code, theirs.detail) == (
        "promo_code_used_up",
        "You have used this code as often as it can be used.",
    )
    assert service.used_up_by_customer(promotion, {"stock:MUG#0", "promotion:WELCOME10"}) is None


def test_new_terms_are_a_new_version_and_keep_the_uses() -> None:
    codes = Codes()
    first = codes.service.add(factories.promotion("welcome10", version=7, uses=9))
    assert (first.code, first.version, first.uses) == ("WELCOME10", 1, 0)
    codes.redeem()
    second = codes.service.add(factories.promotion(value=500))
    assert (second.value, second.version, second.uses) == (500, 2, 1)
    assert codes.facts() == second


@pytest.mark.parametrize(
    "terms",
    [
        {"value": -1},
        {"value": 10_001},
        {"kind": "fixed", "value": -5000},
        {"min_subtotal": -1},
        {"max_uses": -1},
        {"max_uses_per_customer": -1},
    ],
)
def test_terms_that_make_no_sense_are_not_put_on(terms: dict[str, Any]) -> None:
    service = PromotionsService(MemoryPromotions(), lambda: factories.NOW)
    with pytest.raises(ValueError, match="makes no sense"):
        service.add(factories.promotion(**terms))
