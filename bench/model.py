"""A model of what cannot be tried here: very many purchases a second on AWS. A simulation of events, seeded.

    python -m bench.model

What it takes from AWS's published limits, as known in November 2026:

- A partition of DynamoDB takes 1,000 write units a second; in a transaction each kilobyte written costs two. A purchase
  writes the stock of its sku in two transactions, reserving and settling: four units.
- Two transactions that meet on an item do not queue: the later is cancelled with TransactionConflict.
- A new on-demand table takes 4,000 write units a second, and twice its last peak; it may throttle whoever more than
  doubles that peak within 30 minutes. An account's tables may each take 40,000 until more is asked for.
- A function of Lambda gets 1,000 environments at once, and 1,000 more every ten seconds, within the account's limit.

What it assumes beyond that, on the cautious side:

- Waits are those of `bench.estimate`: 4 ms a read, 6 ms a write, 12 ms a transaction, 400 ms a call to the gateway.
- No wait is quite like another: each transaction, and each time between a purchase's two, is drawn evenly from within a
  fifth of its middle. Were they all alike, settling would keep step with the units, which in a partition that is asked
  for too much come free one by one: it would always find one, or never.
- A transaction holds its items for as long as it takes, and one that is cancelled for conflict still costs its units.
- The shop tries as it does: five times, with full jitter from 20 ms on; then the shopper hears that very many people
  are buying, and in this model goes away. An order that cannot be settled is the sweeper's, and counts as not done.
- Buyers come by chance (Poisson), one unit each, and choose among the stock's items evenly; there is enough in stock.
- Orders and payments, whose keys are all different, lie in tables that are warm enough. Burst capacity is not counted
  on. The gateway keeps up, and so does API Gateway: both limits are to be raised first.

`stock_items` are the shards of one sku, or as many skus of one shard. Shards share their partition key: they lie in one
partition until DynamoDB has seen the heat and split it, which takes minutes, so `partitions` is told apart.
"""

from __future__ import annotations

import math
import random
from heapq import heappop, heappush

from msgspec import Struct, field

from chalicelib.dynamo import COMMIT_TRIES, FIRST_BACKOFF_SECONDS

NEW_TABLE_WRITES = 4_000
MINUTES_TO_DOUBLE = 30
UNLIMITED = 10**9


class Assumptions(Struct, frozen=True):
    """Seconds and units of one purchase, and what AWS allows; the module's docstring says where each comes from.

    `before` passes until stock is reserved, `between` until the order is settled; `held` is how long a transaction
    holds its items. The last two are middles: each wait is drawn from within that part of its middle that `spread` is.
    `environments` are Lambda's that are warm at the start, `most` those that the account may have.
    """

    before: float = 0.008
    held: float = 0.012
    between: float = 1.206
    spread: float = 0.2
    units: float = 2
    partition_units: float = 1_000
    cold: float = 1.2
    environments: int = UNLIMITED
    more: int = 1_000
    more_every: float = 10
    most: int = UNLIMITED


class Outcome(Struct, frozen=True):
    """What became of the purchases that began within the time looked at; `seconds` is each finished one's, sorted.

    `unstarted` found no environment, `refused` no stock item free, `unsettled` neither when they were to be settled.
    """

    offered: float
    seconds: list[float]
    unstarted: int
    refused: int
    unsettled: int

    def percentile(self, part: float) -> float:
        """The seconds within which such a part of the finished purchases was done; infinite where none was."""
        if not self.seconds:
            return math.inf
        return self.seconds[min(len(self.seconds) - 1, int(part * len(self.seconds)))]

    @property
    def done(self) -> float:
        """The share of all that began which was finished."""
        ended = len(self.seconds)
        return ended / max(1, ended + self.unstarted + self.refused + self.unsettled)

    @property
    def throughput(self) -> float:
        """How many a second are finished, of the rate at which they come: never more than that, as a count may be."""
        return self.offered * self.done


class Bucket(Struct):
    """A partition's write units: so many a second, and no more saved up than one second's."""

    rate: float
    left: float
    at: float = 0.0

    def take(self, now: float, units: float) -> bool:
        """Take units, if there are enough."""
        self.left = min(self.rate, self.left + (now - self.at) * self.rate)
        self.at = now
        if self.left < units:
            return False
        self.left -= units
        return True


class Environments(Struct):
    """Lambda's execution environments: idle ones, and how many there are altogether."""

    given: Assumptions
    idle: int
    all: int

    def enter(self, now: float) -> float | None:
        """Take one; returns the seconds that its start takes, None where there is none to be had."""
        if self.idle:
            self.idle -= 1
            return 0.0
        grown = self.given.environments + self.given.more * (1 + int(now / self.given.more_every))
        if self.all >= min(self.given.most, grown):
            return None
        self.all += 1
        return self.given.cold

    def leave(self) -> None:
        """Give one back."""
        self.idle += 1


class Purchase(Struct):
    """One on its way: when it began, which stock item it takes from, at which of its transactions and tries it is."""

    began: float
    item: int
    counted: bool
    settling: bool = False
    tries: int = 0


class Simulation:
    """Purchases that come at a rate, on so many items of stock in so many partitions."""

    def __init__(self, offered: float, stock_items: int, partitions: int, given: Assumptions, seed: int) -> None:
        self._offered = offered
        self._given = given
        self._chance = random.Random(seed)
        self._free_at = [0.0] * stock_items
        units = given.partition_units
        self._partitions = [Bucket(units, units * given.held) for _ in range(partitions)]
        self._lambda = Environments(given, given.environments, given.environments)
        self._events: list[tuple[float, int, Purchase]] = []
        self._number = 0
        self._seconds: list[float] = []
        self._lost = {"unstarted": 0, "refused": 0, "unsettled": 0}
        self._counted = 0

    def run(self, seconds: float, *, after: float = 0.0) -> Outcome:
        """Count who comes between `after` and so many seconds, and what becomes of them.

        Others go on coming until all of these are through: the last ones find it as crowded as the first.
        """
        now = 0.0
        while (now := now + self._chance.expovariate(self._offered)) < seconds or not self._all_through():
            self._until(now)
            self._arrive(now, counted=after <= now < seconds)
        return Outcome(self._offered, sorted(self._seconds), **self._lost)

    def _all_through(self) -> bool:
        return self._counted == len(self._seconds) + sum(self._lost.values())

    def _arrive(self, now: float, *, counted: bool) -> None:
        self._counted += counted
        start = self._lambda.enter(now)
        purchase = Purchase(now, self._chance.randrange(len(self._free_at)), counted)
        if start is None:
            self._lose(purchase, "unstarted")
        else:
            self._later(now + start + self._given.before, purchase)

    def _until(self, now: float) -> None:
        """Do everything that happens before a moment."""
        while self._events and self._events[0][0] <= now:
            at, _, purchase = heappop(self._events)
            until = at + self._about(self._given.held)
            if not self._commits(at, until, purchase.item):
                self._try_again(until, purchase)
            elif purchase.settling:
                self._finish(until, purchase)
            else:
                purchase.settling, purchase.tries = True, 0
                self._later(until + self._about(self._given.between), purchase)

    def _about(self, seconds: float) -> float:
        """Draw a wait around its middle."""
        return seconds * (1 + self._given.spread * (2 * self._chance.random() - 1))

    def _commits(self, now: float, until: float, item: int) -> bool:
        """Whether a transaction goes through: its partition has units left, and nobody holds its item."""
        if not self._partitions[item % len(self._partitions)].take(now, self._given.units):
            return False
        if self._free_at[item] > now:
            return False
        self._free_at[item] = until
        return True

    def _try_again(self, now: float, purchase: Purchase) -> None:
        pause = self._chance.uniform(0, FIRST_BACKOFF_SECONDS * 2**purchase.tries)
        purchase.tries += 1
        if purchase.tries < COMMIT_TRIES:
            self._later(now + pause, purchase)
            return
        self._lambda.leave()
        self._lose(purchase, "unsettled" if purchase.settling else "refused")

    def _finish(self, now: float, purchase: Purchase) -> None:
        self._lambda.leave()
        if purchase.counted:
            self._seconds.append(now - purchase.began)

    def _lose(self, purchase: Purchase, how: str) -> None:
        self._lost[how] += purchase.counted

    def _later(self, at: float, purchase: Purchase) -> None:
        self._number += 1
        heappush(self._events, (at, self._number, purchase))


class Question(Struct, frozen=True):
    """What the model is asked: so many purchases a second, on so many items of stock."""

    offered: float
    stock_items: int
    partitions: int = 0
    given: Assumptions = field(default_factory=Assumptions)
    seed: int = 20261123

    def answer(self, seconds: float, *, after: float = 0.0) -> Outcome:
        """Simulate; unless told otherwise, each stock item has a partition of its own."""
        partitions = self.partitions or self.stock_items
        return Simulation(self.offered, self.stock_items, partitions, self.given, self.seed).run(seconds, after=after)


def most_of_an_item(given: Assumptions) -> float:
    """Return how many purchases a second one stock item could take at the very most: held, or out of units."""
    return min(1 / given.held, given.partition_units / given.units) / 2


def minutes_to_grow(units: float, start: float = NEW_TABLE_WRITES) -> int:
    """Return how long an on-demand table may take to get to so many write units a second, doubling every half hour."""
    return MINUTES_TO_DOUBLE * max(0, math.ceil(math.log2(units / start)))


def seconds_to_grow(offered: float, given: Assumptions | None = None) -> float:
    """Return how long Lambda takes, from none, to have as many environments as so many purchases a second keep busy."""
    given = given or Assumptions()
    busy = offered * (given.before + given.between + 2 * given.held)
    return max(0, math.ceil(busy / given.more) - 1) * given.more_every


def carried(stock_items: int, part: float = 0.99) -> float:
    """Return how many purchases a second may come so that such a part of them is done, to a twentieth."""
    few, many = 0.0, most_of_an_item(Assumptions()) * stock_items
    while many - few > many / 20:
        middle = (few + many) / 2
        # Some seconds, and long enough for some thousands of buyers, so that chance weighs little.
        outcome = Question(middle, stock_items).answer(2 + max(3, 5_000 / middle), after=2)
        few, many = (middle, many) if outcome.done >= part else (few, middle)
    return few


def main() -> None:
    """Print a table over stock items, for 10,000 purchases a second."""
    print(f"one item takes at most {most_of_an_item(Assumptions()):.0f} purchases/s")
    for items in (1, 10, 100, 300, 1_000, 3_000, 10_000):
        outcome = Question(10_000, items).answer(5, after=3)
        rate, p99 = outcome.throughput, outcome.percentile(0.99)
        print(f"{items:7,} items: {rate:8,.0f}/s done, {outcome.done:6.1%}, p99 {p99:.3f} s")


if __name__ == "__main__":
    main()
