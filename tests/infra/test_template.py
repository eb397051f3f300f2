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
from infra.choices import REMEMBERED
from infra.functions import FUNCTIONS
from infra.headers import page_headers, special_pages
from infra.tables import all_tables, logical_id

Template = dict[str, Any]

# AWS knows no smaller resource for these.
WHOLE_ACCOUNT = {"dynamodb:ListStreams", "xray:PutTelemetryRecords", "xray:PutTraceSegments"}
# API Gateway logs with one role in all of an account; other stages may use it. Its policy is AWS's own.
ACCOUNT_WIDE_ROLE = "ApiLogsRole"
UNTIL_TOO_OLD = -1
# https://docs.aws.amazon.com/AmazonCloudFront: errors that are cached for ten seconds by default
KEPT_BY_CLOUDFRONT = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
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


def test_of_every_stage_the_data_outlive_the_stack_and_of_one_to_try_things_on_they_can_be_deleted() -> None:
    resources = more.build("test", "site", permanent=False)["Resources"]
    kept = {name for name, one in resources.items() if one.get("DeletionPolicy") == "Retain"}
    assert kept == {*map(logical_id, all_tables()), "MailIdentity", ACCOUNT_WIDE_ROLE}
    assert not any(one.get("Properties", {}).get("DeletionProtectionEnabled") for one in resources.values())


def test_what_outlives_the_stack_has_a_name_by_which_the_next_one_finds_it(template: Template) -> None:
    names = {"AWS::DynamoDB::Table": "TableName", "AWS::S3::Bucket": "BucketName"}
    for kind, name in names.items():
        # CloudFormation does not compute the names of what it takes up.
        assert all(isinstance(one["Properties"][name], str) for one in of_type(template, kind).values())


def test_the_stack_remembers_what_was_chosen(template: Template) -> None:
    outputs = {name: output["Value"] for name, output in template["Outputs"].items()}
    assert (outputs["PaymentGateway"], outputs["Architecture"], outputs["Tracing"]) == ("sandbox", "arm64", "1")
    assert set(REMEMBERED.values()) <= template["Parameters"].keys() | outputs.keys()


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
        # What cannot be made anew wholesale is tried until it is too old.
        tries = event["Properties"]["MaximumRetryAttempts"]
        assert tries > 0 if function.publishes else tries == UNTIL_TOO_OLD
        assert event["Properties"]["MaximumRecordAgeInSeconds"] >= 3600
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


def test_no_metric_of_each_method_is_bought(template: Template) -> None:
    (settings,) = template["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    assert not {name for name in settings if "Metrics" in name or "Trac" in name}


def test_the_api_is_called_what_its_alarms_call_it(template: Template) -> None:
    properties = template["Resources"]["RestAPI"]["Properties"]
    named = {str(properties["Name"]), str(properties["DefinitionBody"]["info"]["title"])}
    alarms = of_type(template, "AWS::CloudWatch::Alarm").values()
    dimensions = [one for alarm in alarms for one in alarm["Properties"]["Dimensions"]]
    watched = {str(one["Value"]) for one in dimensions if one["Name"] == "ApiName"}
    assert named == watched == {str({"Fn::Sub": "${AWS::StackName}"})}


def test_the_distribution_keeps_no_error_but_that_a_page_is_missing(template: Template) -> None:
    config = template["Resources"]["Distribution"]["Properties"]["DistributionConfig"]
    missing, *others = config["CustomErrorResponses"]
    assert (missing["ErrorCode"], missing["ResponseCode"], missing["ResponsePagePath"]) == (403, 404, "/404")
    assert {one["ErrorCode"] for one in others} == KEPT_BY_CLOUDFRONT - {403}
    assert all(one == {"ErrorCode": one["ErrorCode"], "ErrorCachingMinTTL": 0} for one in others)


@pytest.mark.parametrize("gateway", ["sandbox", "stripe"])
def test_every_page_has_the_content_security_policy_that_it_has_on_a_laptop(gateway: str) -> None:
    resources = more.build("test", "site", permanent=False, gateway_name=gateway)["Resources"]
    config = resources["Distribution"]["Properties"]["DistributionConfig"]
    behaviors = {one["PathPattern"]: one for one in config["CacheBehaviors"]} | {"": config["DefaultCacheBehavior"]}
    del behaviors["/api/*"]
    assert {f"/{page}" for page in special_pages()} <= behaviors.keys()
    for path, behavior in behaviors.items():
        policy = resources[behavior["ResponseHeadersPolicyId"]["Ref"]]["Properties"]["ResponseHeadersPolicyConfig"]
        sent = policy["SecurityHeadersConfig"]["ContentSecurityPolicy"]["ContentSecurityPolicy"]
        assert sent == page_headers("", path.removeprefix("/"), gateway)["Content-Security-Policy"], path


# --- The alarms -------------------------------------------------------------------------------------------------------


def test_what_the_stage_itself_turns_away_is_counted_and_what_the_shop_throttles_is_not(template: Template) -> None:
    resources = template["Resources"]
    counted = resources["StageThrottlesFilter"]["Properties"]
    logged = resources["RestAPI"]["Properties"]["AccessLogSetting"]
    assert {"Fn::GetAtt": [counted["LogGroupName"]["Ref"], "Arn"]} == logged["DestinationArn"]
    # Only API Gateway's own answers have a type; that of a Lambda's is logged as `-`.
    assert json.loads(logged["Format"])["error"] == "$context.error.responseType"
    assert counted["FilterPattern"] == '{ $.error = "THROTTLED" }'
    (made,) = counted["MetricTransformations"]
    alarm = resources["StageThrottles"]["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"]) == (made["MetricNamespace"], made["MetricName"])
    assert alarm["Dimensions"] == []


def test_an_alarm_that_waits_for_silence_takes_missing_data_for_it(template: Template) -> None:
    alarms = {name: one["Properties"] for name, one in of_type(template, "AWS::CloudWatch::Alarm").items()}
    silence = {name: one for name, one in alarms.items() if one["ComparisonOperator"].startswith("LessThan")}
    assert {name: one["Period"] * one["EvaluationPeriods"] for name, one in silence.items()} == {
        "SweeperStopped": 15 * 60,
        "BooksCheckStopped": 26 * 3600,
    }
    assert {name for name, one in alarms.items() if one["TreatMissingData"] == "breaching"} == silence.keys()
    assert all((one["Statistic"], one["Threshold"]) == ("SampleCount", 1) for one in silence.values())


@pytest.mark.parametrize("metric", ["BooksDifferences", "Declines", "SetAside", "SweepFailures"])
def test_what_goes_wrong_in_the_shop_itself_rings(template: Template, metric: str) -> None:
    alarms = [one["Properties"] for one in of_type(template, "AWS::CloudWatch::Alarm").values()]
    ringing = [one for one in alarms if (one["Namespace"], one["MetricName"]) == ("OpenKitchen", metric)]
    assert [{"Name": "Stage", "Value": "test"}] in [one["Dimensions"] for one in ringing]
    assert any(one["ComparisonOperator"].startswith("GreaterThan") for one in ringing)


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
    (api,) = of_type(transformed, "AWS::ApiGateway::RestApi").values()
    assert api["Properties"]["Body"]["info"]["title"] == api["Properties"]["Name"]
    assert_nothing_found(tmp_path / "transformed.json", transformed)


def test_it_fits_into_what_cloudformation_takes(template: Template) -> None:
    assert len(json.dumps(template)) < 1_000_000
    assert len(template["Resources"]) < 400
