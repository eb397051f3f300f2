"""What the shop's models are made of beside PynamoDB's own attributes."""

from __future__ import annotations

from pynamodb.attributes import Attribute
from pynamodb.constants import NUMBER


class WholeNumber(Attribute[int]):
    """A number without a fraction, as all of the shop's are: money is in pence. PynamoDB's own parses each as JSON."""

    attr_type = NUMBER

    def serialize(self, value: int) -> str:
        """Return it in digits; raises ValueError for a fraction."""
        return format(value, "d")

    def deserialize(self, value: str) -> int:
        """Return what the digits say."""
        return int(value)
