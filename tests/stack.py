"""The whole shop as `make run` opens it, on free ports and with a folder of its own."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from dev.waiting import answers_well, until
from tests.emulator import free_port

REPOSITORY = Path(__file__).parents[1]
OPEN = "The shop is open"
STOP_SECONDS = 20


class Stack(Struct):
    """A running shop: its process, its ports and what it printed so far."""

    process: subprocess.Popen[bytes]
    ports: dict[str, str]
    log: Path
    one_origin: bool = False

    @property
    def site(self) -> str:
        return f"http://localhost:{self.ports['SITE_PORT']}"

    @property
    def api(self) -> str:
        """The API as the pages call it."""
        return f"{self.site}/api" if self.one_origin else f"http://localhost:{self.ports['API_PORT']}"

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def terminate(self) -> None:
        """Stop it as a process manager does: SIGTERM to make alone."""
        self.process.terminate()
        self.process.wait(timeout=STOP_SECONDS)

    def press_ctrl_c(self) -> None:
        """Stop it as a terminal does: SIGINT to everything in the foreground."""
        os.killpg(self.process.pid, signal.SIGINT)
        self.process.wait(timeout=STOP_SECONDS)


def free_ports() -> dict[str, str]:
    return {name: str(free_port()) for name in ("SITE_PORT", "API_PORT", "AWS_PORT")}


def start(folder: Path, ports: dict[str, str], **variables: str) -> Stack:
    """Type `make run`, with some variables, and wait until it says that the shop is open."""
    log = folder / "make-run.log"
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["make", "run"],
            cwd=REPOSITORY,
            env=environment | ports | variables | {"LOCAL_DIR": str(folder)},
            start_new_session=True,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    stack = Stack(process, ports, log, one_origin="BUILT" in variables)
    try:
        until(lambda: OPEN in stack.output() or process.poll() is not None, "make run")
        assert process.poll() is None, stack.output()
        assert answers_well(stack.site)
    except BaseException:
        process.terminate()
        process.wait(timeout=STOP_SECONDS)
        raise
    return stack


@contextmanager
def running(folder: Path, **variables: str) -> Iterator[Stack]:
    """Run a shop for as long as the block lasts."""
    stack = start(folder, free_ports(), **variables)
    try:
        yield stack
    finally:
        if stack.process.poll() is None:
            stack.terminate()
