"""The one deadline of a request: whoever starts something that may take long asks first whether there is time."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

REQUEST_SECONDS = 12.0

_ends_at: ContextVar[float | None] = ContextVar("deadline", default=None)


@contextmanager
def deadline(seconds: float = REQUEST_SECONDS) -> Iterator[None]:
    """Give what runs inside so many seconds, all calls together."""
    token = _ends_at.set(time.monotonic() + seconds)
    try:
        yield
    finally:
        _ends_at.reset(token)


def allows(seconds: float) -> bool:
    """Whether something that takes up to `seconds` would end in time; always, where no deadline was set."""
    ends_at = _ends_at.get()
    return ends_at is None or time.monotonic() + seconds <= ends_at
