"""Schemathesis over the whole contract: whatever it thinks up, the answer is one that the contract foresees."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from chalicelib.meta.routes import CONTRACT
from dev.contract import contract
from tests.api.client import Api
from tests.contract.wsgi import wsgi_app

schema = schemathesis.openapi.from_wsgi("/openapi.json", wsgi_app)

# Left out: that everything which fits the schema is accepted. A sku may be well-formed and unknown.
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    unsupported_method,
]
EVERYBODY_MAY_SIGN_OUT = "/sessions/current"


@schema.parametrize()
@settings(max_examples=30, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@pytest.mark.parametrize("signed_in", [False, True])
def test_the_api_keeps_its_contract_whatever_it_is_sent(case: Case[Any], api: Api, signed_in: bool) -> None:
    if signed_in and not api.token:
        api.sign_up()
    headers = {"Authorization": f"Bearer {api.token}"} if signed_in else None
    refusal: list[Any] = [] if case.operation.path == EVERYBODY_MAY_SIGN_OUT else [negative_data_rejection]
    case.validate_response(case.call(headers=headers), checks=[*CHECKS, *refusal])


def test_the_contract_in_the_repository_is_the_codes() -> None:
    assert CONTRACT.read_bytes() == contract()
