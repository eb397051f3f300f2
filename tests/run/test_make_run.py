"""`make run` as its user sees it: it opens, remembers, stops clean, and says plainly what is in its way."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import boto3
import pytest
import requests

from dev.waiting import until
from tests import factories
from tests.stack import REPOSITORY, STOP_SECONDS, Stack, free_ports, running, start

SECOND_START_SECONDS = 15
PUBLISH_SECONDS = 5
COMMAND_SECONDS = 3


def processes_of(stack: Stack) -> dict[int, str]:
    """Every process of a shop, by the folder that its environment names."""
    mine = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if f"LOCAL_DIR={stack.log.parent}".encode() in (process / "environ").read_bytes().split(b"\0"):
                mine[int(process.name)] = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
    return mine


def listening(stack: Stack) -> list[str]:
    """The ports of a shop on which somebody still listens."""

    def taken(port: str) -> bool:
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", int(port))) == 0

    return [name for name, port in stack.ports.items() if taken(port)]


def make(stack: Stack, *words: str) -> subprocess.CompletedProcess[str]:
    """Type a command beside a running shop."""
    return subprocess.run(
        ["make", "--silent", *words],
        cwd=REPOSITORY,
        env=os.environ | stack.ports | {"LOCAL_DIR": str(stack.log.parent)},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_a_second_run_still_has_the_orders_and_accounts_of_the_first(tmp_path: Path) -> None:
    ports = free_ports()
    first = start(tmp_path, ports)
    email = factories.email()
    account = {"email": email, "password": factories.PASSWORD, "name": "Ada"}
    token = requests.post(f"{first.api}/accounts", json=account, timeout=10).json()["access_token"]
    mug = requests.get(f"{first.api}/products/everyday-mug", timeout=10).json()["variants"][0]["sku"]
    lines = {"lines": [{"sku": mug, "quantity": 1}]}
    total = requests.post(f"{first.api}/quotes", json=lines, timeout=10).json()["total"]["amount"]
    placed = requests.post(
        f"{first.api}/orders",
        json=factories.order_body({mug: 1}, total),
        headers={"Idempotency-Key": factories.key(), "Authorization": f"Bearer {token}"},
        timeout=10,
    )
    assert placed.status_code == 201, placed.text
    first.terminate()
    assert listening(first) == []

    begun = time.monotonic()
    second = start(tmp_path, ports)
    try:
        assert time.monotonic() - begun < SECOND_START_SECONDS
        credentials = {"email": email, "password": factories.PASSWORD}
        session = requests.post(f"{second.api}/sessions", json=credentials, timeout=10).json()
        headers = {"Authorization": f"Bearer {session['access_token']}"}
        orders = requests.get(f"{second.api}/orders", headers=headers, timeout=10).json()["items"]
        assert [order["id"] for order in orders] == [placed.json()["id"]]
        assert "products of the demo catalogue" not in second.output()
    finally:
        second.press_ctrl_c()
    assert listening(second) == []


@pytest.mark.parametrize("taken", ["SITE_PORT", "API_PORT", "AWS_PORT"])
def test_a_taken_port_gives_one_clear_line(taken: str) -> None:
    ports = free_ports()
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", int(ports[taken])))
        squatter.listen()
        run = subprocess.run(
            ["make", "--silent", "run"],
            cwd=REPOSITORY,
            env=os.environ | ports,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert run.returncode != 0
    assert run.stdout == f"Port {ports[taken]} is taken: stop what uses it, or choose another with {taken}=… make run\n"


@pytest.mark.parametrize("part", ["ministack", "chalice local", "hypercorn", "dev.streams", "dev.publish"])
def test_when_one_part_is_killed_the_whole_shop_stops(tmp_path: Path, part: str) -> None:
    stack = start(tmp_path, free_ports())
    try:
        mine = processes_of(stack)
        os.kill(next(pid for pid, command in mine.items() if part in command), signal.SIGKILL)
        stack.process.wait(timeout=STOP_SECONDS)
    finally:
        if stack.process.poll() is None:
            stack.terminate()
    assert listening(stack) == []
    assert [command for pid, command in mine.items() if Path(f"/proc/{pid}").exists()] == []


def test_a_port_that_is_no_port_gives_one_clear_line() -> None:
    run = subprocess.run(
        ["make", "--silent", "run"],
        cwd=REPOSITORY,
        env=os.environ | {"SITE_PORT": "abc"},
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert run.returncode != 0
    assert "SITE_PORT must be a number from 1 to 65535, and is 'abc'." in run.stderr
    assert "Traceback" not in run.stderr


def test_make_owner_gives_the_role_to_an_account_and_says_so(tmp_path: Path) -> None:
    with running(tmp_path) as shop:
        account = {"email": factories.email(), "password": factories.PASSWORD, "name": "Ada"}
        token = requests.post(f"{shop.api}/accounts", json=account, timeout=10).json()["access_token"]
        assert "verify it first" in make(shop, "owner", "EMAIL=nobody@example.com").stdout
        assert make(shop, "owner", f"EMAIL={account['email']}").returncode != 0, "the address is not proven yet"
        until(lambda: "token=" in requests.get(f"{shop.site}/mailbox", timeout=10).text, "the mail")
        link = re.search(r"#token=([\w-]+)", requests.get(f"{shop.site}/mailbox", timeout=10).text)
        assert link is not None
        requests.post(f"{shop.api}/email-verifications", json={"token": link.group(1)}, timeout=10)
        assert make(shop, "owner", f"EMAIL={account['email']}").returncode == 0
        mine = requests.get(f"{shop.api}/account", headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
        assert mine["role"] == "owner"


def test_what_changes_in_the_database_is_on_the_pages_within_five_seconds(tmp_path: Path) -> None:
    with running(tmp_path) as shop:
        page = f"{shop.site}/products/stoneware-teapot"

        def says(words: str, address: str = page) -> bool:
            return words in requests.get(address, timeout=10).text

        assert not says("£11.37")
        begun = time.monotonic()
        assert "£11.37" in make(shop, "price", "SKU=TEAPOT-SAGE", "PRICE=1137").stdout
        until(lambda: says("£11.37") and says("£11.37", f"{shop.site}/categories/tea-and-coffee"), "the page")
        assert time.monotonic() - begun < PUBLISH_SECONDS + COMMAND_SECONDS
        quote = requests.post(f"{shop.api}/quotes", json={"lines": [{"sku": "TEAPOT-SAGE", "quantity": 1}]}, timeout=10)
        assert quote.json()["subtotal"]["amount"] == 1137
        until(lambda: says("1137", f"{shop.api}/products?q=stoneware+teapot"), "the search")

        products = local_database(shop).Table("open-kitchen-local-products")
        products.update_item(
            Key={"slug": "stoneware-teapot"},
            UpdateExpression="SET #n = :n",
            ExpressionAttributeNames={"#n": "name"},
            ExpressionAttributeValues={":n": "Pot written by hand"},
        )
        begun = time.monotonic()
        until(lambda: says("Pot written by hand"), "the page")
        assert time.monotonic() - begun < PUBLISH_SECONDS
        assert "no sku" in make(shop, "price", "SKU=NONE", "PRICE=1").stdout


def local_database(stack: Stack) -> Any:
    """The database of a running shop."""
    return boto3.resource(
        "dynamodb",
        region_name="eu-west-2",
        endpoint_url=f"http://127.0.0.1:{stack.ports['AWS_PORT']}",
        aws_access_key_id="local",
        aws_secret_access_key="local",
    )
