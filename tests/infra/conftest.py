"""What the tests of deployments share: the template, as it is sent, and a cloud that only this process knows."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from moto import mock_aws

from infra import stack
from infra.cloud import Cloud

os.environ["PATH"] = f"{Path('.venv/bin').resolve()}:{os.environ['PATH']}"


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The template of a shop that is to last, with tracing."""
    options = stack.Options("test", "s3://bucket/package.zip", "arm64", "site", permanent=True, tracing=True)
    return stack.render(tmp_path_factory.mktemp("template"), options)


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    with mock_aws():
        yield Cloud("test")
