"""How the newest snapshot comes to be served, and what is served meanwhile."""

from __future__ import annotations

import errno
import gc
import hashlib
import os
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import ClassVar

import apsw
import msgspec
import pytest

from chalicelib import deadline
from chalicelib.catalogue.schemas import Listing, Product
from chalicelib.errors import Unavailable
from chalicelib.search.building import FORMAT
from chalicelib.search.current import CHECK_SECONDS, RETRY_SECONDS, CurrentSnapshot
from chalicelib.search.schemas import POINTER, Pointer, ProductQuery
from chalicelib.search.service import MissedSearch, SearchService
from chalicelib.search.source import SiteSource, Unreachable
from chalicelib.shop import shop
from tests import factories
from tests.servers import serving
from tests.snapshots import ShelfSource, built
from tests.unit.test_search import listings

SHELF = [factories.single("mug", 1400), factories.single("jug", 2600)]


class Site(ShelfSource):
    """A source that can be away, wrong, slow or behind, and counts what it is asked."""

    def __init__(self) -> None:
        self.shelf: list[Listing] = listings(SHELF)
        super().__init__(lambda: self.shelf)
        self.away = False
        self.damaged = False
        self.change: Callable[[bytes], bytes] | None = None
        self.pointers = self.fetched = 0
        self.may_answer = threading.Event()
        self.may_answer.set()

    def pointer(self) -> Pointer:
        self.pointers += 1
        self.may_answer.wait(10)
        if self.away:
            raise Unreachable("away")
        if self.change and not self._content:
            self._content = self.change(built(self.shelf))
        return super().pointer()

    def fetch(self, pointer: Pointer) -> bytes:
        self.fetched += 1
        zipped = super().fetch(pointer)
        return zipped[:-40] if self.damaged else zipped


class World:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.site = Site()
        self.now = 0.0
        self.current = CurrentSnapshot(self.site, folder, lambda: self.now)

    def size(self) -> int:
        return self.current().size

    def add(self, slug: str) -> None:
        self.site.shelf = [*self.site.shelf, *listings([factories.single(slug, 900)])]
        self.site.publish()

    def files(self) -> list[str]:
        gc.collect()
        return sorted(file.name for file in self.folder.iterdir())


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_a_new_edition_is_looked_for_after_ten_seconds_and_not_before(world: World) -> None:
    assert world.size() == 2
    world.add("cup")
    world.now = CHECK_SECONDS - 0.1
    assert (world.size(), world.site.pointers) == (2, 1)
    world.now = CHECK_SECONDS
    assert (world.size(), world.site.pointers) == (3, 2)


def test_the_same_edition_is_fetched_once(world: World) -> None:
    for world.now in (0, 10, 20, 30):
        world.size()
    assert (world.site.pointers, world.site.fetched) == (4, 1)


def test_an_older_edition_never_replaces_a_newer(world: World) -> None:
    world.add("cup")
    assert world.size() == 3
    world.site._edition = 1
    world.site.shelf = listings(SHELF)
    world.now = 10
    assert (world.size(), world.site.fetched) == (3, 1)


def test_an_old_snapshot_leaves_no_file_behind(world: World) -> None:
    world.size()
    before = world.files()
    world.add("cup")
    world.now = 10
    world.size()
    after = world.files()
    assert len(before) == len(after) == 1
    assert before != after
    assert after[0].startswith(f"open-kitchen-{os.getpid()}-2-")


def test_files_of_processes_that_are_gone_are_removed_and_others_stay(world: World) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    for name in (f"open-kitchen-{ended.pid}-1-a.sqlite", f"open-kitchen-{os.getppid()}-1-a.sqlite", "other.sqlite"):
        (world.folder / name).touch()
    world.size()
    files = world.files()
    assert f"open-kitchen-{ended.pid}-1-a.sqlite" not in files
    assert len(files) == 3


def test_a_snapshot_in_use_stays_whole_while_a_newer_one_comes(world: World) -> None:
    old = world.current()
    world.add("cup")
    world.now = 10
    assert world.size() == 3
    old._idle.clear()
    assert old.product("mug") is not None


def test_while_the_site_is_away_the_open_snapshot_is_served_and_it_is_told_once(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.size()
    world.site.away = True
    for world.now in (10, 20, 30):
        assert world.size() == 2
    assert len(caplog.records) == 1
    world.site.away = False
    world.add("cup")
    world.now = 40
    assert world.size() == 3


def of_an_earlier_release(snapshot: bytes, folder: Path) -> bytes:
    """A snapshot without what was added since."""
    file = folder / "earlier.sqlite"
    file.write_bytes(snapshot)
    database = apsw.Connection(str(file))
    database.execute("ALTER TABLE product DROP COLUMN summary; ALTER TABLE facet DROP COLUMN label")
    database.close()
    return file.read_bytes()


def test_what_an_earlier_release_built_is_read_as_todays(world: World) -> None:
    def asked() -> list[object]:
        service = SearchService(world.current, Unused, shop())
        return [service.search(ProductQuery(q=words)) for words in ("", "mug", "jugg")]

    expected = asked()
    world.site.change = partial(of_an_earlier_release, folder=world.folder)
    world.site.publish()
    world.now = CHECK_SECONDS
    assert asked() == expected
    assert world.site.fetched == 2


def test_a_snapshot_of_another_format_is_told_once_and_not_fetched_again(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    def of_another_format(snapshot: bytes) -> bytes:
        file = world.folder / "other.sqlite"
        file.write_bytes(snapshot)
        database = apsw.Connection(str(file))
        database.pragma("user_version", FORMAT + 1)
        database.close()
        return file.read_bytes()

    world.site.change = of_another_format
    for world.now in (0, RETRY_SECONDS, 2 * RETRY_SECONDS):
        with pytest.raises(Unavailable):
            world.current()
    assert (world.site.pointers, world.site.fetched) == (3, 1)
    assert caplog.text.count("cannot be renewed") == 1
    world.site.change = None
    world.site.publish()
    world.now = 3 * RETRY_SECONDS
    assert world.size() == 2


def test_a_disk_that_is_full_leaves_no_half_file_behind(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[:10])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(Unavailable):
        world.current()
    assert world.files() == []


@pytest.mark.parametrize("fault", ["away", "damaged"])
def test_without_any_snapshot_the_shop_says_when_to_come_back(world: World, fault: str) -> None:
    setattr(world.site, fault, True)
    with pytest.raises(Unavailable) as unavailable:
        world.size()
    assert unavailable.value.headers["Retry-After"]
    with pytest.raises(Unavailable):
        world.size()
    assert world.site.pointers == 1, "who just failed waits a moment before the next try"
    setattr(world.site, fault, False)
    world.now = RETRY_SECONDS
    assert world.size() == 2


def test_a_damaged_snapshot_does_not_replace_a_sound_one(world: World) -> None:
    world.size()
    world.add("cup")
    world.site.damaged = True
    world.now = 10
    assert world.size() == 2
    assert len(world.files()) == 1


def test_a_snapshot_that_its_pointer_does_not_name_is_refused(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ShelfSource, "pointer", lambda _: Pointer(1, "key", hashlib.sha256(b"other").hexdigest()))
    with pytest.raises(Unavailable):
        world.size()


def test_one_thread_looks_for_the_next_edition_while_the_others_go_on(world: World) -> None:
    world.size()
    world.add("cup")
    world.now = 10
    world.site.may_answer.clear()
    looking = threading.Thread(target=world.size)
    looking.start()
    while world.site.pointers < 2:
        pass
    assert [world.size() for _ in range(20)] == [2] * 20
    world.site.may_answer.set()
    looking.join()
    assert (world.size(), world.site.pointers) == (3, 2)


def test_threads_search_together_while_editions_change(world: World) -> None:
    search = SearchService(world.current, Unused, shop())
    faults: list[BaseException] = []
    totals: set[int] = set()

    def ask() -> None:
        try:
            for _ in range(40):
                totals.add(search.search(ProductQuery(q="cup")).total)
                assert search.search(ProductQuery(q="jgu")).did_you_mean == "jug"
                assert msgspec.json.decode(search.product("mug"), type=Product).price.amount == 1400
        except BaseException as fault:  # noqa: BLE001 -- told by the test.
            faults.append(fault)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    world.add("cup-0")
    assert world.size() == 3
    for thread in threads:
        thread.start()
    for number in range(1, 6):
        world.add(f"cup-{number}")
        world.now += CHECK_SECONDS
    for thread in threads:
        thread.join()
    assert faults == []
    assert totals <= set(range(3, 9)), "every total is that of one edition"


class Unused:
    """Nothing here finds nothing."""

    def count(self, words: str) -> None:
        raise AssertionError(words)

    def all(self) -> Iterator[MissedSearch]:
        raise AssertionError


class Bucket(BaseHTTPRequestHandler):
    """Serves bytes by path."""

    objects: ClassVar[dict[str, bytes]] = {}

    def do_GET(self) -> None:
        content = self.objects.get(self.path)
        self.send_response(404 if content is None else 200)
        self.send_header("Content-Length", str(len(content or b"")))
        self.end_headers()
        self.wfile.write(content or b"")

    def log_message(self, *_: object) -> None:
        pass


def site_serving(objects: dict[str, bytes]) -> AbstractContextManager[str]:
    return serving(type("Bucket", (Bucket,), {"objects": objects}))


def published(path: str = "") -> dict[str, bytes]:
    source = ShelfSource(lambda: listings(SHELF))
    pointer = source.pointer()
    return {
        f"{path}/{POINTER}": msgspec.json.encode(pointer),
        f"{path}/{pointer.key}": source.fetch(pointer),
    }


@pytest.mark.parametrize("path", ["", "/shop"])
def test_snapshots_come_from_the_site(tmp_path: Path, path: str) -> None:
    with site_serving(published(path)) as url:
        assert CurrentSnapshot(SiteSource(url + path), tmp_path)().product("mug") is not None


@pytest.mark.parametrize("objects", [{}, {f"/{POINTER}": b"<html>"}, {f"/{POINTER}": b'{"edition": "1"}'}])
def test_a_site_without_a_pointer_is_unreachable(objects: dict[str, bytes]) -> None:
    with site_serving(objects) as url, pytest.raises(Unreachable):
        SiteSource(url).pointer()


def test_a_site_that_nobody_serves_is_unreachable() -> None:
    with site_serving({}) as url:
        pass
    with pytest.raises(Unreachable):
        SiteSource(url).pointer()


def test_nothing_is_fetched_that_would_outlast_the_request() -> None:
    with site_serving(published()) as url, deadline.deadline(0.1), pytest.raises(Unreachable):
        SiteSource(url).pointer()


BROWSE = """
import sys
from app import app

def get(resource, path, query):
    context = {"httpMethod": "GET", "resourcePath": resource, "identity": {"sourceIp": "192.0.2.1"}}
    event = {
        "requestContext": context,
        "headers": {},
        "multiValueHeaders": {},
        "pathParameters": path,
        "multiValueQueryStringParameters": query,
        "body": None,
        "stageVariables": None,
        "isBase64Encoded": False,
    }
    answer = app(event, None)
    assert answer["statusCode"] == 200, answer
    return answer["body"]

assert "Mug" in get("/products", {}, {"q": ["mug"]})
assert "Mug" in get("/products/{slug}", {"slug": "mug"}, None)
assert "Baking" in get("/categories", {}, None)
assert "Mug" in get("/suggestions", {}, {"q": ["m"]})
heavy = ("apsw.fts5", "argon2", "boto3", "botocore", "jinja2", "jwt", "pynamodb", "stripe", "urllib3")
print([name for name in heavy if name in sys.modules])
"""


def test_a_cold_start_that_browses_loads_nothing_of_aws() -> None:
    with site_serving(published()) as url:
        environment = os.environ | {"SITE_URL": url}
        run = subprocess.run(
            [sys.executable, "-c", BROWSE], check=False, env=environment, capture_output=True, text=True, timeout=60
        )
    assert (run.returncode, run.stdout.strip()) == (0, "[]"), run.stderr


def test_the_certificates_that_are_trusted_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    make, made = ssl.create_default_context, list[ssl.SSLContext]()

    def counting(cafile: str | None = None) -> ssl.SSLContext:
        made.append(make(cafile=cafile))
        return made[-1]

    monkeypatch.setattr(ssl, "create_default_context", counting)
    monkeypatch.setattr(ssl, "_create_default_https_context", counting)
    source = SiteSource("https://127.0.0.1:9")
    for _ in range(2):
        with pytest.raises(Unreachable):
            source.pointer()
    assert len(made) == 1
