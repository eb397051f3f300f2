"""Writes chalicelib/openapi.json from the code, or with --check says whether it is up to date."""

from __future__ import annotations

import sys

import msgspec

from app import blueprints
from chalicelib.http.openapi import document
from chalicelib.meta.routes import CONTRACT


def contract() -> bytes:
    """Return the contract as indented JSON."""
    endpoints = [e for blueprint in blueprints for e in blueprint.endpoints]
    return msgspec.json.format(msgspec.json.encode(document(endpoints)), indent=2) + b"\n"


def main() -> int:
    """Write the file, or check it."""
    if "--check" not in sys.argv:
        CONTRACT.write_bytes(contract())
        return 0
    if CONTRACT.read_bytes() == contract():
        return 0
    print("chalicelib/openapi.json does not match the code: run `make contract` and commit what it writes.")
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
