"""The rules of promo codes: what each takes off, and why one is refused. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from msgspec import Struct

from chalicelib.money import Money, format_money

Kind = Literal["percent", "fixed", "free_delivery"]
RefusalCode = Literal["unknown_promo_code", "promo_code_expired", "promo_code_used_up", "promo_code_needs_more"]

BASIS_POINTS = 10_000


class PromotionFacts(Struct, frozen=True):
    """A promo code as it is kept; `code` in upper case, `label` as shoppers read it: `10 % off`.

    `value` is basis points of a percentage, minor units of a fixed discount, and 0 of free delivery. `version` is of
    the terms, so it stays the same while `uses` grows. It runs from `starts_at` until just before `ends_at`.
    """

    code: str
    kind: Kind
    value: int
    label: str
    version: int
    min_subtotal: int = 0
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    max_uses: int | None = None
    max_uses_per_customer: int | None = None
    uses: int = 0
    active: bool = True

    @property
    def frees_delivery(self) -> bool:
        """Whether it makes those delivery methods free that can be."""
        return self.kind == "free_delivery"


class Refusal(Struct, frozen=True):
    """Why a code does not apply: `code` for programs, `detail` for shoppers."""

    code: RefusalCode
    detail: str


UNKNOWN = Refusal("unknown_promo_code", "We do not know this code. Check how it is spelt, or go on without it.")
EXPIRED = Refusal("promo_code_expired", "This code has expired.")
USED_UP = Refusal("promo_code_used_up", "This code has been used as often as it could be.")
USED_UP_BY_CUSTOMER = Refusal("promo_code_used_up", "You have used this code as often as it can be used.")


def normalise(code: str) -> str:
    """Return a code as it is kept, however it was typed."""
    return code.strip().upper()


def subject(code: str) -> str:
    """Return the name of a promotion's record in reads and writes."""
    return f"promotion:{code}"


def redemption_subject(code: str, customer: str) -> str:
    """Return the name of the record of a customer's uses."""
    return f"redemption:{code}#{customer}"


def check(promotion: PromotionFacts) -> None:
    """Raise ValueError for terms that would make things dearer, or cheaper than nothing."""
    most = BASIS_POINTS if promotion.kind == "percent" else None
    if promotion.value < 0 or (most is not None and promotion.value > most):
        raise ValueError(f"{promotion.code}: a value of {promotion.value} makes no sense for {promotion.kind}")
    limits = (promotion.min_subtotal, promotion.max_uses, promotion.max_uses_per_customer)
    if any(limit is not None and limit < 0 for limit in limits):
        raise ValueError(f"{promotion.code}: a limit below nothing makes no sense")


def discount(promotion: PromotionFacts, subtotal: Money) -> Money:
    """Return what a code takes off the goods, never more than they cost; a percentage is rounded half up."""
    match promotion.kind:
        case "percent":
            amount = (2 * subtotal.amount * promotion.value + BASIS_POINTS) // (2 * BASIS_POINTS)
        case "fixed":
            amount = promotion.value
        case _:
            amount = 0
    return Money(min(amount, subtotal.amount), subtotal.currency)


def refusal(promotion: PromotionFacts | None, subtotal: Money, now: datetime) -> Refusal | None:
    """Return why a code does not apply to goods of that worth now, or None where it does.

    One that is switched off or has not begun is as unknown as one that never was, so that nobody learns of plans.
    """
    if promotion is None or not promotion.active or _is_ahead(promotion, now):
        return UNKNOWN
    if promotion.ends_at is not None and now >= promotion.ends_at:
        return EXPIRED
    if promotion.max_uses is not None and promotion.uses >= promotion.max_uses:
        return USED_UP
    if subtotal.amount < promotion.min_subtotal:
        least = format_money(Money(promotion.min_subtotal, subtotal.currency))
        return Refusal("promo_code_needs_more", f"This code needs an order of {least} or more.")
    return None


def _is_ahead(promotion: PromotionFacts, now: datetime) -> bool:
    return promotion.starts_at is not None and now < promotion.starts_at
