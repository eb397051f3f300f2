"""Every call to AWS, whoever makes it: botocore's clients and our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

from botocore.client import BaseClient

from chalicelib import wire

Make = Callable[[str, dict[str, Any]], dict[str, Any]]


@contextmanager
def intercepted(call: Callable[[str, Make, str, dict[str, Any]], Any]) -> Iterator[None]:
    """Let `call` make each call, while the block lasts: it is given the service, what makes it, and what is asked."""

    def replacing(client: type, service: Callable[[Any], str]) -> Any:
        made = client._make_api_call  # type: ignore[attr-defined]

        def send(self: Any, operation: str, asked: dict[str, Any]) -> Any:
            return call(service(self), lambda *what: made(self, *what), operation, asked)

        return patch.object(client, "_make_api_call", send)

    with ExitStack() as stack:
        stack.enter_context(replacing(BaseClient, lambda client: client.meta.service_model.service_name))
        stack.enter_context(replacing(wire.Client, lambda client: client.service.name))
        yield
