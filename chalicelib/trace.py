"""What is known of the request or event at work: who, what about, and how long.

Its id, account and order stand in every log line. A stopwatch's named stages, on one time axis, are told as
Server-Timing by the web edge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from itertools import count
from time import perf_counter
from typing import Any, ParamSpec, Self, TypeVar

from msgspec import Struct

P = ParamSpec("P")
R = TypeVar("R")

MARK_DIGITS = 16


class Stage(Struct):
    """One stage, in milliseconds: when it began, as seen from the request's beginning, and how long it took in all.

    `items` is how many items a call to the database asks for or writes, where it names several; `outcome` is what came
    of a stage that did not end well, in one word: its block may say it. Where nothing is timed, nothing is recorded.
    """

    name: str
    description: str = ""
    items: int = 0
    start: float = 0.0
    duration: float = 0.0
    outcome: str = ""

    def __enter__(self) -> Self:
        """Begin it."""
        if stopwatch := _stopwatch.get():
            stopwatch.stages.append(self)
            self.start = stopwatch.elapsed()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        """End it."""
        if stopwatch := _stopwatch.get():
            self.duration = stopwatch.elapsed() - self.start
            self.outcome = self.outcome or ("failed" if kind else "")


class Stopwatch(Struct):
    """A request's stages, in the order in which they began."""

    began: float
    stages: list[Stage]

    def elapsed(self) -> float:
        """Return the milliseconds since the request began."""
        return (perf_counter() - self.began) * 1000


_starts = count(1)
_request_id: ContextVar[str] = ContextVar("request_id", default="")
_about: ContextVar[dict[str, str] | None] = ContextVar("about", default=None)
# What comes before the first request belongs to the cold start too.
_cold: ContextVar[bool] = ContextVar("cold", default=True)
_stopwatch: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


def start(request_id: str, *, timed: bool) -> Stopwatch | None:
    """Begin a new request or event, and its stopwatch, if it is to be timed."""
    stopwatch = Stopwatch(perf_counter(), []) if timed else None
    _request_id.set(request_id)
    _about.set(None)
    _cold.set(next(_starts) == 1)
    _stopwatch.set(stopwatch)
    return stopwatch


def about(*, account_id: str = "", **facts: str) -> None:
    """Say what the request turns out to be about, such as `order`; every line from here on tells it."""
    if account_id:
        facts["account"] = mark_of(account_id)
    _about.set({**(_about.get() or {}), **facts})


def forget() -> None:
    """Forget what the request was about, where one goes on to something else."""
    _about.set(None)


def facts() -> dict[str, Any]:
    """Return what every log line tells: whether this is a process's first request, its id, what it is about."""
    request_id = _request_id.get()
    known = {"request_id": request_id} if request_id else {}
    return {"cold_start": _cold.get(), **known, **(_about.get() or {})}


def mark_of(account_id: str) -> str:
    """Return what stands for an account in the log: 64 bits of the id's SHA-256, the same on every line.

    Ids are 128 random bits, so nobody finds one by trying, and no key is needed. The log alone names no account; who
    may read the table can tell which lines are about an account of it.
    """
    return hashlib.sha256(account_id.encode()).hexdigest()[:MARK_DIGITS]


def staged(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make each call of a function a stage, described by the function's name."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with Stage(name, function.__name__):
                return function(*args, **kwargs)

        return call

    return decorate
