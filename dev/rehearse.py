"""Rehearses the deployment on the local AWS, from nothing to nothing: `make rehearse`.

The same commands with the same template as on AWS; then a shopper, the streams, the schedule, the data's way to a
laptop and back, a deployment that is stopped half way, a second version under load, a rollback. Stops at the first
thing that is not as it should be.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email.message import Message
from typing import Any
from uuid import uuid4

import boto3

from dev.waiting import until
from tests.emulator import emulator, free_port

STAGE = "rehearsal"
TEAPOT, PRICE = "stoneware-teapot", 5_301
ADDRESS = {"name": "Ada", "line1": "1 Mill Lane", "city": "Stoke-on-Trent", "postcode": "ST1 3EJ", "country": "GB"}
LETTER_SECONDS = 60
PAGE_SECONDS = 60
SWEEP_SECONDS = 240
PERSIST_SECONDS = 60
PAUSE_SECONDS = 0.2


# The emulator takes any credentials: no account of this shell's is ever asked.
NOBODY = {
    "AWS_ACCESS_KEY_ID": "rehearsal",
    "AWS_SECRET_ACCESS_KEY": "rehearsal",
    "AWS_SESSION_TOKEN": "",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


class Shopper:
    """Buys as a page would, through the site's /api."""

    def __init__(self, site: str) -> None:
        self._api = f"{site}/api"

    def call(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any, dict[str, str]]:
        """Return the status, the JSON and the headers of an answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            self._api + path, data, {"Content-Type": "application/json", **headers}, method=method
        )
        try:
            with urllib.request.urlopen(request, timeout=40) as answer:
                return answer.status, json.loads(answer.read() or b"null"), _lower(answer.headers)
        except urllib.error.HTTPError as refusal:
            return refusal.code, json.loads(refusal.read() or b"null"), _lower(refusal.headers)

    def buy(self, sku: str, card: str, key: str) -> tuple[int, Any, dict[str, str]]:
        """Order one of a sku with a test card, at what it costs now."""
        wanted = {"lines": [{"sku": sku, "quantity": 1}], "delivery": {"method": "standard", "country": "GB"}}
        status, quote, _ = self.call("POST", "/quotes", wanted)
        if status != 200:  # noqa: PLR2004
            return status, quote, {}
        order = {
            "lines": wanted["lines"],
            "contact": {"email": "ada@example.com", "name": "Ada"},
            "delivery": {"method": "standard", "address": ADDRESS},
            "payment": {"method": card},
            "expected_total": quote["total"],
        }
        return self.call("POST", "/orders", order, **{"Idempotency-Key": key})


def _hear_interrupts() -> None:
    """Undo what a shell does to whatever it starts in the background: it would not hear Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def _lower(headers: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


class Rehearsal:
    """The steps, in order. Each says what it shows."""

    def __init__(self, site: str, aws: str, folder: str, environment: dict[str, str]) -> None:
        self._site = site
        self._aws = aws
        self._folder = folder
        self._environment = environment
        self._shopper = Shopper(site)
        self.shown: list[tuple[str, float]] = []

    def first_life(self) -> None:
        """From nothing until it is taken off; raises AssertionError, TimeoutError or CalledProcessError."""
        self._step("the first version is deployed", lambda: self._make("infra.deploy", RELEASE="first"))
        self._step("the demo catalogue is loaded", lambda: self._make("dev.demo.load"))
        self._step("its pages are published by the streams", self._pages_are_there)
        self._step("an order is bought through API Gateway and Lambda", self._buy)
        self._step("its request is found in the logs by its id", self._find_in_logs)
        self._step("its letter is sent by the streams", self._letter_is_sent)
        self._step("a price that changes is published", self._price_follows)
        self._step("all data goes to a laptop's shop and back, and nothing is lost", self._carry_data)
        self._step("an order waits for the bank, and its time runs out", self._let_time_run_out)
        self._step("a deployment is stopped half way", self._break_off)
        self._step("the next one heals it, a second version under load, and no purchase fails", self._deploy_under_load)
        self._step("the first version is brought back", lambda: self._make("infra.rollback"))
        self._step("the schedule runs the sweeper, which gives its stock back", self._sweeper_expires)
        self._step("the status is told", lambda: self._make("infra.status"))
        self._step("the stage is taken off, and its data stay", lambda: self._make("infra.destroy", YES=STAGE))

    def second_life(self) -> None:
        """Put back around what stayed, and the end."""
        self._step("it is put back around them, and the order is there", self._put_back)
        self._step("it is taken off for good", lambda: self._make("infra.destroy", YES=STAGE, DATA="delete"))

    def _step(self, words: str, work: Callable[[], object]) -> None:
        print(f"\n--- {words}", flush=True)
        began = time.monotonic()
        work()
        self.shown.append((words, time.monotonic() - began))

    def _make(self, module: str, *words: str, **variables: str) -> None:
        command = [sys.executable, "-m", module, *words]
        subprocess.run(command, check=True, env=self._environment | variables)

    def _pages_are_there(self) -> None:
        until(lambda: "£48.00" in self._page(TEAPOT), "The teapot's page", PAGE_SECONDS)

    def _page(self, slug: str) -> str:
        try:
            with urllib.request.urlopen(f"{self._site}/products/{slug}", timeout=10) as page:
                return str(page.read().decode())
        except urllib.error.HTTPError:
            return ""

    def _buy(self) -> None:
        status, order, headers = self._shopper.buy("TEAPOT-SAGE", "tok_visa", uuid4().hex)
        assert (status, order["status"]) == (201, "paid"), (status, order)
        self._request_id, self._order = headers["x-request-id"], order

    def _find_in_logs(self) -> None:
        logs = boto3.client("logs")
        groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]

        def found() -> bool:
            pattern = f'"{self._request_id}"'
            return any(logs.filter_log_events(logGroupName=one, filterPattern=pattern)["events"] for one in groups)

        until(found, "The log line", PAGE_SECONDS)

    def _letter_is_sent(self) -> None:
        until(lambda: self._order["number"] in self._mails(), "The letter", LETTER_SECONDS)

    def _mails(self) -> str:
        with urllib.request.urlopen(f"{self._aws}/_ministack/ses/messages", timeout=10) as messages:
            return str(messages.read().decode())

    def _price_follows(self) -> None:
        self._make("dev.price", "TEAPOT-SAGE", str(PRICE))
        until(lambda: "£53.01" in self._page(TEAPOT), "The new price", PAGE_SECONDS)

    def _carry_data(self) -> None:
        """Cloud to laptop, laptop to cloud; what changed in the cloud meanwhile gives way, and the secrets come too."""
        there, back, mails = f"{self._folder}/there", f"{self._folder}/back", self._mails()
        self._make("infra.backup", there, "--secrets")
        self._make("dev.prepare", STAGE="local")
        self._make("infra.restore", there, "--secrets", "--force", STAGE="local")
        self._make("infra.backup", back, "--secrets", STAGE="local")
        self._make("dev.price", "TEAPOT-SAGE", str(PRICE + 1))
        until(lambda: "£53.02" in self._page(TEAPOT), "The price meanwhile", PAGE_SECONDS)
        self._make("infra.restore", back, "--secrets", "--force")
        until(lambda: "£53.01" in self._page(TEAPOT), "The price of before", PAGE_SECONDS)
        self._see_order()
        assert self._mails() == mails, "a restore has sent letters"
        self._make("infra.migrate")

    def _let_time_run_out(self) -> None:
        """Leave an order at the bank, as if it were years old: nobody waits a quarter of an hour here."""
        status, order, _ = self._shopper.buy("MUG-SAGE", "tok_requires_action", uuid4().hex)
        assert (status, order["status"]) == (202, "pending_payment"), (status, order)
        boto3.client("dynamodb").update_item(
            TableName=f"open-kitchen-{STAGE}-orders",
            Key={"order_id": {"S": order["id"]}},
            UpdateExpression="SET settle_by = :past, placed_at = :past",
            ExpressionAttributeValues={":past": {"S": "2020-01-01T00:00:00.000000+0000"}},
        )
        self._late = order

    def _sweeper_expires(self) -> None:
        path, key = f"/orders/{self._late['id']}", {"X-Order-Key": self._late["order_key"]}
        until(lambda: self._shopper.call("GET", path, **key)[1]["status"] == "expired", "The sweeper", SWEEP_SECONDS)

    def _see_order(self) -> None:
        path, key = f"/orders/{self._order['id']}", {"X-Order-Key": self._order["order_key"]}
        status, order, _ = self._shopper.call("GET", path, **key)
        assert (status, order["status"]) == (200, "paid"), (status, order)

    def _put_back(self) -> None:
        self._make("infra.deploy", RELEASE="third")
        self._see_order()

    def _break_off(self) -> None:
        """Press Ctrl-C when the stack is being updated."""
        command = [sys.executable, "-m", "infra.deploy"]
        environment = self._environment | {"RELEASE": "broken-off"}
        before = self._updated_at()
        with subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
            preexec_fn=_hear_interrupts,  # noqa: PLW1509 -- no thread runs yet.
        ) as deployment:
            assert deployment.stdout
            for line in deployment.stdout:
                print(line, end="", flush=True)
                if "Updating the stack" in line:
                    until(lambda: self._updated_at() != before, "The update", PAGE_SECONDS)
                    deployment.send_signal(signal.SIGINT)
        assert deployment.returncode == 1, deployment.returncode

    def _updated_at(self) -> object:
        stack = boto3.client("cloudformation").describe_stacks(StackName=f"open-kitchen-{STAGE}")["Stacks"][0]
        return stack.get("LastUpdatedTime")

    def _deploy_under_load(self) -> None:
        before = self._code()
        with self._buyers() as answers:
            self._make("infra.deploy", RELEASE="second")
        assert self._code() != before, "the functions run the code of before"
        assert len(answers) > 1, "nobody bought anything"
        failed = [answer for answer in answers if answer != 201]  # noqa: PLR2004
        assert not failed, f"{len(failed)} of {len(answers)} purchases failed: {failed[:5]}"
        print(f"  {len(answers)} purchases meanwhile, none failed")

    def _code(self) -> set[str]:
        return {one["CodeSha256"] for one in boto3.client("lambda").list_functions()["Functions"]}

    def _persist(self, sku: str) -> int:
        """Buy as pages do, asking again under the same key where no clear answer came; returns the last status."""
        key, deadline = uuid4().hex, time.monotonic() + PERSIST_SECONDS
        while True:
            status, answer, _ = self._shopper.buy(sku, "tok_visa", key)
            unclear = status >= 500 or (answer or {}).get("code") == "in_progress"  # noqa: PLR2004
            if not unclear or time.monotonic() > deadline:
                return status
            print(f"  a purchase is asked for again after {status}", flush=True)
            time.sleep(PAUSE_SECONDS)

    @contextmanager
    def _buyers(self) -> Iterator[list[int]]:
        """Buy one thing after the other for as long as the block lasts."""
        answers: list[int] = []
        over = threading.Event()

        def buy() -> None:
            while not over.is_set():
                answers.append(self._persist("NOODLE-INK"))
                over.wait(PAUSE_SECONDS)

        buyer = threading.Thread(target=buy)
        buyer.start()
        try:
            yield answers
        finally:
            over.set()
            buyer.join(timeout=60)


@contextmanager
def edge(environment: dict[str, str]) -> Iterator[None]:
    """Stand in for CloudFront, which each life of the stack has its own of."""
    process = subprocess.Popen([sys.executable, "-m", "dev.edge"], env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def main() -> None:
    """Rehearse on ports and in a folder of its own, and print what was shown."""
    site_port = str(free_port())
    site = f"http://localhost:{site_port}"
    with tempfile.TemporaryDirectory() as folder, emulator() as aws:
        os.environ |= NOBODY
        environment = os.environ | {
            "API_URL": f"{site}/api",
            "AWS_ENDPOINT_URL": aws,
            "AWS_PORT": aws.rpartition(":")[2],
            "BUILD_DIR": f"{folder}/build",
            "SECRETS_FILE": f"{folder}/secrets.json",
            "SITE_PORT": site_port,
            "SITE_URL": site,
            "STAGE": STAGE,
        }
        rehearsal = Rehearsal(site, aws, folder, environment)
        with edge(environment):
            rehearsal.first_life()
        with edge(environment):
            rehearsal.second_life()
    print("\n  The rehearsal showed, on the local AWS, that")
    for words, seconds in rehearsal.shown:
        print(f"  {seconds:6.1f} s  {words}")


if __name__ == "__main__":
    main()
