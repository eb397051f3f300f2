"""Cold starts: packages unzipped, a site and requests to ask them for, and a new process that answers its first one.

Each run imports the app from an unzipped package and answers one request through Lambda's entry, as a new process that
imports from nowhere else and writes no bytecode. What is measured is the processor time of the process, all of it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import resource
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from bench import catalogues
from chalicelib.search.schemas import POINTER, Pointer
from infra import package
from tests import factories, snapshots
from tests.api.client import Api
from tests.servers import serving

ROOT = Path(__file__).parents[1]
FIRST_REQUEST = Path(__file__).with_name("first_request.py")
GZIP_LEVEL = 6
PRODUCT, SKU = "stoneware-teapot", "TEAPOT-SAGE"
USER_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

# Alone with the package, and as it is where nothing can be written.
PYTHON = [sys.executable, "-I", "-S", "-B"]

Event = dict[str, Any]
Ran = subprocess.CompletedProcess[str]


class Visit(Struct, frozen=True):
    """A request, the status that it should get, and a library that must not be imported for it."""

    name: str
    event: Event
    status: int
    without: str = ""


def built() -> Path:
    """Build the shop's package, and return it."""
    folder = ROOT / ".build" / "cold" / "ours"
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["node", "infra/assets.mjs", str(folder)], check=True, cwd=ROOT)  # noqa: S607 -- our own words.
    return package.build(folder, package.machine(), "bench")


def unzipped(zipped: Path, folder: Path) -> Path:
    """Unzip a package."""
    with zipfile.ZipFile(zipped) as opened:
        opened.extractall(folder)
    return folder


@contextmanager
def site(folder: Path) -> Iterator[str]:
    """Serve the demo catalogue's search snapshot, as the shop's site does; yields its address."""
    content = snapshots.built(catalogues.from_demo())
    pointer = Pointer(1, "catalogue/1.sqlite.gz", hashlib.sha256(content).hexdigest())
    for key, body in ((pointer.key, gzip.compress(content, GZIP_LEVEL)), (POINTER, msgspec.json.encode(pointer))):
        Path(folder, key).parent.mkdir(parents=True, exist_ok=True)
        Path(folder, key).write_bytes(body)
    with serving(partial(Quiet, directory=str(folder))) as url:
        yield url


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def visits() -> list[Visit]:
    """Return a browse and a purchase. The order's total is asked for beforehand, as the checkout's page does."""
    wanted = {"lines": [{"sku": SKU, "quantity": 1}], "delivery": {"method": "standard", "country": "GB"}}
    order = factories.order_body({SKU: 1}, Api().post("/quotes", wanted).json["total"]["amount"])
    return [
        Visit("browse", proxied("GET", "/products/{slug}", slug=PRODUCT), 200, without="botocore"),
        Visit("purchase", proxied("POST", "/orders", order), 201, without="boto3"),
    ]


def proxied(method: str, route: str, body: object = None, **parameters: str) -> Event:
    """Return a request, but for its headers, as API Gateway's proxy integration hands it to a Lambda."""
    path = route.format(**parameters)
    return {
        "resource": route,
        "path": path,
        "httpMethod": method,
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters or None,
        "stageVariables": None,
        "requestContext": {
            "accountId": "000000000000",
            "apiId": "kitchen",
            "httpMethod": method,
            "identity": {"sourceIp": "192.0.2.1", "userAgent": USER_AGENT},
            "path": f"/api{path}",
            "protocol": "HTTP/1.1",
            "requestId": "6f1e9a34-0000-4000-8000-000000000000",
            "requestTimeEpoch": 1_772_366_400_000,
            "resourceId": "route",
            "resourcePath": route,
            "stage": "api",
        },
        "body": json.dumps(body) if body else None,
        "isBase64Encoded": False,
    }


def cold_start(folder: Path, visit: Visit, environment: dict[str, str]) -> float:
    """Return the milliseconds of processor time that a process takes to answer its first request."""
    with processor_time() as taken:
        answer = told(first_request(folder, visit, environment))
    if answer["status"] != visit.status:
        raise RuntimeError(f"{visit.name} from {folder.name}: {answer['status']}")
    if visit.without in answer["imported"]:
        raise RuntimeError(f"{visit.name} from {folder.name} imports {visit.without}")
    return taken[0]


def python_alone(modules: list[str]) -> float:
    """Return the milliseconds of processor time that Python takes to import some modules of its own."""
    with processor_time() as taken:
        subprocess.run([*PYTHON, "-c", f"import os, {', '.join(modules)}; os._exit(0)"], check=True)
    return taken[0]


def told(run: Ran) -> dict[str, Any]:
    """Return what a first request tells, after the app's own log lines."""
    answer: dict[str, Any] = json.loads(run.stdout.splitlines()[-1])
    return answer


def library(run: Ran) -> list[str]:
    """Return what a first request imported of Python's own library."""
    return [name for name in told(run)["imported"] if name.partition(".")[0] in sys.stdlib_module_names]


@contextmanager
def processor_time() -> Iterator[list[float]]:
    """Yield a list that holds, after the block, the milliseconds that the processes begun and ended in it took."""
    taken: list[float] = []
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    yield taken
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken.append((after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime) * 1000)


def first_request(folder: Path, visit: Visit, environment: dict[str, str], *options: str) -> Ran:
    """Answer a request in a new process, which imports from nowhere else and writes no bytecode."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": factories.key()}
    both = {"headers": headers, "multiValueHeaders": {name: [value] for name, value in headers.items()}}
    command = [*PYTHON, *options, str(FIRST_REQUEST), str(folder)]
    run = subprocess.run(
        command,
        check=False,
        capture_output=True,
        text=True,
        cwd=folder,
        env=environment,
        input=json.dumps(visit.event | both),
    )
    if run.returncode:
        raise RuntimeError(f"{visit.name} from {folder.name}: {run.stderr}")
    return run
