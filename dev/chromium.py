"""The Chromium of browser tests, measurements and screenshots: the one on PATH, else Playwright's own."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Playwright

# The shell draws no windows of its own, and so takes a third of the time; it cannot keep pages for the way back.
SHELL = "chromium-headless-shell"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


class NoChromium(Exception):
    """There is none on PATH, and none could be fetched."""

    def __init__(self) -> None:
        super().__init__("No Chromium on PATH, and Playwright could not fetch its own: install Chromium.")


def executable(playwright: Playwright, *, whole: bool = False) -> str:
    """Return its path, the shell's unless the whole browser is needed; Playwright fetches its own if it must.

    Raises NoChromium.
    """
    names = NAMES if whole else (SHELL, *NAMES)
    on_path = next((path for name in names if (path := shutil.which(name))), None)
    if on_path:
        return on_path
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=False, capture_output=True)
    own = playwright.chromium.executable_path
    if not Path(own).exists():
        raise NoChromium
    return own


def launch(playwright: Playwright, *, whole: bool = False, **options: Any) -> Browser:
    """Start it, with more of Playwright's options if need be; raises NoChromium."""
    return playwright.chromium.launch(executable_path=executable(playwright, whole=whole), args=ARGUMENTS, **options)
