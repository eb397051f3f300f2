"""Prints the searches that found nothing, the most frequent first: what shoppers want and the shop does not have."""

from __future__ import annotations

from chalicelib import bootstrap

MOST = 20


def main() -> None:
    """Print a line for each, with how often and when last."""
    missed = bootstrap.search().missed()
    if not missed:
        print("Every search of the last 90 days found something.")
    for search in missed[:MOST]:
        print(f"{search.times:>6}  {search.words:<40}  last on {search.last_at:%Y-%m-%d}")


if __name__ == "__main__":
    main()
