"""The template: what CloudFormation is told, before SAM's transform and after it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
from samtranslator.parser.parser import Parser
from samtranslator.translator.translator import Translator

from chalicelib.dynamo import Table
from infra import template as more
from infra.functions import FUNCTIONS
from infra.headers import page_headers, special_pages
from infra.tables import all_tables, logical_id

Template = dict[str, Any]

# AWS knows no smaller resource for these.
WHOLE_ACCOUNT = {"dynamodb:ListStreams", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# API Gateway logs with one role in all of an account; other stages may use it. Its policy is AWS's own.
ACCOUNT_WIDE_ROLE = "ApiLogsRole"
FAILED = {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedEvents", "Arn"]}}


def of_type(template: Template, kind: str) -> dict[str, Any]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def statements(template: Template) -> Iterator[dict[str, Any]]:
    for role in of_type(template, "AWS::IAM::Role").values():
        for policy in role["Properties"].get("Policies", []):
            yield from policy["PolicyDocument"]["Statement"]


# --- Tables -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("table", list(all_tables()), ids=logical_id)
def test_a_table_is_as_its_model_says_and_cannot_be_lost(template: Template, table: type[Table]) -> None:
    made = template["Resources"][logical_id(table)]
    properties, schema = made["Properties"], table._get_schema()
    assert (made["DeletionPolicy"], made["UpdateReplacePolicy"]) == ("Retain", "Retain")
    assert properties["DeletionProtectionEnabled"]
    assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
    indexes = [index["IndexName"] for index in properties.get("GlobalSecondaryIndexes", [])]
    assert indexes == [index["index_name"] for index in schema["global_secondary_indexes"]]
    view = properties.get("StreamSpecification", {}).get("StreamViewType")
    assert view == getattr(table.Meta, "stream_view_type", None)
    expires = table._ttl_attribute()  # type: ignore[no-untyped-call]
    ttl = properties.get("TimeToLiveSpecification")
    assert ttl == ({"AttributeName": expires.attr_name, "Enabled": True} if expires else None)


def test_there_is_no_other_table(template: Template) -> None:
    assert set(of_type(template, "AWS::DynamoDB::Table")) == {logical_id(table) for table in all_tables()}


def test_a_stage_to_try_things_on_can_be_deleted_whole() -> None:
    resources = more.build("test", permanent=False)["Resources"]
    kept = [name for name, one in resources.items() if one.get("DeletionPolicy") == "Retain"]
    assert kept == [ACCOUNT_WIDE_ROLE]
    assert not any(one.get("Properties", {}).get("DeletionProtectionEnabled") for one in resources.values())


# --- Functions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
def test_a_function_has_one_policy_a_log_that_forgets_and_a_place_for_its_failures(
    template: Template, function: Any
) -> None:
    resources = template["Resources"]
    properties = resources[function.logical_id]["Properties"]
    assert properties["Role"] == {"Fn::GetAtt": [function.role, "Arn"]}
    assert len(resources[function.role]["Properties"]["Policies"]) == 1
    assert "ManagedPolicyArns" not in resources[function.role]["Properties"]
    log = properties["LoggingConfig"]["LogGroup"]["Ref"]
    assert resources[log]["Properties"]["RetentionInDays"] == 30
    if function.stream:
        (event,) = properties["Events"].values()
        assert event["Properties"]["DestinationConfig"] == {"OnFailure": FAILED}
        assert event["Properties"]["BisectBatchOnFunctionError"]
        assert event["Properties"]["MaximumRetryAttempts"] > 0
    elif function.scheduled:
        assert properties["EventInvokeConfig"]["DestinationConfig"] == {"OnFailure": FAILED}
    else:
        # Whoever asks it waits for its answer, and hears of the failure.
        assert "Events" not in properties


def test_every_function_in_the_template_is_declared(template: Template) -> None:
    declared = {function.logical_id for function in FUNCTIONS}
    assert set(of_type(template, "AWS::Serverless::Function")) == declared
    roles = {function.role for function in FUNCTIONS}
    assert set(of_type(template, "AWS::IAM::Role")) == {*roles, ACCOUNT_WIDE_ROLE}


def test_no_policy_allows_every_action_or_every_resource(template: Template) -> None:
    for statement in statements(template):
        assert isinstance(statement["Action"], list)
        assert not any("*" in action for action in statement["Action"])
        if statement["Resource"] == "*":
            assert set(statement["Action"]) <= WHOLE_ACCOUNT
    wide = {action for one in statements(template) if one["Resource"] == "*" for action in one["Action"]}
    assert wide == WHOLE_ACCOUNT, "what is excused is used"


# --- The API's and the pages' answers ---------------------------------------------------------------------------------


def test_what_api_gateway_answers_itself_is_a_problem_document_and_never_403(template: Template) -> None:
    answers = template["Resources"]["RestAPI"]["Properties"]["GatewayResponses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX"} <= answers.keys()
    for kind, answer in answers.items():
        assert answer["StatusCode"] != 403, kind
        assert answer["ResponseParameters"]["Headers"]["Content-Type"] == "'application/problem+json'"
        problem = json.loads(answer["ResponseTemplates"]["application/json"])
        assert problem["status"] == answer["StatusCode"]
        assert problem["request_id"] == "$context.requestId"
        assert problem["code"]


@pytest.mark.parametrize("gateway", ["sandbox", "stripe"])
def test_every_page_has_the_content_security_policy_that_it_has_on_a_laptop(gateway: str) -> None:
    resources = more.build("test", permanent=False, gateway_name=gateway)["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    behaviors = {one["PathPattern"]: one for one in config["CacheBehaviors"]} | {"": config["DefaultCacheBehavior"]}
    del behaviors["/api/*"]
    assert {f"/{page}" for page in special_pages()} <= behaviors.keys()
    for path, behavior in behaviors.items():
        policy = resources[behavior["ResponseHeadersPolicyId"]["Ref"]]["Properties"]["ResponseHeadersPolicyConfig"]
        sent = policy["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
        assert sent == page_headers("", path.removeprefix("/"), gateway)["Content-Security-Policy"], path


# --- As a whole -------------------------------------------------------------------------------------------------------


def assert_nothing_found(file: Path, template: Template) -> None:
    file.write_text(json.dumps(template))
    done = subprocess.run(["cfn-lint", str(file)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_linter_finds_nothing_before_the_transform(template: Template, tmp_path: Path) -> None:
    assert_nothing_found(tmp_path / "template.json", template)


def test_the_linter_finds_nothing_after_the_transform(template: Template, tmp_path: Path) -> None:
    parameters = {name: parameter.get("Default", "given") for name, parameter in template["Parameters"].items()}
    transformed = Translator({}, Parser()).translate(deepcopy(template), parameters)
    assert not of_type(transformed, "AWS::Serverless::Function")
    assert_nothing_found(tmp_path / "transformed.json", transformed)


def test_it_fits_into_what_cloudformation_takes(template: Template) -> None:
    assert len(json.dumps(template)) < 1_000_000
    assert len(template["Resources"]) < 400
