"""A stack through its states: what is cleared away, waited for, tried again, and told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError, WaiterError

from infra import stacks
from infra.faults import Fault
from infra.stacks import Stack


def refusal(message: str) -> ClientError:
    return ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "UpdateStack")


def event(number: str, name: str, status: str, why: str) -> dict[str, str]:
    return {"EventId": number, "LogicalResourceId": name, "ResourceStatus": status, "ResourceStatusReason": why}


class CloudFormation:
    """Plays a stack that is in one state after another; the last stays. Calls that change something are kept."""

    def __init__(self, *states: str, events: Iterable[tuple[str, str, str]] = (), nothing_to_do: bool = False) -> None:
        self.states = list(states)
        self.calls: list[str] = []
        self.refuses = ""
        self.given: dict[str, Any] = {}
        self.happened = [event(str(number), *one) for number, one in enumerate(events)]
        self._nothing_to_do = nothing_to_do

    def describe_stacks(self, **asked: str) -> dict[str, Any]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        if not state:
            raise refusal(f"Stack with id {asked['StackName']} does not exist")
        return {"Stacks": [{"StackStatus": state, "Parameters": [{"ParameterKey": "A", "ParameterValue": "1"}]}]}

    def get_paginator(self, _: str) -> CloudFormation:
        return self

    def paginate(self, **_: str) -> Iterator[dict[str, Any]]:
        """A page for each event: many do not fit into one."""
        for one in list(self.happened):
            yield {"StackEvents": [one]}

    def happen(self, *events: tuple[str, str, str]) -> None:
        """Let events happen, given the latest first."""
        self.happened[:0] = [event(f"new {number}", *one) for number, one in enumerate(events)]

    def create_change_set(self, **given: Any) -> None:
        self._called("plan", **given)

    def get_waiter(self, _: str) -> CloudFormation:
        return self

    def wait(self, **_: object) -> None:
        if self.refuses:
            raise WaiterError("change_set_create_complete", self.refuses, {})

    def describe_change_set(self, **_: str) -> dict[str, str]:
        return {"StatusReason": self.refuses}

    def execute_change_set(self, **_: Any) -> None:
        self.calls.append("create")

    def update_stack(self, **given: Any) -> None:
        if self._nothing_to_do:
            raise refusal("No updates are to be performed.")
        self._called("update", **given)

    def delete_stack(self, **given: Any) -> None:
        self._called("delete", **given)

    def continue_update_rollback(self, **given: Any) -> None:
        self._called("continue", **given)

    def _called(self, name: str, **given: Any) -> None:
        self.calls.append(name)
        self.given = given


class Account:
    """A stage whose CloudFormation is played."""

    stack = "open-kitchen-test"
    local = True

    def __init__(self, played: CloudFormation) -> None:
        self._played = played

    def client(self, _: str) -> CloudFormation:
        return self._played


def standing(played: CloudFormation, monkeypatch: pytest.MonkeyPatch) -> Stack:
    monkeypatch.setattr(stacks, "LOCAL_POLL_SECONDS", 0)
    return Stack(Account(played))  # type: ignore[arg-type]


@pytest.mark.parametrize("state", ["ROLLBACK_COMPLETE", "CREATE_FAILED", "REVIEW_IN_PROGRESS"])
def test_a_first_deployment_that_failed_is_cleared_away_and_made_anew(
    state: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    played = CloudFormation(
        state, "DELETE_IN_PROGRESS", "", "", "REVIEW_IN_PROGRESS", "CREATE_IN_PROGRESS", "CREATE_COMPLETE"
    )
    stack = standing(played, monkeypatch)
    stack.make_ready()
    stack.put("https://template", {"A": "1"})
    assert played.calls == ["delete", "plan", "create"]


def test_a_stack_is_made_around_the_tables_that_an_earlier_one_left(monkeypatch: pytest.MonkeyPatch) -> None:
    played = CloudFormation("", "CREATE_COMPLETE")
    standing(played, monkeypatch).put("https://template", {"A": "1"})
    assert played.given["ImportExistingResources"] is True
    assert played.given["ChangeSetType"] == "CREATE"


def test_a_stack_that_cannot_be_made_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    played = CloudFormation("")
    played.refuses = "the bucket exists already, and is not yours"
    with pytest.raises(Fault, match="exists already"):
        standing(played, monkeypatch).put("https://template", {})
    assert played.calls == ["plan"]


def test_an_undoing_that_failed_is_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    played = CloudFormation("UPDATE_ROLLBACK_FAILED", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    standing(played, monkeypatch).make_ready()
    assert played.calls == ["continue"]


def test_an_undoing_that_fails_again_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    played = CloudFormation("UPDATE_ROLLBACK_FAILED")
    with pytest.raises(Fault, match="UPDATE_ROLLBACK_FAILED"):
        standing(played, monkeypatch).make_ready()


@pytest.mark.parametrize(
    "state",
    ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"],
)
def test_what_is_going_on_is_waited_for(state: str, monkeypatch: pytest.MonkeyPatch) -> None:
    played = CloudFormation(state, state, "UPDATE_COMPLETE")
    standing(played, monkeypatch).make_ready()
    assert played.states == ["UPDATE_COMPLETE"]
    assert played.calls == []


def test_a_state_that_nobody_foresaw_is_left_to_a_person(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Fault, match="DELETE_FAILED"):
        standing(CloudFormation("DELETE_FAILED"), monkeypatch).make_ready()


def test_an_update_without_changes_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    played = CloudFormation("UPDATE_COMPLETE", nothing_to_do=True)
    standing(played, monkeypatch).put("https://template", {"A": "1"})
    assert played.calls == []


def test_a_parameter_without_a_value_stays_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    played = CloudFormation("UPDATE_COMPLETE")
    standing(played, monkeypatch).put("https://template", {"A": None})
    assert played.given["Parameters"] == [{"ParameterKey": "A", "UsePreviousValue": True}]


def test_an_update_that_fails_names_the_resource_that_failed_first(monkeypatch: pytest.MonkeyPatch) -> None:
    latest_first = [
        ("Sweep", "UPDATE_FAILED", "Resource update cancelled"),
        ("OrdersTable", "UPDATE_FAILED", "Cannot perform more than one GSI creation"),
        ("Sweep", "UPDATE_IN_PROGRESS", ""),
    ]
    played = CloudFormation("UPDATE_COMPLETE", "UPDATE_ROLLBACK_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE")
    stack = standing(played, monkeypatch)
    monkeypatch.setattr(played, "update_stack", lambda **_: played.happen(*latest_first))
    with pytest.raises(Fault, match=r"OrdersTable: Cannot perform more.*runs on"):
        stack.put("https://template", {})


def test_an_update_is_not_blamed_for_what_failed_in_the_one_before(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ("MailsTable", "UPDATE_FAILED", "the week before")
    now = ("OrdersTable", "UPDATE_FAILED", "today")
    played = CloudFormation("UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", events=[before])
    stack = standing(played, monkeypatch)
    monkeypatch.setattr(played, "update_stack", lambda **_: played.happen(now))
    with pytest.raises(Fault, match="OrdersTable: today"):
        stack.put("https://template", {})


def test_only_what_happens_now_is_told(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    played = CloudFormation("UPDATE_COMPLETE", events=[("OrdersTable", "CREATE_COMPLETE", "")])
    stack = standing(played, monkeypatch)
    stack.make_ready()
    monkeypatch.setattr(played, "update_stack", lambda **_: played.happen(("Sweep", "UPDATE_COMPLETE", "")))
    stack.put("https://template", {})
    assert capsys.readouterr().out.split() == ["update_complete", "Sweep"]


def test_a_stack_that_cannot_be_deleted_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    played, why = CloudFormation("DELETE_FAILED"), ("SiteBucket", "DELETE_FAILED", "The bucket is not empty")
    monkeypatch.setattr(played, "delete_stack", lambda **_: played.happen(why))
    with pytest.raises(Fault, match="SiteBucket: The bucket is not empty"):
        standing(played, monkeypatch).delete()
