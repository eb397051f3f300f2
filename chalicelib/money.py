"""Money as integer minor units: no float ever holds a price."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from chalicelib.fields import CurrencyCode

SYMBOLS = {"GBP": "£", "EUR": "€", "USD": "$"}
MINOR_UNITS = 100
# No price is higher, so that sums of many fit the eight bytes that indexes and programs give a number.
MOST_AMOUNT = 10**12


class Money(Struct, frozen=True):
    """An amount in minor units (pence, cents) of an ISO 4217 currency."""

    amount: int
    currency: CurrencyCode

    def __add__(self, other: Money) -> Money:
        return Money(self.amount + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.amount - self._same(other), self.currency)

    def __mul__(self, quantity: int) -> Money:
        return Money(self.amount * quantity, self.currency)

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            raise ValueError(f"cannot mix {self.currency} with {other.currency}")
        return other.amount


def total(amounts: Iterable[Money], currency: str) -> Money:
    """Sum amounts of one currency; none at all is zero of that currency."""
    return sum(amounts, Money(0, currency))


def included_tax(gross: Money, basis_points: int) -> Money:
    """Return the tax inside a gross amount, rounded half up to the minor unit.

    A rate of 2000 basis points (20 %) on 12.00 is 2.00: the price contains its tax.
    """
    numerator = 2 * gross.amount * basis_points + (10_000 + basis_points)
    return Money(numerator // (2 * (10_000 + basis_points)), gross.currency)


def format_money(money: Money) -> str:
    """Write an amount as the shop's prices are written: `£48.00`."""
    major, minor = divmod(abs(money.amount), MINOR_UNITS)
    sign = "-" if money.amount < 0 else ""
    return f"{sign}{SYMBOLS.get(money.currency, money.currency + ' ')}{major:,}.{minor:02}"


def decimal(money: Money) -> str:
    """Write an amount as machines read it, without its currency: `48.00`."""
    return f"{money.amount // MINOR_UNITS}.{money.amount % MINOR_UNITS:02}"
