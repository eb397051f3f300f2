"""Assets in the site's bucket, and releases in the artifacts': what is sent as what, what is kept, what goes back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from infra import upload
from infra.cloud import Cloud
from infra.releases import KEPT, Releases
from tests.infra.released import release

BUCKET = "site"
NOW = datetime(2026, 3, 1, tzinfo=UTC)


@pytest.fixture
def site(cloud: Cloud) -> Any:
    s3 = cloud.client("s3")
    s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-2"})
    return s3


def assets(folder: Path, *names: str) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    return folder


def kept(site: Any) -> set[str]:
    return {one["Key"] for one in site.list_objects_v2(Bucket=BUCKET)["Contents"]}


# --- Assets -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "kind", "caching"),
    [
        ("assets/app-1a2B3c_-.js", "text/javascript; charset=utf-8", upload.FOR_EVER),
        ("assets/css/site-AbCdEf12.css", "text/css; charset=utf-8", upload.FOR_EVER),
        ("assets/images/stoneware-teapot.svg", "image/svg+xml; charset=utf-8", upload.A_DAY),
        ("assets/prefetch.speculationrules", "application/speculationrules+json; charset=utf-8", upload.A_DAY),
    ],
)
def test_a_file_is_sent_with_its_type_and_kept_for_as_long_as_its_name_holds(
    cloud: Cloud, site: Any, tmp_path: Path, key: str, kind: str, caching: str
) -> None:
    names = ("app-1a2B3c_-.js", "css/site-AbCdEf12.css", "images/stoneware-teapot.svg", "prefetch.speculationrules")
    assert upload.upload(cloud, BUCKET, assets(tmp_path, *names)) == len(names)
    head = site.head_object(Bucket=BUCKET, Key=key)
    assert (head["ContentType"], head["CacheControl"]) == (kind, caching)


def test_what_went_out_of_use_is_kept_for_a_week_and_what_is_in_use_for_ever(
    cloud: Cloud, site: Any, tmp_path: Path
) -> None:
    first, second = assets(tmp_path / "1", "a-00000000.js", "logo.svg"), assets(tmp_path / "2", "logo.svg")
    upload.upload(cloud, BUCKET, first)
    assert upload.prune(cloud, BUCKET, names(second), NOW) == 0
    assert upload.prune(cloud, BUCKET, names(second), NOW + upload.KEPT - timedelta(seconds=1)) == 0
    assert "assets/a-00000000.js" in kept(site)
    assert upload.prune(cloud, BUCKET, names(second), NOW + upload.KEPT) == 1
    assert upload.prune(cloud, BUCKET, names(second), NOW + 10 * upload.KEPT) == 0
    assert kept(site) == {"assets/logo.svg", upload.RETIRED}


def names(folder: Path) -> set[str]:
    return {str(file.relative_to(folder)) for file in folder.rglob("*")}


def test_what_came_back_into_use_starts_its_week_anew(cloud: Cloud, site: Any, tmp_path: Path) -> None:
    first, second = assets(tmp_path / "1", "a-00000000.js", "logo.svg"), assets(tmp_path / "2", "logo.svg")
    upload.upload(cloud, BUCKET, first)
    upload.prune(cloud, BUCKET, names(second), NOW)
    upload.prune(cloud, BUCKET, names(first), NOW + timedelta(days=6))
    assert upload.prune(cloud, BUCKET, names(second), NOW + timedelta(days=12)) == 0
    assert "assets/a-00000000.js" in kept(site)


def test_pages_are_never_pruned(cloud: Cloud, site: Any, tmp_path: Path) -> None:
    site.put_object(Bucket=BUCKET, Key="index.html", Body=b"")
    for moment in (NOW, NOW + 2 * upload.KEPT):
        upload.prune(cloud, BUCKET, set(), moment)
    assert "index.html" in kept(site)


# --- Releases ---------------------------------------------------------------------------------------------------------


def test_the_latest_release_is_first_and_the_oldest_are_forgotten(cloud: Cloud, tmp_path: Path) -> None:
    assert Releases(cloud).all() == []
    for number in range(KEPT + 2):
        release(cloud, f"v{number}", tmp_path)
    assert [one.version for one in Releases(cloud).all()] == [f"v{n}" for n in range(KEPT + 1, 1, -1)]


def test_what_is_kept_of_a_release_goes_when_it_is_forgotten(cloud: Cloud, tmp_path: Path) -> None:
    for number in range(KEPT + 2):
        release(cloud, f"v{number}", tmp_path)
    keys = [one["Key"] for one in cloud.client("s3").list_objects_v2(Bucket=cloud.artifacts)["Contents"]]
    assert len([key for key in keys if "package" in key]) == KEPT
    assert len([key for key in keys if "template" in key]) == KEPT
    assert len([key for key in keys if "worker" in key]) == 1, "all of them have the same"


def test_the_assets_of_every_release_that_can_be_brought_back_are_in_use(cloud: Cloud, tmp_path: Path) -> None:
    for version in ("1", "2"):
        release(cloud, version, assets(tmp_path / version, f"js/{version}.js"))
    assert Releases(cloud).assets_in_use() == {"js/1.js", "js/2.js"}


def test_a_release_that_never_ran_is_not_remembered(cloud: Cloud, tmp_path: Path) -> None:
    assets(tmp_path, "js/a.js")
    kept_only = Releases(cloud).keep(b"zip", "test/package.zip", b"{}", assets=tmp_path, version="never")
    assert kept_only.assets == ["js/a.js"]
    assert kept_only.template_url.startswith(f"https://{cloud.artifacts}.s3.")
    assert Releases(cloud).all() == []
