"""Rotates the key that signs access tokens, in a secrets file."""

from __future__ import annotations

import sys
from pathlib import Path

from chalicelib.keys import rotate_signing


def main() -> None:
    """Add a key and let it sign; the one before still verifies the tokens that it has signed."""
    print(f"Access tokens are signed with {rotate_signing(Path(sys.argv[1]))} within five minutes.")


if __name__ == "__main__":
    main()
