"""Builds the Lambda package: the shop, what it needs and nothing else, compiled, the same bytes for the same input."""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatch
from functools import cache
from pathlib import Path
from typing import Any, Literal

from infra import authorities, models
from infra.faults import Fault

Architecture = Literal["arm64", "x86_64"]

ROOT = Path(__file__).parents[1]
CONTENTS = Path(__file__).with_name("package.toml")
WHEELS: dict[Architecture, str] = {"arm64": "aarch64", "x86_64": "x86_64"}
MOST_BYTES = 8_000_000
# What Stripe's library adds to that.
STRIPE_BYTES = 4_000_000
# Zip files cannot say less.
EPOCH = (1980, 1, 1, 0, 0, 0)
PLAIN_FILE = 0o100644 << 16
CODE_FOLDER = "/var/task"


class TooLarge(Fault):
    """The package has grown beyond what a cold start should read."""


def build(folder: Path, architecture: Architecture, release: str, *, stripe: bool = False) -> Path:
    """Write `package.zip` of a release into a folder; returns its path.

    Raises Fault, and CalledProcessError where pip fails.
    """
    staged = folder / "package"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(parents=True)
    keep = _contents()["keep"] + (_contents()["keep_for_stripe"] if stripe else [])
    stage(_installed(folder, architecture), staged, keep)
    _gather_shop(folder, staged)
    authorities.gather(staged)
    (staged / "release.txt").write_text(release)
    compile_all(staged)
    package = folder / "package.zip"
    _zip(staged, package)
    most = MOST_BYTES + (STRIPE_BYTES if stripe else 0)
    if package.stat().st_size > most:
        raise TooLarge(
            f"{package} has {package.stat().st_size:,} bytes, {most:,} at most. Its largest parts: "
            + ", ".join(f"{name} {size:,}" for name, size in largest(package)[:5])
        )
    return package


def stage(installed: Path, staged: Path, keep: Sequence[str]) -> None:
    """Copy those parts of what is installed that `keep` names by patterns: trimmed, compiled, without their sources."""
    for part in sorted(installed.iterdir()):
        if any(fnmatch(part.name, pattern) for pattern in keep):
            _copy(installed, _files(part), staged)
    models.slim(staged / "botocore" / "data")
    compile_all(staged, "-b")
    # What others wrote runs without its sources; the shop's own stay, for tracebacks that show their lines.
    for source in staged.rglob("*.py"):
        source.unlink()


def compile_all(staged: Path, *options: str) -> None:
    """Compile everything: Lambda cannot write caches. By their source's hash, never checked, and always the same."""
    command = [sys.executable, "-m", "compileall", "-q", "-j1", "--invalidation-mode=unchecked-hash"]
    command += [*options, "-s", str(staged), "-p", CODE_FOLDER, str(staged)]
    hashed = os.environ | {"PYTHONHASHSEED": "0"}
    subprocess.run(command, check=True, env=hashed)  # noqa: S603 -- our own words.


def largest(package: Path) -> list[tuple[str, int]]:
    """Return what takes the most of a package, by its top-level names, in compressed bytes."""
    sizes: dict[str, int] = {}
    with zipfile.ZipFile(package) as opened:
        for info in opened.infolist():
            name = info.filename.partition("/")[0]
            sizes[name] = sizes.get(name, 0) + info.compress_size
    return sorted(sizes.items(), key=lambda part: -part[1])


def machine() -> Architecture:
    """Return the architecture of this machine, for Lambdas that run on it."""
    return "arm64" if platform.machine() in {"aarch64", "arm64"} else "x86_64"


@cache
def _contents() -> dict[str, Any]:
    return tomllib.loads(CONTENTS.read_text())


def _installed(folder: Path, architecture: Architecture) -> Path:
    return install(folder, architecture, ROOT / "requirements.txt", ROOT / "constraints.txt")


def install(folder: Path, architecture: Architecture, *pins: Path) -> Path:
    """Install what a file of requirements asks for, for Lambda's machines, once for each set of pins.

    A second file pins what these bring along.
    """
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    name = hashlib.sha256(b"".join(file.read_bytes() for file in pins)).hexdigest()[:12]
    installed = folder / f"dependencies-{architecture}-{version}-{name}"
    if installed.exists():
        return installed
    unfinished = installed.with_suffix(".unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    wheels = [f"--platform=manylinux{tag}_{WHEELS[architecture]}" for tag in ("2014", "_2_17", "_2_28")]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    command += [f"--target={unfinished}", "--only-binary=:all:", "--implementation=cp", f"--python-version={version}"]
    command += [*wheels, f"--requirement={pins[0]}", *(f"--constraint={file}" for file in pins[1:])]
    subprocess.run(command, check=True)  # noqa: S603 -- our own words.
    unfinished.rename(installed)
    return installed


def _gather_shop(folder: Path, staged: Path) -> None:
    for name in _contents()["shop"]:
        _copy(ROOT, _files(ROOT / name), staged)
    choices = staged / "chalicelib" / "shop.toml"
    choices.with_suffix(".json").write_text(json.dumps(tomllib.loads(choices.read_text())))
    # Which files a page preloads, and what they are called, the build of the assets knows.
    shutil.copy(folder / "assets.json", staged / "assets.json")


def _files(part: Path) -> Iterator[Path]:
    return (file for file in sorted(part.rglob("*")) if file.is_file()) if part.is_dir() else iter([part])


def _copy(source: Path, files: Iterable[Path], staged: Path) -> None:
    for file in files:
        relative = file.relative_to(source)
        if _wanted(relative):
            target = staged / relative
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, target)


def _wanted(relative: Path) -> bool:
    path = f"/{relative}"
    if any(fnmatch(path, pattern) for pattern in _contents()["drop"]):
        return False
    if relative.parts[:2] == ("botocore", "data"):
        return relative.parts[2] in {*_contents()["services"], *_contents()["shared_data"]}
    return True


def _zip(staged: Path, package: Path) -> None:
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as opened:
        for file in _files(staged):
            info = zipfile.ZipInfo(str(file.relative_to(staged)), EPOCH)
            info.external_attr = PLAIN_FILE
            opened.writestr(info, file.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)
