"""A stopwatch for one request: named stages, which the web edge shows as Server-Timing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from time import perf_counter

from msgspec import Struct


class Stage(Struct):
    """One stage: `duration` in milliseconds, without the stages that ran inside it."""

    name: str
    description: str
    duration: float = 0.0
    nested: float = 0.0


_request_id: ContextVar[str] = ContextVar("request_id", default="")
_stages: ContextVar[list[Stage] | None] = ContextVar("stages", default=None)
_open: ContextVar[Stage | None] = ContextVar("open_stage", default=None)


def start(request_id: str) -> list[Stage]:
    """Begin a new request's list of stages and return it."""
    stages: list[Stage] = []
    _request_id.set(request_id)
    _stages.set(stages)
    _open.set(None)
    return stages


def stop() -> None:
    """Record no more."""
    _stages.set(None)


def request_id() -> str:
    """Return the id of the request at work; empty outside of one."""
    return _request_id.get()


@contextmanager
def stage(name: str, description: str = "") -> Iterator[None]:
    """Time a stage. Outside a request (a script, an event handler) it costs nothing and records nothing."""
    stages = _stages.get()
    if stages is None:
        yield
        return
    current, parent = Stage(name, description), _open.get()
    stages.append(current)
    _open.set(current)
    begun = perf_counter()
    try:
        yield
    finally:
        elapsed = (perf_counter() - begun) * 1000
        current.duration = elapsed - current.nested
        if parent is not None:
            parent.nested += elapsed
        _open.set(parent)
