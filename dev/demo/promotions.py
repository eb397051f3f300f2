"""Puts the demo's promo codes on."""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from chalicelib import bootstrap
from chalicelib.promotions.service import Kind, PromotionFacts

PROMOTIONS = Path(__file__).with_name("promotions.toml")


class DemoPromotion(Struct, frozen=True, forbid_unknown_fields=True):
    """A promo code of promotions.toml."""

    code: str
    kind: Kind
    label: str
    value: int = 0
    min_subtotal: int = 0
    max_uses: int | None = None
    max_uses_per_customer: int | None = None


class DemoPromotions(Struct, frozen=True, forbid_unknown_fields=True):
    """promotions.toml."""

    promotion: list[DemoPromotion]


def demo_promotions() -> list[PromotionFacts]:
    """Return the demo's promo codes as the shop keeps them."""
    codes = msgspec.toml.decode(PROMOTIONS.read_bytes(), type=DemoPromotions).promotion
    return [PromotionFacts(**msgspec.structs.asdict(code), version=1) for code in codes]


def load() -> int:
    """Put those codes on that are missing; returns how many."""
    service = bootstrap.promotions()
    missing = [promotion for promotion in demo_promotions() if service.find(promotion.code) is None]
    for promotion in missing:
        service.add(promotion)
    return len(missing)
