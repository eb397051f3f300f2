"""A flash sale: processes of threads, each buyer with a key of their own, repeating and in each other's way."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier as ProcessBarrier
from threading import Barrier

from msgspec import Struct
from pynamodb.expressions.update import Action

from chalicelib import bootstrap
from chalicelib.catalogue.domain import StockTake
from chalicelib.catalogue.models import StockRecord
from chalicelib.catalogue.repository import CatalogueRepository
from chalicelib.catalogue.service import CatalogueService
from chalicelib.checkout.errors import InProgress, OutOfStock
from chalicelib.dynamo import DynamoWrite
from chalicelib.errors import Unavailable
from chalicelib.http.threads import know_every_type
from chalicelib.settings import settings
from chalicelib.shop import shop
from tests import factories

PATIENCE_SECONDS = 120
PAUSE_SECONDS = 0.2
NEIGHBOURS = 5


class CarelessRepository(CatalogueRepository):
    """What many shops do: look whether there is enough, then write without looking again."""

    def __init__(self, look_together: Callable[[], object] = lambda: None) -> None:
        self._look_together = look_together

    def hold(self, take: StockTake) -> DynamoWrite:
        read = self.read_stock(take.sku, take.shard)
        enough = bootstrap.ledger().read([read])[read.subject].available >= take.quantity
        self._look_together()
        record = StockRecord(take.sku, take.shard)
        actions: list[Action] = [StockRecord.available.add(-take.quantity), StockRecord.held.add(take.quantity)]
        condition = StockRecord.sku.exists() if enough else StockRecord.sku.does_not_exist()
        subject = f"stock:{take.sku}#{take.shard}"
        return DynamoWrite(subject, "update", lambda t: t.update(record, actions=actions, condition=condition))


def be_careless(look_together: Callable[[], object] = lambda: None) -> None:
    """Let this process's checkout be the careless one, until services are built anew."""
    careless = CatalogueService(CarelessRepository(look_together), bootstrap.ledger(), shop())
    bootstrap.catalogue = lambda: careless  # type: ignore[assignment]
    bootstrap.checkout.cache_clear()


class Sale(Struct, frozen=True):
    """What is sold, at which price, and to how many at once."""

    sku: str
    price: int
    processes: int
    threads: int
    careless: bool = False


def buy(sku: str, price: int, key: str, before_again: Callable[[], object] = lambda: None) -> str:
    """Buy one, and ask again under the same key until the answer is definite; returns what it was."""
    patient = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < patient:
        try:
            status = bootstrap.checkout().place(factories.order_request({sku: 1}, price), key, None).status
        except OutOfStock as error:
            return error.code
        except (InProgress, Unavailable):
            status = "pending_payment"
        if status != "pending_payment":
            return status
        before_again()
        time.sleep(PAUSE_SECONDS)
    return "no answer"


def hold(sale: Sale) -> dict[str, set[str]]:
    """Let all of it happen; returns the answers that each buyer's key was given."""
    context = get_context("spawn")
    with context.Manager() as manager:
        start, results = manager.Barrier(sale.processes), manager.list()
        crowd = [
            context.Process(target=_process, args=(sale, number, start, results, dict(os.environ)))
            for number in range(sale.processes)
        ]
        for process in crowd:
            process.start()
        for process in crowd:
            process.join(PATIENCE_SECONDS * 2)
        ended = [process.exitcode for process in crowd]
        assert ended == [0] * sale.processes, f"processes of buyers ended with {ended}"
        answers: dict[str, set[str]] = {}
        for key, answer in results:
            answers.setdefault(key, set()).add(answer)
        return answers


def _process(
    sale: Sale, number: int, start: ProcessBarrier, results: list[tuple[str, str]], environment: dict[str, str]
) -> None:
    """Run one process's buyers, at the shop of the test; their first look at it is before the doors open."""
    os.environ.update(environment)
    settings.cache_clear()
    if sale.careless:
        be_careless()
    know_every_type()
    bootstrap.catalogue().units_available([sale.sku])
    together = Barrier(sale.threads, action=partial(_open_the_doors, start))
    with ThreadPoolExecutor(sale.threads) as threads:
        for told in threads.map(partial(_buyer, sale, number, together), range(sale.threads)):
            results.extend(told)


def _open_the_doors(start: ProcessBarrier) -> None:
    start.wait(60)


def _buyer(sale: Sale, number: int, together: Barrier, thread: int) -> list[tuple[str, str]]:
    """Buy; some click once more from another process, under the key of the buyer next door; all repeat in the end."""
    own = f"{sale.sku}-buyer-{number:02}-{thread:03}"
    next_door = f"{sale.sku}-buyer-{(number + 1) % sale.processes:02}-{thread:03}"
    keys: Iterable[str] = (own, next_door, own) if thread % NEIGHBOURS == 0 else (own, own)
    together.wait(60)
    return [(key, buy(sale.sku, sale.price, key)) for key in keys]
