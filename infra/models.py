"""Botocore's descriptions of AWS, as far as calls need them: a cold start reads and parses less than a tenth."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any


def slim(data: Path) -> None:
    """Rewrite botocore's data folder: no documentation, no endpoints but those of the services that are left."""
    for packed in sorted(data.rglob("*.json.gz")):
        _write(packed.with_suffix(""), undocumented(json.loads(gzip.decompress(packed.read_bytes()))))
        packed.unlink()
    models = (json.loads(model.read_bytes()) for model in data.glob("*/*/service-2.json"))
    called = {model["metadata"]["endpointPrefix"] for model in models}
    endpoints = json.loads((data / "endpoints.json").read_bytes())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: said for name, said in partition["services"].items() if name in called}
    _write(data / "endpoints.json", endpoints)


def undocumented(described: Any) -> Any:
    """Return a description whose documentation is empty: some is asked for. What itself bears that name stays."""
    if isinstance(described, list):
        return [undocumented(one) for one in described]
    if isinstance(described, dict):
        return {
            name: "" if name == "documentation" and isinstance(value, str) else undocumented(value)
            for name, value in described.items()
        }
    return described


def _write(file: Path, described: Any) -> None:
    file.write_text(json.dumps(described, separators=(",", ":")))
