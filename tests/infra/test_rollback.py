"""What comes back when a release is rolled back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from infra import live, releases, rollback
from infra.cloud import Cloud
from infra.faults import Fault
from infra.releases import Release, Releases
from tests.infra.released import release

Runs = Callable[[Release], "Standing"]


class Standing:
    """A stack that takes everything."""

    def __init__(self, cloud: Cloud, runs: Release) -> None:
        self._releases = Releases(cloud)
        self._runs = runs
        self._known = {runs.template_url: runs, **{one.template_url: one for one in self._releases.all()}}
        self.state = "UPDATE_COMPLETE"
        self.told: dict[str, str | None] = {"Kept": "1", f"Of{runs.version}": "1"}

    def outputs(self) -> dict[str, str]:
        return {"SiteBucket": "site"}

    def make_ready(self) -> None:
        pass

    def status(self) -> str:
        return self.state

    def template(self) -> object:
        return self._releases.template(self._runs)

    def parameters(self) -> dict[str, str | None]:
        return self.told

    def put(self, template_url: str, parameters: dict[str, str | None]) -> None:
        self._runs, self.told = self._known[template_url], parameters


@pytest.fixture
def runs(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Runs:
    """Let a release be what the stack runs."""
    cloud.client("s3").create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    for name in ("publish", "smoke_test"):
        monkeypatch.setattr(live, name, lambda *_: None)

    def runs(one: Release) -> Standing:
        standing = Standing(cloud, one)
        monkeypatch.setattr(rollback, "Stack", lambda _: standing)
        return standing

    return runs


def test_each_rollback_goes_one_release_further_back(cloud: Cloud, runs: Runs, tmp_path: Path) -> None:
    for version in ("First", "Second"):
        release(cloud, version, tmp_path)
    runs(release(cloud, "Third", tmp_path))
    assert rollback.rollback(cloud).version == "Second"
    assert rollback.rollback(cloud).version == "First"
    with pytest.raises(Fault, match="no release before"):
        rollback.rollback(cloud)


def test_the_service_worker_comes_back_too(
    cloud: Cloud, runs: Runs, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    worker = tmp_path / "service-worker.js"
    monkeypatch.setattr(releases, "WORKER", worker)
    worker.write_text("first")
    release(cloud, "First", tmp_path)
    worker.write_text("second")
    runs(release(cloud, "Second", tmp_path))
    rollback.rollback(cloud)
    kept = cloud.client("s3").get_object(Bucket="site", Key="service-worker.js")
    assert (kept["Body"].read(), kept["CacheControl"]) == (b"first", "no-cache")


def test_after_a_release_that_did_not_work_the_latest_that_did_comes_back(
    cloud: Cloud, runs: Runs, tmp_path: Path
) -> None:
    release(cloud, "First", tmp_path)
    release(cloud, "Second", tmp_path)
    runs(release(cloud, "Broken", tmp_path, works=False))
    assert rollback.rollback(cloud).version == "Second"


def test_a_release_is_told_what_it_knows_of_what_the_stack_was_told(cloud: Cloud, runs: Runs, tmp_path: Path) -> None:
    release(cloud, "First", tmp_path)
    standing = runs(release(cloud, "Second", tmp_path))
    rollback.rollback(cloud)
    assert standing.told == {"Kept": None}, "its value stays, and OfSecond is nothing to the first"


def test_without_a_release_before_there_is_nothing_to_roll_back_to(cloud: Cloud, runs: Runs, tmp_path: Path) -> None:
    runs(release(cloud, "First", tmp_path))
    with pytest.raises(Fault, match="no release before"):
        rollback.rollback(cloud)


def test_without_a_stack_there_is_nothing_to_roll_back(cloud: Cloud, runs: Runs, tmp_path: Path) -> None:
    runs(release(cloud, "First", tmp_path)).state = ""
    with pytest.raises(Fault, match="no stage test"):
        rollback.rollback(cloud)
