"""Runs `chalice local`, and runs it anew when Python code changes."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from threading import Event

from watchfiles import PythonFilter, watch

from dev.ports import port

WATCHED = ("app.py", "chalicelib")
LOOK_EVERY_MS = 500
STOP_SECONDS = 5


def main() -> int:
    """Serve until asked to stop. A fault in the code waits for its mending; a killed API ends everything."""
    asked_to_stop = Event()
    signal.signal(signal.SIGTERM, lambda *_: asked_to_stop.set())
    api = start()
    try:
        for changed in changes(asked_to_stop):
            if changed:
                stop(api)
                api = start()
            elif api.poll() is not None and api.returncode < 0:
                print(f"The API was killed by signal {-api.returncode}.")
                return 1
    finally:
        stop(api)
    return 0


def changes(asked_to_stop: Event) -> Iterator[bool]:
    """Yield True when code changed, and False now and then when it did not."""
    for changed in watch(
        *WATCHED,
        watch_filter=PythonFilter(),
        stop_event=asked_to_stop,
        rust_timeout=LOOK_EVERY_MS,
        yield_on_timeout=True,
        raise_interrupt=False,
    ):
        yield bool(changed)


def start() -> subprocess.Popen[bytes]:
    """Start the API."""
    command = ["chalice", "local", "--stage", "local", "--no-autoreload", "--port", str(port("API_PORT"))]
    return subprocess.Popen(command)


def stop(api: subprocess.Popen[bytes]) -> None:
    """Stop the API, and wait for its port to be free."""
    api.terminate()
    try:
        api.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        api.kill()
        api.wait()


if __name__ == "__main__":
    sys.exit(main())
