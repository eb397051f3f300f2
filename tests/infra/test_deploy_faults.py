"""What stops a deployment is told in one line, with what to do."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import boto3
import botocore.session
import msgspec
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, NoCredentialsError
from botocore.stub import Stubber

from chalicelib import keys
from infra import deploy, destroy
from infra.choices import Choices
from infra.cloud import Cloud
from infra.faults import Fault, told


def line(work: Callable[[], object], capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line that a command fails with."""
    assert told(lambda: void(work())) == 1
    said = capsys.readouterr().err
    assert said.count("\n") == 1
    return said


def void(_: object) -> None:
    pass


def failing(error: BaseException) -> Callable[[], None]:
    def work() -> None:
        raise error

    return work


def test_a_command_that_works_ends_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert told(lambda: None) == 0
    assert capsys.readouterr().err == ""


def test_without_credentials_a_profile_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert "AWS_PROFILE" in line(lambda: Cloud("test").account, capsys)


def test_a_profile_that_there_is_not_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    assert "nobody" in line(lambda: Cloud("test"), capsys)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (NoCredentialsError(), "AWS_PROFILE"),
        (ClientError({"Error": {"Code": "ExpiredToken"}}, "GetCallerIdentity"), "sign in again"),
        (ClientError({"Error": {"Code": "AccessDenied", "Message": "not you"}}, "CreateStack"), "CreateStack: not you"),
        (EndpointConnectionError(endpoint_url="https://sts.nowhere.amazonaws.com"), "sts.nowhere.amazonaws.com"),
        (FileNotFoundError(2, "No such file or directory", "node"), "node: No such file"),
        (subprocess.CalledProcessError(1, ["node", "infra/assets.mjs"]), "node infra/assets.mjs … has failed"),
        (KeyboardInterrupt(), "typed again"),
        (EOFError(), "nothing was done"),
    ],
    ids=["no credentials", "expired", "refused", "no such region", "no node", "build fails", "Ctrl-C", "no input"],
)
def test_a_failure_outside_is_told_in_one_line(
    error: BaseException, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in line(failing(error), capsys)


def test_without_a_region_one_is_asked_for(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION")
    assert "AWS_DEFAULT_REGION" in line(lambda: Cloud("test"), capsys)


@pytest.mark.parametrize("stage", ["Prod", "1st", "a-b", "a" * 17, "prod\n"])
def test_a_stages_name_is_letters_and_digits(stage: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "no stage's name" in line(lambda: Cloud(stage), capsys)


def test_without_a_stage_one_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert "STAGE=prod" in line(lambda: Cloud(""), capsys)


def test_an_artifacts_bucket_of_somebody_else_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    s3 = botocore.session.get_session().create_client("s3", region_name="eu-west-2")
    cloud = Cloud("test")
    cloud.__dict__["account"] = "123456789012"
    monkeypatch.setattr(cloud, "client", lambda _: s3)
    with Stubber(s3) as stubbed:
        stubbed.add_client_error("create_bucket", "BucketAlreadyExists", http_status_code=409)
        assert "another account's" in line(lambda: cloud.artifacts, capsys)


def test_the_artifacts_bucket_is_private_and_made_once(cloud: Cloud) -> None:
    assert cloud.artifacts == Cloud("test").artifacts
    blocked = cloud.client("s3").get_public_access_block(Bucket=cloud.artifacts)["PublicAccessBlockConfiguration"]
    assert set(blocked.values()) == {True}


def test_a_python_that_lambda_does_not_run_is_told(
    cloud: Cloud, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    assert "Python 3.12" in line(lambda: deploy.deploy(cloud), capsys)


def test_keys_are_made_once_and_kept(cloud: Cloud) -> None:
    cloud.ensure_keys()
    first = cloud.client("ssm").get_parameter(Name=cloud.keys_parameter, WithDecryption=True)["Parameter"]
    cloud.ensure_keys()
    assert cloud.client("ssm").get_parameter(Name=cloud.keys_parameter, WithDecryption=True)["Parameter"] == first
    assert first["Type"] == "SecureString"
    assert cloud.origin_secret() == cloud.origin_secret()


def test_keys_that_are_none_are_told_and_not_quoted(cloud: Cloud, capsys: pytest.CaptureFixture[str]) -> None:
    cloud.client("ssm").put_parameter(Name=cloud.keys_parameter, Value="{canary", Type="SecureString")
    said = line(cloud.ensure_keys, capsys)
    assert cloud.keys_parameter in said
    assert "canary" not in said


def test_stripe_is_not_deployed_without_its_keys(cloud: Cloud) -> None:
    with pytest.raises(Fault) as lacking:
        deploy.require_stripe(cloud, Choices(gateway="stripe"), keys.fresh())
    for name in ("stripe_secret_key", "stripe_webhook_secret", "STRIPE_PUBLISHABLE_KEY", cloud.keys_parameter):
        assert name in str(lacking.value)
    stored = msgspec.structs.replace(keys.fresh(), stripe_secret_key="sk_test_1", stripe_webhook_secret="whsec_1")
    deploy.require_stripe(cloud, Choices(gateway="stripe", stripe_key="pk_test_1"), stored)


def test_two_deployments_do_not_build_in_one_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(deploy, "BUILD", tmp_path)
    with deploy.alone(), pytest.raises(Fault, match="Another deployment"), deploy.alone():
        pass
    with deploy.alone():
        pass


def test_nothing_is_destroyed_unless_the_stage_is_named(
    monkeypatch: pytest.MonkeyPatch, cloud: Cloud, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STAGE", "test")
    monkeypatch.setenv("YES", "prod")
    monkeypatch.setattr(destroy, "destroy", failing(AssertionError()))
    assert "Nothing was done" in line(destroy.main, capsys)
