from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.money import Money, format_money, included_tax, total

amounts = st.integers(0, 10**9)
rates = st.integers(0, 3000)


def test_money_of_two_currencies_does_not_add() -> None:
    with pytest.raises(ValueError, match="cannot mix"):
        Money(1, "GBP") + Money(1, "EUR")


def test_the_total_of_nothing_is_zero_of_the_currency() -> None:
    assert total([], "GBP") == Money(0, "GBP")


@pytest.mark.parametrize(
    ("gross", "rate", "tax"),
    [(1200, 2000, 200), (5195, 2000, 866), (100, 0, 0), (1, 2000, 0), (3, 2000, 1), (119, 1900, 19)],
)
def test_included_tax_is_rounded_half_up(gross: int, rate: int, tax: int) -> None:
    assert included_tax(Money(gross, "GBP"), rate) == Money(tax, "GBP")


@given(amounts, rates)
def test_net_and_tax_make_the_gross_within_half_a_penny(gross: int, rate: int) -> None:
    tax = included_tax(Money(gross, "GBP"), rate).amount
    exact = gross * rate / (10_000 + rate)
    assert abs(tax - exact) <= 0.5 + 1e-6


@pytest.mark.parametrize(
    ("money", "text"),
    [
        (Money(4800, "GBP"), "£48.00"),
        (Money(5, "GBP"), "£0.05"),
        (Money(-1250, "EUR"), "-€12.50"),
        (Money(123456789, "USD"), "$1,234,567.89"),
        (Money(100, "CHF"), "CHF 1.00"),
    ],
)
def test_prices_are_written_with_their_symbol(money: Money, text: str) -> None:
    assert format_money(money) == text
