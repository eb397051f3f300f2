"""DynamoDB and SSM as they are spoken: JSON in a signed POST, made of botocore's parts, without its layers.

PynamoDB's arguments are already what the wire takes, and its answers what PynamoDB reads; botocore would check, build
and parse them all by its description of the service, which is most of a request's processor time.
"""

from __future__ import annotations

import logging
import os
import socket
import ssl
import zlib
from http import HTTPStatus
from threading import Lock
from time import gmtime, strftime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import msgspec
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import ClientError, NoCredentialsError, SSLError
from botocore.httpsession import URLLib3Session
from botocore.session import get_session
from botocore.utils import get_environ_proxies
from msgspec import Struct

from chalicelib import trust
from chalicelib.signature import sign
from chalicelib.version import VERSION

if TYPE_CHECKING:
    from botocore.credentials import Credentials

LOG = logging.getLogger(__name__)
MOMENT = "%Y%m%dT%H%M%SZ"
USER_AGENT = f"open-kitchen/{VERSION}"
# https://docs.aws.amazon.com/general/latest/gr/rande.html
SUFFIXES = {"cn": "amazonaws.com.cn", "eusc": "amazonaws.eu"}
SUFFIX = "amazonaws.com"
# A request's body would otherwise wait until its headers are acknowledged, 40 ms.
AT_ONCE = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]
# What may pass by itself, under a code that those who try again know.
PASSING = "ServiceUnavailable"
MAY_PASS = (HTTPStatus.OK, HTTPStatus.TOO_MANY_REQUESTS)
MOST_TOLD = 200
Document = dict[str, Any]


class Service(Struct, frozen=True):
    """A service of AWS that speaks JSON: its name, what its operations' names are prefixed with, its JSON's version."""

    name: str
    target: str
    version: str


DYNAMODB = Service("dynamodb", "DynamoDB_20120810", "1.0")
SSM = Service("ssm", "AmazonSSM", "1.1")


class Client:
    """What PynamoDB asks of a botocore client. Emits `before-send.{service}.{operation}`, as that does."""

    def __init__(
        self, service: Service, region: str, *, connect_seconds: float, read_seconds: float, connections: int = 1
    ) -> None:
        self.service = service
        self.url = endpoint(service, region)
        self._region = region
        self._host = urlsplit(self.url).netloc
        self._session = get_session()
        self._known: Credentials | None = None
        self._finding = Lock()
        self._options: Any = {
            "max_pool_connections": connections,
            "proxies": get_environ_proxies(self.url),
            "socket_options": AT_ONCE,
            "timeout": (connect_seconds, read_seconds),
        }
        chosen = self._session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
        # A proxy that is spoken to over https has its certificate from anywhere.
        narrow = None if chosen or self._options["proxies"] else trust.amazons()
        self._http = self._trusting(chosen or narrow)
        self._narrow = self._http if narrow else None
        self.events = self._session.get_component("event_emitter")

    def _make_api_call(self, operation: str, arguments: Document) -> Document:
        """Do a call. Raises ClientError where AWS refuses it, and what botocore raises where it is not reached."""
        request = self._signed(operation, msgspec.json.encode(arguments))
        _, answer = self.events.emit_until_response(f"before-send.{self.service.name}.{operation}", request=request)
        return _read(operation, answer or self._send(request))

    def call(self, operation: str, arguments: Document) -> Document:
        """Do a call, as `_make_api_call` does, which is the name that PynamoDB knows."""
        return self._make_api_call(operation, arguments)

    def _send(self, request: AWSPreparedRequest) -> AWSResponse:
        """Send it. Where Amazon's authorities do not vouch for who is there, all that botocore knows are asked."""
        http = self._http
        try:
            return http.send(request)
        except SSLError as error:
            if http is not self._narrow or not _is_stranger(error):
                raise
        if http is self._http:
            LOG.info("Amazon's authorities do not vouch for %s: all others are asked", self.url)
            self._http = self._trusting(None)
        return self._http.send(request)

    def _trusting(self, authorities: str | None) -> URLLib3Session:
        """Return what connects to those for whom a file's authorities vouch, or any that botocore knows."""
        # As botocore itself calls it; its published types know less.
        verify: Any = authorities or True
        return URLLib3Session(verify=verify, **self._options)

    def _signed(self, operation: str, body: bytes) -> AWSPreparedRequest:
        headers = {
            "Content-Type": f"application/x-amz-json-{self.service.version}",
            "Host": self._host,
            "X-Amz-Target": f"{self.service.target}.{operation}",
        }
        # They expire, and renew themselves when they are asked.
        credentials = self._credentials().get_frozen_credentials()
        sign(headers, body, strftime(MOMENT, gmtime()), (self._region, self.service.name), credentials)
        headers["User-Agent"] = USER_AGENT
        return AWSPreparedRequest("POST", self.url, headers, body, stream_output=False)  # type: ignore[arg-type]  # a dict does.

    def _credentials(self) -> Credentials:
        """Return where credentials come from, found once, though threads ask together; those not there may be later."""
        if self._known is None:
            with self._finding:
                self._known = self._known or self._session.get_credentials()
            if self._known is None:
                raise NoCredentialsError
        return self._known


def _is_stranger(error: SSLError) -> bool:
    """Whether nobody who is trusted vouches for who is there: nothing has been sent then."""
    told: Any = error.kwargs["error"]
    return bool(told.args) and isinstance(told.args[0], ssl.SSLCertVerificationError)


def endpoint(service: Service, region: str) -> str:
    """Return a service's address in a region, or what stands in for it. Raises ValueError where that is no address."""
    named = os.environ.get(f"AWS_ENDPOINT_URL_{service.name.upper()}") or os.environ.get("AWS_ENDPOINT_URL")
    url = urlsplit(named or f"https://{service.name}.{region}.{SUFFIXES.get(region.partition('-')[0], SUFFIX)}")
    if url.scheme not in ("http", "https") or not url.netloc or url.path.strip("/"):
        raise ValueError(f"AWS_ENDPOINT_URL is {named}: write it like http://127.0.0.1:4566, without a path.")
    return f"{url.scheme}://{url.netloc}/"


def _read(operation: str, response: AWSResponse) -> Document:
    """Return what AWS answers; raises ClientError for a refusal, and for what is not from AWS at all."""
    told = _document(response)
    if response.status_code == HTTPStatus.OK and told is not None:
        return told
    raise ClientError(_refusal(response, told), operation)  # type: ignore[arg-type]  # DynamoDB tells more.


def _document(response: AWSResponse) -> Document | None:
    """Return an answer's JSON, if it has any and came whole."""
    whole = response.headers.get("x-amz-crc32", "")
    if whole.isdigit() and int(whole) != zlib.crc32(response.content):
        return None
    try:
        return msgspec.json.decode(response.content, type=Document)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def _refusal(response: AWSResponse, told: Document | None) -> Document:
    """Return an error as botocore tells it: its code without namespace and address, and a transaction's reasons."""
    status = response.status_code
    if told is None:
        # What came well but damaged may hold secrets; a page from whatever stands in the way helps to find it.
        quoted = b"" if status == HTTPStatus.OK else response.content[:MOST_TOLD]
        told = {"message": quoted.decode(errors="replace") or "The answer is not JSON"}
    code = str(told.get("__type") or "").rpartition("#")[2].partition(":")[0]
    may_pass = status in MAY_PASS or status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return {
        "Error": {
            "Code": PASSING if may_pass else code or str(status),
            "Message": told.get("message") or told.get("Message") or "",
        },
        "CancellationReasons": told.get("CancellationReasons") or [],
        "ResponseMetadata": {"HTTPStatusCode": status, "HTTPHeaders": response.headers},
    }
