"""Cold starts: the shop's package beside the peers', each from a new process to its first answer."""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import trustme
from msgspec.structs import replace

from bench.peers.packages import PEERS, versions
from bench.peers.packages import built as built_peer
from bench.results import Figure, Line, Ratio
from bench.rounds import interleaved, ratios
from bench.starts import (
    SKU,
    Visit,
    built,
    cold_start,
    first_request,
    library,
    python_alone,
    site,
    unzipped,
    visits,
)
from chalicelib import bootstrap, parameters
from chalicelib.search import source
from chalicelib.settings import settings
from chalicelib.trust import AMAZONS
from dev.demo.load import load
from infra.tables import create_missing
from tests import conftest as _nobodys_account  # noqa: F401 -- no benchmark may reach a real one.
from tests import tls
from tests.emulator import emulator

ROUNDS = 11
PLENTY = 10_000
OURS, PYTHON = "Open Kitchen", "Python alone"
KEYS = "/open-kitchen/bench/keys"
# A machine may say by these whom to trust; Lambda does not.
SAID_OF_TRUST = ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", *source.SAID_OF_TRUST)
# The most of a peer's time that ours may take; no aim against the limit.
MOST = {
    "browse": {"Powertools": 0.35, "Powertools + pydantic": 0.35, "FastAPI": 0.25},
    "purchase": {"Powertools": 0.7, "Powertools + pydantic": 0.7, "FastAPI": 0.55},
}
NAMES = {"browse": "first product", "purchase": "first order"}
NOTES = [
    (
        "Processor time of a new process, from its start to its answer: importing the app from its unpacked "
        "package and answering one request through Lambda's entry, where no bytecode can be written."
    ),
    (
        "All packages are trimmed, slimmed and compiled by the same functions (infra/package.py). All leave the "
        "garbage collector off while they import."
    ),
    (
        "The first product: ours fetches the search snapshot from the site and opens it; the peers read the product "
        "from DynamoDB, as their users would, and so load botocore."
    ),
    (
        "The first order: the same eight calls to the local AWS by all, five of the shop's and three of the sandbox's, "
        "beside the one for ours' keys."
    ),
    (
        "FastAPI is FastAPI with Mangum, pydantic and PynamoDB; Powertools and the bare handler speak to DynamoDB by "
        "boto3 or less. Powertools is there twice. Alone it checks requests by hand, as the bare handler does, and "
        "stops at the first fault; with pydantic it does what its validation is for, and names every bad field like "
        "ours."
    ),
    (
        "The peer on FastAPI has its documentation and its telemetry turned off, and shares one client among "
        "PynamoDB's models, as ours does."
    ),
    (
        "Ours goes around botocore's client, with JSON and a signature of its own (chalicelib/wire.py); FastAPI's peer "
        "and both of Powertools' go through it, as their users do."
    ),
    (
        "The bare handler is the shop's own client of DynamoDB (chalicelib/wire.py), msgspec and nothing else: the "
        "limit of what reads DynamoDB, as the first order does; a first product of ours does not. Python alone is the "
        "interpreter and what ours imports of its own library."
    ),
    (
        "Ours is the whole shop, its accounts, sessions, promo codes and kitchen view; the peers are four routes. It "
        "answers with ETags, deadlines and Server-Timing, and writes its log line, which they do not."
    ),
    (
        "All of it is over https, as on AWS, with handshakes of the same kind for all. botocore reads all 127 "
        "authorities that it knows, ours and the bare handler Amazon's five, and all others only where those do not "
        "vouch (chalicelib/trust.py). Ours shakes hands twice with the site for a first product; for a first order "
        "once with DynamoDB and once with SSM."
    ),
    (
        "Ours reads its keys from SSM before its first order, as on AWS, one call more. The peers have no keys; a shop "
        "of theirs would."
    ),
]


def measure() -> Line:
    """Measure everything in turn, a round at a time."""
    figures: list[Figure] = []
    compared: list[Ratio] = []
    peers = {peer.name: built_peer(peer) for peer in PEERS}
    zipped, authority = built(), trustme.CA()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        site_url, aws = stack.enter_context(site(folder / "site")), stack.enter_context(emulator())
        packages = {OURS: unzipped(zipped, folder / "ours")}
        packages |= {name: Path(shutil.copytree(made, folder / made.name)) for name, made in peers.items()}
        for package in packages.values():
            trust(package, authority)
        create_missing()
        load()
        bootstrap.catalogue().receive(SKU, PLENTY)
        parameters.write(KEYS, settings().secrets_file.read_text())
        environment = {name: value for name, value in os.environ.items() if name not in SAID_OF_TRUST} | {
            "AWS_ENDPOINT_URL": stack.enter_context(tls.front(aws, authority)),
            "SECRETS_PARAMETER": KEYS,
            "SITE_URL": stack.enter_context(tls.front(site_url, authority)),
        }
        for visit in visits():
            samples = taken(packages, visit, environment)
            figures += [Figure(f"{NAMES[visit.name]}: {name}", "ms", times) for name, times in samples.items()]
            compared += [compare(visit, peer.name, samples) for peer in PEERS]
    return Line(
        name="cold",
        title="Cold start",
        figures=figures,
        ratios=compared,
        notes=NOTES,
        versions=versions(),
    )


def trust(package: Path, authority: trustme.CA) -> None:
    """Add an authority to those whom a package knows: whoever reads them all reads one more."""
    for name in ("cacert.pem", AMAZONS.name):
        for bundle in package.rglob(name):
            bundle.write_bytes(bundle.read_bytes() + authority.cert_pem.bytes())


def taken(packages: dict[str, Path], visit: Visit, environment: dict[str, str]) -> dict[str, list[float]]:
    """Return the milliseconds that each package takes to answer, a sample a round."""
    in_lambda = environment | {"AWS_LAMBDA_FUNCTION_NAME": "APIHandler"}
    measures = {
        name: partial(cold_start, folder, of(name, visit), in_lambda if name == OURS else environment)
        for name, folder in packages.items()
    }
    own_library = library(first_request(packages[OURS], visit, in_lambda))
    for once in measures.values():
        # The files of all are in memory then.
        once()
    return interleaved({**measures, PYTHON: partial(python_alone, own_library)}, ROUNDS)


def of(name: str, visit: Visit) -> Visit:
    """Return a visit as it is asked of a package: peers may import what they like."""
    return visit if name == OURS else replace(visit, without="")


def compare(visit: Visit, peer: str, samples: dict[str, list[float]]) -> Ratio:
    """Return ours / a peer's."""
    most = MOST[visit.name].get(peer)
    return Ratio(f"{NAMES[visit.name]}: ours / {peer}", ratios(samples[OURS], samples[peer]), most=most)
