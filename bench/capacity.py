"""What DynamoDB counts for a call, by its published rules: item sizes, read units, write units, index entries.

The rules are those of the DynamoDB Developer Guide, *Read and write operations*, *Item sizes and formats* and *Global
secondary indexes*. One is a guess on the dear side, because no page tells it: what a transaction writes into an index
is counted twice, as what it writes into the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

WRITE_UNIT = 1024
READ_UNIT = 4096
IN_A_TRANSACTION = 2
EVENTUALLY = 0.5
CONTAINER = 3
ELEMENT = 1

Value = Mapping[str, Any]
Item = Mapping[str, Value]


class Index(Struct, frozen=True):
    """A global secondary index: its key, the attributes that its entries hold, or None for all."""

    name: str
    key: tuple[str, ...]
    holds: frozenset[str] | None = None

    def entry(self, item: Item | None) -> Item | None:
        """Return what the index holds of an item; None where it lacks a part of the key."""
        if item is None or not all(part in item for part in self.key):
            return None
        return item if self.holds is None else {name: item[name] for name in self.holds if name in item}


def item_size(item: Item | None) -> int:
    """Return an item's bytes as DynamoDB counts them: names and values; 0 for none."""
    return sum(len(name.encode()) + _value_size(value) for name, value in (item or {}).items())


def _value_size(value: Value) -> int:
    (kind, content), *_ = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return _number_size(content)
        case "B":
            return len(content)
        case "SS" | "NS" | "BS":
            return sum(_value_size({kind[0]: one}) for one in content)
        case "L":
            return CONTAINER + sum(ELEMENT + _value_size(one) for one in content)
        case "M":
            return CONTAINER + sum(ELEMENT + len(name.encode()) + _value_size(one) for name, one in content.items())
        case _:
            return 1


def _number_size(number: str) -> int:
    """A byte for each two significant digits, one more, and one for a minus."""
    digits = number.lstrip("-").replace(".", "").strip("0")
    return -(-len(digits) // 2) + 1 + number.startswith("-")


def read_units(size: int, *, consistent: bool) -> float:
    """Return the read units of an item, or of what a query or a scan went through; nothing found costs as little."""
    return max(1, -(-size // READ_UNIT)) * (1 if consistent else EVENTUALLY)


def batch_read_units(sizes: Iterable[int], *, consistent: bool) -> float:
    """Return the read units of a BatchGetItem: each item is rounded up by itself."""
    return sum(read_units(size, consistent=consistent) for size in sizes)


def write_units(before: Item | None, after: Item | None, *, transaction: bool) -> int:
    """Return the write units of putting, changing, deleting or checking an item: the larger of before and after.

    A write that its condition refuses costs the same.
    """
    return _rounded(max(item_size(before), item_size(after))) * (IN_A_TRANSACTION if transaction else 1)


def index_units(index: Index, before: Item | None, after: Item | None, *, transaction: bool) -> int:
    """Return the write units that a change of an item costs in an index; none where its entry stays as it was."""
    old, new = index.entry(before), index.entry(after)
    if old == new:
        return 0
    if old and new and any(old[part] != new[part] for part in index.key):
        units = _rounded(item_size(old)) + _rounded(item_size(new))
    else:
        units = _rounded(max(item_size(old), item_size(new)))
    return units * (IN_A_TRANSACTION if transaction else 1)


def _rounded(size: int) -> int:
    return max(1, -(-size // WRITE_UNIT))
