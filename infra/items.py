"""An item as a line of JSON, as DynamoDB spells it on its own wire: `{"price": {"N": "1400"}}`, binary as base64."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.migrations import Item

Number = Annotated[str, Meta(pattern=r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\Z")]
Some = Meta(min_length=1)
# What decoding raises for bytes that are not what is expected.
UNREADABLE = (ValueError, RecursionError)


class Value(Struct, forbid_unknown_fields=True):
    """An attribute's value: exactly one of these, under the name of its type."""

    S: str | UnsetType = UNSET
    N: Number | UnsetType = UNSET
    B: bytes | UnsetType = UNSET
    BOOL: bool | UnsetType = UNSET
    NULL: bool | UnsetType = UNSET
    SS: Annotated[list[str], Some] | UnsetType = UNSET
    NS: Annotated[list[Number], Some] | UnsetType = UNSET
    BS: Annotated[list[bytes], Some] | UnsetType = UNSET
    L: list[Value] | UnsetType = UNSET
    M: dict[str, Value] | UnsetType = UNSET

    def __post_init__(self) -> None:
        if sum(value is not UNSET for value in msgspec.structs.astuple(self)) != 1 or self.NULL is False:
            raise ValueError("Expected one value of one type")


LINE = msgspec.json.Decoder(dict[str, Value])


def encode(item: Item) -> bytes:
    """Return an item's line."""
    return msgspec.json.encode(item, order="sorted") + b"\n"


def decode(line: bytes) -> Item:
    """Return a line's item as botocore takes it; raises one of UNREADABLE for a line that is none."""
    item: Item = msgspec.to_builtins(LINE.decode(line), builtin_types=(bytes,))
    return item
