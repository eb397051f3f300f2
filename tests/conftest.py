"""What every test runs in: a stage of its own, credentials of nobody, and no way to a real AWS account."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

from chalicelib import keys
from chalicelib.settings import settings


def forget_who_runs_this() -> None:
    """Replace whatever AWS account this shell knows by nobody's, and make keys for as long as this process runs."""
    folder = tempfile.mkdtemp(prefix="open-kitchen-test-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ |= {
        "STAGE": "test",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "eu-west-2",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SECRETS_FILE": str(Path(folder) / "secrets.json"),
    }
    for unwanted in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
        os.environ.pop(unwanted, None)
    settings.cache_clear()
    keys.generate(settings().secrets_file)


forget_who_runs_this()
