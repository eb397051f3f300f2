"""What every test runs in: a stage of its own, credentials of nobody, and no way to a real AWS account."""

import os
import tempfile
from pathlib import Path

os.environ |= {
    "STAGE": "test",
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    "SECRETS_FILE": str(Path(tempfile.mkdtemp(prefix="open-kitchen-test-")) / "secrets.json"),
}
for unwanted in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_SESSION_TOKEN"):
    os.environ.pop(unwanted, None)

from chalicelib import keys  # noqa: E402 -- the environment comes first
from chalicelib.settings import settings  # noqa: E402

keys.generate(settings().secrets_file)
