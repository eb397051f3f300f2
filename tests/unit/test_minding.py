"""What the commands that mind data find out about a stage in the cloud."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from moto import mock_aws

from chalicelib import keys
from chalicelib.settings import settings
from infra import minding
from infra.cloud import Cloud


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """A stage in another region than the laptop's; the environment is left as it was."""
    monkeypatch.setenv("STAGE", "prod")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    for name in ("AWS_REGION", "SECRETS_PARAMETER"):
        # Set first, so that it is unset again afterwards.
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    settings.cache_clear()
    yield monkeypatch
    monkeypatch.undo()
    settings.cache_clear()
    keys.keys.cache_clear()


def test_a_command_looks_where_the_stage_was_deployed_and_knows_its_secrets(stage: pytest.MonkeyPatch) -> None:
    assert minding.cloud() is not None
    assert (settings().region, settings().secrets_parameter) == ("us-east-1", "/open-kitchen/prod/keys")


def test_on_this_machine_there_is_no_cloud(stage: pytest.MonkeyPatch) -> None:
    stage.setenv("STAGE", "local")
    settings.cache_clear()
    assert minding.cloud() is None
    assert settings().secrets_parameter == ""


def test_the_secrets_of_a_backup_take_the_place_of_those_in_the_cloud(
    stage: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    keys.generate(tmp_path / "secrets.json")
    before = msgspec.json.decode((tmp_path / "secrets.json").read_bytes(), type=keys.Keys)
    with mock_aws():
        minding.cloud()
        keys.replace(before)
        assert keys.keys() == before
        keys.replace(msgspec.structs.replace(before, orders="another"))
        assert keys.keys().orders == "another"


def test_every_function_starts_anew_with_the_secrets_of_a_backup(stage: pytest.MonkeyPatch) -> None:
    class Functions:
        changed: list[str] = []  # noqa: RUF012 -- one test's.

        def update_function_configuration(self, FunctionName: str, **_: Any) -> None:  # noqa: N803 -- Lambda's.
            self.changed.append(FunctionName)

    stage.setattr(Cloud, "client", lambda cloud, service, **options: Functions())
    stage.setattr("infra.minding.Stack.functions", lambda stack: {"APIHandler": "api", "Sweep": "sweep"})
    minding.take_up_secrets(Cloud("prod"))
    assert Functions.changed == ["api", "sweep"]
