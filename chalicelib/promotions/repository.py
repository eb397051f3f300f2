"""Reads and conditional writes of promo codes in DynamoDB."""

from __future__ import annotations

import msgspec
from pynamodb.exceptions import DoesNotExist
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.dynamo import DynamoRead, DynamoWrite
from chalicelib.promotions.domain import PromotionFacts, redemption_subject, subject
from chalicelib.promotions.models import PromotionRecord, RedemptionRecord

NOT_TERMS = ("code", "uses", "version")


class PromotionsRepository:
    """Promo codes and who used them."""

    def read(self, code: str) -> DynamoRead:
        """Read a promotion together with other records; it is `promotion:CODE`."""
        return DynamoRead(subject(code), PromotionRecord, (code,), _facts)

    def find(self, code: str) -> PromotionFacts | None:
        """Return a promotion, read strongly, or None."""
        try:
            return _facts(PromotionRecord.get(code, consistent_read=True))
        except DoesNotExist:
            return None

    def put(self, promotion: PromotionFacts) -> PromotionFacts:
        """Write a promotion's terms under the next version, at once, and return it; uses that were counted stay."""
        record = PromotionRecord(promotion.code)
        counters = [PromotionRecord.version.add(1), PromotionRecord.uses.add(0)]
        record.update(actions=[*_terms(promotion), *counters, PromotionRecord.stamp()])
        return _facts(record)

    def redeem(self, promotion: PromotionFacts) -> DynamoWrite:
        """Count a use, if the terms are still those seen and a use is left; refuses as `promotion:CODE`."""
        uses = PromotionRecord.uses
        is_on = PromotionRecord.active == True  # noqa: E712 - `==` makes a condition, `is` would not.
        holds = is_on & (PromotionRecord.version == promotion.version)
        if promotion.max_uses is not None:
            holds &= uses < promotion.max_uses
        record = PromotionRecord(promotion.code)
        return DynamoWrite(
            subject(promotion.code),
            "update",
            lambda t: t.update(record, actions=[uses.add(1)], condition=holds),
        )

    def give_back(self, code: str) -> DynamoWrite:
        """Take a use back; refuses as `promotion:CODE` where there was none."""
        record, uses = PromotionRecord(code), PromotionRecord.uses
        return DynamoWrite(
            subject(code), "update", lambda t: t.update(record, actions=[uses.add(-1)], condition=uses > 0)
        )

    def count(self, code: str, customer: str, limit: int) -> DynamoWrite:
        """Count a customer's use, if one of `limit` is left to them; refuses as `redemption:CODE#CUSTOMER`."""
        uses = RedemptionRecord.uses
        return _redemption(code, customer, 1, uses.does_not_exist() | (uses < limit))

    def uncount(self, code: str, customer: str) -> DynamoWrite:
        """Take a customer's use back; refuses as `redemption:CODE#CUSTOMER` where there was none."""
        return _redemption(code, customer, -1, RedemptionRecord.uses > 0)


def _terms(promotion: PromotionFacts) -> list[Action]:
    attributes = PromotionRecord.get_attributes()
    return [
        attributes[name].remove() if value is None else attributes[name].set(value)
        for name, value in msgspec.structs.asdict(promotion).items()
        if name not in NOT_TERMS
    ]


def _redemption(code: str, customer: str, uses: int, condition: Condition) -> DynamoWrite:
    record = RedemptionRecord(code, customer)
    actions: list[Action] = [RedemptionRecord.uses.add(uses), RedemptionRecord.stamp()]
    return DynamoWrite(
        redemption_subject(code, customer),
        "update",
        lambda t: t.update(record, actions=actions, condition=condition),
    )


def _facts(record: PromotionRecord) -> PromotionFacts:
    return msgspec.convert(record.attribute_values, PromotionFacts, strict=False)
