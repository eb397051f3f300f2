"""Secrets in SSM: asked for again where that may help, and at once given up where not."""

from __future__ import annotations

from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from moto import mock_aws

from chalicelib import deadline, parameters, wire
from chalicelib.settings import settings


def refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "no"}}, "GetParameter")


class Ssm:
    """What SSM answers, in turn: a fault is raised."""

    def __init__(self) -> None:
        self.answers: list[Exception | dict[str, Any]] = []
        self.asked: list[dict[str, Any]] = []

    def call(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        self.asked.append({"operation": operation, **arguments})
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


@pytest.fixture
def ssm(monkeypatch: pytest.MonkeyPatch) -> Ssm:
    played = Ssm()
    monkeypatch.setattr(wire.Client, "_make_api_call", played.call)
    monkeypatch.setattr("chalicelib.backoff.time.sleep", lambda _: None)
    return played


VALUE = {"Parameter": {"Value": "secret"}}


@pytest.mark.parametrize(
    "fault", [ConnectTimeoutError(endpoint_url="ssm"), refusal("ThrottlingException"), refusal(wire.PASSING)]
)
def test_what_may_pass_is_asked_for_again(ssm: Ssm, fault: Exception) -> None:
    ssm.answers = [fault, fault, VALUE]
    assert parameters.read("/keys") == "secret"
    assert ssm.asked == [{"operation": "GetParameter", "Name": "/keys", "WithDecryption": True}] * 3


def test_what_does_not_pass_is_given_up_after_the_third_time(ssm: Ssm) -> None:
    ssm.answers = [refusal("ThrottlingException")] * 4
    with pytest.raises(ClientError, match="ThrottlingException"):
        parameters.read("/keys")
    assert len(ssm.asked) == parameters.TRIES


def test_a_refusal_is_not_asked_for_again(ssm: Ssm) -> None:
    ssm.answers = [refusal("AccessDeniedException")]
    with pytest.raises(ClientError, match="AccessDenied"):
        parameters.read("/keys")
    assert len(ssm.asked) == 1


def test_nothing_is_asked_for_again_for_which_the_request_has_no_time(ssm: Ssm) -> None:
    ssm.answers = [refusal("ThrottlingException"), VALUE]
    with deadline.deadline(1), pytest.raises(ClientError):
        parameters.read("/keys")
    assert len(ssm.asked) == 1


def test_what_is_kept_is_found_in_place_of_the_one_before() -> None:
    with mock_aws():
        parameters._client.cache_clear()
        for value in ("first", "second"):
            parameters.write("/keys", value)
        assert parameters.read("/keys") == "second"
        kept = boto3.client("ssm", region_name=settings().region).describe_parameters()["Parameters"]
    parameters._client.cache_clear()
    assert [(one["Name"], one["Type"]) for one in kept] == [("/keys", "SecureString")]
