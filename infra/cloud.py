"""The AWS account that a stage lives in: who asks, where, and the names of what is there."""

from __future__ import annotations

import os
import re
import secrets
from functools import cached_property
from typing import Any

import boto3
import msgspec
from botocore.config import Config

from chalicelib import keys
from chalicelib.keys import Keys
from infra.faults import Fault

STAGE = re.compile(r"[a-z][a-z0-9]{0,15}")
READ_SECONDS, ATTEMPTS = 60, 4
SECRET_BYTES = 32


def timeouts(read_seconds: int = READ_SECONDS, attempts: int = ATTEMPTS) -> Config:
    """Return how long a client waits, and how often it tries."""
    retries: Any = {"total_max_attempts": attempts, "mode": "standard"}
    return Config(connect_timeout=5, read_timeout=read_seconds, retries=retries)


class Cloud:
    """One stage in one account and region."""

    def __init__(self, stage: str) -> None:
        if stage in {"", "local"}:
            raise Fault("Say which stage on AWS is meant: make … STAGE=prod. The local shop is opened by `make run`.")
        if not STAGE.fullmatch(stage):
            raise Fault(f"STAGE={stage!r} is no stage's name: small letters and digits, 16 at most, such as prod.")
        self.stage = stage
        self.stack = f"open-kitchen-{stage}"
        self.local = bool(os.environ.get("AWS_ENDPOINT_URL"))
        self._session: Any = boto3.Session()
        if not self._session.region_name:
            raise Fault("No region is chosen. Say which: AWS_DEFAULT_REGION=eu-west-2 make …")
        self.region: str = self._session.region_name

    def client(self, service: str, *, read_seconds: int = READ_SECONDS, attempts: int = ATTEMPTS) -> Any:
        """Return a client with timeouts."""
        return self._session.client(service, config=timeouts(read_seconds, attempts))

    @cached_property
    def account(self) -> str:
        """The account's number: asking for it shows that the credentials are good."""
        return str(self.client("sts").get_caller_identity()["Account"])

    @cached_property
    def artifacts(self) -> str:
        """The bucket for packages and templates, created if need be. Raises Fault where the name is someone else's."""
        name, s3 = f"open-kitchen-artifacts-{self.account}-{self.region}", self.client("s3")
        where = {} if self.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": self.region}}
        try:
            s3.create_bucket(Bucket=name, **where)
        except s3.exceptions.BucketAlreadyOwnedByYou:
            pass
        except s3.exceptions.BucketAlreadyExists:
            raise Fault(f"The bucket {name} exists and is another account's. Choose another region.") from None
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration=dict.fromkeys(
                ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"), True
            ),
        )
        return name

    @property
    def site_bucket(self) -> str:
        """The bucket that holds the site, as the template names it."""
        return f"{self.stack}-site-{self.account}-{self.region}"

    @property
    def keys_parameter(self) -> str:
        """The SSM parameter that holds the shop's keys."""
        return f"/open-kitchen/{self.stage}/keys"

    @property
    def origin_parameter(self) -> str:
        """The SSM parameter that holds what the distribution proves itself by."""
        return f"/open-kitchen/{self.stage}/origin"

    def ensure_keys(self) -> Keys:
        """Return the keys; made, unless they are there: to lose them would end every order's idempotency."""
        stored = self._ensure(self.keys_parameter, lambda: msgspec.json.encode(keys.fresh()).decode())
        try:
            return msgspec.json.decode(stored, type=Keys)
        except msgspec.DecodeError:
            # What is wrong is not told: it would quote a secret.
            raise Fault(f"The SSM parameter {self.keys_parameter} does not hold the shop's keys as JSON.") from None

    def origin_secret(self) -> str:
        """Return what the distribution proves itself to the API by."""
        return self._ensure(self.origin_parameter, lambda: secrets.token_urlsafe(SECRET_BYTES))

    def _ensure(self, parameter: str, make: Any) -> str:
        ssm = self.client("ssm")
        try:
            return str(ssm.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"])
        except ssm.exceptions.ParameterNotFound:
            value: str = make()
            ssm.put_parameter(Name=parameter, Value=value, Type="SecureString")
            return value
