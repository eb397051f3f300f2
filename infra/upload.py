"""Puts the assets into the site's bucket, before any page names them, and forgets old ones later."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from infra.cloud import Cloud
from infra.headers import SPECULATION_SUFFIX, SPECULATION_TYPE

PREFIX = "assets/"
RETIRED = "retired-assets.json"
WORKER = Path("static_site/worker/service-worker.js")
# A name that tells its content, as Rollup and esbuild write it.
HASHED = re.compile(r"-[A-Za-z0-9_-]{8}\.(?:css|js)$")
FOR_EVER = "public, max-age=31536000, immutable"
A_DAY = "public, max-age=86400, stale-while-revalidate=604800"
NOT_AT_ALL = "no-cache"
KEPT = timedelta(days=7)
AT_ONCE = 16

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

mimetypes.add_type(SPECULATION_TYPE, SPECULATION_SUFFIX)


def upload(cloud: Cloud, bucket: str, assets: Path) -> int:
    """Upload every asset; returns how many."""
    s3 = cloud.client("s3")

    def put(key: str, file: Path, caching: str) -> None:
        kind = mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        kind += "; charset=utf-8" if kind.startswith("text/") or kind.endswith(("javascript", "xml", "json")) else ""
        s3.put_object(Bucket=bucket, Key=key, Body=file.read_bytes(), ContentType=kind, CacheControl=caching)

    files = [file for file in sorted(assets.rglob("*")) if file.is_file() and not file.name.startswith(".")]
    jobs = [(PREFIX + str(file.relative_to(assets)), file, _caching(file.name)) for file in files]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda job: put(*job), jobs))
    return len(jobs)


def put_worker(cloud: Cloud, bucket: str, worker: bytes) -> None:
    """Put a release's service worker into its place."""
    kind = "text/javascript; charset=utf-8"
    cloud.client("s3").put_object(
        Bucket=bucket, Key=WORKER.name, Body=worker, ContentType=kind, CacheControl=NOT_AT_ALL
    )


def prune(cloud: Cloud, bucket: str, in_use: Collection[str], now: datetime | None = None) -> int:
    """Delete the assets that went out of use a week ago: pages that shoppers hold open ask for them until then."""
    s3, moment = cloud.client("s3"), now or datetime.now(UTC)
    unused = [key for key in _listed(s3, bucket) if key.removeprefix(PREFIX) not in in_use]
    known = _retired(s3, bucket)
    retired = {key: known.get(key, moment) for key in unused}
    over = [key for key, since in retired.items() if moment - since >= KEPT]
    for key in over:
        s3.delete_object(Bucket=bucket, Key=key)
    left = {key: since for key, since in retired.items() if key not in over}
    s3.put_object(Bucket=bucket, Key=RETIRED, Body=msgspec.json.encode(left), ContentType="application/json")
    return len(over)


def _retired(s3: S3Client, bucket: str) -> dict[str, datetime]:
    """Return since when assets have been out of use, as the deployment before left word."""
    try:
        return msgspec.json.decode(s3.get_object(Bucket=bucket, Key=RETIRED)["Body"].read(), type=dict[str, datetime])
    except s3.exceptions.NoSuchKey:
        return {}


def _caching(name: str) -> str:
    return FOR_EVER if HASHED.search(name) else A_DAY


def _listed(s3: S3Client, bucket: str) -> Iterator[str]:
    for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=PREFIX):
        yield from (found["Key"] for found in page.get("Contents", []))
