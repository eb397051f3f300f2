"""Tells how a stage is: `make status STAGE=prod`."""

from __future__ import annotations

import os
import sys

from infra.cloud import Cloud
from infra.faults import Fault, told
from infra.live import address, answers
from infra.releases import Releases
from infra.stacks import Stack


def main() -> None:
    """Print the stack's state, the address, what runs, and which alarms ring."""
    cloud = Cloud(os.environ.get("STAGE", ""))
    standing = Stack(cloud)
    status = standing.status()
    if not status:
        raise Fault(f"There is no stage {cloud.stage} in this account and region: make deploy STAGE={cloud.stage}")
    site = address(standing)
    releases = Releases(cloud)
    running = releases.running(standing.template())
    ringing = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=cloud.stack, StateValue="ALARM")[
        "MetricAlarms"
    ]
    print(f"stack    {status.lower().replace('_', ' ')}")
    print(f"served   by {standing.outputs().get('DistributionDomain', 'nobody')}")
    print(f"site     {site} {'answers' if answers(f'{site}/') else 'does not answer'}")
    print(f"runs     {running.told() if running else 'a release that was never seen to work: make rollback'}")
    for release in releases.all():
        if release != running:
            print(f"known    {release.told()}")
    print(f"alarms   {', '.join(alarm['AlarmName'] for alarm in ringing) or 'none'}")


if __name__ == "__main__":
    sys.exit(told(main))
