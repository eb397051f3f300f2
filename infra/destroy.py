"""Takes a stage of the shop off AWS: `make destroy STAGE=dev`. Asks first, and keeps the data unless told."""

from __future__ import annotations

import os
import sys

from infra.cloud import Cloud
from infra.faults import Fault, told
from infra.stacks import Stack
from infra.tables import all_tables


def destroy(cloud: Cloud, *, data: bool) -> None:
    """Delete the stack; with `data`, the tables, the site's bucket and the keys too."""
    standing = Stack(cloud)
    if not standing.status():
        raise Fault(f"There is no stage {cloud.stage} in this account and region.")
    bucket = standing.outputs().get("SiteBucket", "")
    if data:
        _unprotect(cloud)
        _empty(cloud, bucket)
    standing.delete()
    if data:
        _forget(cloud, bucket)


def _unprotect(cloud: Cloud) -> None:
    client = cloud.client("dynamodb")
    for table in all_tables():
        client.update_table(TableName=table.Meta.table_name, DeletionProtectionEnabled=False)


def _empty(cloud: Cloud, bucket: str) -> None:
    """Delete every version of every object."""
    if not bucket:
        return
    s3 = cloud.client("s3")
    for page in s3.get_paginator("list_object_versions").paginate(Bucket=bucket):
        for found in [*page.get("Versions", []), *page.get("DeleteMarkers", [])]:
            s3.delete_object(Bucket=bucket, Key=found["Key"], VersionId=found["VersionId"])


def _forget(cloud: Cloud, bucket: str) -> None:
    """Delete what the stack has retained, and the keys."""
    dynamodb, s3, ssm = cloud.client("dynamodb"), cloud.client("s3"), cloud.client("ssm")
    left = {name for page in dynamodb.get_paginator("list_tables").paginate() for name in page["TableNames"]}
    for table in all_tables():
        if table.Meta.table_name in left:
            dynamodb.delete_table(TableName=table.Meta.table_name)
    if bucket in [one["Name"] for one in s3.list_buckets()["Buckets"]]:
        s3.delete_bucket(Bucket=bucket)
    ssm.delete_parameters(Names=[cloud.keys_parameter, cloud.origin_parameter])


def main() -> None:
    """Destroy the stage that STAGE names, once its name has been typed, or said by YES."""
    cloud, data = Cloud(os.environ.get("STAGE", "")), os.environ.get("DATA") == "delete"
    what = "with all its orders, accounts and pages" if data else "and keep its data (DATA=delete deletes that too)"
    said = os.environ.get("YES") or input(f"Take the stage {cloud.stage} off {cloud.account} {what}? Type its name: ")
    if said != cloud.stage:
        raise Fault("Nothing was done.")
    destroy(cloud, data=data)
    print(f"The stage {cloud.stage} is gone." if data else f"The stage {cloud.stage} is off. Its tables stay.")


if __name__ == "__main__":
    sys.exit(told(main))
