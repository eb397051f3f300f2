"""Takes a stage of the shop off AWS: `make destroy STAGE=dev`. Asks first, and keeps the data unless told."""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

import botocore.exceptions

from infra.cloud import Cloud
from infra.faults import Fault, told
from infra.stacks import Stack
from infra.tables import existing

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client
    from mypy_boto3_s3.type_defs import ListObjectVersionsOutputTypeDef, ObjectIdentifierTypeDef

TRIES, PAUSE_SECONDS = 10, 2


def destroy(cloud: Cloud, *, data: bool) -> None:
    """Delete the stack and the site, which is made of the data; with `data` the tables, releases and keys too."""
    standing = Stack(cloud)
    buckets = _buckets(cloud)
    status = standing.status()
    if not status and not (data and existing(cloud.client("dynamodb"))) and cloud.site_bucket not in buckets:
        raise Fault(f"There is no stage {cloud.stage} in this account and region.")
    if status:
        standing.delete()
    if cloud.site_bucket in buckets:
        _delete_site(cloud)
    if data:
        _delete_tables(cloud)
        if cloud.artifacts in buckets:
            _empty(cloud, cloud.artifacts, f"{cloud.stage}/")
        cloud.client("ssm").delete_parameters(Names=[cloud.keys_parameter, cloud.origin_parameter])


def _buckets(cloud: Cloud) -> set[str]:
    return {bucket["Name"] for bucket in cloud.client("s3").list_buckets()["Buckets"]}


def _delete_tables(cloud: Cloud) -> None:
    client = cloud.client("dynamodb")
    for name in existing(client):
        client.update_table(TableName=name, DeletionProtectionEnabled=False)
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 2})
        client.delete_table(TableName=name)


def _delete_site(cloud: Cloud) -> None:
    """Empty the bucket and delete it, again where pages came in between. Raises Fault.

    A function that was publishing when the stack went lives on until it is done.
    """
    for attempt in range(TRIES):
        time.sleep(PAUSE_SECONDS if attempt else 0)
        _empty(cloud, cloud.site_bucket)
        try:
            cloud.client("s3").delete_bucket(Bucket=cloud.site_bucket)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"].get("Code") != "BucketNotEmpty":
                raise
        else:
            return
    raise Fault(f"Something still writes to {cloud.site_bucket}. Run the same command again: it goes on from here.")


def _empty(cloud: Cloud, bucket: str, prefix: str = "") -> None:
    """Delete every version of every object. Raises Fault."""
    s3: S3Client = cloud.client("s3")
    # Always the first page: of a list that is deleted from, the second would leave some out.
    while objects := _versions(s3.list_object_versions(Bucket=bucket, Prefix=prefix)):
        errors = s3.delete_objects(Bucket=bucket, Delete={"Objects": objects, "Quiet": True}).get("Errors", [])
        if errors:
            raise Fault(f"{bucket} cannot be emptied: {errors[0].get('Message')}")


def _versions(page: ListObjectVersionsOutputTypeDef) -> list[ObjectIdentifierTypeDef]:
    found = [*page.get("Versions", []), *page.get("DeleteMarkers", [])]
    return [{"Key": one["Key"], "VersionId": one["VersionId"]} for one in found]


def main() -> None:
    """Destroy the stage that STAGE names, once its name has been typed, or said by YES."""
    cloud, data = Cloud(os.environ.get("STAGE", "")), os.environ.get("DATA") == "delete"
    what = "with all its orders, accounts and pages" if data else "and keep its data (DATA=delete deletes that too)"
    said = os.environ.get("YES") or input(f"Take the stage {cloud.stage} off {cloud.account} {what}? Type its name: ")
    if said != cloud.stage:
        raise Fault("Nothing was done.")
    destroy(cloud, data=data)
    kept = "Its tables and its keys stay: the next deployment takes them up."
    print(f"The stage {cloud.stage} is gone." if data else f"The stage {cloud.stage} is off. {kept}")


if __name__ == "__main__":
    sys.exit(told(main))
