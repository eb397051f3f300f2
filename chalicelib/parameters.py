"""SSM's Parameter Store, where a stage on AWS keeps its secrets. Asked without boto3, which a first order spares."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError, ConnectionError, HTTPClientError  # noqa: A004 -- botocore's.

from chalicelib import backoff, deadline, wire
from chalicelib.once import once
from chalicelib.settings import settings

CONNECT_SECONDS, READ_SECONDS = 1, 2
CALL_SECONDS = CONNECT_SECONDS + READ_SECONDS
TRIES = 3
# Many processes that begin together would meet the parameter store's limit together again.
FIRST_BACKOFF_SECONDS = 1.0
BUSY = frozenset({wire.PASSING, "ThrottlingException"})


def read(name: str) -> str:
    """Return a secret. Raises ClientError where there is none, and botocore's errors where SSM is not reached."""
    return str(_ask("GetParameter", Name=name, WithDecryption=True)["Parameter"]["Value"])


def write(name: str, value: str) -> None:
    """Keep a secret, in place of the one before. Raises what `read` does."""
    _ask("PutParameter", Name=name, Value=value, Type="SecureString", Overwrite=True)


def _ask(operation: str, **arguments: Any) -> wire.Document:
    """Ask, and again where it may pass by itself and the request has time."""
    for attempt in range(TRIES - 1):
        try:
            return _client().call(operation, arguments)
        except (ClientError, ConnectionError, HTTPClientError) as error:
            if not (_may_pass(error) and deadline.allows(FIRST_BACKOFF_SECONDS * 2**attempt + CALL_SECONDS)):
                raise
        backoff.pause(attempt, FIRST_BACKOFF_SECONDS)
    return _client().call(operation, arguments)


def _may_pass(error: Exception) -> bool:
    return not isinstance(error, ClientError) or error.response["Error"].get("Code") in BUSY


@once
def _client() -> wire.Client:
    return wire.Client(wire.SSM, settings().region, connect_seconds=CONNECT_SECONDS, read_seconds=READ_SECONDS)
