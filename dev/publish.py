"""Publishes every page: to the local bucket, into a folder (--to), or whenever a template changes (--watch)."""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from watchfiles import watch

from chalicelib import bootstrap

WATCHED = ("static_site/pages", "chalicelib/storefront", "chalicelib/shop.toml")


def main() -> None:
    """Publish, and say how many pages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=Path, metavar="FOLDER")
    parser.add_argument("--watch", action="store_true")
    arguments = parser.parse_args()
    if arguments.watch:
        publish_on_change()
        return
    folder: Path | None = arguments.to
    count = write_to(folder) if folder else bootstrap.storefront().publish_all()
    print(f"Published {count} files.")
    for slug, reason in bootstrap.storefront().set_aside().items():
        print(f"The product {slug} is set aside: {reason}")


def publish_on_change() -> None:
    """Publish after every change, in a new process, so that changed code is the code that runs."""
    for _ in watch(*WATCHED, raise_interrupt=False):
        subprocess.run([sys.executable, "-m", "dev.publish"], check=False)


def write_to(folder: Path) -> int:
    """Write the pages as files; returns how many."""
    pages = list(bootstrap.storefront().render_all())
    for page in pages:
        file = folder / page.key
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(page.body)
    return len(pages)


if __name__ == "__main__":
    main()
