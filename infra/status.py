"""Tells how a stage is: `make status STAGE=prod`."""

from __future__ import annotations

import os
import sys

from infra.cloud import Cloud
from infra.deploy import address, answers
from infra.faults import Fault, told
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
    releases = Releases(cloud).all()
    ringing = cloud.client("cloudwatch").describe_alarms(AlarmNamePrefix=cloud.stack, StateValue="ALARM")[
        "MetricAlarms"
    ]
    print(f"stack    {status.lower().replace('_', ' ')}")
    print(f"site     {site} {'answers' if answers(f'{site}/') else 'does not answer'}")
    for release in releases[:3]:
        print(f"release  {release.version}, built {release.built_at:%Y-%m-%d %H:%M} UTC, {release.package}")
    print(f"alarms   {', '.join(alarm['AlarmName'] for alarm in ringing) or 'none'}")


if __name__ == "__main__":
    sys.exit(told(main))
