"""Whom TLS trusts, over real handshakes: Amazon's authorities, all others where those do not vouch, and no stranger."""

from __future__ import annotations

import logging
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import msgspec
import pytest
import trustme
from botocore import httpsession
from botocore.exceptions import SSLError

from chalicelib import keys, trust, wire
from chalicelib.search import source
from chalicelib.search.schemas import Pointer
from chalicelib.search.source import SiteSource, Unreachable
from infra import authorities
from infra.faults import Fault
from tests import tls
from tests.servers import serving

POINTER = Pointer(7, "catalogue/7.sqlite.gz", "0" * 64)


class World:
    """A server behind TLS, one authority that vouches for it, and one that does not."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.vouching, self.stranger = trustme.CA(), trustme.CA()
        self.url = ""
        self.asked: list[str] = []
        self.read_all = 0
        self._folder = folder
        self._monkeypatch = monkeypatch

    def trusts(self, amazons: trustme.CA | None, others: trustme.CA) -> None:
        """Put them in the place of Amazon's authorities, and of all that botocore and the machine know."""
        make, bundle = ssl.create_default_context, self.file(others)

        def everybody() -> str:
            self.read_all += 1
            return bundle

        patch = self._monkeypatch.setattr
        patch(trust, "AMAZONS", Path(self.file(amazons)) if amazons else self._folder / "nowhere.pem")
        patch(httpsession, "where", everybody)
        patch(ssl, "create_default_context", lambda cafile=None: make(cafile=cafile or everybody()))

    def file(self, authority: trustme.CA) -> str:
        path = str(self._folder / f"{id(authority)}.pem")
        authority.cert_pem.write_to_path(path)
        return path

    def call(self) -> wire.Document:
        return self.client().call("GetItem", {})

    def client(self) -> wire.Client:
        return wire.Client(wire.DYNAMODB, "eu-west-2", connect_seconds=2, read_seconds=2)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    world = World(tmp_path, monkeypatch)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            world.asked.append(self.path)
            content = msgspec.json.encode(POINTER)
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            pass

    for variable in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE", *source.SAID_OF_TRUST):
        monkeypatch.delenv(variable, raising=False)
    with serving(Handler) as url, tls.front(url, world.vouching) as world.url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", world.url)
        yield world


def test_nobody_but_amazons_authorities_is_read_while_they_vouch(world: World) -> None:
    world.trusts(amazons=world.vouching, others=world.stranger)
    assert world.call() == msgspec.to_builtins(POINTER)
    assert SiteSource(world.url).pointer() == POINTER
    assert world.read_all == 0


def test_where_amazons_authorities_do_not_vouch_all_others_are_asked_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    world.trusts(amazons=world.stranger, others=world.vouching)
    client, site = world.client(), SiteSource(world.url)
    for _ in range(2):
        assert client.call("GetItem", {}) == msgspec.to_builtins(POINTER)
        assert site.pointer() == POINTER
    assert caplog.text.count("Amazon's authorities do not vouch for") == 2
    assert len(world.asked) == 4, "who is not trusted is told nothing"


def test_threads_that_meet_a_stranger_together_all_get_to_him(world: World) -> None:
    world.trusts(amazons=world.stranger, others=world.vouching)
    client, site, together = world.client(), SiteSource(world.url), threading.Barrier(4)

    def ask(_: int) -> tuple[wire.Document, Pointer]:
        together.wait(10)
        return client.call("GetItem", {}), site.pointer()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [(msgspec.to_builtins(POINTER), POINTER)] * 4


def test_without_a_file_of_amazons_authorities_all_are_asked_at_once(world: World) -> None:
    world.trusts(amazons=None, others=world.vouching)
    world.call()
    SiteSource(world.url).pointer()
    assert world.read_all > 0


def test_for_whom_nobody_vouches_is_refused_and_told_nothing(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    world.trusts(amazons=world.stranger, others=world.stranger)
    client, site, connect, tried = world.client(), SiteSource(world.url), source._connect, list[HTTPConnection]()

    def counting(connection: HTTPConnection) -> HTTPConnection:
        tried.append(connection)
        return connect(connection)

    monkeypatch.setattr(source, "_connect", counting)
    for _ in range(3):
        with pytest.raises(SSLError, match="CERTIFICATE_VERIFY_FAILED"):
            client.call("GetItem", {})
        with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
            site.pointer()
    assert world.asked == []
    assert len(tried) == 4, "by Amazon's authorities once"
    assert caplog.text.count("Amazon's authorities do not vouch for") == 2


def test_a_call_that_was_heard_is_not_made_again_when_the_line_breaks(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.trusts(amazons=world.vouching, others=world.vouching)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    world.vouching.issue_cert("localhost").configure_cert(context)
    heard: list[bytes] = []

    def hear_and_stammer(listening: socket.socket) -> None:
        while True:
            try:
                connection = listening.accept()[0]
            except OSError:
                return
            with context.wrap_socket(connection, server_side=True) as caller:
                heard.append(caller.recv(100))
                os.write(caller.fileno(), b"\x17\x03\x03\x00\x20" + b"x" * 32)

    with socket.create_server(("127.0.0.1", 0)) as listening:
        thread = threading.Thread(target=hear_and_stammer, args=(listening,))
        thread.start()
        monkeypatch.setenv("AWS_ENDPOINT_URL", f"https://localhost:{listening.getsockname()[1]}")
        with pytest.raises(SSLError):
            world.call()
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(10)
    assert len(heard) == 1


def test_a_name_that_is_not_the_certificates_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.trusts(amazons=world.vouching, others=world.vouching)
    elsewhere = world.url.replace("localhost", "127.0.0.1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", elsewhere)
    with pytest.raises(SSLError, match="localhost"):
        world.call()
    with pytest.raises(Unreachable, match="not valid for"):
        SiteSource(elsewhere).pointer()
    assert world.asked == []


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_who_says_whom_to_trust_gets_nobody_else(world: World, monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    world.trusts(amazons=world.vouching, others=world.vouching)
    monkeypatch.setenv(variable, world.file(world.stranger))
    with pytest.raises(SSLError):
        world.call()
    assert world.asked == []


@pytest.mark.parametrize("variable", ["SSL_CERT_DIR", "SSL_CERT_FILE"])
def test_who_tells_openssl_whom_to_trust_gets_no_site_of_amazons(
    world: World, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    world.trusts(amazons=world.vouching, others=world.stranger)
    monkeypatch.setenv(variable, "/chosen")
    with pytest.raises(Unreachable, match="CERTIFICATE_VERIFY_FAILED"):
        SiteSource(world.url).pointer()
    assert world.asked == []


def test_through_a_proxy_all_are_asked_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.trusts(amazons=world.vouching, others=world.stranger)
    chosen: dict[str, Any] = {}
    monkeypatch.setattr(wire, "get_environ_proxies", lambda _: {"https": "https://proxy.example"})
    monkeypatch.setattr(wire, "URLLib3Session", lambda **options: chosen.update(options))
    world.client()
    assert chosen["verify"] is True


def test_amazons_authorities_are_those_of_botocores_bundle() -> None:
    bundle = Path(httpsession.DEFAULT_CA_BUNDLE).read_text()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=authorities.amazons(bundle))
    subjects: list[Any] = [one["subject"] for one in context.get_ca_certs()]
    assert sorted(dict(part[0] for part in subject)["commonName"] for subject in subjects) == [
        "Amazon Root CA 1",
        "Amazon Root CA 2",
        "Amazon Root CA 3",
        "Amazon Root CA 4",
        "Starfield Services Root Certificate Authority - G2",
    ]


def test_a_bundle_that_lacks_one_of_them_is_refused_by_its_name() -> None:
    bundle = Path(httpsession.DEFAULT_CA_BUNDLE).read_text().replace("CN=Amazon Root CA 3 ", "CN=Amazon Root CA 33 ")
    with pytest.raises(Fault, match="does not name CN=Amazon Root CA 3"):
        authorities.amazons(bundle)


def test_secrets_are_read_without_boto3() -> None:
    stored = msgspec.json.encode(keys.fresh()).decode()
    program = "\n".join(
        [
            "import sys",
            "from chalicelib import keys, wire",
            f"wire.Client._make_api_call = lambda *_: {{'Parameter': {{'Value': {stored!r}}}}}",
            "keys.keys()",
            "sys.exit('boto3' in sys.modules)",
        ]
    )
    environment = os.environ | {"SECRETS_PARAMETER": "/keys"}
    run = subprocess.run(
        [sys.executable, "-c", program], check=False, env=environment, capture_output=True, text=True, timeout=60
    )
    assert run.returncode == 0, run.stderr
