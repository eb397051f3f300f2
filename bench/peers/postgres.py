"""A PostgreSQL server of its own for as long as a benchmark takes: in a new folder, on a unix socket, tuned.

Its programs must be here (Debian: postgresql); what speaks to it is installed into .build/bench at first use.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from bench.results import Skipped

PINS = Path(__file__).with_name("requirements-postgres.txt")
INSTALLED = Path(__file__).parents[2] / ".build" / "bench" / "postgres"
USER = "shop"
# PostgreSQL will not run as root.
INSTEAD_OF_ROOT = ("postgres", "nobody")
START_SECONDS = 60
EXTENSIONS = ("pg_trgm", "fuzzystrmatch")
# For a machine of its own with some memory to spare, and data that can be loaded again: all of it stays in memory.
TUNED = {
    "listen_addresses": "",
    "shared_buffers": "512MB",
    "effective_cache_size": "1GB",
    "work_mem": "64MB",
    "maintenance_work_mem": "256MB",
    "random_page_cost": "1.1",
    "jit": "off",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_wal_size": "2GB",
    "autovacuum": "off",
}


@contextmanager
def server() -> Iterator[Any]:
    """Run a server; yields a connection to it. Raises Skipped where PostgreSQL, or a part of it, is missing."""
    programs, user = _programs(), _user()
    psycopg = _driver()
    with TemporaryDirectory(prefix="open-kitchen-postgres-") as name:
        folder = Path(name)
        if user:
            os.chown(folder, user.pw_uid, user.pw_gid)
        _run(
            user,
            programs / "initdb",
            "--auth=trust",
            "--no-sync",
            f"--username={USER}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            folder / "data",
        )
        with (folder / "data" / "postgresql.conf").open("a") as settings:
            settings.writelines(f"{key} = '{value}'\n" for key, value in TUNED.items())
            settings.write(f"unix_socket_directories = '{folder}'\n")
        control = (programs / "pg_ctl", f"--pgdata={folder / 'data'}", "--wait", "--silent")
        try:
            _run(user, *control, f"--log={folder / 'log'}", "start")
            with psycopg.connect(f"host={folder} dbname=postgres user={USER}", autocommit=True) as connection:
                connection.prepare_threshold = 0
                _check(connection)
                yield connection
        finally:
            # One that has not come up cannot be stopped; why it has not is what is told.
            with suppress(RuntimeError):
                _run(user, *control, "--mode=fast", "stop")


def _programs() -> Path:
    """Return the folder of PostgreSQL's programs; Debian keeps them off the path."""
    found = shutil.which("initdb")
    folders = [Path(found).resolve().parent] if found else newest_first(Path("/usr/lib/postgresql").glob("*/bin"))
    for folder in folders:
        if all((folder / name).exists() for name in ("initdb", "pg_ctl", "postgres")):
            return folder
    raise Skipped("PostgreSQL is not here to be compared with: install it (Debian: apt-get install postgresql).")


def newest_first(folders: Iterable[Path]) -> list[Path]:
    """Return folders of programs, each in one that is named after its version, by that."""
    return sorted(folders, key=lambda folder: [int(part) for part in re.findall(r"\d+", folder.parent.name)])[::-1]


def _check(connection: Any) -> None:
    """Raise Skipped where an extension is missing that the search uses."""
    there = {name for (name,) in connection.execute("SELECT name FROM pg_available_extensions").fetchall()}
    missing = [name for name in EXTENSIONS if name not in there]
    if missing:
        raise Skipped(f"PostgreSQL is here without {' and '.join(missing)}: install them (postgresql-contrib).")


def _user() -> pwd.struct_passwd | None:
    """Return whom to be instead of root; None where this process is not root."""
    if os.geteuid() != 0:
        return None
    for name in INSTEAD_OF_ROOT:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise Skipped("PostgreSQL does not run as root, and there is nobody else to run it as: add a user called postgres.")


def _driver() -> Any:
    """Import what speaks to PostgreSQL, installed at first use."""
    if not INSTALLED.exists():
        unfinished = INSTALLED.with_suffix(".unfinished")
        shutil.rmtree(unfinished, ignore_errors=True)
        pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"]
        if subprocess.run([*pip, f"--target={unfinished}", f"--requirement={PINS}"], check=False).returncode:
            raise Skipped("What speaks to PostgreSQL could not be installed into .build/bench: pip says why above.")
        unfinished.rename(INSTALLED)
    if str(INSTALLED) not in sys.path:
        sys.path.append(str(INSTALLED))
    import psycopg  # type: ignore[import-not-found, unused-ignore]

    return psycopg


def _run(user: pwd.struct_passwd | None, *command: object) -> None:
    """Run one of PostgreSQL's programs, its superuser called `shop`; its words are shown if it fails."""
    who: dict[str, Any] = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    done = subprocess.run(
        [str(part) for part in command],
        check=False,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PGUSER": USER, "USER": USER, "LC_ALL": "C.UTF-8"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        timeout=START_SECONDS,
        **who,
    )
    if done.returncode:
        raise RuntimeError(f"{Path(str(command[0])).name}: {done.stderr.decode()}")
