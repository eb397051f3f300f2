"""What the package keeps of botocore's descriptions of AWS."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from infra.models import slim, undocumented


@pytest.fixture
def data(tmp_path: Path) -> Path:
    model = {"metadata": {"endpointPrefix": "email"}, "documentation": "<p>Sends mails.</p>"}
    service = tmp_path / "ses" / "2010-12-01"
    service.mkdir(parents=True)
    (service / "service-2.json.gz").write_bytes(gzip.compress(json.dumps(model).encode()))
    partition = {"partition": "aws", "services": {"email": {"endpoints": {}}, "ec2": {"endpoints": {}}}}
    (tmp_path / "endpoints.json").write_text(json.dumps({"partitions": [partition]}))
    return tmp_path


def test_documentation_is_emptied_not_removed_because_botocore_asks_for_some() -> None:
    assert undocumented({"shapes": [{"documentation": "long", "type": "string"}]}) == {
        "shapes": [{"documentation": "", "type": "string"}]
    }


def test_a_member_that_is_called_documentation_stays() -> None:
    described = {"members": {"documentation": {"shape": "Text"}}}
    assert undocumented(described) == described


def test_models_are_unpacked_without_their_documentation(data: Path) -> None:
    slim(data)
    assert [file.name for file in (data / "ses" / "2010-12-01").iterdir()] == ["service-2.json"]
    assert read(data / "ses" / "2010-12-01" / "service-2.json")["documentation"] == ""


def test_only_the_endpoints_of_the_services_that_are_called_stay(data: Path) -> None:
    slim(data)
    assert read(data / "endpoints.json")["partitions"] == [
        {"partition": "aws", "services": {"email": {"endpoints": {}}}}
    ]


def read(file: Path) -> Any:
    return json.loads(file.read_bytes())
