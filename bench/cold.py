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

import hashlib
import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.starts import Visit, built, cold_start, first_request, library, python_alone, site, unzipped, visits
from chalicelib.settings import settings
from dev.demo.load import load
from infra import package
from infra.tables import create_missing
from tests import conftest as _nobodys_account  # noqa: F401 -- no benchmark may reach a real one.
from tests.emulator import emulator

ROOT = Path(__file__).parents[1]
BUILD = ROOT / ".build" / "cold"
LEFT_OUT_BY_CHALICE = ["apsw"]
RUNS = int(os.environ.get("RUNS", "7"))
MOST_BYTES = 5_000_000
DEAREST = 10
# The most of the plain package's time that a visit may take.
MOST = {"browse": 0.3, "purchase": 0.4}


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
    print(f"    ours takes {share:.2f} of the plain package's, {MOST[visit.name]} at most")
    if share > MOST[visit.name]:
        tell_imports(packages["ours"], visit, environment)
    return share > MOST[visit.name]


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
