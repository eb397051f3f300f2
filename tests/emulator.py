"""The local AWS for tests: a real server on a free port, its state in memory, stopped at the end."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import dynamo
from dev.waiting import answers_well, until
from tests.api.client import forget_services


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def emulator() -> Iterator[str]:
    """Run the local AWS; this process's clients talk to it meanwhile. Yields its address."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0", "SFTP_ENABLED": "0"}
    process = subprocess.Popen(
        [sys.executable, "-m", "ministack"],
        env=os.environ | settings | {"PERSIST_STATE": "0", "LOG_LEVEL": "WARNING"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        until(lambda: answers_well(f"{url}/_ministack/health"), "The local AWS")
        os.environ["AWS_ENDPOINT_URL"] = url
        forget_services()
        dynamo.connection.cache_clear()
        yield url
    finally:
        os.environ.pop("AWS_ENDPOINT_URL", None)
        forget_services()
        dynamo.connection.cache_clear()
        process.terminate()
        process.wait(timeout=15)
