"""Reading and changing several records at once: what services know of transactions.

A repository makes `Read`s and `Write`s, which are opaque to services: those only collect them and hand them over
together, so that records of several domains cost one call. A write changes one record if a condition holds; a
commit applies all of its writes or none. chalicelib.dynamo does it on DynamoDB; tests do it in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Read(Protocol):
    """A record to be read strongly; `subject` names it, such as `sku:TEAPOT-SAGE`."""

    @property
    def subject(self) -> str: ...


class Write(Protocol):
    """A conditional change of one record; `subject` names the record, such as `stock:TEAPOT-SAGE#0`."""

    @property
    def subject(self) -> str: ...


class Refused(Exception):
    """A condition did not hold, so nothing was changed. `subjects` names the records that refused."""

    def __init__(self, subjects: Sequence[str]) -> None:
        super().__init__(", ".join(subjects))
        self.subjects = frozenset(subjects)


class Ledger(Protocol):
    """Where records are read and writes are committed."""

    def read(self, reads: Sequence[Read]) -> dict[str, Any]:
        """Return the facts of every record that exists, by subject; raises Unavailable."""

    def commit(self, writes: Sequence[Write]) -> None:
        """Apply every write, or none and raise Refused; raises Unavailable where nobody knows which."""
