"""The payments' part of the contract: the sandbox's bank, which asks the shopper to confirm."""

from __future__ import annotations

from msgspec import Struct

from chalicelib.money import Money


class BankChallenge(Struct, frozen=True):
    """What the test bank asks about: `open` until it is answered, and where the shopper goes back to."""

    amount: Money
    open: bool
    return_url: str


class BankAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """The shopper's answer to the test bank."""

    approve: bool
