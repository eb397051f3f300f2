"""The clients of AWS."""

from __future__ import annotations

from chalicelib import aws
from chalicelib.settings import settings


def test_a_client_waits_and_tries_no_longer_than_it_is_told() -> None:
    meta = aws.client("s3", read_seconds=5, tries=3, connections=16).meta
    assert meta.region_name == settings().region
    assert (meta.config.connect_timeout, meta.config.read_timeout, meta.config.max_pool_connections) == (1, 5, 16)
    assert meta.config.retries == {"total_max_attempts": 3, "mode": "standard"}
