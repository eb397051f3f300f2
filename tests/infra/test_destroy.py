"""What a destroyed stage leaves, and what not."""

from __future__ import annotations

from typing import Any

import pytest

from infra import destroy
from infra.cloud import Cloud
from infra.faults import Fault
from infra.tables import all_tables, create_missing


class Standing:
    """A stack that can be deleted."""

    state = "CREATE_COMPLETE"

    def __init__(self, _: Cloud) -> None:
        pass

    def status(self) -> str:
        return Standing.state

    def delete(self) -> None:
        Standing.state = ""


@pytest.fixture
def stage(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A stage with tables, pages of several versions, artifacts and keys, beside another's."""
    monkeypatch.setattr(destroy, "Stack", Standing)
    Standing.state = "CREATE_COMPLETE"
    create_missing()
    s3 = cloud.client("s3")
    where = {"LocationConstraint": "eu-west-2"}
    s3.create_bucket(Bucket=cloud.site_bucket, CreateBucketConfiguration=where)
    s3.put_bucket_versioning(Bucket=cloud.site_bucket, VersioningConfiguration={"Status": "Enabled"})
    for body in (b"1", b"2"):
        s3.put_object(Bucket=cloud.site_bucket, Key="index.html", Body=body)
    s3.delete_object(Bucket=cloud.site_bucket, Key="index.html")
    s3.put_object(Bucket=cloud.artifacts, Key="test/releases.json", Body=b"[]")
    s3.put_object(Bucket=cloud.artifacts, Key="prod/releases.json", Body=b"[]")
    cloud.ensure_keys()
    return s3


def tables(cloud: Cloud) -> list[str]:
    return list(cloud.client("dynamodb").list_tables()["TableNames"])


def buckets(s3: Any) -> set[str]:
    return {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}


def test_a_stage_that_is_taken_off_keeps_its_data_and_its_keys(cloud: Cloud, stage: Any) -> None:
    before = cloud.ensure_keys()
    destroy.destroy(cloud, data=False)
    assert Standing.state == ""
    assert len(tables(cloud)) == len(list(all_tables()))
    assert cloud.site_bucket not in buckets(stage), "pages are made of the data"
    assert cloud.ensure_keys() == before


@pytest.mark.parametrize("at_once", [True, False], ids=["at once", "after a time without its stack"])
def test_its_data_are_deleted_when_that_is_said(cloud: Cloud, stage: Any, at_once: bool) -> None:
    if not at_once:
        destroy.destroy(cloud, data=False)
        cloud.client("dynamodb").delete_table(TableName=tables(cloud)[0])
    destroy.destroy(cloud, data=True)
    assert tables(cloud) == []
    assert cloud.site_bucket not in buckets(stage)
    assert [one["Key"] for one in stage.list_objects_v2(Bucket=cloud.artifacts)["Contents"]] == ["prod/releases.json"]
    assert cloud.client("ssm").describe_parameters()["Parameters"] == []
    with pytest.raises(Fault, match="no stage test"):
        destroy.destroy(cloud, data=True)
