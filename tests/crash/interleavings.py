"""Several actors at work on one order, in every order of their calls, as far as a bound on switches allows.

An actor runs until its next call to the outside, where another may go on instead. A schedule says who goes on at each
such point. All schedules with at most so many switches away from an actor that could go on are played: few switches
find nearly every fault (Musuvathi and Qadeer, Iterative context bounding, PLDI 2007).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from greenlet import greenlet
from msgspec import Struct

from tests.crash.matrix import SCENARIOS, Broken, survive
from tests.crash.world import FAULTS, Fault, World

# Who meets whom. Each name is a method of World; before it, the order may have been placed already.
CASTS: dict[tuple[str, ...], int] = {
    ("request", "rival"): 3,
    ("request", "retry"): 3,
    ("request", "webhook"): 3,
    ("request", "sweeper"): 3,
    ("request", "cancellation"): 3,
    ("retry", "sweeper"): 3,
    ("retry", "cancellation"): 3,
    ("webhook", "sweeper"): 3,
    ("webhook", "cancellation"): 3,
    ("sweeper", "sweeper"): 3,
    ("sweeper", "cancellation"): 3,
    ("cancellation", "cancellation"): 3,
    ("cancellation", "shipping"): 3,
    ("request", "cancellation", "shipping"): 2,
    ("request", "retry", "sweeper"): 2,
    ("request", "sweeper", "cancellation"): 2,
    ("request", "webhook", "cancellation"): 2,
    ("retry", "webhook", "sweeper"): 2,
    ("webhook", "sweeper", "cancellation"): 2,
}
BEFOREHAND: dict[str, tuple[int, Fault] | None] = {
    "nothing has happened": None,
    "a request died once its stock was reserved": (3, "crash_before"),
    "a request died once the money was set aside": (4, "crash_after"),
    "the order is paid": (99, "crash_before"),
}


NOBODY = -1


class Choice(Struct):
    """A point at which somebody else could have gone on: who could, who did, and whom that left waiting."""

    able: tuple[int, ...]
    taken: int
    running: int


class Schedule(Struct, frozen=True):
    """What is played: who meets whom, on what, after what, with which fault, and who goes on at the first points."""

    scenario: str
    beforehand: str
    cast: tuple[str, ...]
    prefix: tuple[int, ...] = ()
    fault: tuple[int, Fault] | None = None


def play(schedule: Schedule, make: Callable[..., World] = World) -> list[Choice]:
    """Play a schedule, and check what comes of it; returns the choices that were made."""
    world = make(**SCENARIOS[schedule.scenario])
    before = BEFOREHAND[schedule.beforehand]
    if before is not None:
        world.points.faults = dict([before])
        survive(world.request)
        world.points.count = 0
    world.points.faults = dict([schedule.fault]) if schedule.fault else {}
    choices = _run(world, [getattr(world, name) for name in schedule.cast], schedule.prefix)
    world.quiesce()
    wrong = world.wrong()
    if wrong:
        raise Broken(f"{schedule}: {'; '.join(wrong)}; answers {world.answers}")
    return choices


def _run(world: World, steps: Sequence[Callable[[], None]], prefix: Sequence[int]) -> list[Choice]:
    """Let actors go on in turns: first as `prefix` says, then each as long as it can."""
    director = greenlet.getcurrent()
    actors = [greenlet(lambda step=step: survive(step)) for step in steps]
    world.points.turn = lambda: director.switch() if greenlet.getcurrent() is not director else None
    choices: list[Choice] = []
    running = 0
    while able := tuple(index for index, actor in enumerate(actors) if not actor.dead):
        goes_on = running if running in able else able[0]
        taken = prefix[len(choices)] if len(choices) < len(prefix) else goes_on
        choices.append(Choice(able, taken, running if choices and running in able else NOBODY))
        running = taken
        actors[taken].switch()
    return choices


def explore(scenario: str, beforehand: str, cast: tuple[str, ...], bound: int, **changes: Any) -> Iterator[int]:
    """Play every schedule of a cast with at most `bound` switches away from an actor that could go on."""
    make = changes.pop("make", World)
    pending: list[tuple[tuple[int, ...], int]] = [((), 0)]
    while pending:
        prefix, switches = pending.pop()
        choices = play(Schedule(scenario, beforehand, cast, prefix, **changes), make)
        yield 1
        for index in range(len(prefix), len(choices)):
            choice = choices[index]
            path = tuple(one.taken for one in choices[:index])
            for other in choice.able:
                # Leaving an actor that could go on is a switch; choosing who begins, or who follows, is none.
                cost = int(choice.running not in {other, NOBODY})
                if other != choice.taken and switches + cost <= bound:
                    pending.append(((*path, other), switches + cost))


def with_a_fault(scenario: str, beforehand: str, cast: tuple[str, ...], bound: int) -> Iterator[int]:
    """The same, while at one point something goes wrong as well."""
    points = len(play(Schedule(scenario, beforehand, cast)))
    for point in range(points):
        for fault in FAULTS:
            yield from explore(scenario, beforehand, cast, bound, fault=(point, fault))
