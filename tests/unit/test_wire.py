"""DynamoDB as it is spoken, over real sockets to what plays DynamoDB's part."""

from __future__ import annotations

import json
import socket
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials, ReadOnlyCredentials
from botocore.exceptions import ClientError, ConnectionClosedError, NoCredentialsError, ReadTimeoutError
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Struct, field
from pynamodb.exceptions import VerboseClientError

from chalicelib import dynamo, signature, wire
from chalicelib.errors import Unavailable
from infra.tables import all_tables
from tests.servers import serving

CANCELLED = {
    "__type": "com.amazonaws.dynamodb.v20120810#TransactionCanceledException",
    "Message": "Transaction cancelled",
    "CancellationReasons": [{"Code": "None"}, {"Code": "ConditionalCheckFailed", "Message": "The condition"}],
}
TEMPORARILY = b"<html>Service temporarily unavailable</html>"


class Request(Struct):
    """What DynamoDB was asked, and over which of its connections."""

    headers: dict[str, str]
    body: Any
    connection: tuple[str, int]


class Dynamo(Struct):
    """What DynamoDB answers, in turn; nothing at all where that is None."""

    url: str = ""
    answers: list[tuple[int, bytes] | None] = field(default_factory=list)
    checksums: list[int] = field(default_factory=list)
    asked: list[Request] = field(default_factory=list)
    let_go: threading.Event = field(default_factory=threading.Event)

    def will_answer(self, *documents: object, status: int = 200) -> None:
        self.answers += [(status, json.dumps(one).encode()) for one in documents]


@pytest.fixture
def database(monkeypatch: pytest.MonkeyPatch) -> Iterator[Dynamo]:
    database = Dynamo()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            database.asked.append(Request(dict(self.headers.items()), body, self.client_address))
            answer = database.answers.pop(0)
            if answer is None:
                database.let_go.wait(10)
                self.close_connection = True
                return
            status, content = answer
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("x-amzn-RequestId", "R1")
            if database.checksums:
                self.send_header("x-amz-crc32", str(database.checksums.pop(0)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with serving(Handler) as database.url:
        monkeypatch.setenv("AWS_ENDPOINT_URL", database.url)
        yield database
        database.let_go.set()


@pytest.fixture
def client(database: Dynamo) -> wire.Client:
    return wire.Client(wire.DYNAMODB, "eu-west-2", connect_seconds=1, read_seconds=1, connections=4)


@pytest.fixture
def connection(database: Dynamo, monkeypatch: pytest.MonkeyPatch) -> dynamo.SharedConnection:
    monkeypatch.setattr("chalicelib.backoff.time.sleep", lambda _: None)
    return dynamo.SharedConnection()


def ask(client: wire.Client) -> Any:
    return client._make_api_call("GetItem", {"TableName": "carts", "Key": {"id": {"S": "é"}}})


@given(st.binary(max_size=200), st.text("abc/+=", min_size=1), st.none() | st.from_regex(r"\A[xyz/+= ]+\Z"))
def test_a_request_is_signed_as_botocore_signs_it(body: bytes, secret: str, token: str | None) -> None:
    credentials = Credentials("AKID", secret, token).get_frozen_credentials()
    named = {"Content-Type": "application/x-amz-json-1.0", "X-Amz-Target": "DynamoDB_20120810.GetItem"}
    theirs = AWSRequest("POST", "https://dynamodb.eu-west-2.amazonaws.com/", named, body)
    SigV4Auth(credentials, "dynamodb", "eu-west-2").add_auth(theirs)
    ours = named | {"Host": "dynamodb.eu-west-2.amazonaws.com"}
    signature.sign(ours, body, theirs.headers["X-Amz-Date"], ("eu-west-2", "dynamodb"), credentials)
    assert ours["Authorization"] == theirs.headers["Authorization"]
    assert ours.get("X-Amz-Security-Token") == token


def test_credentials_are_found_once_though_many_ask_together(client: wire.Client, database: Dynamo) -> None:
    database.will_answer(*({} for _ in range(8)))
    found: list[str] = []
    together = threading.Barrier(8)
    find = client._session.get_credentials

    def slowly() -> Any:
        found.append("asked")
        time.sleep(0.05)
        return find()

    client._session.get_credentials = slowly  # type: ignore[method-assign]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: (together.wait(10), ask(client)), range(8)))
    assert found == ["asked"]


def test_a_call_is_a_post_of_what_is_asked_and_gives_what_is_answered(database: Dynamo, client: wire.Client) -> None:
    database.will_answer({"Item": {"id": {"S": "é"}}})
    assert ask(client) == {"Item": {"id": {"S": "é"}}}
    (asked,) = database.asked
    assert asked.body == {"TableName": "carts", "Key": {"id": {"S": "é"}}}
    assert asked.headers["X-Amz-Target"] == "DynamoDB_20120810.GetItem"
    assert asked.headers["Content-Type"] == "application/x-amz-json-1.0"
    assert database.url.endswith(asked.headers["Host"])
    assert asked.headers["User-Agent"].startswith("open-kitchen/")


def test_ssm_is_spoken_to_in_its_own_words(database: Dynamo) -> None:
    database.will_answer({"Parameter": {}})
    client = wire.Client(wire.SSM, "eu-west-2", connect_seconds=1, read_seconds=1)
    assert client.call("GetParameter", {"Name": "/keys"}) == {"Parameter": {}}
    (asked,) = database.asked
    assert asked.headers["X-Amz-Target"] == "AmazonSSM.GetParameter"
    assert asked.headers["Content-Type"] == "application/x-amz-json-1.1"
    assert "/eu-west-2/ssm/aws4_request" in asked.headers["Authorization"]


def test_calls_follow_each_other_on_one_connection(database: Dynamo, client: wire.Client) -> None:
    database.will_answer({}, {}, {})
    for _ in range(3):
        ask(client)
    assert len({one.connection for one in database.asked}) == 1


def test_what_is_asked_is_sent_at_once(database: Dynamo, client: wire.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen: list[tuple[int, int, int]] = []

    class Socket(socket.socket):
        def setsockopt(self, *option: Any) -> None:
            chosen.append(option)
            super().setsockopt(*option)

    monkeypatch.setattr(socket, "socket", Socket)
    database.will_answer({})
    ask(client)
    assert (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1) in chosen


def test_credentials_are_asked_anew_for_each_call_because_they_expire(
    database: Dynamo, client: wire.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    renewed = iter(["FIRST", "SECOND"])

    class Renewing:
        def get_frozen_credentials(self) -> ReadOnlyCredentials:
            return ReadOnlyCredentials(next(renewed), "secret", "token")

    monkeypatch.setattr(client._session, "get_credentials", Renewing)
    database.will_answer({}, {})
    ask(client)
    ask(client)
    assert [one.headers["Authorization"].split("/")[0] for one in database.asked] == [
        f"{signature.ALGORITHM} Credential={name}" for name in ("FIRST", "SECOND")
    ]
    assert database.asked[1].headers["X-Amz-Security-Token"] == "token"


def test_credentials_that_come_late_are_found(
    database: Dynamo, client: wire.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(client._session, "get_credentials", lambda: None)
        with pytest.raises(NoCredentialsError):
            ask(client)
    database.will_answer({})
    assert ask(client) == {}


def test_a_refusal_tells_its_code_its_message_and_its_reasons(database: Dynamo, client: wire.Client) -> None:
    database.will_answer(CANCELLED, status=400)
    with pytest.raises(ClientError) as refused:
        ask(client)
    told: Any = refused.value.response
    assert told["Error"] == {"Code": "TransactionCanceledException", "Message": "Transaction cancelled"}
    assert told["CancellationReasons"] == CANCELLED["CancellationReasons"]
    assert told["ResponseMetadata"]["HTTPStatusCode"] == 400


def test_pynamodb_reads_a_refusal_as_it_reads_botocores(database: Dynamo, connection: dynamo.SharedConnection) -> None:
    database.will_answer(CANCELLED, status=400)
    with pytest.raises(VerboseClientError, match=r"request \(R1\) on table \(carts\)") as refused:
        connection.dispatch("GetItem", {"TableName": "carts"})
    assert [reason and reason.code for reason in refused.value.cancellation_reasons] == [None, "ConditionalCheckFailed"]


@pytest.mark.parametrize(
    "first",
    [
        (400, b'{"__type": "x#ThrottlingException", "message": "Slower"}'),
        (500, b'{"__type": "x#InternalServerError"}'),
        (503, TEMPORARILY),
        (200, TEMPORARILY),
        (200, b'{"Item": {'),
        (200, b'{"Item": "\xff"}'),
        (429, b"{}"),
        (500, b'{"message": null}'),
        (503, b'{"__type": "x#InternalFailure"}'),
    ],
)
def test_what_may_pass_is_tried_again(
    database: Dynamo, connection: dynamo.SharedConnection, first: tuple[int, bytes]
) -> None:
    database.answers.append(first)
    database.will_answer({"Item": {}})
    assert connection.dispatch("GetItem", {"TableName": "carts"}) == {"Item": {}}
    assert len(database.asked) == 2


def test_what_does_not_pass_is_an_outage(database: Dynamo, connection: dynamo.SharedConnection) -> None:
    database.answers += [(502, TEMPORARILY)] * dynamo.TRIES
    with pytest.raises(Unavailable):
        connection.dispatch("GetItem", {"TableName": "carts"})
    assert len(database.asked) == dynamo.TRIES


def test_what_is_wrong_is_not_tried_again(database: Dynamo, connection: dynamo.SharedConnection) -> None:
    database.will_answer({"__type": "x#ValidationException", "message": "The key is wrong"}, status=400)
    with pytest.raises(VerboseClientError, match="The key is wrong"):
        connection.dispatch("GetItem", {"TableName": "carts"})
    assert len(database.asked) == 1


@pytest.mark.parametrize("answer", [b"{}", b'{"__type": null, "CancellationReasons": null}', b"<html>Forbidden</html>"])
def test_a_refusal_without_a_code_is_named_by_its_status_and_not_tried_again(
    database: Dynamo, connection: dynamo.SharedConnection, answer: bytes
) -> None:
    database.answers.append((403, answer))
    with pytest.raises(VerboseClientError, match=r"\(403\).*(Forbidden)?"):
        connection.dispatch("GetItem", {"TableName": "carts"})
    assert len(database.asked) == 1


def test_what_stands_in_the_way_is_quoted(database: Dynamo, client: wire.Client) -> None:
    database.answers.append((403, b"<html>The firewall says no</html>"))
    with pytest.raises(ClientError, match="The firewall says no"):
        ask(client)


def test_what_came_damaged_is_not_quoted_for_it_may_hold_secrets(database: Dynamo, client: wire.Client) -> None:
    database.answers.append((200, b'{"Parameter": {"Value": "canary'))
    with pytest.raises(ClientError, match="The answer is not JSON") as refused:
        ask(client)
    assert "canary" not in str(refused.value)


def test_an_address_behind_a_code_does_not_hide_it(database: Dynamo, client: wire.Client) -> None:
    database.will_answer({"__type": "x#ConditionalCheckFailedException:http://amazon.com/"}, status=400)
    with pytest.raises(ClientError) as refused:
        ask(client)
    assert refused.value.response["Error"]["Code"] == "ConditionalCheckFailedException"


def test_an_answer_that_its_checksum_denies_is_asked_for_again(
    database: Dynamo, connection: dynamo.SharedConnection
) -> None:
    database.checksums = [zlib.crc32(b"other"), zlib.crc32(b'{"Item": {}}')]
    database.will_answer({"Item": {}}, {"Item": {}})
    assert connection.dispatch("GetItem", {"TableName": "carts"}) == {"Item": {}}
    assert len(database.asked) == 2


def test_why_a_call_was_given_up_is_logged(
    database: Dynamo, connection: dynamo.SharedConnection, caplog: pytest.LogCaptureFixture
) -> None:
    database.answers += [(502, TEMPORARILY)] * dynamo.TRIES
    with pytest.raises(Unavailable):
        connection.dispatch("GetItem", {"TableName": "carts"})
    assert "GetItem is given up" in caplog.text
    assert "Service temporarily unavailable" in caplog.text


@pytest.mark.parametrize("variable", ["AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"])
def test_whom_tls_trusts_is_what_the_environment_says(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    for other in ("AWS_CA_BUNDLE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(other, raising=False)
    monkeypatch.setenv(variable, "/trusted.pem")
    chosen: dict[str, Any] = {}
    monkeypatch.setattr(wire, "URLLib3Session", lambda **options: chosen.update(options))
    wire.Client(wire.DYNAMODB, "eu-west-2", connect_seconds=1, read_seconds=1, connections=1)
    assert chosen["verify"] == "/trusted.pem"


def test_an_answer_that_does_not_come_in_time_is_given_up(database: Dynamo) -> None:
    database.answers.append(None)
    client = wire.Client(wire.DYNAMODB, "eu-west-2", connect_seconds=1, read_seconds=0.05, connections=1)
    with pytest.raises(ReadTimeoutError):
        ask(client)


def test_an_answer_cut_off_is_a_connection_that_closed(database: Dynamo, client: wire.Client) -> None:
    database.answers.append(None)
    database.let_go.set()
    with pytest.raises(ConnectionClosedError):
        ask(client)


@pytest.mark.parametrize(
    ("region", "environment", "address"),
    [
        ("eu-west-2", {}, "https://dynamodb.eu-west-2.amazonaws.com/"),
        ("cn-north-1", {}, "https://dynamodb.cn-north-1.amazonaws.com.cn/"),
        ("eusc-de-east-1", {}, "https://dynamodb.eusc-de-east-1.amazonaws.eu/"),
        ("eu-west-2", {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566/"),
        (
            "eu-west-2",
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2/"},
            "http://127.0.0.1:2/",
        ),
    ],
)
def test_the_address_is_the_regions_or_what_stands_in_for_it(
    monkeypatch: pytest.MonkeyPatch, region: str, environment: dict[str, str], address: str
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert wire.endpoint(wire.DYNAMODB, region) == address


def test_each_service_has_an_address_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    assert wire.endpoint(wire.SSM, "eu-west-2") == "https://ssm.eu-west-2.amazonaws.com/"
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_ENDPOINT_URL_SSM", "http://127.0.0.1:2")
    assert wire.endpoint(wire.SSM, "eu-west-2") == "http://127.0.0.1:2/"


@pytest.mark.parametrize("address", ["127.0.0.1:4566", "http://127.0.0.1:4566/aws", "ftp://127.0.0.1"])
def test_an_address_that_is_none_is_refused_at_once(monkeypatch: pytest.MonkeyPatch, address: str) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", address)
    with pytest.raises(ValueError, match="AWS_ENDPOINT_URL"):
        wire.endpoint(wire.DYNAMODB, "eu-west-2")


def test_no_table_keeps_bytes_which_the_wire_would_give_back_as_text() -> None:
    kinds = {attribute.attr_type for table in all_tables() for attribute in table.get_attributes().values()}
    assert kinds
    assert not kinds & {"B", "BS"}
