"""Things of which a process has one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from chalicelib.once import once

THREADS = 8


def test_what_threads_ask_for_together_is_built_once_and_after_forgetting_once_more() -> None:
    built: list[object] = []
    together = Barrier(THREADS)

    @once
    def service() -> object:
        time.sleep(0.01)
        built.append(object())
        return built[-1]

    def ask(_: int) -> object:
        together.wait(10)
        return service()

    with ThreadPoolExecutor(THREADS) as threads:
        assert set(threads.map(ask, range(THREADS))) == set(built)
    assert len(built) == 1
    service.cache_clear()
    assert service() is built[1]
