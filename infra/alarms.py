"""What watches the shop, and whom it tells. docs/operations.md says of each alarm what to do."""

from __future__ import annotations

import json
from typing import Any, Literal

from chalicelib.shop import shop
from infra.functions import FUNCTIONS

NAMESPACE = "OpenKitchen"
MINUTE = 60
SLOW_MS = 3_000
LATE_MS = 60_000
# What is declined in five minutes when nobody tries cards out.
DECLINES = 20
# A day between two checks, and time for one to be late.
HOURS_WITHOUT_A_CHECK = 26

Missing = Literal["breaching", "ignore", "notBreaching"]


def resources(stage: str) -> dict[str, Any]:
    """Return the alarms, the topic that they tell, a budget and a dashboard."""
    return {
        "Alarms": {"Type": "AWS::SNS::Topic", "Properties": {}},
        "AlarmsByMail": {
            "Type": "AWS::SNS::Subscription",
            "Condition": "HasAlarmEmail",
            "Properties": {"TopicArn": {"Ref": "Alarms"}, "Protocol": "email", "Endpoint": {"Ref": "AlarmEmail"}},
        },
        "ApiErrors": _alarm("AWS/ApiGateway", "5XXError", _api(), threshold=5, minutes=5),
        "StageThrottles": _alarm(_of_the_stage(), "StageThrottles", {}, threshold=1, minutes=5),
        "StageThrottlesFilter": _stage_throttles(),
        "ApiThrottles": _alarm("AWS/Lambda", "Throttles", _lambda("APIHandler"), threshold=1, minutes=5),
        "ApiLatencyP99": _alarm(
            "AWS/ApiGateway", "Latency", _api(), threshold=SLOW_MS, minutes=5, statistic="p99", periods=3
        ),
        "SweeperErrors": _alarm("AWS/Lambda", "Errors", _lambda("Sweep"), threshold=2, minutes=5),
        "SweeperStopped": _silence("AWS/Lambda", "Invocations", _lambda("Sweep"), minutes=15),
        "SweepFailures": _alarm(NAMESPACE, "SweepFailures", {"Stage": stage}, threshold=1, minutes=5, periods=3),
        "Declines": _alarm(NAMESPACE, "Declines", {"Stage": stage}, threshold=DECLINES, minutes=5),
        # It rings until an edition that sets nothing aside.
        "ProductsSetAside": _alarm(
            NAMESPACE, "SetAside", {"Stage": stage}, threshold=1, minutes=5, statistic="Maximum", missing="ignore"
        ),
        **{
            f"StreamIteratorAge{one.logical_id}": _alarm(
                "AWS/Lambda",
                "IteratorAge",
                _lambda(one.logical_id),
                threshold=LATE_MS,
                minutes=1,
                statistic="Maximum",
                periods=5,
            )
            for one in FUNCTIONS
            if one.stream
        },
        "DeadLetters": _alarm(
            "AWS/SQS",
            "ApproximateNumberOfMessagesVisible",
            {"QueueName": {"Fn::GetAtt": ["FailedEvents", "QueueName"]}},
            threshold=1,
            minutes=1,
            statistic="Maximum",
        ),
        "BooksCheckFailed": _alarm(
            NAMESPACE, "BooksDifferences", {"Stage": stage}, threshold=1, minutes=60, statistic="Maximum"
        ),
        "BooksCheckStopped": _silence(
            NAMESPACE, "BooksDifferences", {"Stage": stage}, minutes=60, periods=HOURS_WITHOUT_A_CHECK
        ),
        "Spend": _budget(),
        "Dashboard": _dashboard(stage),
    }


def _alarm(
    namespace: str | dict[str, Any],
    metric: str,
    dimensions: dict[str, Any],
    *,
    threshold: float,
    minutes: int,
    statistic: str = "Sum",
    periods: int = 1,
    missing: Missing = "notBreaching",
    comparison: str = "GreaterThanOrEqualToThreshold",
) -> dict[str, Any]:
    kind = "ExtendedStatistic" if statistic.startswith("p") else "Statistic"
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": namespace,
            "MetricName": metric,
            "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
            kind: statistic,
            "Period": minutes * MINUTE,
            "EvaluationPeriods": periods,
            "Threshold": threshold,
            "ComparisonOperator": comparison,
            "TreatMissingData": missing,
            "AlarmActions": [{"Ref": "Alarms"}],
            "OKActions": [{"Ref": "Alarms"}],
        },
    }


def _silence(
    namespace: str, metric: str, dimensions: dict[str, Any], *, minutes: int, periods: int = 1
) -> dict[str, Any]:
    """Return an alarm that rings when a metric has told nothing for so long."""
    return _alarm(
        namespace,
        metric,
        dimensions,
        threshold=1,
        minutes=minutes,
        statistic="SampleCount",
        periods=periods,
        missing="breaching",
        comparison="LessThanThreshold",
    )


def _stage_throttles() -> dict[str, Any]:
    """Return what counts the requests that API Gateway itself turned away; the shop's own 429 names no such error."""
    return {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "LogGroupName": {"Ref": "ApiAccessLog"},
            "FilterPattern": '{ $.error = "THROTTLED" }',
            "MetricTransformations": [
                {"MetricNamespace": _of_the_stage(), "MetricName": "StageThrottles", "MetricValue": "1"}
            ],
        },
    }


def _of_the_stage() -> dict[str, Any]:
    """Return a namespace of the stage's own, because a filter's metric cannot have a dimension that no line tells."""
    return {"Fn::Sub": f"{NAMESPACE}/${{AWS::StackName}}"}


def _budget() -> dict[str, Any]:
    subscriber = {"SubscriptionType": "EMAIL", "Address": {"Ref": "AlarmEmail"}}
    return {
        "Type": "AWS::Budgets::Budget",
        "Condition": "HasAlarmEmail",
        "Properties": {
            "Budget": {
                "BudgetType": "COST",
                "TimeUnit": "MONTHLY",
                "BudgetLimit": {"Amount": {"Ref": "MonthlyBudget"}, "Unit": "USD"},
            },
            "NotificationsWithSubscribers": [
                {
                    "Notification": {
                        "NotificationType": kind,
                        "ComparisonOperator": "GREATER_THAN",
                        "Threshold": 100,
                        "ThresholdType": "PERCENTAGE",
                    },
                    "Subscribers": [subscriber],
                }
                for kind in ("ACTUAL", "FORECASTED")
            ],
        },
    }


def _api() -> dict[str, Any]:
    return {"ApiName": {"Fn::Sub": "${AWS::StackName}"}, "Stage": "api"}


def _lambda(name: str) -> dict[str, Any]:
    return {"FunctionName": {"Ref": name}}


def _dashboard(stage: str) -> dict[str, Any]:
    charts: dict[str, tuple[str, list[list[str]]]] = {
        "Orders and declines": ("Sum", [["Orders"], ["Declines"]]),
        "Revenue, in minor units": ("Sum", [["Revenue", "Currency", shop().currency]]),
        "Conflicts and retries": ("Sum", [["Conflicts"], ["Retries"]]),
        "What the sweeper finished, and could not": ("Sum", [["Swept"], ["SweepFailures"]]),
        "From a change to its page, in ms": ("Maximum", [["PublishLag"]]),
        "Searches in vain": ("Sum", [["SearchMisses"]]),
        "Differences in the books": ("Maximum", [["BooksDifferences"]]),
    }
    widgets = [
        _widget(title, [[NAMESPACE, name, "Stage", stage, *more] for name, *more in metrics], stat)
        for title, (stat, metrics) in charts.items()
    ]
    api = [["AWS/ApiGateway", name, "ApiName", "${AWS::StackName}", "Stage", "api"] for name in ("Count", "5XXError")]
    widgets += [
        _widget("API: requests and errors", api),
        _widget(
            "API: latency, p50 and p99",
            [
                ["AWS/ApiGateway", "Latency", "ApiName", "${AWS::StackName}", "Stage", "api", {"stat": stat}]
                for stat in ("p50", "p99")
            ],
        ),
    ]
    return {
        "Type": "AWS::CloudWatch::Dashboard",
        "Properties": {
            "DashboardName": {"Fn::Sub": "${AWS::StackName}"},
            "DashboardBody": {"Fn::Sub": json.dumps({"widgets": widgets})},
        },
    }


def _widget(title: str, metrics: list[list[Any]], stat: str = "Sum") -> dict[str, Any]:
    properties = {"title": title, "metrics": metrics, "region": "${AWS::Region}", "stat": stat, "period": 300}
    return {"type": "metric", "width": 8, "height": 6, "properties": properties}
