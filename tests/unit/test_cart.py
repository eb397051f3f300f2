"""The cart's rules, and its service when devices meet."""

from __future__ import annotations

from typing import Any, cast

import pytest

from chalicelib.accounts.schemas import Shopper
from chalicelib.accounts.service import AccountsService
from chalicelib.cart.domain import CartFacts
from chalicelib.cart.errors import PreconditionFailed
from chalicelib.cart.service import REPLACE_TRIES, CartService
from chalicelib.catalogue.schemas import Line
from tests.memory import MemoryCarts, MemoryLedger, MemoryWrite

ADA = Shopper("ada", "a device")


class AccountsThatStand:
    """Every account is there, and its sessions go on."""

    def find(self, account_id: str) -> str:
        return account_id

    def epoch_stands(self, account: str) -> MemoryWrite:
        return MemoryWrite(f"epoch:{account}", lambda: True, lambda: None)


class Overtaken(MemoryCarts):
    """Another device puts a cart just before each of the first writes here."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self._times = times

    def change(self, before: CartFacts, after: CartFacts) -> MemoryWrite:
        if self._times:
            self._times -= 1
            self.kept[before.account_id] = before.holding({"KNIFE": 1})
        return super().change(before, after)


def service(carts: Any) -> CartService:
    return CartService(carts, cast(AccountsService, AccountsThatStand()), MemoryLedger())


@pytest.mark.parametrize("if_match", ['"v3"', "*", " * ", '"v2","v3"', ' "v3" , "x"', 'W/"v3"', '"v2", W/"v3"'])
def test_an_if_match_that_names_the_version_matches(if_match: str) -> None:
    assert CartFacts("ada", {"MUG": 1}, 3).matches(if_match)


@pytest.mark.parametrize("if_match", ["", "v3", '"v33"', 'W/"v33"', 'w/"v3"', '"V3"', '*, "v2"', '"v03"', "3"])
def test_any_other_if_match_does_not(if_match: str) -> None:
    assert not CartFacts("ada", {"MUG": 1}, 3).matches(if_match)


def test_the_next_version_of_a_cart_shares_nothing_with_what_was_given() -> None:
    given = {"MUG": 1}
    after = CartFacts("ada", {}, 3).holding(given)
    given["MUG"] = 2
    assert after == CartFacts("ada", {"MUG": 1}, 4)


def test_a_device_that_is_overtaken_between_look_and_write_hears_what_is_there_now() -> None:
    with pytest.raises(PreconditionFailed) as refused:
        service(Overtaken(1)).replace(ADA, [Line("MUG", 1)], '"v0"')
    assert refused.value.extra == {"cart": {"lines": [{"sku": "KNIFE", "quantity": 1}]}}
    assert refused.value.headers == {"ETag": '"v1"'}


def test_a_star_that_is_overtaken_is_tried_again() -> None:
    cart = service(Overtaken(REPLACE_TRIES - 1)).replace(ADA, [Line("MUG", 1)], "*")
    assert (cart.quantities, cart.version) == ({"MUG": 1}, REPLACE_TRIES)


def test_a_star_that_is_overtaken_again_and_again_gives_up_and_says_what_is_there() -> None:
    with pytest.raises(PreconditionFailed):
        service(Overtaken(REPLACE_TRIES)).replace(ADA, [Line("MUG", 1)], "*")
