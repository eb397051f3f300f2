"""Waits for the local shop's servers to answer."""

from __future__ import annotations

import time
import urllib.error
import urllib.request
from collections.abc import Callable

from dev.ports import port

PATIENCE_SECONDS = 60
PAUSE_SECONDS = 0.1


def until(condition: Callable[[], bool], what: str, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until a condition holds; raises TimeoutError naming what did not come."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not answer within {seconds} s")
        time.sleep(PAUSE_SECONDS)


def answers_well(url: str) -> bool:
    """Whether a GET of an address succeeds."""
    try:
        with urllib.request.urlopen(url, timeout=2):
            return True
    except (urllib.error.URLError, OSError):
        return False


def aws_runs() -> bool:
    """Whether the local AWS answers."""
    return answers_well(f"http://127.0.0.1:{port('AWS_PORT')}/_ministack/health")


def aws() -> None:
    """Wait for the local AWS."""
    until(aws_runs, "The local AWS")


def api() -> None:
    """Wait for the API."""
    until(lambda: answers_well(f"http://127.0.0.1:{port('API_PORT')}/health"), "The API")


def site() -> None:
    """Wait for the site, its pages published."""
    until(lambda: answers_well(f"http://localhost:{port('SITE_PORT')}/"), "The site")
