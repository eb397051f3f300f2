"""Brings back the release before the one that runs: `make rollback STAGE=prod`."""

from __future__ import annotations

import os
import sys

from infra.cloud import Cloud
from infra.faults import Fault, told
from infra.live import show, step
from infra.releases import Release, Releases
from infra.stacks import Stack


def rollback(cloud: Cloud) -> Release:
    """Put the release before, and publish the pages with its templates; returns it. Data stays as it is.

    One that was deployed and then did not work was never remembered: before it is the latest that did.
    """
    releases, standing = Releases(cloud), Stack(cloud)
    if not standing.status():
        raise Fault(f"There is no stage {cloud.stage} in this account and region.")
    standing.make_ready()
    before = releases.before(standing.template())
    if before is None:
        raise Fault(f"There is no release before the one that runs in {cloud.stage}.")
    bring_back(cloud, standing, before)
    return before


def bring_back(cloud: Cloud, standing: Stack, release: Release) -> None:
    """Make the stack and the site what they were with a release. Raises Fault."""
    releases = Releases(cloud)
    step(f"Bringing back {release.told()}")
    shared = standing.parameters().keys() & releases.template(release)["Parameters"].keys()
    standing.put(release.template_url, dict.fromkeys(shared))
    show(cloud, standing, releases.worker(release))


def main() -> None:
    """Roll back the stage that STAGE names."""
    print(f"\n  {rollback(Cloud(os.environ.get('STAGE', ''))).told()} runs again.\n")


if __name__ == "__main__":
    sys.exit(told(main))
