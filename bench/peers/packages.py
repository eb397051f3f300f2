"""Builds the peers' packages as the shop builds its own: pinned, trimmed, slimmed and compiled in the same way.

What they run is in `handlers`, whose files import each other as they will in Lambda.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from msgspec import Struct

from infra import authorities, package

HERE = Path(__file__).parent
HANDLERS = HERE / "handlers"
SHOP = HERE.parents[1] / "chalicelib"
BUILD = HERE.parents[1] / ".build" / "bench" / "peers"
REQUIREMENTS = HERE / "requirements.txt"
# The shop's client of DynamoDB.
WIRE = ("__init__.py", "signature.py", "trust.py", "version.py", "wire.py")
TOLD = ("aws-lambda-powertools", "boto3", "botocore", "fastapi", "mangum", "pydantic", "pynamodb", "starlette")
BOTOCORE = ("botocore", "dateutil", "jmespath", "six.py", "urllib3")
PYDANTIC = ("annotated_types", "pydantic", "pydantic_core", "typing_extensions.py", "typing_inspection")
# OpenTelemetry finds its parts by what its package says of itself.
FASTAPI = ("annotated_doc", "anyio", "fastapi", "idna", "mangum", "opentelemetry*", "starlette")


class Peer(Struct, frozen=True):
    """What a user would pick instead: its app, and which installed parts and which files of handlers it packs.

    `shop` are files of the shop's own.
    """

    name: str
    app: str
    keep: tuple[str, ...]
    files: tuple[str, ...]
    shop: tuple[str, ...] = ()


PEERS = (
    Peer("FastAPI", "app_fastapi.py", (*BOTOCORE, *PYDANTIC, *FASTAPI, "pynamodb"), ("contract.py", "records.py")),
    Peer(
        "Powertools",
        "app_powertools.py",
        (*BOTOCORE, "aws_lambda_powertools", "boto3", "s3transfer", "typing_extensions.py"),
        ("checks.py", "items.py", "serving.py"),
    ),
    Peer(
        "Powertools + pydantic",
        "app_powertools_validating.py",
        (*BOTOCORE, *PYDANTIC, "aws_lambda_powertools", "boto3", "s3transfer"),
        ("contract.py", "items.py", "serving.py"),
    ),
    Peer("bare", "app_bare.py", (*BOTOCORE, "msgspec"), ("checks.py", "items.py"), WIRE),
)


def built(peer: Peer) -> Path:
    """Return the folder of a peer's package as Lambda would unpack it, `app.py` and all."""
    installed = package.install(BUILD, package.machine(), REQUIREMENTS)
    libraries = BUILD / f"{peer.app.removesuffix('.py')}-{digest(installed.name, *peer.keep)}"
    if not libraries.exists():
        unfinished = libraries.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(parents=True)
        package.stage(installed, unfinished, peer.keep)
        unfinished.rename(libraries)
    for name in ("app.py", "checkout.py", "rules.py", *peer.files):
        shutil.copyfile(HANDLERS / name, libraries / name)
    shutil.copyfile(HANDLERS / peer.app, libraries / "handler.py")
    for name in peer.shop:
        (libraries / SHOP.name).mkdir(exist_ok=True)
        shutil.copyfile(SHOP / name, libraries / SHOP.name / name)
    if peer.shop:
        authorities.gather(libraries)
    package.compile_all(libraries)
    return libraries


def digest(*parts: str) -> str:
    """Return what stands for what a package is made of, and for how it is trimmed."""
    return hashlib.sha256("\n".join([*parts, package.CONTENTS.read_text()]).encode()).hexdigest()[:12]


def versions() -> dict[str, str]:
    """Return what the peers are made of."""
    pinned = (line.split("==") for line in REQUIREMENTS.read_text().splitlines() if "==" in line)
    return {name: version for name, version in pinned if name in TOLD}
