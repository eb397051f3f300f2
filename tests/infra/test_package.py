"""The Lambda package: what is in it, that it is always the same, and that it works by itself."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra import package

MACHINE = package.machine()
OTHER_SERVICES = ("ec2", "sqs", "lambda", "cloudformation")

# What Lambda does first, and a shopper next. Only the package and Python's own library can be imported.
FIRST_REQUEST = """
import json, sys
sys.path = [sys.argv[1], *(path for path in sys.path if "site-packages" not in path)]
import urllib3
assert "importlib.metadata" not in sys.modules, "urllib3.http2 is there after all"
import app, boto3
for service in ("dynamodb", "s3", "ses", "ssm"):
    boto3.client(service)
import segno, pyotp, jwt
import chalicelib.accounts.passwords, chalicelib.search.building, chalicelib.storefront.pages
import ssl, chalicelib.trust
trusted = ssl.create_default_context(cafile=chalicelib.trust.amazons())
asked = {
    "resource": "/health", "path": "/health", "httpMethod": "GET", "headers": {}, "multiValueHeaders": {},
    "queryStringParameters": None, "multiValueQueryStringParameters": None, "pathParameters": None,
    "stageVariables": None, "body": None, "isBase64Encoded": False,
    "requestContext": {"resourcePath": "/health", "httpMethod": "GET", "requestId": "1", "identity": {}},
}
class Context:
    aws_request_id = "1"
    def get_remaining_time_in_millis(self):
        return 29000
answer = app.app(asked, Context())
print(json.dumps([answer["statusCode"], app.__file__, len(trusted.get_ca_certs())]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for builds, where the dependencies are installed once."""
    made = tmp_path_factory.mktemp("build")
    (made / "assets.json").write_text("{}")
    return made


@pytest.fixture(scope="module")
def built(folder: Path) -> bytes:
    return package.build(folder, MACHINE, "test").read_bytes()


@pytest.fixture
def names(folder: Path, built: bytes) -> Iterator[list[str]]:
    (folder / "read.zip").write_bytes(built)
    with zipfile.ZipFile(folder / "read.zip") as opened:
        yield opened.namelist()


def test_the_package_works_by_itself(built: bytes, tmp_path: Path, folder: Path) -> None:
    (tmp_path / "package.zip").write_bytes(built)
    unpacked = tmp_path / "unpacked"
    with zipfile.ZipFile(tmp_path / "package.zip") as opened:
        opened.extractall(unpacked)
    aws = {"AWS_DEFAULT_REGION": "eu-west-2", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", FIRST_REQUEST, str(unpacked)],
        cwd=tmp_path,
        env={**aws, "STAGE": "test", "BUILT_ASSETS": "assets.json", "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1]) == [200, str(unpacked / "app.py"), 5]


def test_two_builds_of_the_same_are_the_same_bytes(folder: Path, built: bytes) -> None:
    assert package.build(folder, MACHINE, "test").read_bytes() == built


def test_a_package_knows_its_release(folder: Path, names: list[str]) -> None:
    with zipfile.ZipFile(folder / "read.zip") as opened:
        assert opened.read("release.txt") == b"test"


def test_nothing_is_in_it_that_lambda_does_not_need(names: list[str]) -> None:
    assert not any("/tests/" in f"/{name}" for name in names)
    parts = {Path(name).parts[0] for name in names}
    assert not parts & {"docs", "dev", "infra", "bench", "moto", "pip", "mypy", "pytest"}
    assert not any(name.startswith(f"botocore/data/{service}/") for name in names for service in OTHER_SERVICES)
    assert not any(name.endswith((".md", ".pyi", ".h", "examples-1.json")) for name in names)
    assert {"app.py", "assets.json", "chalicelib/bootstrap.py", "static_site/pages/layout.html"} <= set(names)


def test_stripe_is_in_it_only_if_it_is_chosen(folder: Path, names: list[str]) -> None:
    assert not any(name.startswith(("stripe/", "requests/")) for name in names)
    with zipfile.ZipFile(package.build(folder, MACHINE, "test", stripe=True)) as opened:
        assert any(name.startswith("stripe/") for name in opened.namelist())


def test_everything_is_compiled_and_python_never_looks_whether_it_still_is(folder: Path, names: list[str]) -> None:
    compiled = [name for name in names if name.endswith(".pyc")]
    with zipfile.ZipFile(folder / "read.zip") as opened:
        for name in compiled:
            magic, flags = opened.read(name)[:4], int.from_bytes(opened.read(name)[4:8], "little")
            assert (magic, flags) == (importlib.util.MAGIC_NUMBER, 0b01), f"{name}: by its hash, unchecked"
    sources = [Path(name) for name in names if name.endswith(".py")]
    cached = {f"{one.parent / '__pycache__' / one.stem}.{sys.implementation.cache_tag}.pyc" for one in sources}
    assert cached <= set(compiled)


def test_a_package_that_has_grown_too_large_is_refused_with_its_largest_parts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def installed(*_: object) -> Path:
        made = tmp_path / "installed"
        (made / "apsw").mkdir(parents=True)
        (made / "apsw" / "__init__.so").write_bytes(os.urandom(1_000_000))
        return made

    monkeypatch.setattr(package, "_installed", installed)
    monkeypatch.setattr("infra.package.models.slim", lambda _: None)
    monkeypatch.setattr("infra.package.authorities.gather", lambda _: None)
    monkeypatch.setattr(package, "MOST_BYTES", 900_000)
    (tmp_path / "assets.json").write_text("{}")
    with pytest.raises(package.TooLarge, match=r"900,000 at most\. Its largest parts: apsw 1,000,\d+"):
        package.build(tmp_path, MACHINE, "test")
