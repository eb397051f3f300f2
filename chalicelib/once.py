"""Things of which a process has one."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Generic, TypeVar

T = TypeVar("T")

_building = RLock()


class once(Generic[T]):  # noqa: N801 -- a decorator.
    """Builds a thing when it is first asked for, once a process, though threads ask together."""

    def __init__(self, build: Callable[[], T]) -> None:
        self._build = build
        self._built: list[T] = []

    def __call__(self) -> T:
        if not self._built:
            with _building:
                if not self._built:
                    self._built.append(self._build())
        return self._built[0]

    def cache_clear(self) -> None:
        """Forget it, so that the next to ask gets a new one."""
        self._built = []
