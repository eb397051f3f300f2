"""Processes of threads that buy, and that send once more, bare, what their purchases have asked of DynamoDB.

    with Crowd(8) as crowd:
        bought = crowd.buy(["KETTLE"] * 64, processes=4, threads=4)
        crowd.replay(bought.asked, processes=4, threads=4)

A replay goes to other tables, which are made and filled by replaying how the shop's were: the same calls, in the same
order within each purchase, as many at once. Only the engine is left in: no PynamoDB, no botocore, no rules.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any, Self

import urllib3
from msgspec import Struct, field

from chalicelib import bootstrap
from chalicelib.dynamo import connection
from chalicelib.http.threads import know_every_type
from chalicelib.settings import settings
from chalicelib.shop import shop
from tests.concurrency import flash

WAIT_SECONDS = 60
OTHER_STAGE = "bare"
REFUSED = b"ConditionalCheckFailed"
# Nobody checks the signature; what it says of the region decides where tables are looked for.
SIGNED = "AWS4-HMAC-SHA256 Credential={}/20260101/{}/dynamodb/aws4_request, SignedHeaders=host, Signature=none"

Call = tuple[str, bytes]
Asked = list[Call]


class Done(Struct):
    """What one thread did: when it was at it, how it ended, what it asked of DynamoDB, how often it began anew."""

    began: float
    ended: float
    outcome: str
    asked: Asked
    repeats: int = 0


class Run(Struct):
    """What a crowd did."""

    done: list[Done] = field(default_factory=list)

    @property
    def asked(self) -> list[Asked]:
        """What each purchase asked of DynamoDB, in order."""
        return [one.asked for one in self.done]

    @property
    def outcomes(self) -> list[str]:
        """How each ended."""
        return [one.outcome for one in self.done]

    @property
    def rate(self) -> float:
        """How many a second, from the first's beginning to the last's end."""
        return len(self.done) / (max(one.ended for one in self.done) - min(one.began for one in self.done))

    @property
    def milliseconds(self) -> list[float]:
        """How long each took, sorted."""
        return sorted((one.ended - one.began) * 1000 for one in self.done)


class Recorder:
    """Keeps, thread by thread, what this process asks of DynamoDB, as it goes over the wire."""

    def __init__(self) -> None:
        self._of = threading.local()
        connection().client.events.register("before-send.dynamodb", self._keep)

    def begin(self) -> Asked:
        """Begin a new list for this thread."""
        asked: Asked = []
        self._of.asked = asked
        return asked

    def _keep(self, request: Any, **_: object) -> None:
        asked: Asked | None = getattr(self._of, "asked", None)
        if asked is not None:
            asked.append((request.headers["X-Amz-Target"], request.body))


class Replay:
    """Sends calls to the engine's other tables, with nothing in between but HTTP."""

    def __init__(self, connections: int = 1) -> None:
        self._url = os.environ["AWS_ENDPOINT_URL"]
        self._http = urllib3.PoolManager(maxsize=connections)
        key = os.environ["AWS_ACCESS_KEY_ID"]
        self._headers = {
            "Content-Type": "application/x-amz-json-1.0",
            "Authorization": SIGNED.format(key, settings().region),
        }

    def send(self, asked: Asked) -> None:
        """Send one after the other; a call that was repeated because its answer was late may be refused here, too."""
        for target, body in asked:
            answer = self._http.request("POST", self._url, body=body, headers=self._headers | {"X-Amz-Target": target})
            assert answer.status == HTTPStatus.OK or REFUSED in answer.data, answer.data


def elsewhere(asked: Asked) -> Asked:
    """Return the calls as they are made to the other tables; a transaction's token is of that stage, too."""
    token = b'"ClientRequestToken":"'
    here, there = settings().table_prefix.encode(), settings().table_prefix.replace(settings().stage, OTHER_STAGE)
    return [
        (target, body.replace(here, there.encode()).replace(token, token + OTHER_STAGE.encode()))
        for target, body in asked
    ]


class Crowd:
    """So many processes, kept for as long as the block lasts; `shards` of stock by sku, all at one price."""

    def __init__(self, processes: int, price: int, shards: dict[str, int]) -> None:
        context, environment = get_context("spawn"), dict(os.environ)
        pipes = [context.Pipe() for _ in range(processes)]
        self._links = [ours for ours, _ in pipes]
        self._processes = [
            context.Process(target=_process, args=(theirs, price, shards, environment), daemon=True)
            for _, theirs in pipes
        ]
        self._numbers = 0

    def __enter__(self) -> Self:
        for process in self._processes:
            process.start()
        for link in self._links:
            _hear(link)
        return self

    def __exit__(self, failed: object, *_: object) -> None:
        for link, process in zip(self._links, self._processes, strict=True):
            if failed:
                process.terminate()
            else:
                link.send(None)
            process.join(WAIT_SECONDS)

    def buy(self, skus: Sequence[str], processes: int, threads: int) -> Run:
        """Let each sku be bought once, by so many threads in each of so many processes."""
        first, self._numbers = self._numbers, self._numbers + len(skus)
        return self._run(
            "buy", [(sku, f"buyer-number-{first + n:08}") for n, sku in enumerate(skus)], processes, threads
        )

    def replay(self, asked: Sequence[Asked], processes: int, threads: int) -> Run:
        """Send what purchases have asked to the other tables, by as many at once."""
        return self._run("replay", [elsewhere(one) for one in asked], processes, threads)

    def _run(self, what: str, tasks: Sequence[Any], processes: int, threads: int) -> Run:
        links = self._links[:processes]
        for number, link in enumerate(links):
            link.send((what, tasks[number::processes], threads))
        for link in links:
            _hear(link)
        for link in links:
            link.send("go")
        return Run([done for link in links for done in _hear(link)])


def _hear(link: Connection) -> Any:
    assert link.poll(WAIT_SECONDS), "a process of buyers does not answer"
    return link.recv()


def _process(link: Connection, price: int, shards: dict[str, int], environment: dict[str, str]) -> None:
    """Do what one is told until told nothing more, at the shop of whoever tells."""
    os.environ.update(environment)
    settings.cache_clear()
    shop().stock_shards.update(shards)
    know_every_type()
    bootstrap.catalogue().units_available(list(shards))
    bootstrap.checkout()
    recorder, replay = Recorder(), Replay(connections=64)
    work: dict[str, Callable[[Any], Done]] = {
        "buy": partial(_buy, recorder, price),
        "replay": partial(_send, replay),
    }
    link.send("ready")
    while (told := link.recv()) is not None:
        what, tasks, threads = told
        with _threads(threads) as pool:
            link.send("ready")
            link.recv()
            link.send(list(pool.map(work[what], tasks)))


@contextmanager
def _threads(count: int) -> Iterator[ThreadPoolExecutor]:
    """Have threads that run already."""
    together = threading.Barrier(count)
    with ThreadPoolExecutor(count) as pool:
        list(pool.map(lambda _: together.wait(WAIT_SECONDS), range(count)))
        yield pool


def _buy(recorder: Recorder, price: int, task: tuple[str, str]) -> Done:
    asked, began = recorder.begin(), time.monotonic()
    repeats: list[None] = []
    outcome = flash.buy(task[0], price, task[1], before_again=lambda: repeats.append(None))
    return Done(began, time.monotonic(), outcome, asked, len(repeats))


def _send(replay: Replay, asked: Asked) -> Done:
    began = time.monotonic()
    replay.send(asked)
    return Done(began, time.monotonic(), "sent", [])
