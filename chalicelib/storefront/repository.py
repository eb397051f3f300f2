"""Where pages are published: the site's S3 bucket."""

from __future__ import annotations

import boto3
from botocore.config import Config

from chalicelib.settings import settings

TIMEOUTS = Config(connect_timeout=1, read_timeout=5, retries={"total_max_attempts": 3, "mode": "standard"})


class SiteBucket:
    """Puts objects into one bucket."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._s3 = boto3.client("s3", region_name=settings().region, config=TIMEOUTS)

    def put(self, key: str, body: bytes, content_type: str, cache_control: str) -> None:
        """Write an object, with the headers that it is served with."""
        self._s3.put_object(Bucket=self._name, Key=key, Body=body, ContentType=content_type, CacheControl=cache_control)
