"""Puts a stage of the shop on AWS, or what has changed of it: `make deploy STAGE=prod`.

Every step can be repeated. One that fails leaves running what ran before, and says what to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from chalicelib.shop import shop
from infra import package, stack, upload
from infra.choices import Choices, choices
from infra.cloud import Cloud
from infra.faults import Fault, told
from infra.releases import Release, Releases
from infra.stacks import Stack

BUILD = Path(os.environ.get("BUILD_DIR", ".build/deploy"))
RUNS_ON_LAMBDA = (3, 12)
PATIENCE_SECONDS = 300
PAUSE_SECONDS = 2.0


def deploy(cloud: Cloud, chosen: Choices) -> str:
    """Build, upload, update, publish and look; returns the site's address."""
    if not cloud.local and sys.version_info < RUNS_ON_LAMBDA:
        raise Fault("Package with Python 3.12 or later, which Lambda runs: PYTHON=python3.12 make clean setup deploy")
    step("Checking the account")
    print(f"  account {cloud.account}, region {cloud.region}, stage {cloud.stage}")
    standing = Stack(cloud)
    standing.make_ready()
    release = build(cloud, chosen)
    cloud.ensure_keys()
    bring(cloud, standing, release, chosen)
    return address(standing)


def build(cloud: Cloud, chosen: Choices) -> Release:
    """Build the assets, the package and the template, and keep them where CloudFormation finds them."""
    step("Building the assets and the package")
    BUILD.mkdir(parents=True, exist_ok=True)
    subprocess.run(["node", "infra/assets.mjs", str(BUILD)], check=True)  # noqa: S603, S607 -- our own words.
    zipped = package.build(BUILD, chosen.architecture, chosen.release, stripe=chosen.gateway == "stripe")
    code_bytes = zipped.read_bytes()
    digest = hashlib.sha256(code_bytes).hexdigest()[:16]
    code = f"{cloud.stage}/package-{digest}.zip"
    print(f"  package of {len(code_bytes) / 1e6:.1f} MB, {digest}")
    options = stack.Options(
        stage=cloud.stage,
        code=f"s3://{cloud.artifacts}/{code}",
        architecture=chosen.architecture,
        permanent=cloud.stage == "prod",
        gateway=chosen.gateway,
        tracing=chosen.tracing,
    )
    template = json.dumps(stack.render(BUILD, options)).encode()
    releases = Releases(cloud)
    return releases.keep(code_bytes, code, template, assets=BUILD / "assets", version=chosen.release)


def bring(cloud: Cloud, standing: Stack, release: Release, chosen: Choices) -> None:
    """Bring a release into the cloud. Assets go first: no page may name what is not there yet."""
    parameters = {
        "KeysParameter": cloud.keys_parameter,
        "OriginSecret": cloud.origin_secret(),
        "MailSender": shop().email,
        "SenderIdentity": "new" if standing.brings_mail_identity() or not knows_sender(cloud) else "known",
        "DomainName": chosen.domain,
        "AlarmEmail": chosen.alarm_email,
        "SiteUrl": os.environ.get("SITE_URL", "") or (f"https://{chosen.domain}" if chosen.domain else ""),
    }
    if chosen.certificate:
        parameters["CertificateArn"] = chosen.certificate
    bucket = standing.outputs().get("SiteBucket", "")
    if bucket:
        upload_assets(cloud, bucket)
    parameters["SiteUrl"] = parameters["SiteUrl"] or address(standing)
    step("Updating the stack" if bucket else "Creating the stack; the first time takes some minutes")
    standing.put(release.template_url, parameters)
    if not parameters["SiteUrl"]:
        # Only now is the distribution's name known.
        parameters["SiteUrl"] = address(standing)
        standing.put(release.template_url, parameters)
    if not bucket:
        upload_assets(cloud, standing.outputs()["SiteBucket"])
    step("Publishing the pages")
    publish(cloud, standing)
    step("Looking whether it works")
    smoke_test(standing)
    keep(cloud, standing, release)


def upload_assets(cloud: Cloud, bucket: str) -> None:
    """Upload what was built."""
    step("Uploading the assets")
    print(f"  {upload.upload(cloud, bucket, BUILD / 'assets')} files")


def knows_sender(cloud: Cloud) -> bool:
    """Whether SES has heard of the address that mails come from: another stage's stack may have brought it."""
    return shop().email in cloud.client("ses").list_identities()["Identities"]


def keep(cloud: Cloud, standing: Stack, release: Release) -> None:
    """Remember that a release runs, and let go of the assets that none has asked for in a week."""
    releases = Releases(cloud)
    releases.remember(release)
    upload.prune(cloud, standing.outputs()["SiteBucket"], releases.assets_in_use())


def address(standing: Stack) -> str:
    """Return where shoppers find the site; empty before there is one."""
    told_so = standing.parameters().get("SiteUrl", "")
    domain = standing.outputs().get("DistributionDomain", "")
    return told_so or (f"https://{domain}" if domain else "")


def publish(cloud: Cloud, standing: Stack) -> None:
    """Have the deployed shop publish every page: with its own templates, whichever release that is."""
    client = cloud.client("lambda")
    answer = client.invoke(FunctionName=standing.functions()["PublishEverything"], Payload=b"{}")
    body = answer["Payload"].read().decode()
    if "FunctionError" in answer:
        raise Fault(f"The pages could not be published: {body} See `make logs STAGE={cloud.stage}`.")
    print(f"  {body} files")


def smoke_test(standing: Stack) -> None:
    """Ask the site and the API as a shopper would; raises Fault."""
    site, api = address(standing), os.environ.get("API_URL") or f"{address(standing)}/api"
    for what, url in (("home", f"{site}/"), ("the API", f"{api}/health"), ("the list", f"{api}/products?limit=1")):
        until(lambda url=url: answers(url), f"{what} ({url})")  # type: ignore[misc]
        print(f"  {what} answers")


def answers(url: str) -> bool:
    """Whether a GET succeeds."""
    try:
        with urllib.request.urlopen(url, timeout=10):  # noqa: S310 -- our own address.
            return True
    except (urllib.error.URLError, OSError):
        return False


def until(holds: Callable[[], bool], what: str) -> None:
    """Wait for something new to be reachable everywhere; raises Fault."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not holds():
        if time.monotonic() > deadline:
            raise Fault(f"{what} does not answer. `make rollback` brings back what was there before.")
        time.sleep(PAUSE_SECONDS)


def step(words: str) -> None:
    """Tell what comes next."""
    print(f"{datetime.now(UTC):%H:%M:%S}  {words}", flush=True)


def main() -> None:
    """Deploy the stage that STAGE names."""
    cloud = Cloud(os.environ.get("STAGE", ""))
    print(f"\n  The shop is open: {deploy(cloud, choices())}\n")


if __name__ == "__main__":
    sys.exit(told(main))
