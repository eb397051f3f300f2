"""Changing several records at once, or none of them: what services know of transactions.

A repository makes `Write`s: each changes one record if a condition holds, and is opaque to services, which only
collect them and commit them together. chalicelib.dynamo commits to DynamoDB; tests commit to memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Write(Protocol):
    """A conditional change of one record; `subject` names the record, such as `stock:TEAPOT-SAGE`."""

    @property
    def subject(self) -> str: ...


class Refused(Exception):
    """A condition did not hold, so nothing was changed. `subjects` names the records that refused."""

    def __init__(self, subjects: Sequence[str]) -> None:
        super().__init__(", ".join(subjects))
        self.subjects = frozenset(subjects)


class Ledger(Protocol):
    """Where writes are committed."""

    def commit(self, writes: Sequence[Write]) -> None:
        """Apply every write, or none and raise Refused."""
