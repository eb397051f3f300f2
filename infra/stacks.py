"""Creates, updates and deletes a CloudFormation stack, and tells what happens meanwhile."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import botocore.exceptions

from infra.cloud import Cloud
from infra.faults import Fault

POLL_SECONDS = 5.0
LOCAL_POLL_SECONDS = 0.5
CAPABILITIES = ["CAPABILITY_AUTO_EXPAND", "CAPABILITY_IAM"]
NOTHING_TO_DO = "No updates are to be performed"
# A creation that failed, or was never begun, leaves a stack that can only be deleted.
PLANNED = "REVIEW_IN_PROGRESS"
STILLBORN = frozenset({"CREATE_FAILED", PLANNED, "ROLLBACK_COMPLETE", "ROLLBACK_FAILED"})
FIRST = "first"
STANDING = frozenset({"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE"})


class Stack:
    """A stage's stack."""

    def __init__(self, cloud: Cloud) -> None:
        self._name = cloud.stack
        self._client = cloud.client("cloudformation")
        self._pause = LOCAL_POLL_SECONDS if cloud.local else POLL_SECONDS
        # The latest event of before, and the latest that was told.
        self._began = self._told = ""

    def status(self) -> str:
        """Return CloudFormation's word for how the stack is; empty where there is none."""
        found = self._described()
        return str(found["StackStatus"]) if found else ""

    def outputs(self) -> dict[str, str]:
        """Return what the stack gives out."""
        found = self._described() or {}
        return {output["OutputKey"]: output["OutputValue"] for output in found.get("Outputs", [])}

    def parameters(self) -> dict[str, str]:
        """Return what the stack was last told; secrets are masked."""
        found = self._described() or {}
        return {one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])}

    def functions(self) -> dict[str, str]:
        """Return the functions' names by logical id."""
        return self._named("AWS::Lambda::Function")

    def log_groups(self) -> dict[str, str]:
        """Return the log groups' names by logical id."""
        return self._named("AWS::Logs::LogGroup")

    def brings_mail_identity(self) -> bool:
        """Whether the sender's identity is this stack's own."""
        return bool(self.status()) and bool(self._named("AWS::SES::EmailIdentity"))

    def _named(self, kind: str) -> dict[str, str]:
        pages = self._client.get_paginator("list_stack_resources").paginate(StackName=self._name)
        resources = [one for page in pages for one in page["StackResourceSummaries"]]
        return {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources if one["ResourceType"] == kind}

    def make_ready(self) -> None:
        """Bring the stack into a state from which it can be put: what was interrupted ends, what was stillborn goes."""
        self._see_events()
        status = self._wait()
        if status in STILLBORN:
            print("An earlier first deployment failed and left nothing that works: it is cleared away.")
            self.delete()
        elif status == "UPDATE_ROLLBACK_FAILED":
            print("An earlier update could neither finish nor be undone: its undoing is tried again.")
            self._client.continue_update_rollback(StackName=self._name)
            self._expect(STANDING)
        elif status and status not in STANDING:
            raise Fault(f"The stack {self._name} is {status}: look at it in CloudFormation's console, then try again.")

    def template(self) -> object:
        """Return the template that the stack has, as it was sent."""
        return self._client.get_template(StackName=self._name, TemplateStage="Original")["TemplateBody"]

    def put(self, template_url: str, parameters: Mapping[str, str | None]) -> None:
        """Create the stack or update it, and wait. A parameter without a value stays as it is.

        Raises Fault; then what ran before runs on.
        """
        given: dict[str, Any] = {
            "StackName": self._name,
            "TemplateURL": template_url,
            "Parameters": [_parameter(name, value) for name, value in parameters.items()],
            "Capabilities": CAPABILITIES,
        }
        self._see_events()
        try:
            if self.status():
                self._client.update_stack(**given)
            else:
                self._create(given)
        except botocore.exceptions.ClientError as error:
            if NOTHING_TO_DO in str(error):
                return
            raise
        self._expect({"CREATE_COMPLETE", "UPDATE_COMPLETE"})

    def _create(self, given: dict[str, Any]) -> None:
        """Begin to create the stack, around the tables and the bucket that an earlier one may have left."""
        change = {"StackName": self._name, "ChangeSetName": FIRST}
        self._client.create_change_set(
            **given, ChangeSetName=FIRST, ChangeSetType="CREATE", ImportExistingResources=True
        )
        try:
            self._client.get_waiter("change_set_create_complete").wait(**change, WaiterConfig={"Delay": self._pause})
        except botocore.exceptions.WaiterError:
            reason = self._client.describe_change_set(**change).get("StatusReason", "")
            raise Fault(f"CloudFormation cannot create the stack: {reason}") from None
        self._client.execute_change_set(**change)
        while self.status() == PLANNED:
            time.sleep(self._pause)

    def delete(self) -> None:
        """Delete the stack and wait; what it retains stays."""
        self._see_events()
        self._client.delete_stack(StackName=self._name)
        status = self._wait()
        if status not in {"", "DELETE_COMPLETE"}:
            raise Fault(f"The stack {self._name} could not be deleted: {status}. {self._reason()}")

    def _expect(self, wanted: frozenset[str] | set[str]) -> None:
        status = self._wait()
        if status not in wanted:
            raise Fault(f"CloudFormation gave up: {status}. {self._reason()} The store that ran before runs on.")

    def _wait(self) -> str:
        """Wait while the stack is changing, telling each resource that is done; returns its status."""
        while (status := self.status()).endswith("_IN_PROGRESS") and status != PLANNED:
            self._tell()
            time.sleep(self._pause)
        self._tell()
        return status

    def _tell(self) -> None:
        new = list(self._events_since(self._told))
        for event in reversed(new):
            if not event["ResourceStatus"].endswith("_IN_PROGRESS"):
                print(f"  {event['ResourceStatus'].lower():<20} {event['LogicalResourceId']}", flush=True)
        if new:
            self._told = new[0]["EventId"]

    def _see_events(self) -> None:
        latest = next(self._events_since(""), None)
        self._began = self._told = latest["EventId"] if latest else ""

    def _events_since(self, known: str) -> Iterator[dict[str, Any]]:
        """Yield what has happened to the stack since an event, the latest first."""
        try:
            for page in self._client.get_paginator("describe_stack_events").paginate(StackName=self._name):
                for event in page["StackEvents"]:
                    if event["EventId"] == known:
                        return
                    yield event
        except botocore.exceptions.ClientError:
            return

    def _reason(self) -> str:
        """Say what failed first, of what failed last."""
        failed = [event for event in self._events_since(self._began) if event["ResourceStatus"].endswith("_FAILED")]
        reasons = [f"{one['LogicalResourceId']}: {one.get('ResourceStatusReason', '')}" for one in failed]
        own = [reason for reason in reasons if "cancelled" not in reason]
        return own[-1] if own else str((self._described() or {}).get("StackStatusReason", ""))

    def _described(self) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._client.describe_stacks(StackName=self._name)["Stacks"][0]
        except botocore.exceptions.ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" else found


def _parameter(name: str, value: str | None) -> dict[str, Any]:
    return {"ParameterKey": name} | ({"UsePreviousValue": True} if value is None else {"ParameterValue": value})
