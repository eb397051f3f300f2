"""The home and product pages rendered in the browser: built by esbuild, and published into a shop that runs.

Why they are as they are stands in README.md, beside this file.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import boto3
import msgspec

from bench.results import Skipped
from chalicelib.shop import shop
from tests.stack import Stack

LIBRARIES = ("react", "preact")
SOURCE = Path(__file__).parent
FOLDER = Path(".build/bench/client_rendered")
BUILT = FOLDER / "built"
HTML_TYPE, REVALIDATED = "text/html; charset=utf-8", "max-age=0, must-revalidate"
# Of the shop's own choices, what its pages show; a bundle would hold no more.
SHOWN = {
    "": ("name", "tagline", "locale", "currency", "returns_days", "free_delivery_from"),
    "delivery_methods": ("method", "name", "promise", "price", "free_when_qualified"),
    "categories": ("slug", "name", "tagline", "image"),
}
NPM_SECONDS = 120


def build() -> None:
    """Install the libraries once, and bundle the pages anew. Raises Skipped where they cannot be had."""
    install()
    FOLDER.joinpath("shop.json").write_bytes(msgspec.json.encode(shown()))
    command = ["node", str(SOURCE / "build.mjs"), str(FOLDER), str(FOLDER / "shop.json"), str(BUILT)]
    subprocess.run(command, check=True)


def install() -> None:
    """Install React and Preact into a folder of their own, unless they are there."""
    wanted, there = SOURCE / "package.json", FOLDER / "package.json"
    if there.exists() and there.read_bytes() == wanted.read_bytes() and (FOLDER / "node_modules/react").exists():
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    shutil.copy(wanted, there)
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error"],  # noqa: S607 -- whichever npm is meant here.
        cwd=FOLDER,
        timeout=NPM_SECONDS,
        check=False,
    )
    if done.returncode:
        there.unlink()
        raise Skipped("React and Preact could not be installed into .build/bench: npm says why above.")


def shown() -> dict[str, Any]:
    """Return the shop's choices as the bundle holds them."""
    own = shop()
    found = {name: getattr(own, name) for name in SHOWN[""]}
    for part in ("delivery_methods", "categories"):
        found[part] = [{name: getattr(one, name) for name in SHOWN[part]} for one in getattr(own, part)]
    return found | {"countries": [country.name for country in own.countries]}


def publish(stack: Stack, assets: Path, paths: list[str]) -> None:
    """Put the bundles among a running shop's assets, and their shells into its bucket: at /react{path} and so on."""
    s3 = boto3.client("s3", endpoint_url=f"http://127.0.0.1:{stack.ports['AWS_PORT']}")
    bucket = s3.list_buckets()["Buckets"][0]["Name"]
    for library in LIBRARIES:
        shutil.copytree(BUILT / library, assets / library)
        for path in paths:
            shell = f"{library}-home.html" if path == "/" else f"{library}.html"
            html = (BUILT / shell).read_bytes()
            key = f"{library}{path}".rstrip("/")
            s3.put_object(Bucket=bucket, Key=key, Body=html, ContentType=HTML_TYPE, CacheControl=REVALIDATED)


def versions() -> dict[str, str]:
    """Return the libraries' versions."""
    pinned = msgspec.json.decode((SOURCE / "package.json").read_bytes())["dependencies"]
    return {name: pinned[name] for name in LIBRARIES}
