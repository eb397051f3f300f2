"""Runs `chalice local`, and runs it anew when Python code changes."""

from __future__ import annotations

import subprocess
import sys

from watchfiles import PythonFilter, watch

from dev.ports import port

WATCHED = ("app.py", "chalicelib")
LOOK_EVERY_MS = 500
STOP_SECONDS = 5


def main() -> int:
    """Serve until asked to stop. A fault in the code waits for its mending; a killed API ends everything."""
    api = start()
    told = False
    for changes in watch(
        *WATCHED, watch_filter=PythonFilter(), yield_on_timeout=True, rust_timeout=LOOK_EVERY_MS, raise_interrupt=False
    ):
        if changes:
            stop(api)
            api, told = start(), False
        elif api.poll() is not None and not told:
            if api.returncode < 0:
                print(f"The API was killed by signal {-api.returncode}.")
                return 1
            print("The API does not start: the fault is above. It starts again when a file changes.")
            told = True
    stop(api)
    return 0


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
