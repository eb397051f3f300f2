"""The privacy part of the contract."""

from __future__ import annotations

from msgspec import Struct

from chalicelib.accounts.schemas import Account
from chalicelib.cart.schemas import Cart
from chalicelib.orders.schemas import Order
from chalicelib.sessions.schemas import Device


class Export(Struct, frozen=True):
    """Everything that the shop holds of a person."""

    account: Account
    devices: list[Device]
    cart: Cart
    orders: list[Order]
