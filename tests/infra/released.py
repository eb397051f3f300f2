"""Releases as a deployment leaves them."""

from __future__ import annotations

import json
from pathlib import Path

from infra.cloud import Cloud
from infra.releases import Release, Releases


def release(cloud: Cloud, version: str, folder: Path, *, works: bool = True) -> Release:
    """Keep a release with a parameter of its own, and remember it if it works."""
    releases = Releases(cloud)
    template = json.dumps({"Parameters": {"Kept": {}, f"Of{version}": {}}}).encode()
    made = releases.keep(b"zip", f"test/package-{version}.zip", template, assets=folder, version=version)
    if works:
        releases.remember(made)
    return made
