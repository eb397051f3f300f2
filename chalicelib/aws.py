"""Clients of AWS with timeouts. DynamoDB and SSM have one of their own, in chalicelib/wire.py."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.config import Config

from chalicelib.settings import settings

CONNECT_SECONDS = 1
CONNECTIONS = 10


def client(service: str, *, read_seconds: int, tries: int, connections: int = CONNECTIONS) -> Any:
    """Return a service's client, which waits so long for an answer and asks so often at most."""
    limits = Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=read_seconds,
        retries={"total_max_attempts": tries, "mode": "standard"},
        max_pool_connections=connections,
    )
    return boto3.client(service, region_name=settings().region, config=limits)  # type: ignore[call-overload]
