"""Puts a stage of the shop on AWS, or what has changed of it: `make deploy STAGE=prod`.

Every step can be repeated. One that fails leaves running what ran before, or brings it back, and says what to do.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path

import msgspec

from chalicelib.keys import Keys
from chalicelib.payments import stripe
from chalicelib.payments.gateway import NotConfigured
from chalicelib.settings import settings
from chalicelib.shop import shop
from infra import package, stack, upload
from infra.choices import Choices, choices
from infra.cloud import Cloud
from infra.faults import Fault, told
from infra.live import address, distribution, show, step
from infra.releases import Release, Releases
from infra.rollback import bring_back
from infra.stacks import Stack

BUILD = Path(os.environ.get("BUILD_DIR", ".build/deploy"))
RUNS_ON_LAMBDA = (3, 12)


def deploy(cloud: Cloud) -> str:
    """Build, upload, update, publish and look; returns the site's address."""
    if not cloud.local and sys.version_info < RUNS_ON_LAMBDA:
        raise Fault(f"Lambda runs Python 3.12: rm -r .venv, then PYTHON=python3.12 make deploy STAGE={cloud.stage}")
    step("Checking the account")
    print(f"  account {cloud.account}, region {cloud.region}, stage {cloud.stage}")
    standing = Stack(cloud)
    standing.make_ready()
    chosen = choices(standing.parameters() | standing.outputs())
    keys = cloud.ensure_keys()
    if chosen.gateway == "stripe":
        require_stripe(cloud, chosen, keys)
    with alone():
        release = build(cloud, chosen)
        update(cloud, standing, release, chosen)
    open_with(cloud, standing, release)
    if chosen.domain:
        print(f"  {chosen.domain} is to point at {standing.outputs()['DistributionDomain']} (CNAME or alias)")
    return address(standing)


def require_stripe(cloud: Cloud, chosen: Choices, keys: Keys) -> None:
    """Raise Fault where the checkout would fail for want of a key."""
    told = msgspec.structs.replace(
        settings(), secrets_parameter=cloud.keys_parameter, stripe_publishable_key=chosen.stripe_key
    )
    try:
        stripe.require_keys(keys, told)
    except NotConfigured as lacking:
        raise Fault(str(lacking)) from None


@contextmanager
def alone() -> Iterator[None]:
    """Keep a second deployment out of the folder that this one builds in. Raises Fault."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / ".lock").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise Fault(f"Another deployment builds in {BUILD}: wait until it is done.") from None
        yield


def build(cloud: Cloud, chosen: Choices) -> Release:
    """Build the assets, the package and the template, and keep them where CloudFormation finds them."""
    step("Building the assets and the package")
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
        site_bucket=cloud.site_bucket,
        permanent=cloud.stage == "prod",
        gateway=chosen.gateway,
        tracing=chosen.tracing,
    )
    template = json.dumps(stack.render(BUILD, options)).encode()
    releases = Releases(cloud)
    return releases.keep(code_bytes, code, template, assets=BUILD / "assets", version=chosen.release)


def update(cloud: Cloud, standing: Stack, release: Release, chosen: Choices) -> None:
    """Bring a release into the cloud. Assets go first: no page may name what is not there yet."""
    parameters = parameters_of(cloud, standing, chosen)
    bucket = standing.outputs().get("SiteBucket", "")
    if bucket:
        upload_assets(cloud, bucket)
    step("Updating the stack" if bucket else "Creating the stack; the first time takes some minutes")
    standing.put(release.template_url, parameters)
    if not parameters["SiteUrl"]:
        # Only now is the distribution's name known.
        standing.put(release.template_url, parameters | {"SiteUrl": distribution(standing)})
    if not bucket:
        upload_assets(cloud, standing.outputs()["SiteBucket"])


def parameters_of(cloud: Cloud, standing: Stack, chosen: Choices) -> dict[str, str]:
    """Return what the stack is told."""
    brings = standing.brings_mail_identity() or not knows_sender(cloud)
    # A certificate that there is not has the template's own word for it.
    certificate = {"CertificateArn": chosen.certificate} if chosen.certificate else {}
    return certificate | {
        "KeysParameter": cloud.keys_parameter,
        "OriginSecret": cloud.origin_secret(),
        "MailSender": shop().email,
        "SenderIdentity": "new" if brings else "known",
        "DomainName": chosen.domain,
        "AlarmEmail": chosen.alarm_email,
        "MonthlyBudget": chosen.budget,
        "StripePublishableKey": chosen.stripe_key,
        "SiteUrl": f"https://{chosen.domain}" if chosen.domain else distribution(standing),
    }


def knows_sender(cloud: Cloud) -> bool:
    """Whether SES has heard of the address that mails come from: another stage's stack may have brought it."""
    return shop().email in cloud.client("ses").list_identities()["Identities"]


def upload_assets(cloud: Cloud, bucket: str) -> None:
    """Upload what was built."""
    step("Uploading the assets")
    print(f"  {upload.upload(cloud, bucket, BUILD / 'assets')} files")


def open_with(cloud: Cloud, standing: Stack, release: Release) -> None:
    """Show, look, and remember the release; one that does not work gives way to the one before. Raises Fault."""
    releases = Releases(cloud)
    try:
        show(cloud, standing, releases.worker(release))
    except Fault as fault:
        raise Fault(f"{fault} {give_way(cloud, standing, release)}") from None
    releases.remember(release)
    upload.prune(cloud, standing.outputs()["SiteBucket"], releases.assets_in_use())


def give_way(cloud: Cloud, standing: Stack, release: Release) -> str:
    """Bring back what ran before a release that does not work; returns what to tell. Raises Fault."""
    before = Releases(cloud).before(standing.template())
    if before is None:
        return f"No release has worked here yet: `make logs STAGE={cloud.stage}` tells more. Mend it and deploy again."
    print(f"  {release.told()} does not work")
    bring_back(cloud, standing, before)
    return f"{before.told()} runs again. Mend the new release and deploy it again."


def main() -> None:
    """Deploy the stage that STAGE names."""
    print(f"\n  The shop is open: {deploy(Cloud(os.environ.get('STAGE', '')))}\n")


if __name__ == "__main__":
    sys.exit(told(main))
