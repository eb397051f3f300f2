"""TLS in front of servers that do not speak it, under an authority that only this process knows."""

from __future__ import annotations

import asyncio
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

import trustme

CHUNK_BYTES = 1 << 16


@contextmanager
def front(url: str, authority: trustme.CA) -> Iterator[str]:
    """Stand before a server for as long as the block lasts; yields the https address to ask."""
    standing = Front(urlsplit(url).port or 80, authority)
    loop = asyncio.new_event_loop()
    port = loop.run_until_complete(standing.open())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield f"https://localhost:{port}"
    finally:
        asyncio.run_coroutine_threadsafe(standing.close(), loop).result(timeout=10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=10)
        loop.close()


class Front:
    """Takes TLS off, and hands on what comes both ways."""

    def __init__(self, port: int, authority: trustme.CA) -> None:
        self._port = port
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("localhost").configure_cert(self._context)
        self._writers: set[asyncio.StreamWriter] = set()

    async def open(self) -> int:
        """Listen; returns on which port."""
        self._server = await asyncio.start_server(self._carry, "127.0.0.1", 0, ssl=self._context)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def close(self) -> None:
        """Drop all connections, and wait a little until they are gone."""
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        if others := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(others, timeout=5)

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", self._port)
        self._writers |= {writer, behind_writer}
        await asyncio.gather(_pump(reader, behind_writer), _pump(behind_reader, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError), closing(writer):
        while chunk := await reader.read(CHUNK_BYTES):
            writer.write(chunk)
            await writer.drain()
