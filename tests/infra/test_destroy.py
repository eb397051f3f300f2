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


class Straggler:
    """Writes a page whenever the bucket has just been emptied, a number of times."""

    def __init__(self, cloud: Cloud, monkeypatch: pytest.MonkeyPatch, pages: int) -> None:
        self._cloud, self._left, self._empty = cloud, pages, destroy._empty
        monkeypatch.setattr(destroy, "_empty", self.write_after)
        monkeypatch.setattr(destroy, "PAUSE_SECONDS", 0)

    def write_after(self, cloud: Cloud, bucket: str, prefix: str = "") -> None:
        self._empty(cloud, bucket, prefix)
        if self._left:
            self._left -= 1
            self._cloud.client("s3").put_object(Bucket=self._cloud.site_bucket, Key="late.html", Body=b"late")


def test_a_page_that_is_published_meanwhile_goes_too(cloud: Cloud, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    Straggler(cloud, monkeypatch, pages=2)
    destroy.destroy(cloud, data=True)
    assert cloud.site_bucket not in buckets(stage)


def test_a_site_that_never_ends_being_published_is_told(
    cloud: Cloud, stage: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    Straggler(cloud, monkeypatch, pages=1_000)
    with pytest.raises(Fault, match="Something still writes to open-kitchen-test-site"):
        destroy.destroy(cloud, data=True)


def test_another_refusal_is_not_tried_again(cloud: Cloud, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    empty, emptied = destroy._empty, []

    def lose(cloud: Cloud, bucket: str, prefix: str = "") -> None:
        emptied.append(bucket)
        empty(cloud, bucket, prefix)
        stage.delete_bucket(Bucket=bucket)

    monkeypatch.setattr(destroy, "_empty", lose)
    with pytest.raises(stage.exceptions.NoSuchBucket):
        destroy.destroy(cloud, data=False)
    assert emptied == [cloud.site_bucket]
