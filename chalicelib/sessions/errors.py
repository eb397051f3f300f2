"""What can go wrong with sessions."""

from __future__ import annotations

from chalicelib.errors import Unauthenticated


class SessionEnded(Unauthenticated):
    """The refresh token is missing, unknown, too old, or its session was ended."""

    code = "session_ended"
    title = "Please sign in again"

    def __init__(self) -> None:
        super().__init__("The session has ended. Sign in again.")
