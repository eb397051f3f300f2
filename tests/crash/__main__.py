"""`make crash`: plays everything, says how many runs that was, and lets no mutant live."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import tests.conftest  # noqa: F401 -- a stage of its own, and keys.
from tests.crash import interleavings, matrix
from tests.crash.mutants import MUTANTS
from tests.crash.suite import killed_by

Job = Callable[[], Iterator[int]]


def jobs() -> Iterator[tuple[str, Job]]:
    """Yield everything that there is to play, in pieces that processes can share."""
    for scenario in matrix.SCENARIOS:
        for recovery in matrix.RECOVERIES:
            yield "crash matrix", partial(matrix.twice, scenario, recovery, list(matrix.first_faults(scenario)))
        for beforehand in interleavings.BEFOREHAND:
            for cast, bound in interleavings.CASTS.items():
                yield "interleavings", partial(interleavings.explore, scenario, beforehand, cast, bound)
                yield (
                    "interleavings with a fault",
                    partial(interleavings.with_a_fault, scenario, beforehand, cast, bound - 2),
                )


def run(job: tuple[str, Job]) -> tuple[str, int, str]:
    """Play a piece; returns how many runs it was, and what broke."""
    name, play = job
    runs = 0
    try:
        for one in play():
            runs += one
    except Exception as error:  # noqa: BLE001 -- whatever it is, it is told.
        return name, runs, f"{type(error).__name__}: {error}"
    return name, runs, ""


def main() -> int:
    """Play all of it on every core."""
    logging.disable()
    begun = time.monotonic()
    counts: dict[str, int] = {}
    broken: list[str] = []
    with ProcessPoolExecutor(os.cpu_count()) as processes:
        for name, runs, fault in processes.map(run, list(jobs())):
            counts[name] = counts.get(name, 0) + runs
            broken += [fault] if fault else []
        verdicts = dict(zip(MUTANTS, processes.map(killed_by, MUTANTS), strict=True))
    for name, runs in counts.items():
        print(f"{runs:>9,} runs  {name}")
    for fault in broken[:10]:
        print(f"BROKEN  {fault}")
    for name, killer in verdicts.items():
        print(f"{'killed  ' if killer else 'ALIVE   '}{name}" + (f": {killer}" if killer else ""))
    alive = [name for name, killer in verdicts.items() if not killer]
    seconds = time.monotonic() - begun
    print(f"{sum(counts.values()):,} runs in {seconds:.0f} s, {len(broken)} broken; {len(alive)} mutants alive.")
    return 1 if broken or alive else 0


if __name__ == "__main__":
    sys.exit(main())
