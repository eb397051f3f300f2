"""ETags, as conditional requests name them (RFC 9110, 13.1)."""

from __future__ import annotations


def tags(header: str) -> set[str]:
    """Return the ETags of an If-Match or If-None-Match, without the mark of the weak ones.

    If-Match asks for strong ones. But the distribution weakens the ETag of what it compresses, and a browser knows no
    other: ours name versions, which are the same whatever the coding.
    """
    return {tag.strip().removeprefix("W/") for tag in header.split(",")}
