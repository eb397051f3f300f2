"""Can anyone tell by time whether an address has an account? Interleaved pairs, Mann-Whitney: ASVS 6.3.8.

    make bench-enumeration

asks the API in this process, on the local AWS, 200 times each about an address that has an account and about one that
has none, in turn, at sign-in with a wrong password and at password reset. Fails at p < 1e-3.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import sys
import time
from collections.abc import Callable
from math import erfc, sqrt

from chalicelib import bootstrap
from chalicelib.accounts.schemas import Client, SignUp
from chalicelib.errors import ShopError
from chalicelib.sessions.schemas import SignIn
from infra.tables import create_missing
from tests import conftest as _nobodys_account  # noqa: F401 -- no benchmark may reach a real one.
from tests.emulator import emulator

PAIRS = 200
WARM_UP = 10
LEAST_P = 1e-3
PASSWORD = "correct horse battery staple"


def main() -> int:
    """Measure, print, and say by the exit code whether time tells."""
    with emulator():
        create_missing()
        # Each address is asked about once, so that no bucket of its own fills and tells by itself.
        for number in range(PAIRS + WARM_UP):
            bootstrap.sessions().sign_up(SignUp(known(number), PASSWORD, "Ada"), client(number))
        told = [measure("sign-in", sign_in), measure("reset", reset)]
    return 1 if any(told) else 0


def client(number: int) -> Client:
    """Return a client whose address no throttle has seen."""
    return Client(f"192.0.2.{number}", "a benchmark")


def known(number: int) -> str:
    """Return an address that has an account."""
    return f"known{number}@example.com"


def sign_in(email: str, number: int) -> None:
    """Sign in with a wrong password."""
    bootstrap.sessions().sign_in(SignIn(email, "wrong password"), client(number))


def reset(email: str, number: int) -> None:
    """Ask for a new password."""
    bootstrap.accounts().request_reset(email, client(number))


def measure(what: str, ask: Callable[[str, int], None]) -> bool:
    """Time both kinds of address in random turn; True where time tells them apart."""
    times: dict[str, list[float]] = {"known": [], "unknown": []}
    for number in range(PAIRS + WARM_UP):
        turn = [("known", known(number)), ("unknown", f"unknown{number}@example.com")]
        random.shuffle(turn)
        for kind, email in turn:
            begun = time.perf_counter()
            with contextlib.suppress(ShopError):
                ask(email, number)
            if number >= WARM_UP:
                times[kind].append((time.perf_counter() - begun) * 1000)
    p = mann_whitney(times["known"], times["unknown"])
    medians = {kind: f"{statistics.median(taken):.2f} ms" for kind, taken in times.items()}
    print(f"{what}: {PAIRS} pairs, medians {medians}, p = {p:.3f} (fails below {LEAST_P})")
    return p < LEAST_P


def mann_whitney(ones: list[float], others: list[float]) -> float:
    """Return the two-sided p of the Mann-Whitney U test, by the normal approximation; ties are next to impossible."""
    ranked = sorted([(value, 0) for value in ones] + [(value, 1) for value in others])
    rank_sum = sum(rank for rank, (_, kind) in enumerate(ranked, start=1) if kind == 0)
    n, m = len(ones), len(others)
    u = rank_sum - n * (n + 1) / 2
    z = (u - n * m / 2) / sqrt(n * m * (n + m + 1) / 12)
    return erfc(abs(z) / sqrt(2))


if __name__ == "__main__":
    sys.exit(main())
