"""What makes a stage's shop visible, and looks whether it works."""

from __future__ import annotations

import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime

from infra import upload
from infra.cloud import Cloud
from infra.faults import Fault
from infra.stacks import Stack

PATIENCE_SECONDS = 300
PAUSE_SECONDS = 2.0
# Longer than the function may take: to ask again meanwhile would publish twice at once.
PUBLISHING_SECONDS = 150


def distribution(standing: Stack) -> str:
    """Return where the distribution is reached, whether or not a domain name points at it; empty without one.

    On the local AWS something stands in for it, at SITE_URL.
    """
    domain = standing.outputs().get("DistributionDomain", "")
    return os.environ.get("SITE_URL") or (f"https://{domain}" if domain else "")


def address(standing: Stack) -> str:
    """Return where shoppers find the site; empty before there is one."""
    return standing.parameters().get("SiteUrl", "") or distribution(standing)


def show(cloud: Cloud, standing: Stack, worker: bytes) -> None:
    """Show what the stack runs: its service worker and pages; then ask it, as a shopper would. Raises Fault."""
    upload.put_worker(cloud, standing.outputs()["SiteBucket"], worker)
    step("Publishing the pages")
    publish(cloud, standing)
    step("Looking whether it works")
    smoke_test(standing)


def publish(cloud: Cloud, standing: Stack) -> None:
    """Have the deployed shop publish every page: with its own templates, whichever release that is. Raises Fault."""
    client = cloud.client("lambda", read_seconds=PUBLISHING_SECONDS, attempts=1)
    answer = client.invoke(FunctionName=standing.functions()["PublishEverything"], Payload=b"{}")
    body = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise Fault(f"The pages could not be published: {body} See `make logs STAGE={cloud.stage}`.")
    print(f"  {body} files")


def smoke_test(standing: Stack) -> None:
    """Ask the site and the API as a shopper would; raises Fault."""
    site = distribution(standing)
    api = os.environ.get("API_URL") or f"{site}/api"
    for what, url in (("home", f"{site}/"), ("the API", f"{api}/health"), ("the list", f"{api}/products?limit=1")):
        until(lambda url=url: answers(url), f"{what} ({url})")  # type: ignore[misc]
        print(f"  {what} answers")


def answers(url: str) -> bool:
    """Whether a GET succeeds."""
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310 -- our own address.
            return True
    except (urllib.error.URLError, OSError, ValueError):
        return False


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something new to be reachable everywhere; raises Fault."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise Fault(f"{what} does not answer.")
        time.sleep(PAUSE_SECONDS)


def step(words: str) -> None:
    """Tell what comes next."""
    print(f"{datetime.now(UTC):%H:%M:%S}  {words}", flush=True)
