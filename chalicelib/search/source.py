"""Where snapshots come from: the site's public address, over HTTPS. No AWS library is needed to browse."""

from __future__ import annotations

import logging
import os
import ssl
from contextlib import closing
from functools import cached_property
from http import HTTPStatus
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

import msgspec

from chalicelib import deadline, trust
from chalicelib.search.schemas import POINTER, Pointer

LOG = logging.getLogger(__name__)
# By these the machine's owner tells OpenSSL whom to trust, and nobody else.
SAID_OF_TRUST = ("SSL_CERT_DIR", "SSL_CERT_FILE")
TIMEOUT_SECONDS = 2.0
CHUNK_BYTES = 1 << 20


class Unreachable(Exception):
    """The site did not give what was asked, or not in time."""


class SiteSource:
    """Reads the bucket through the site."""

    def __init__(self, site_url: str) -> None:
        self._url = urlsplit(site_url)
        self._authorities = None if any(os.environ.get(name) for name in SAID_OF_TRUST) else trust.amazons()

    def pointer(self) -> Pointer:
        """Return which snapshot is the newest; raises Unreachable."""
        try:
            return msgspec.json.decode(self._get(POINTER), type=Pointer)
        except msgspec.DecodeError as error:
            raise Unreachable(f"{POINTER} is no pointer") from error

    def fetch(self, pointer: Pointer) -> bytes:
        """Return a snapshot, gzipped; raises Unreachable."""
        return self._get(pointer.key)

    def _get(self, key: str) -> bytes:
        try:
            with closing(self._connected()) as connection:
                connection.request("GET", f"{self._url.path}/{key}", headers={"Accept-Encoding": "identity"})
                answer = connection.getresponse()
                if answer.status != HTTPStatus.OK:
                    raise Unreachable(f"{key}: {answer.status}")
                return _body(answer)
        except (OSError, HTTPException) as error:
            raise Unreachable(f"{key}: {error!r}") from error

    def _connected(self) -> HTTPConnection:
        """Connect. Where Amazon's authorities do not vouch for the site, all that the machine trusts are asked."""
        began_with = self._authorities
        try:
            return _connect(self._connection())
        except ssl.SSLCertVerificationError:
            if not began_with:
                raise
        if self._authorities:
            LOG.info("Amazon's authorities do not vouch for the site: all others are asked")
            self._authorities, self._trust = None, ssl.create_default_context()
        return _connect(self._connection())

    def _connection(self) -> HTTPConnection:
        if self._url.scheme == "https":
            return HTTPSConnection(self._url.netloc, timeout=TIMEOUT_SECONDS, context=self._trust)
        return HTTPConnection(self._url.netloc, timeout=TIMEOUT_SECONDS)

    @cached_property
    def _trust(self) -> ssl.SSLContext:
        """Return whom TLS trusts; read once, because reading a machine's certificates takes 30 ms."""
        return ssl.create_default_context(cafile=self._authorities)


def _connect(connection: HTTPConnection) -> HTTPConnection:
    connection.connect()
    return connection


def _body(answer: HTTPResponse) -> bytes:
    """Read a body for as long as the request has time."""
    chunks: list[bytes] = []
    while _in_time() and (chunk := answer.read1(CHUNK_BYTES)):
        chunks.append(chunk)
    return b"".join(chunks)


def _in_time() -> bool:
    """Whether there is time to wait for the site once more; raises Unreachable when there is not."""
    if not deadline.allows(TIMEOUT_SECONDS):
        raise Unreachable("the request's time is up")
    return True
