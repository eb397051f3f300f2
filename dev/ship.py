"""Marks an order as sent, by the number that its shopper knows."""

from __future__ import annotations

import sys

from chalicelib import bootstrap


def main() -> int:
    """Find the order of the number on the command line, and ship it."""
    number = sys.argv[1].strip().upper() if len(sys.argv) > 1 else ""
    if not number:
        print("Say which order: make ship NUMBER=HL-7K3D-9Q2M")
        return 1
    order = next((order for order in bootstrap.orders().all() if order.number == number), None)
    if order is None:
        print(f"There is no order {number}.")
        return 1
    if bootstrap.orders().ship(order.order_id) is None:
        print(f"The order {number} is {order.status}: only a paid one can be sent.")
        return 1
    print(f"The order {number} is on its way; its shopper gets a mail.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
