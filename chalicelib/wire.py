"""DynamoDB as it is spoken: JSON in a signed POST. What goes between comes of botocore's parts, without its layers.

PynamoDB's arguments are already what the wire takes, and its answers what PynamoDB reads; botocore would check, build
and parse them all by its description of the service, which is most of a request's processor time.
"""

from __future__ import annotations

import os
import socket
from http import HTTPStatus
from time import gmtime, strftime
from typing import Any
from urllib.parse import urlsplit

import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError, NoCredentialsError
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from botocore.utils import get_environ_proxies

from chalicelib.signature import sign
from chalicelib.version import VERSION

SERVICE = "dynamodb"
TARGET = "DynamoDB_20120810"
PROTOCOL = "application/x-amz-json-1.0"
MOMENT = "%Y%m%dT%H%M%SZ"
USER_AGENT = f"open-kitchen/{VERSION}"
# A request's body would otherwise wait until its headers are acknowledged, 40 ms.
AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
Document = dict[str, Any]


class Client:
    """What PynamoDB asks of a botocore client. Emits `before-send.dynamodb.{operation}`, as that does."""

    def __init__(self, region: str, *, connect_seconds: float, read_seconds: float, connections: int) -> None:
        self._session = get_session()
        self._region = region
        self._url = endpoint(region)
        self._host = urlsplit(self._url).netloc
        # As botocore itself calls it; its published types know neither.
        options: Any = {"timeout": (connect_seconds, read_seconds), "socket_options": AT_ONCE}
        proxies = get_environ_proxies(self._url)
        self._http = URLLib3Session(max_pool_connections=connections, proxies=proxies, **options)
        self.events = self._session.get_component("event_emitter")

    def _make_api_call(self, operation: str, arguments: Document) -> Document:
        """Do a call. Raises ClientError where DynamoDB refuses it, and what botocore raises where it is not reached."""
        request = self._signed(operation, msgspec.json.encode(arguments))
        _, answer = self.events.emit_until_response(f"before-send.{SERVICE}.{operation}", request=request)
        return _read(operation, answer or self._http.send(request))

    def _signed(self, operation: str, body: bytes) -> AWSPreparedRequest:
        # Asked anew each time: they expire, and the session renews them. What is not there now may be there later.
        credentials = self._session.get_credentials()
        if credentials is None:
            raise NoCredentialsError
        headers = {"Content-Type": PROTOCOL, "Host": self._host, "X-Amz-Target": f"{TARGET}.{operation}"}
        sign(headers, body, strftime(MOMENT, gmtime()), (self._region, SERVICE), credentials.get_frozen_credentials())
        headers["User-Agent"] = USER_AGENT
        return AWSPreparedRequest("POST", self._url, headers, body, stream_output=False)  # type: ignore[arg-type]  # a dict does.


def endpoint(region: str) -> str:
    """Return DynamoDB's address in a region, or that of what stands in for it."""
    named = os.environ.get("AWS_ENDPOINT_URL_DYNAMODB") or os.environ.get("AWS_ENDPOINT_URL")
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{(named or f'https://{SERVICE}.{region}.{suffix}').rstrip('/')}/"


def _read(operation: str, response: AWSResponse) -> Document:
    """Return what DynamoDB answers. What is no JSON is not from DynamoDB, but from something in its way."""
    try:
        told = msgspec.json.decode(response.content, type=Document)
    except msgspec.DecodeError:
        told = {"__type": "ServiceUnavailable"}
    else:
        if response.status_code == HTTPStatus.OK:
            return told
    raise ClientError(_refusal(response, told), operation)  # type: ignore[arg-type]  # DynamoDB tells more.


def _refusal(response: AWSResponse, told: Document) -> Document:
    """Return an error as botocore tells it: its code without the namespace, beside what came with it."""
    code = told.get("__type", "").rpartition("#")[2] or str(response.status_code)
    error = {"Code": code, "Message": told.get("message") or told.get("Message", "")}
    heard = {"HTTPStatusCode": response.status_code, "HTTPHeaders": response.headers}
    return told | {"Error": error, "ResponseMetadata": heard}
