"""Warm requests: processor time in the handler, the shop beside its peers, DynamoDB answered from memory."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import msgspec
from boto3.dynamodb.types import TypeSerializer
from moto import mock_aws
from msgspec import Struct

from bench import catalogues
from bench.peers.packages import PEERS, versions
from bench.peers.packages import built as built_peer
from bench.results import Figure, Line, Ratio
from bench.rounds import interleaved, ratios
from bench.starts import PYTHON, ROOT, USER_AGENT, Event, built, proxied, site, unzipped
from chalicelib.search.schemas import ProductList, ProductQuery
from chalicelib.search.service import SearchService
from chalicelib.search.snapshot import Snapshot
from chalicelib.settings import settings
from chalicelib.shop import shop
from dev.demo.load import load
from infra.tables import all_tables, create_missing
from tests import conftest as _nobodys_account  # noqa: F401 -- no benchmark may reach a real one.
from tests import factories, snapshots

ROUNDS = 11
OURS = "Open Kitchen"
MANY_REQUESTS = ROOT / "bench" / "many_requests.py"
# As in production, where only the owner may see Server-Timing.
STAGE = "bench"
ORIGIN = "https://shop.example.com"
MOST = {"FastAPI": 0.5, "bare": 2.0}
# Said wherever the two are compared: they do not read the same.
STORES = " (snapshot / DynamoDB)"
ORDER = "order"
LOOKING = "Open Kitchen, looking"
CART = {"MUG-SAGE": 1, "TUMBLER-4": 1}
TOTAL = 1400 + 1600 + 395
NEVER_THE_SAME = {"at", "next_cursor", "placed_at"}
NOTES = [
    (
        "Processor time of one request in Lambda's entry, from API Gateway's event to its answer, in a process that "
        "has answered others before. One process for each framework, from the same packages as the cold starts."
    ),
    (
        "DynamoDB is in memory, behind botocore's HTTP session: serialising, signing and parsing count, what stands "
        "in for the network and the database is taken off. Conditions always hold."
    ),
    (
        "All give the same answers, which is checked before anything is measured. The peers refuse what ours refuses, "
        "with two exceptions: those with pydantic answer broken JSON with 422, where ours and those that check by hand "
        "answer 400, and Powertools with pydantic overlooks unknown query parameters."
    ),
    (
        "A product and a list are not read from the same place: ours come from its search snapshot, which is up to "
        "ten seconds and a publication behind; the peers read DynamoDB, a product by its key and a list of 24 by one "
        "query. The facets that head the list ours counts in the request; the peers read them ready-made."
    ),
    (
        "Whether there is a newer snapshot ours asks the site in the first request after ten seconds; of many at once, "
        "as here, hardly any does. A shop that answers one in ten seconds does so in each: the row `looking`, over "
        "http; over https a handshake comes on top, and the shopper waits for it."
    ),
    (
        "Ours goes around botocore's client, with JSON and a signature of its own (chalicelib/wire.py); FastAPI's peer "
        "and both of Powertools' go through it, as their users do. That is most of the difference in quotes and orders."
    ),
    (
        "The bare handler is the shop's own client of DynamoDB (chalicelib/wire.py), msgspec and nothing else: the "
        "limit of what reads DynamoDB, as a quote and an order do."
    ),
    (
        "A quote of two lines: prices and stock in one call, in two by the peer on PynamoDB, whose batches know one "
        "table. An order of two lines: the same eight calls by all."
    ),
    (
        "Ours writes its log line a request, as in Lambda, and two of metrics more an order; the peers write none. "
        "Ours adds ETags, a deadline and a request's id to each answer; the peers do not."
    ),
    "The peer on FastAPI has asynchronous views, though nothing waits in them: threads would cost more.",
]


class Asked(Struct, frozen=True):
    """A kind of request, and how often a sample repeats it."""

    name: str
    event: Event
    status: int
    times: int


class Handler:
    """A process that answers requests."""

    def __init__(self, folder: Path, tables: Path, environment: Mapping[str, str]) -> None:
        command = [*PYTHON, str(MANY_REQUESTS), str(folder), str(tables)]
        self._numbers = count(1)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment, cwd=folder
        )

    def ask(self, asked: Asked, times: int) -> dict[str, Any]:
        """Return what the process tells of a request that it answered so many times."""
        assert self._process.stdin is not None, "a pipe"
        assert self._process.stdout is not None, "a pipe"
        first = next(self._numbers) * 10_000
        self._process.stdin.write(json.dumps({"event": asked.event, "first": first, "times": times}) + "\n")
        self._process.stdin.flush()
        told: dict[str, Any] = json.loads(self._process.stdout.readline())
        if told["answer"]["statusCode"] != asked.status:
            raise RuntimeError(f"{asked.name}: {told['answer']}")
        return told

    def milliseconds(self, asked: Asked) -> float:
        """Return the processor time of a request."""
        taken: float = self.ask(asked, asked.times)["milliseconds"]
        return taken

    def close(self) -> None:
        """Let the process end."""
        self._process.communicate()


def measure() -> Line:
    """Measure each request by each framework in turn, a round at a time."""
    figures: list[Figure] = []
    compared: list[Ratio] = []
    with handlers() as everyone:
        for asked in requests():
            known = {name: one for name, one in everyone.items() if name != LOOKING or STORES in asked.name}
            check(asked, known)
            samples = interleaved({name: partial(one.milliseconds, asked) for name, one in known.items()}, ROUNDS)
            figures += [Figure(f"{asked.name}: {name}", "ms", times) for name, times in samples.items()]
            compared += [
                Ratio(
                    f"{asked.name}: ours / {peer.name}", ratios(samples[OURS], samples[peer.name]), MOST.get(peer.name)
                )
                for peer in PEERS
            ]
            if LOOKING in samples:
                compared += [
                    Ratio(f"{asked.name}: ours, looking / {peer.name}", ratios(samples[LOOKING], samples[peer.name]))
                    for peer in PEERS
                ]
    return Line("warm", "Warm request", figures=figures, ratios=compared, notes=NOTES, versions=versions())


@contextmanager
def handlers() -> Iterator[dict[str, Handler]]:
    """Start a process for each framework; yields them by name."""
    with tempfile.TemporaryDirectory() as folder, site(Path(folder, "site")) as site_url, ExitStack() as running:
        packages = {OURS: unzipped(built(), Path(folder, "ours"))}
        packages |= {peer.name: built_peer(peer) for peer in PEERS}
        tables = Path(folder, "tables.json")
        tables.write_text(json.dumps(filled_tables(Path(folder))))
        told = {"STAGE": STAGE, "SITE_URL": site_url, "ALLOWED_ORIGINS": ORIGIN}
        told |= {"SECRETS_FILE": str(settings().secrets_file)}
        in_lambda = {"AWS_LAMBDA_FUNCTION_NAME": "APIHandler"}
        lambdas = {OURS: in_lambda, LOOKING: in_lambda | {"LOOK_EACH_TIME": "1"}}
        known = {
            name: Handler(package, tables, os.environ | told | lambdas.get(name, {}))
            for name, package in {**packages, LOOKING: packages[OURS]}.items()
        }
        for handler in known.values():
            running.callback(handler.close)
        yield known


def requests() -> list[Asked]:
    """Return what is asked."""
    lines = [{"sku": sku, "quantity": quantity} for sku, quantity in CART.items()]
    wanted = {"lines": lines, "delivery": {"method": "standard", "country": "GB"}}
    return [
        Asked(f"product{STORES}", sent(proxied("GET", "/products/{slug}", slug="stoneware-teapot")), 200, 100),
        Asked(f"list{STORES}", sent(proxied("GET", "/products")), 200, 30),
        Asked("quote", sent(proxied("POST", "/quotes", wanted)), 200, 50),
        Asked(ORDER, sent(proxied("POST", "/orders", factories.order_body(CART, TOTAL))), 201, 15),
    ]


def sent(event: Event) -> Event:
    """Return a request with the headers that a browser sends and API Gateway hands on."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": "gzip, deflate, br, zstd",
        "Accept-Language": "en-GB,en;q=0.5",
        "Content-Type": "application/json",
        "Host": "api.example.com",
        "Origin": ORIGIN,
        "User-Agent": USER_AGENT,
        "X-Amzn-Trace-Id": "Root=1-00000000-000000000000000000000000",
        "X-Forwarded-For": "192.0.2.1",
        "X-Forwarded-Port": "443",
        "X-Forwarded-Proto": "https",
    }
    return event | {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}


def filled_tables(folder: Path) -> dict[str, Any]:
    """Return the demo shop's tables, their keys and items as DynamoDB spells them, and the peers' table for lists."""
    with mock_aws():
        create_missing()
        load()
        tables = {
            table.short_name(): {"key": key_of(table), "items": table._get_connection().scan()["Items"]}
            for table in all_tables()
        }
    return {**tables, "listing": {"key": ["shelf", "position"], "items": listing(folder)}}


def key_of(table: Any) -> list[str]:
    """Return the names of a table's key."""
    return [name for name in (table._hash_keyname, table._range_keyname) if name]


def listing(folder: Path) -> list[dict[str, Any]]:
    """Return what the peers list: first the facets and the total, then every product in the shop's order."""
    file = folder / "snapshot.sqlite"
    file.write_bytes(snapshots.built(catalogues.from_demo()))
    found = everything(Snapshot(file))
    head = {"facets": json.dumps(msgspec.to_builtins(found.facets)), "total": found.total}
    items = [{**flat(summary), "skus": json.dumps(summary.skus)} for summary in found.items]
    serialise = TypeSerializer().serialize
    return [
        {name: serialise(value) for name, value in {"shelf": "everything", "position": place, **item}.items()}
        for place, item in enumerate([head, *items], start=-1)
    ]


def everything(snapshot: Snapshot) -> ProductList:
    """Return a list as long as lists may be."""
    never: Any = None
    return SearchService(lambda: snapshot, lambda: never, shop()).search(ProductQuery(limit=100))


def flat(summary: Any) -> dict[str, Any]:
    """Return a product's summary as an item's attributes."""
    return {**msgspec.structs.asdict(summary), "price": summary.price.amount}


def check(asked: Asked, known: Mapping[str, Handler]) -> None:
    """Raise unless all handlers give the same answer; this warms them, too."""
    told = {name: one.ask(asked, 10) for name, one in known.items()}
    if asked.name == ORDER and len({tuple(sorted(one["calls"])) for one in told.values()}) > 1:
        raise RuntimeError(f"{asked.name}: not all make the same calls: { {n: o['calls'] for n, o in told.items()} }")
    answers = {name: same_part(json.loads(one["answer"]["body"])) for name, one in told.items()}
    for name, answer in answers.items():
        if answer != answers[OURS]:
            raise RuntimeError(f"{asked.name}: {name} answers {answer}, ours {answers[OURS]}")


def same_part(answer: Any) -> Any:
    """Return an answer without its moments, and without what is null, which some leave out."""
    if isinstance(answer, list):
        return [same_part(one) for one in answer]
    if isinstance(answer, dict):
        left = {name: same_part(value) for name, value in answer.items() if name not in NEVER_THE_SAME}
        return {name: value for name, value in left.items() if value is not None}
    return answer
