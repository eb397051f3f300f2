"""One run of the benchmarks at a time, and one that ends what it began when it is told to stop."""

from __future__ import annotations

import fcntl
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.results import Refused

FOLDER = Path(__file__).parents[1] / ".build" / "bench"


@contextmanager
def alone() -> Iterator[None]:
    """Keep others from measuring meanwhile; the lock goes with the process. Raises Refused where there is another."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused("Another run of the benchmarks is under way: wait for its end, or stop it.") from None
        yield


@contextmanager
def stoppable() -> Iterator[None]:
    """Let SIGTERM unwind the stack, so that the servers that were started end, too."""
    before = signal.signal(signal.SIGTERM, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _end(number: int, _: object) -> None:
    # Once is enough: a second one would break off the cleaning up.
    signal.signal(number, signal.SIG_IGN)
    sys.exit(128 + number)


def end_if_stopped(error: BaseException) -> None:
    """Go on stopping where that is what an error in cleaning up has hidden."""
    while error.__context__ is not None:
        error = error.__context__
        if isinstance(error, KeyboardInterrupt | SystemExit):
            raise error
