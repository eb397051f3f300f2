"""Brings back the release before the one that runs: `make rollback STAGE=prod`."""

from __future__ import annotations

import os
import sys

from infra.cloud import Cloud
from infra.deploy import keep, publish, smoke_test, step
from infra.faults import Fault, told
from infra.releases import Releases
from infra.stacks import Stack


def rollback(cloud: Cloud) -> str:
    """Put the release before, and publish the pages with its templates; returns its version. Data stays as it is.

    One that was deployed and then did not work was never remembered: before it is the latest that did.
    """
    releases, standing = Releases(cloud), Stack(cloud)
    standing.make_ready()
    if not standing.status():
        raise Fault(f"There is no stage {cloud.stage} in this account and region.")
    runs = standing.template()
    before = next((one for one in releases.all() if releases.template(one) != runs), None)
    if before is None:
        raise Fault(f"There is no release before the one that runs in {cloud.stage}.")
    step(f"Bringing back {before.version}, built {before.built_at:%Y-%m-%d %H:%M} UTC")
    shared = standing.parameters().keys() & releases.template(before)["Parameters"].keys()
    standing.put(before.template_url, dict.fromkeys(shared))
    step("Publishing the pages")
    publish(cloud, standing)
    step("Looking whether it works")
    smoke_test(standing)
    keep(cloud, standing, before)
    return before.version


def main() -> None:
    """Roll back the stage that STAGE names."""
    print(f"\n  {rollback(Cloud(os.environ.get('STAGE', '')))} runs again.\n")


if __name__ == "__main__":
    sys.exit(told(main))
