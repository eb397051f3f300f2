"""What stops a command, in one line for whoever typed it."""

from __future__ import annotations

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


def told(work: Callable[[], None]) -> int:
    """Do a command's work; returns its exit status, and prints one line where it cannot be done."""
    try:
        work()
    except Fault as fault:
        line = str(fault)
    except NO_CREDENTIALS as error:
        line = f"There are no AWS credentials to use: {error} Choose a profile: AWS_PROFILE=… make …"
    except botocore.exceptions.ClientError as error:
        line = _refusal(error)
    except botocore.exceptions.BotoCoreError as error:
        line = f"AWS does not answer: {error}"
    except OSError as error:
        line = f"{error.filename or 'The folder'}: {error.strerror or error}."
    else:
        return 0
    print(line, file=sys.stderr)
    return 1


def _refusal(error: botocore.exceptions.ClientError) -> str:
    told = error.response["Error"]
    if told.get("Code") in REFUSED_CREDENTIALS:
        return "AWS does not accept these credentials: sign in again, or choose another profile: AWS_PROFILE=… make …"
    return f"AWS refuses {error.operation_name}: {told.get('Message') or told.get('Code')}"
