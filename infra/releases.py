"""What was deployed: each release's package and template, kept to be rolled back to."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from infra.cloud import Cloud

KEPT = 10


class Release(Struct, frozen=True):
    """A release: where its package and its template lie in the artifacts' bucket, and which assets it names."""

    version: str
    built_at: datetime
    package: str
    template: str
    template_url: str
    assets: list[str]


class Releases:
    """A stage's releases, the latest first."""

    def __init__(self, cloud: Cloud) -> None:
        self._s3 = cloud.client("s3")
        self._bucket = cloud.artifacts
        self._key = f"{cloud.stage}/releases.json"
        self._stage = cloud.stage
        self._host = self._s3.meta.endpoint_url

    def keep(self, package: bytes, key: str, template: bytes, *, assets: Path, version: str) -> Release:
        """Upload a release's parts; it is remembered only once it runs."""
        template_key = f"{self._stage}/template-{hashlib.sha256(template).hexdigest()[:16]}.json"
        self._s3.put_object(Bucket=self._bucket, Key=key, Body=package)
        self._s3.put_object(Bucket=self._bucket, Key=template_key, Body=template)
        names = [str(file.relative_to(assets)) for file in sorted(assets.rglob("*")) if file.is_file()]
        return Release(version, datetime.now(UTC), key, template_key, self._url(template_key), names)

    def all(self) -> list[Release]:
        """Return the releases that ran, the latest first."""
        try:
            found = self._s3.get_object(Bucket=self._bucket, Key=self._key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return []
        return msgspec.json.decode(found, type=list[Release])

    def template(self, release: Release) -> dict[str, Any]:
        """Return a release's template."""
        found: dict[str, Any] = json.loads(
            self._s3.get_object(Bucket=self._bucket, Key=release.template)["Body"].read()
        )
        return found

    def assets_in_use(self) -> set[str]:
        """Return the assets that the release that runs may ask for, and the one that a rollback would bring back."""
        return {name for release in self.all()[:2] for name in release.assets}

    def remember(self, release: Release) -> None:
        """Put a release before the others; the oldest are forgotten."""
        others = [one for one in self.all() if one.template != release.template]
        body = msgspec.json.encode([release, *others][:KEPT])
        self._s3.put_object(Bucket=self._bucket, Key=self._key, Body=body, ContentType="application/json")

    def _url(self, key: str) -> str:
        """Return an address as CloudFormation wants it."""
        return (
            f"{self._host.replace('https://s3.', f'https://{self._bucket}.s3.')}/{key}"
            if ".amazonaws.com" in self._host
            else f"{self._host}/{self._bucket}/{key}"
        )
