"""What a cold start leaves for later."""

from __future__ import annotations

import json
import subprocess
import sys

IMPORT = """
import gc, json

def collections():
    return sum(generation["collections"] for generation in gc.get_stats())

before = collections()
import app
looked = collections() - before
read = [e.path for blueprint in app.blueprints for e in blueprint.endpoints if "signature" in vars(e)]
print(json.dumps([looked, gc.isenabled(), gc.get_freeze_count() > 0, read]))
"""


def test_importing_the_app_looks_for_no_garbage_and_reads_no_signature() -> None:
    run = subprocess.run([sys.executable, "-c", IMPORT], check=False, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    looked, collects_again, frozen, read = json.loads(run.stdout)
    assert looked <= 5, "but for the few while app.py itself is read"
    assert collects_again
    assert frozen
    assert read == []
