"""What was deployed: each release's package and template, kept to be rolled back to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from infra.cloud import Cloud
from infra.upload import WORKER

KEPT = 10


class Release(Struct, frozen=True):
    """A release: where its package, template and service worker lie in the artifacts' bucket, and its assets' names."""

    version: str
    built_at: datetime
    package: str
    template: str
    template_url: str
    worker: str
    assets: list[str]

    def told(self) -> str:
        """Say which one it is: versions alone may be the same."""
        return f"{self.version}, built {self.built_at:%Y-%m-%d %H:%M:%S} UTC"


class Releases:
    """A stage's releases that worked, the latest deployed first."""

    def __init__(self, cloud: Cloud) -> None:
        self._s3 = cloud.client("s3")
        self._bucket = cloud.artifacts
        self._key = f"{cloud.stage}/releases.json"
        self._stage = cloud.stage
        self._host = self._s3.meta.endpoint_url

    def keep(self, package: bytes, key: str, template: bytes, *, assets: Path, version: str) -> Release:
        """Upload a release's parts; it is remembered only once it runs."""
        template_key = f"{self._stage}/template-{_digest(template)}.json"
        worker = WORKER.read_bytes()
        worker_key = f"{self._stage}/worker-{_digest(worker)}.js"
        for name, body in ((key, package), (template_key, template), (worker_key, worker)):
            self._s3.put_object(Bucket=self._bucket, Key=name, Body=body)
        names = [str(file.relative_to(assets)) for file in sorted(assets.rglob("*")) if file.is_file()]
        return Release(version, datetime.now(UTC), key, template_key, self._url(template_key), worker_key, names)

    def all(self) -> list[Release]:
        """Return the releases that worked, the latest deployed first."""
        try:
            found = self._read(self._key)
        except self._s3.exceptions.NoSuchKey:
            return []
        return msgspec.json.decode(found, type=list[Release])

    def template(self, release: Release) -> dict[str, Any]:
        """Return a release's template."""
        found: dict[str, Any] = json.loads(self._read(release.template))
        return found

    def worker(self, release: Release) -> bytes:
        """Return a release's service worker."""
        return self._read(release.worker)

    def running(self, template: object) -> Release | None:
        """Return the release that a stack's template is of; None where it is of none that worked."""
        return self._of(self.all(), template)

    def before(self, template: object) -> Release | None:
        """Return what worked before what a stack runs: where that never worked, the latest that did."""
        known = self.all()
        running = self._of(known, template)
        earlier = known[known.index(running) + 1 :] if running else known
        return next(iter(earlier), None)

    def assets_in_use(self) -> set[str]:
        """Return the assets that the release that runs may ask for, and those that a rollback would bring back."""
        return {name for release in self.all() for name in release.assets}

    def remember(self, release: Release) -> None:
        """Put a release before the others; the oldest are forgotten, with what was kept of them."""
        others = [one for one in self.all() if one.template != release.template]
        kept, forgotten = [release, *others][:KEPT], [release, *others][KEPT:]
        body = msgspec.json.encode(kept)
        self._s3.put_object(Bucket=self._bucket, Key=self._key, Body=body, ContentType="application/json")
        for key in _parts(forgotten) - _parts(kept):
            self._s3.delete_object(Bucket=self._bucket, Key=key)

    def _of(self, known: list[Release], template: object) -> Release | None:
        return next((one for one in known if self.template(one) == template), None)

    def _read(self, key: str) -> bytes:
        found: bytes = self._s3.get_object(Bucket=self._bucket, Key=key)["Body"].read()
        return found

    def _url(self, key: str) -> str:
        """Return an address as CloudFormation wants it."""
        return (
            f"{self._host.replace('https://s3.', f'https://{self._bucket}.s3.')}/{key}"
            if ".amazonaws.com" in self._host
            else f"{self._host}/{self._bucket}/{key}"
        )


def _parts(releases: Iterable[Release]) -> set[str]:
    return {key for one in releases for key in (one.package, one.template, one.worker)}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:16]
