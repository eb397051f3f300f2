"""Measures cold starts: the shop's package beside what `chalice package` makes of the same shop.

    make bench-cold

Each run is a new process that imports the app from an unzipped package and answers one request through Lambda's entry:
a browse (a product, from the search snapshot) or a purchase (an order, on the local AWS). Nothing is cached by one run
for the next; the packages take turns, so that a busy machine slows both. What is compared is the processor time of the
process, all of it. Fails where the shop's share of the plain package's time, or its zip, is larger than aimed at; then
it tells which imports are the dearest.

Chalice takes about three minutes for its first package. It leaves out apsw, of which it finds no wheel that it takes;
that goes into the plain package's `vendor` folder, without which the app would not start.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from bench import catalogues
from chalicelib.search.schemas import POINTER, Pointer
from chalicelib.settings import settings
from dev.demo.load import load
from infra import package
from infra.tables import create_missing
from tests import conftest as _nobodys_account  # noqa: F401 -- no benchmark may reach a real one.
from tests import factories, snapshots
from tests.api.client import Api
from tests.emulator import emulator

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".build" / "cold"
FIRST_REQUEST = Path(__file__).with_name("first_request.py")
LEFT_OUT_BY_CHALICE = ["apsw"]
RUNS = int(os.environ.get("RUNS", "7"))
MOST_BYTES = 5_000_000
DEAREST = 10
PRODUCT, SKU = "stoneware-teapot", "TEAPOT-SAGE"
GZIP_LEVEL = 6

# Alone with the package, and as it is where nothing can be written.
PYTHON = [sys.executable, "-I", "-S", "-B"]

Event = dict[str, Any]
Ran = subprocess.CompletedProcess[str]


class Visit(Struct, frozen=True):
    """A request, the status that it should get, the most of the plain package's time that it may take.

    `without` is a library that it must not import.
    """

    name: str
    event: Event
    status: int
    most: float
    without: str = ""


def main() -> int:
    """Measure, print, and say by the exit code whether all is as it should be."""
    BUILD.mkdir(parents=True, exist_ok=True)
    zips = {"ours": built(), "plain": plain()}
    missed = tell_sizes(zips)
    with tempfile.TemporaryDirectory() as folder, site(Path(folder, "site")) as site_url, emulator():
        packages = {name: unzipped(zipped, Path(folder, name)) for name, zipped in zips.items()}
        for part in ("app.py", "chalicelib"):
            copy(ROOT / part, packages["plain"] / part)
        create_missing()
        load()
        environment = os.environ | {"SITE_URL": site_url, "SECRETS_FILE": str(settings().secrets_file)}
        for visit in visits():
            missed |= measure(packages, visit, environment)
    return 1 if missed else 0


def built() -> Path:
    """Return the shop's package."""
    folder = BUILD / "ours"
    subprocess.run(["node", "infra/assets.mjs", str(folder)], check=True, cwd=ROOT)  # noqa: S607 -- our own words.
    return package.build(folder, package.machine(), "bench")


def plain() -> Path:
    """Return Chalice's own package, made once for each set of pins; the shop in it may be an older one."""
    folder = BUILD / "plain"
    pins = b"".join((ROOT / name).read_bytes() for name in ("requirements.txt", "constraints.txt"))
    made = folder / f"deployment-{hashlib.sha256(pins).hexdigest()[:12]}.zip"
    if made.exists():
        return made
    for part in ("app.py", "chalicelib", ".chalice/config.json", ".chalice/policy.json", "requirements.txt"):
        copy(ROOT / part, folder / part)
    for name in LEFT_OUT_BY_CHALICE:
        vendor(name, folder / "vendor")
    with tempfile.TemporaryDirectory() as out:
        command = [str(Path(sys.executable).with_name("chalice")), "package", "--stage", "prod", out]
        told = os.environ | {"PIP_CONSTRAINT": str(ROOT / "constraints.txt")}
        subprocess.run(command, check=True, cwd=folder, env=told, stdout=subprocess.DEVNULL)
        return shutil.copyfile(Path(out, "deployment.zip"), made)


def copy(source: Path, target: Path) -> None:
    """Copy a file or a folder in place of what is there."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_file():
        shutil.copyfile(source, target)
        return
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))


def vendor(name: str, folder: Path) -> None:
    """Install a pinned package, without what it needs, into a folder."""
    if (folder / name).exists():
        return
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += ["--no-deps", f"--target={folder}", f"--constraint={ROOT / 'constraints.txt'}", name]
    subprocess.run(command, check=True)


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
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and says nothing."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def visits() -> list[Visit]:
    """Return what is measured. The order's total is asked for beforehand, as the checkout's page does."""
    wanted = {"lines": [{"sku": SKU, "quantity": 1}], "delivery": {"method": "standard", "country": "GB"}}
    order = factories.order_body({SKU: 1}, Api().post("/quotes", wanted).json["total"]["amount"])
    return [
        Visit("browse", proxied("GET", "/products/{slug}", slug=PRODUCT), 200, most=0.3, without="botocore"),
        Visit("purchase", proxied("POST", "/orders", order), 201, most=0.4),
    ]


def proxied(method: str, route: str, body: object = None, **parameters: str) -> Event:
    """Return a request, but for its headers, as API Gateway's proxy integration hands it to a Lambda."""
    return {
        "resource": route,
        "path": route.format(**parameters),
        "httpMethod": method,
        "multiValueQueryStringParameters": None,
        "pathParameters": parameters,
        "stageVariables": None,
        "requestContext": {"httpMethod": method, "resourcePath": route, "identity": {"sourceIp": "192.0.2.1"}},
        "body": json.dumps(body) if body else None,
        "isBase64Encoded": False,
    }


def measure(packages: dict[str, Path], visit: Visit, environment: dict[str, str]) -> bool:
    """Answer a request from each package in turn; True where the shop's takes too large a share."""
    for folder in packages.values():
        # The files of both are in memory then.
        cold_start(folder, visit, environment)
    times: dict[str, list[float]] = {name: [] for name in (*packages, "Python")}
    own_library = library(first_request(packages["ours"], visit, environment))
    for _ in range(RUNS):
        for name, folder in packages.items():
            times[name].append(cold_start(folder, visit, environment))
        times["Python"].append(python_alone(own_library))
    print(f"\nA {visit.name}, processor time of {RUNS} cold starts each: median (least to most)")
    for name, taken in times.items():
        print(f"    {name:6}{statistics.median(taken):7.0f} ms  ({min(taken):.0f} to {max(taken):.0f})")
    print("    (Python: itself, and what ours imports of its own library, which no package can make cheaper)")
    share = statistics.median(times["ours"]) / statistics.median(times["plain"])
    print(f"    ours takes {share:.2f} of the plain package's, {visit.most} at most")
    if share > visit.most:
        tell_imports(packages["ours"], visit, environment)
    return share > visit.most


def cold_start(folder: Path, visit: Visit, environment: dict[str, str]) -> float:
    """Return the milliseconds of processor time that a process takes to answer its first request."""
    with processor_time() as taken:
        answer = json.loads(first_request(folder, visit, environment).stdout)
    if answer["status"] != visit.status:
        raise RuntimeError(f"{visit.name} from {folder.name}: {answer['status']}")
    if visit.without in answer["imported"]:
        raise RuntimeError(f"{visit.name} from {folder.name} imports {visit.without}")
    return taken[0]


def python_alone(modules: list[str]) -> float:
    """Return the milliseconds of processor time that Python takes to import some modules of its own."""
    with processor_time() as taken:
        subprocess.run([*PYTHON, "-c", f"import os, {', '.join(modules)}"], check=True)
    return taken[0]


def library(run: Ran) -> list[str]:
    """Return what a first request imported of Python's own library."""
    imported = json.loads(run.stdout)["imported"]
    return [name for name in imported if name.partition(".")[0] in sys.stdlib_module_names]


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


def tell_sizes(zips: dict[str, Path]) -> bool:
    """Print the sizes of the packages; True where the shop's is too large."""
    size = zips["ours"].stat().st_size
    for name, zipped in zips.items():
        print(f"    {name:6}{zipped.stat().st_size / 1e6:7.2f} MB zipped")
    print(f"    ours {MOST_BYTES / 1e6:.2f} MB at most; its largest parts: ", end="")
    print(", ".join(f"{name} {part:,}" for name, part in package.largest(zips["ours"])[:5]))
    return size > MOST_BYTES


def tell_imports(folder: Path, visit: Visit, environment: dict[str, str]) -> None:
    """Print the imports that take the longest by themselves."""
    told = first_request(folder, visit, environment, "-X", "importtime").stderr
    lines = re.findall(r"^import time: +(\d+) \| +\d+ \| +(\S+)$", told, re.MULTILINE)
    dearest = sorted(((int(own), name) for own, name in lines), reverse=True)[:DEAREST]
    print("    the dearest imports: " + ", ".join(f"{name} {own / 1000:.1f} ms" for own, name in dearest))


if __name__ == "__main__":
    sys.exit(main())
