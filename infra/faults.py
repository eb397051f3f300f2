"""What stops a command, in one line for whoever typed it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import botocore.exceptions

NO_CREDENTIALS = (
    botocore.exceptions.NoCredentialsError,
    botocore.exceptions.PartialCredentialsError,
    botocore.exceptions.ProfileNotFound,
    botocore.exceptions.TokenRetrievalError,
    botocore.exceptions.UnauthorizedSSOTokenError,
)
REFUSED_CREDENTIALS = frozenset(
    {"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "UnrecognizedClientException"}
)


class Fault(Exception):
    """A command cannot go on; its words say why, and what to do."""


EXPECTED = (
    EOFError,
    Fault,
    botocore.exceptions.BotoCoreError,
    botocore.exceptions.ClientError,
    subprocess.CalledProcessError,
    OSError,
    KeyboardInterrupt,
)


def told(work: Callable[[], None]) -> int:
    """Do a command's work; returns its exit status, and prints one line where it cannot be done."""
    try:
        work()
    except EXPECTED as error:
        print(_line(error), file=sys.stderr)
        return 1
    return 0


def _line(error: BaseException) -> str:
    match error:
        case botocore.exceptions.ClientError():
            return _refusal(error)
        case _ if isinstance(error, NO_CREDENTIALS):
            return f"There are no AWS credentials to use: {error} Choose a profile: AWS_PROFILE=… make …"
        case botocore.exceptions.BotoCoreError():
            return f"AWS does not answer: {error}"
        case subprocess.CalledProcessError():
            return f"{' '.join(map(str, error.cmd[:4]))} … has failed; what it said stands above."
        case OSError():
            return f"{error.filename or 'The folder'}: {error.strerror or error}."
        case EOFError():
            return "Nothing was typed, and nothing was done."
        case KeyboardInterrupt():
            return "Stopped half way. The same command, typed again, goes on from here."
    return str(error)


def _refusal(error: botocore.exceptions.ClientError) -> str:
    told = error.response["Error"]
    if told.get("Code") in REFUSED_CREDENTIALS:
        return "AWS does not accept these credentials: sign in again, or choose another profile: AWS_PROFILE=… make …"
    return f"AWS refuses {error.operation_name}: {told.get('Message') or told.get('Code')}"
