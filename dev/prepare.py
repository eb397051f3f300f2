"""Prepares the local AWS: tables, bucket, secrets, the demo shop the first time, and the pages."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, cast

import boto3

from chalicelib import bootstrap, keys
from chalicelib.payments.gateway import NotConfigured
from chalicelib.settings import settings
from chalicelib.shop import shop
from dev import waiting
from dev.demo import load, promotions
from infra.tables import OtherVersion, create_missing

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import BucketLocationConstraintType


def main() -> None:
    """Do what has not been done yet."""
    keys.generate(settings().secrets_file)
    require_gateway()
    waiting.aws()
    create_bucket()
    verify_sender()
    try:
        create_missing()
    except OtherVersion as table:
        sys.exit(
            f"The local data is of an earlier version ({table}). Delete the folder and start again: rm -r {folder()}"
        )
    if not bootstrap.catalogue().inventory().listings:
        print(f"Loaded {load.load()} products of the demo catalogue.")
        print(f"Put {promotions.load()} promo codes on.")
    print(f"Published {bootstrap.storefront().publish_all()} files.")


def require_gateway() -> None:
    """Stop with one sentence where the shop lacks what its payment gateway needs."""
    try:
        bootstrap.gateway()
    except NotConfigured as lacking:
        sys.exit(str(lacking))


def folder() -> str:
    """Return the folder of the local shop's data."""
    return str(settings().secrets_file.parent)


def create_bucket() -> None:
    """Create the site's bucket; one that is there already is left as it is."""
    s3 = boto3.client("s3", region_name=settings().region)
    if settings().site_bucket not in [bucket["Name"] for bucket in s3.list_buckets()["Buckets"]]:
        region = cast("BucketLocationConstraintType", settings().region)
        s3.create_bucket(Bucket=settings().site_bucket, CreateBucketConfiguration={"LocationConstraint": region})


def verify_sender() -> None:
    """Let SES send from the shop's address; the local one believes that it is ours."""
    boto3.client("ses", region_name=settings().region).verify_email_identity(EmailAddress=shop().email)


if __name__ == "__main__":
    main()
