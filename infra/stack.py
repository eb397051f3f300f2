"""The whole template: what Chalice makes of the routes and handlers, merged with the rest of the shop."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from msgspec import Struct

from infra import template
from infra.faults import Fault
from infra.package import ROOT, Architecture

FUNCTION = "AWS::Serverless::Function"


class Options(Struct, frozen=True):
    """What differs from stage to stage. `code` is where the package lies: `s3://bucket/key`."""

    stage: str
    code: str
    architecture: Architecture
    site_bucket: str
    permanent: bool = False
    gateway: str = "sandbox"
    tracing: bool = False


def render(folder: Path, options: Options) -> dict[str, Any]:
    """Return the stack's template, with SAM's transform still to come; `folder` is for what comes in between."""
    merge = folder / "merge.json"
    more = template.build(
        options.stage,
        options.site_bucket,
        permanent=options.permanent,
        gateway_name=options.gateway,
        tracing=options.tracing,
    )
    merge.write_text(json.dumps(more))
    _chalice_package(folder, merge, options.stage)
    found: dict[str, Any] = json.loads((folder / "chalice" / "sam.json").read_text())
    for resource in found["Resources"].values():
        if resource["Type"] == FUNCTION:
            resource["Properties"] |= {"CodeUri": options.code, "Architectures": [options.architecture]}
    found["Outputs"] |= {
        # What was chosen, for the deployment after this one.
        "Architecture": {"Value": options.architecture},
        "PaymentGateway": {"Value": options.gateway},
        "Tracing": {"Value": "1" if options.tracing else "0"},
    }
    return found


def _chalice_package(folder: Path, merge: Path, stage: str) -> None:
    """Let Chalice write its template. The code it takes from a copy without dependencies: the package is our own."""
    copy = folder / "app"
    shutil.rmtree(copy, ignore_errors=True)
    copy.mkdir(parents=True)
    for name in ("chalicelib", ".chalice"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__", "deployments"))
    shutil.copy(ROOT / "app.py", copy)
    (copy / "requirements.txt").touch()
    command = ["chalice", "package", "--stage", stage, "--merge-template", str(merge.resolve())]
    done = subprocess.run(  # noqa: S603 -- our own words.
        [*command, str((folder / "chalice").resolve())],
        cwd=copy,
        env=os.environ | {"STAGE": stage},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise Fault(f"{done.stdout}{done.stderr}\nChalice cannot package the app: what it said stands above.")
