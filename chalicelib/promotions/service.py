"""Use cases of promo codes: what one takes off, counting that it was used, and giving that back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from typing import Protocol

from msgspec.structs import replace

from chalicelib.ledger import Read, Write
from chalicelib.money import Money
from chalicelib.promotions import domain
from chalicelib.promotions.domain import Kind as Kind
from chalicelib.promotions.domain import PromotionFacts as PromotionFacts
from chalicelib.promotions.domain import Refusal as Refusal
from chalicelib.promotions.domain import RefusalCode as RefusalCode
from chalicelib.promotions.domain import normalise as normalise


class Repository(Protocol):
    """What promotions need of their store; chalicelib.promotions.repository says what each does."""

    def read(self, code: str) -> Read: ...
    def find(self, code: str) -> PromotionFacts | None: ...
    def put(self, promotion: PromotionFacts) -> PromotionFacts: ...
    def redeem(self, promotion: PromotionFacts) -> Write: ...
    def give_back(self, code: str) -> Write: ...
    def count(self, code: str, customer: str, limit: int) -> Write: ...
    def uncount(self, code: str, customer: str) -> Write: ...


class PromotionsService:
    """Promo codes as the rest of the shop sees them; a code may be given however a shopper typed it."""

    def __init__(self, repository: Repository, now: Callable[[], datetime]) -> None:
        self._repository = repository
        self._now = now

    def read(self, code: str) -> Read:
        """Return the read of a promotion, whose facts are PromotionFacts; a code is never blank, as no key is."""
        return self._repository.read(normalise(code))

    def subject(self, code: str) -> str:
        """Return the name under which a promotion is read, and under which it refuses: `promotion:WELCOME10`."""
        return domain.subject(normalise(code))

    def find(self, code: str) -> PromotionFacts | None:
        """Return a promotion, or None."""
        return self._repository.find(normalise(code))

    def refusal(self, promotion: PromotionFacts | None, subtotal: Money) -> Refusal | None:
        """Return why a promotion does not apply now to goods of that worth, or None where it does."""
        return domain.refusal(promotion, subtotal, self._now())

    def discount(self, promotion: PromotionFacts, subtotal: Money) -> Money:
        """Return what a promotion takes off the goods; delivery is the checkout's, by `frees_delivery`."""
        return domain.discount(promotion, subtotal)

    def counted(self, promotion: PromotionFacts, customers: Sequence[str]) -> list[str]:
        """Return the customers that `redeem` counts: none, where the promotion does not limit what each may use."""
        return [] if promotion.max_uses_per_customer is None else list(dict.fromkeys(customers))

    def redeem(self, promotion: PromotionFacts, customers: Sequence[str]) -> list[Write]:
        """Return the writes that count a use, for everybody who `customers` say the shopper is.

        The promotion refuses as `subject(code)` when its terms changed or its uses are gone; a customer whose own
        are gone refuses too, and `used_up_by_customer` knows them.
        """
        writes = [self._repository.redeem(promotion)]
        if (limit := promotion.max_uses_per_customer) is not None:
            counted = self.counted(promotion, customers)
            writes += [self._repository.count(promotion.code, customer, limit) for customer in counted]
        return writes

    def used_up_by_customer(self, promotion: PromotionFacts, refused: Collection[str]) -> Refusal | None:
        """Return what to tell a customer whose own uses are gone, if the subjects that refused say so."""
        theirs = domain.redemption_subject(promotion.code, "")
        return domain.USED_UP_BY_CUSTOMER if any(subject.startswith(theirs) for subject in refused) else None

    def give_back(self, code: str, counted: Sequence[str]) -> list[Write]:
        """Return the writes that take a use back; `counted` is what `counted` gave when it was redeemed."""
        kept = normalise(code)
        return [self._repository.give_back(kept), *(self._repository.uncount(kept, one) for one in counted)]

    def add(self, promotion: PromotionFacts) -> PromotionFacts:
        """Put a promotion on, or change its terms, and return it as it is kept.

        Its version is counted here, so that no order goes through on terms that its shopper was not shown; its uses
        are those counted so far. Raises ValueError for terms that make no sense.
        """
        domain.check(promotion)
        return self._repository.put(replace(promotion, code=normalise(promotion.code)))
