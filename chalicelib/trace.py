"""A stopwatch for one request: named stages on one time axis, which the web edge tells as Server-Timing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from time import perf_counter
from typing import ParamSpec, TypeVar

from msgspec import Struct

P = ParamSpec("P")
R = TypeVar("R")


class Stage(Struct):
    """One stage, in milliseconds: when it began, as seen from the request's beginning, and how long it took in all.

    `items` is how many items a call to the database asks for or writes, where it names several; `outcome` is what came
    of a stage that did not end well, in one word.
    """

    name: str
    description: str = ""
    items: int = 0
    start: float = 0.0
    duration: float = 0.0
    outcome: str = ""


class Stopwatch(Struct):
    """A request's stages, in the order in which they began."""

    began: float
    stages: list[Stage]

    def elapsed(self) -> float:
        """Return the milliseconds since the request began."""
        return (perf_counter() - self.began) * 1000


_request_id: ContextVar[str] = ContextVar("request_id", default="")
_stopwatch: ContextVar[Stopwatch | None] = ContextVar("stopwatch", default=None)


def start(request_id: str, *, timed: bool) -> Stopwatch | None:
    """Begin a new request, and its stopwatch, if it is to be timed."""
    stopwatch = Stopwatch(perf_counter(), []) if timed else None
    _request_id.set(request_id)
    _stopwatch.set(stopwatch)
    return stopwatch


def request_id() -> str:
    """Return the id of the request at work; empty outside of one."""
    return _request_id.get()


@contextmanager
def stage(name: str, description: str = "", items: int = 0) -> Iterator[Stage]:
    """Time a stage, and let its block say what came of it. Where nothing is timed, nothing is recorded."""
    current, stopwatch = Stage(name, description, items), _stopwatch.get()
    if stopwatch is None:
        yield current
        return
    stopwatch.stages.append(current)
    current.start = stopwatch.elapsed()
    try:
        yield current
    except BaseException:
        current.outcome = current.outcome or "failed"
        raise
    finally:
        current.duration = stopwatch.elapsed() - current.start


def staged(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make each call of a function a stage, described by the function's name."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            with stage(name, function.__name__):
                return function(*args, **kwargs)

        return call

    return decorate
