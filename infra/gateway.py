"""API Gateway beyond Chalice's routes: throttling, logs, and its own answers in the shop's form."""

from __future__ import annotations

import json
from typing import Any

# Requests a second that the stage lets through, and how many at once beyond that.
RATE, BURST = 500, 1000
NAME = {"Fn::Sub": "${AWS::StackName}"}
LOGS_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"

ACCESS_LOG = {
    "time": "$context.requestTimeEpoch",
    "request_id": "$context.requestId",
    "method": "$context.httpMethod",
    "path": "$context.resourcePath",
    "status": "$context.status",
    "ms": "$context.responseLatency",
    "integration_ms": "$context.integrationLatency",
    "error": "$context.error.responseType",
    "lambda_request_id": "$context.integration.requestId",
}

# By type of gateway response: status, code, title, what to do. None is 403: the distribution would turn it into a page.
ANSWERS: dict[str, tuple[int, str, str, str]] = {
    "ACCESS_DENIED": (404, "not_found", "Not found", "The API has no such path, or not for you."),
    "API_CONFIGURATION_ERROR": (500, "internal_error", "Internal error", "Something is wrong on our side."),
    "BAD_REQUEST_BODY": (400, "malformed", "Bad request", "The body cannot be read."),
    "BAD_REQUEST_PARAMETERS": (400, "malformed", "Bad request", "The parameters cannot be read."),
    "DEFAULT_4XX": (400, "bad_request", "Bad request", "The request cannot be served as it is."),
    "DEFAULT_5XX": (503, "unavailable", "Unavailable", "Please try again in a moment."),
    "EXPIRED_TOKEN": (404, "not_found", "Not found", "The API has no such path, or not for you."),
    "INTEGRATION_FAILURE": (503, "unavailable", "Unavailable", "Please try again in a moment."),
    "INTEGRATION_TIMEOUT": (503, "unavailable", "Unavailable", "That took too long. Please try again in a moment."),
    "INVALID_API_KEY": (404, "not_found", "Not found", "The API has no such path, or not for you."),
    "INVALID_SIGNATURE": (404, "not_found", "Not found", "The API has no such path, or not for you."),
    "MISSING_AUTHENTICATION_TOKEN": (404, "not_found", "Not found", "The API has no such path. See GET /openapi.json."),
    "QUOTA_EXCEEDED": (429, "too_many_requests", "Too many requests", "Please wait a moment."),
    "REQUEST_TOO_LARGE": (413, "too_large", "Too large", "The body is too large."),
    "RESOURCE_NOT_FOUND": (404, "not_found", "Not found", "The API has no such path. See GET /openapi.json."),
    "THROTTLED": (429, "too_many_requests", "Too many requests", "Please wait a moment."),
    "UNAUTHORIZED": (401, "unauthorized", "Unauthorized", "Sign in first."),
    "UNSUPPORTED_MEDIA_TYPE": (415, "unsupported_media_type", "Unsupported media type", "Send application/json."),
    "WAF_FILTERED": (404, "not_found", "Not found", "The API has no such path, or not for you."),
}
RETRY_AFTER_SECONDS = {429: 1, 503: 2}


def resources() -> dict[str, Any]:
    """Return what is merged into Chalice's API, and its log."""
    return {
        # API Gateway logs on behalf of the account, with one role for all that it has there.
        "ApiLogsRole": {
            "Type": "AWS::IAM::Role",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "apigateway.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                },
                "ManagedPolicyArns": [{"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/{LOGS_POLICY}"}],
            },
        },
        "ApiLogsAccount": {
            "Type": "AWS::ApiGateway::Account",
            "Properties": {"CloudWatchRoleArn": {"Fn::GetAtt": ["ApiLogsRole", "Arn"]}},
        },
        "RestAPI": {
            "DependsOn": ["ApiLogsAccount"],
            "Properties": {
                "Name": NAME,
                # The API is named by what it imports, and the alarms watch it by its name.
                "DefinitionBody": {"info": {"title": NAME}},
                "MethodSettings": [
                    {
                        "HttpMethod": "*",
                        "ResourcePath": "/*",
                        "ThrottlingRateLimit": RATE,
                        "ThrottlingBurstLimit": BURST,
                    }
                ],
                "AccessLogSetting": {
                    "DestinationArn": {"Fn::GetAtt": ["ApiAccessLog", "Arn"]},
                    "Format": json.dumps(ACCESS_LOG),
                },
                "GatewayResponses": {kind: _answer(*answer) for kind, answer in ANSWERS.items()},
            },
        },
        "ApiAccessLog": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"RetentionInDays": 30},
        },
    }


def _answer(status: int, code: str, title: str, detail: str) -> dict[str, Any]:
    problem = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
    headers = {"Content-Type": "'application/problem+json'", "Cache-Control": "'no-store'"}
    if seconds := RETRY_AFTER_SECONDS.get(status):
        headers["Retry-After"] = f"'{seconds}'"
    template = json.dumps(problem | {"request_id": "$context.requestId"})
    return {
        "StatusCode": status,
        "ResponseParameters": {"Headers": headers},
        "ResponseTemplates": {"application/json": template},
    }
