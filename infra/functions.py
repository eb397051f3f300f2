"""The functions: what each may do, what it is told, what wakes it, and where its failures go."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from infra.tables import logical_id_of

LOG_DAYS = 30
MEMORY_MB = {"publish_products": 1024, "publish_stock": 1024}
SECONDS = {"APIHandler": 29}
EVENT_SECONDS = 120
# A batch that fails is halved until the record at fault is alone; that is tried until it is too old, then set aside:
# a letter outlasts an outage. Publishing gives up sooner, because the next edition, or a whole one, makes up for it.
UNTIL_TOO_OLD = -1
PUBLISHING_RETRIES = 5
STREAM_AGE_SECONDS = 6 * 3600
SCHEDULE_RETRIES = 1
FAILURE_DAYS = 14

SITE_OBJECTS = ("s3:DeleteObject", "s3:GetObject", "s3:PutObject")


class Function(Struct, frozen=True):
    """A function of app.py.

    `grants` are `Action table`, or `Action table/index/name`, of DynamoDB. `stream` names the table whose changes wake
    it. `publishes` says that it writes to the site's bucket, `sends` that it sends mails, `keys` that it reads them.
    """

    name: str
    grants: tuple[str, ...]
    stream: str = ""
    scheduled: bool = False
    publishes: bool = False
    sends: bool = False
    keys: bool = True

    @property
    def logical_id(self) -> str:
        """What Chalice calls it in the template."""
        return self.name if self.name == "APIHandler" else "".join(map(str.capitalize, self.name.split("_")))

    @property
    def role(self) -> str:
        """What Chalice calls its role."""
        return "ApiHandlerRole" if self.name == "APIHandler" else f"{self.logical_id}Role"


PUBLISHING = ("Scan products", "Scan stock", "UpdateItem publishing")

FUNCTIONS = (
    Function(
        "APIHandler",
        (
            "BatchGetItem promotions",
            "BatchGetItem skus",
            "BatchGetItem stock",
            "ConditionCheckItem accounts",
            "DeleteItem accounts",
            "DeleteItem carts",
            "DeleteItem sessions",
            "GetItem accounts",
            "GetItem carts",
            "GetItem orders",
            "GetItem sandbox-payments",
            "GetItem sessions",
            "PutItem accounts",
            "PutItem carts",
            "PutItem mails",
            "PutItem orders",
            "PutItem payment-events",
            "PutItem sandbox-payments",
            "PutItem sessions",
            "Query orders/index/by-account",
            "Query sessions",
            "UpdateItem promotions",
            "UpdateItem redemptions",
            "UpdateItem sandbox-payments",
            "UpdateItem searches",
            "UpdateItem stock",
            "UpdateItem throttles",
        ),
    ),
    Function("send_mails", ("GetItem mails", "UpdateItem mails"), stream="mails", sends=True),
    Function(
        "follow_orders",
        (
            "GetItem accounts",
            "GetItem orders",
            "PutItem mails",
            "PutItem orders",
            "Query orders/index/by-guest",
            "UpdateItem throttles",
        ),
        stream="orders",
    ),
    Function(
        "follow_accounts",
        ("GetItem accounts", "GetItem orders", "PutItem orders", "Query orders/index/by-guest"),
        stream="accounts",
    ),
    Function("send_sandbox_webhooks", (), stream="sandbox-payments"),
    Function("publish_products", PUBLISHING, stream="products", publishes=True, keys=False),
    Function("publish_stock", PUBLISHING, stream="stock", publishes=True, keys=False),
    Function("publish_everything", PUBLISHING, publishes=True, keys=False),
    Function(
        "sweep",
        (
            "GetItem orders",
            "GetItem sandbox-payments",
            "PutItem orders",
            "PutItem sandbox-payments",
            "Query orders/index/unsettled",
            "UpdateItem promotions",
            "UpdateItem redemptions",
            "UpdateItem sandbox-payments",
            "UpdateItem stock",
        ),
        scheduled=True,
    ),
    Function("check_books", ("Scan orders", "Scan sandbox-payments", "Scan stock"), scheduled=True),
)


def resources(stage: str, gateway: str, *, tracing: bool) -> dict[str, Any]:
    """Return what is merged into each of Chalice's functions, their logs, and the queue of what failed."""
    found: dict[str, Any] = {"FailedEvents": _failed_events()}
    for function in FUNCTIONS:
        found |= _function(function, stage, gateway, tracing=tracing)
    return found


def _function(function: Function, stage: str, gateway: str, *, tracing: bool) -> dict[str, Any]:
    name = function.logical_id
    properties: dict[str, Any] = {
        "Environment": {"Variables": _variables(function, stage, gateway)},
        "LoggingConfig": {"LogGroup": {"Ref": f"{name}Log"}},
        "MemorySize": MEMORY_MB.get(function.name, 512),
        "Timeout": SECONDS.get(function.name, EVENT_SECONDS),
        "Tracing": "Active" if tracing else "PassThrough",
    }
    if function.stream:
        properties["Events"] = {f"{name}DynamodbEventSource": {"Properties": _stream(function)}}
    if function.scheduled:
        destination = {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedEvents", "Arn"]}}
        properties["EventInvokeConfig"] = {
            "MaximumRetryAttempts": SCHEDULE_RETRIES,
            "DestinationConfig": {"OnFailure": destination},
        }
    return {
        name: {"Properties": properties},
        f"{name}Log": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"RetentionInDays": LOG_DAYS},
        },
        function.role: {"Properties": {"Policies": [_policy(function, tracing=tracing)]}},
    }


def _variables(function: Function, stage: str, gateway: str) -> dict[str, Any]:
    variables: dict[str, Any] = {
        "STAGE": stage,
        "SITE_URL": {"Ref": "SiteUrl"},
        "API_URL": {"Fn::Sub": "${SiteUrl}/api"},
        "PAYMENT_GATEWAY": gateway,
        "STRIPE_PUBLISHABLE_KEY": {"Ref": "StripePublishableKey"},
        "BUILT_ASSETS": "assets.json",
    }
    if function.keys:
        variables["SECRETS_PARAMETER"] = {"Ref": "KeysParameter"}
    if function.publishes:
        variables["SITE_BUCKET"] = {"Ref": "SiteBucket"}
    if function.name == "APIHandler":
        variables["ORIGIN_SECRET"] = {"Ref": "OriginSecret"}
    return variables


def _stream(function: Function) -> dict[str, Any]:
    return {
        "Stream": {"Fn::GetAtt": [logical_id_of(function.stream), "StreamArn"]},
        "StartingPosition": "TRIM_HORIZON",
        "BisectBatchOnFunctionError": True,
        "MaximumRetryAttempts": PUBLISHING_RETRIES if function.publishes else UNTIL_TOO_OLD,
        "MaximumRecordAgeInSeconds": STREAM_AGE_SECONDS,
        "DestinationConfig": {"OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["FailedEvents", "Arn"]}}},
    }


def _failed_events() -> dict[str, Any]:
    return {
        "Type": "AWS::SQS::Queue",
        "DeletionPolicy": "Delete",
        "UpdateReplacePolicy": "Delete",
        "Properties": {"MessageRetentionPeriod": FAILURE_DAYS * 24 * 3600, "SqsManagedSseEnabled": True},
    }


def _policy(function: Function, *, tracing: bool) -> dict[str, Any]:
    """Return the one policy of a function: what it uses, and no more."""
    statements = [
        _allow(["logs:CreateLogStream", "logs:PutLogEvents"], {"Fn::GetAtt": [f"{function.logical_id}Log", "Arn"]}),
        *_dynamodb(function.grants),
    ]
    if function.keys:
        parameter = "arn:${AWS::Partition}:ssm:${AWS::Region}:${AWS::AccountId}:parameter${KeysParameter}"
        statements.append(_allow(["ssm:GetParameter"], {"Fn::Sub": parameter}))
    if function.publishes:
        statements.append(_allow(list(SITE_OBJECTS), {"Fn::Sub": "${SiteBucket.Arn}/*"}))
        # Without it, S3 does not say of an object that it is not there.
        statements.append(_allow(["s3:ListBucket"], {"Fn::GetAtt": ["SiteBucket", "Arn"]}))
    if function.sends:
        identity = "arn:${AWS::Partition}:ses:${AWS::Region}:${AWS::AccountId}:identity/*"
        sender = {"StringEquals": {"ses:FromAddress": {"Ref": "MailSender"}}}
        statements.append({**_allow(["ses:SendEmail"], {"Fn::Sub": identity}), "Condition": sender})
    if function.stream:
        reading = ["dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"]
        stream = {"Fn::GetAtt": [logical_id_of(function.stream), "StreamArn"]}
        statements.append(_allow(reading, stream))
        statements.append(_allow(["dynamodb:ListStreams"], "*"))
    if function.stream or function.scheduled:
        statements.append(_allow(["sqs:SendMessage"], {"Fn::GetAtt": ["FailedEvents", "Arn"]}))
    if tracing:
        statements.append(_allow(["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*"))
    return {
        "PolicyName": f"{function.logical_id}Policy",
        "PolicyDocument": {"Version": "2012-10-17", "Statement": statements},
    }


def _dynamodb(grants: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return a statement for each table and index, with all that may be done there."""
    by_resource: dict[str, list[str]] = {}
    for grant in grants:
        action, resource = grant.split()
        by_resource.setdefault(resource, []).append(f"dynamodb:{action}")
    return [_allow(actions, _arn(resource)) for resource, actions in sorted(by_resource.items())]


def _arn(resource: str) -> dict[str, Any]:
    table, _, index = resource.partition("/")
    arn = {"Fn::GetAtt": [logical_id_of(table), "Arn"]}
    return {"Fn::Join": ["/", [arn, index]]} if index else arn


def _allow(actions: list[str], resource: object) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": actions, "Resource": resource}
