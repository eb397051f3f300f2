"""Prepares the local AWS: tables, bucket, secrets, the demo catalogue the first time, and the pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import boto3

from chalicelib import bootstrap, keys
from chalicelib.settings import settings
from chalicelib.shop import shop
from dev import waiting
from dev.demo import load
from infra.tables import create_missing

if TYPE_CHECKING:
    from mypy_boto3_s3.literals import BucketLocationConstraintType


def main() -> None:
    """Do what has not been done yet."""
    keys.generate(settings().secrets_file)
    waiting.aws()
    create_bucket()
    verify_sender()
    create_missing()
    if not bootstrap.catalogue().all_products():
        print(f"Loaded {load.load()} products of the demo catalogue.")
    print(f"Published {bootstrap.storefront().publish_all()} pages.")


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
