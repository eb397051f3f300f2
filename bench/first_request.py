"""Answers one request in a process that has just begun, as Lambda would: the child of bench.cold.

    python -I -S -B bench/first_request.py FOLDER < event.json

FOLDER is an unzipped package, and all that can be imported beside Python's own library. Prints the status of the
answer, and what was imported for it.
"""

import json
import os
import sys
from types import SimpleNamespace

sys.path.insert(0, sys.argv[1])

from app import app

event = json.load(sys.stdin)
context = SimpleNamespace(aws_request_id="first", function_name="APIHandler")
answer = app(event, context)
imported = [name for name, module in sys.modules.items() if getattr(module, "__spec__", None)]
print(json.dumps({"status": answer["statusCode"], "imported": imported}), flush=True)
# Lambda does not end a process that has answered, and nobody waits for that.
os._exit(0)
