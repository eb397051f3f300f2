"""Makes an account the owner's."""

from __future__ import annotations

import sys

from chalicelib import bootstrap


def main() -> int:
    """Give the role to the account with the address on the command line."""
    email = sys.argv[1] if len(sys.argv) > 1 else ""
    if not email:
        print("Say whose account: make owner EMAIL=you@example.com")
        return 1
    if not bootstrap.accounts().appoint(email, "owner"):
        print(f"No account has proven the address {email}: sign up and verify it first.")
        return 1
    print(f"{email} is the owner now. Sign in again, and set a second factor up: the role counts only with one.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
