"""A release that was deployed is looked at: it is remembered if it works, and gives way if not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from infra import deploy, live
from infra.cloud import Cloud
from infra.faults import Fault
from infra.releases import Release, Releases
from tests.infra.released import release


def test_a_site_that_never_answers_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "PATIENCE_SECONDS", -1)
    with pytest.raises(Fault, match="home does not answer"):
        live.until(lambda: False, "home")


@pytest.mark.parametrize("url", ["http://127.0.0.1:9/", "junk", "http://[/"])
def test_what_is_no_address_does_not_answer(url: str) -> None:
    assert not live.answers(url)


class Standing:
    """A stack that runs a release of which nothing is known."""

    def __init__(self, template: object) -> None:
        self._template = template

    def template(self) -> object:
        return self._template

    def outputs(self) -> dict[str, str]:
        return {"SiteBucket": "site"}


@pytest.fixture
def seen(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was brought back, by a deployment whose shop does not answer."""
    cloud.client("s3").create_bucket(Bucket="site", CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    back: list[str] = []
    monkeypatch.setattr(live, "publish", lambda *_: None)
    monkeypatch.setattr(live, "smoke_test", fail)
    monkeypatch.setattr(deploy, "bring_back", lambda _, __, one: back.append(one.version))
    return back


def fail(_: Any) -> None:
    raise Fault("home does not answer.")


def shown(cloud: Cloud, made: Release) -> str:
    with pytest.raises(Fault) as fault:
        deploy.open_with(cloud, Standing(Releases(cloud).template(made)), made)  # type: ignore[arg-type]
    return str(fault.value)


def test_a_release_that_does_not_work_gives_way_to_the_one_before_and_is_not_remembered(
    cloud: Cloud, seen: list[str], tmp_path: Path
) -> None:
    release(cloud, "First", tmp_path)
    said = shown(cloud, release(cloud, "Second", tmp_path, works=False))
    assert said.startswith("home does not answer. First, built ")
    assert "runs again" in said
    assert seen == ["First"]
    assert [one.version for one in Releases(cloud).all()] == ["First"]


def test_a_first_release_that_does_not_work_says_where_to_look(cloud: Cloud, seen: list[str], tmp_path: Path) -> None:
    said = shown(cloud, release(cloud, "First", tmp_path, works=False))
    assert "make logs STAGE=test" in said
    assert seen == []
