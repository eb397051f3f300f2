"""What the commands that mind a stage's data need to know of it: on this machine nothing, in the cloud where it is."""

from __future__ import annotations

import os

from chalicelib import bootstrap
from chalicelib.settings import settings
from infra import live
from infra.cloud import Cloud
from infra.stacks import Stack

LOCAL = "local"


def cloud() -> Cloud | None:
    """Return where the stage lives, and tell this process what the shop is told; None on this machine. Raises Fault."""
    if settings().stage == LOCAL:
        return None
    found = Cloud(settings().stage)
    os.environ["AWS_REGION"] = found.region
    os.environ.setdefault("SECRETS_PARAMETER", found.keys_parameter)
    settings.cache_clear()
    return found


def publish(cloud: Cloud | None) -> None:
    """Publish every page anew."""
    if cloud is None:
        print(f"Published {bootstrap.storefront().publish_all()} files.")
    else:
        live.publish(cloud, Stack(cloud))


def take_up_secrets(cloud: Cloud | None) -> None:
    """Have the shop read its secrets again, which a process does once; on this machine, say how."""
    if cloud is None:
        print("Stop the shop and start it again: what runs still has the secrets from before.")
        return
    client = cloud.client("lambda")
    for function in Stack(cloud).functions().values():
        # A function that is changed in anything, its description too, starts anew.
        client.update_function_configuration(FunctionName=function, Description="With the secrets of a backup")
