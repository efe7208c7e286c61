"""Debian's Chromium, found and driven by Playwright for Python; nothing is downloaded.

The headless shell is the same engine without a browser's own windows; it takes half the processor time.
"""

import os
import shutil

import pytest
from playwright.sync_api import Browser, Playwright
from playwright.sync_api import Error as PlaywrightError

NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
FLAGS = ("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking")
START_MS = 20_000
# Where this is set, as .ci/run does, a browser that is missing fails the tests instead of skipping them.
REQUIRED = "BROWSER_TESTS_REQUIRED"


def find_chromium() -> str | None:
    """The browser that the environment's CHROMIUM names, else the first one on PATH."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


def launch(playwright: Playwright) -> Browser:
    """A running browser; without one, the tests that ask for it are skipped with a word about what is missing."""
    path = find_chromium()
    if path is None:
        do_without("no Chromium on PATH: install the package `chromium-headless-shell`, or name a browser in CHROMIUM")
    try:
        return playwright.chromium.launch(executable_path=path, args=FLAGS, timeout=START_MS)
    except PlaywrightError as error:
        do_without(f"{path} can't be driven: {str(error).splitlines()[0]}")


def do_without(reason: str) -> None:
    """Skip the test that asked, or fail it where the browser is required."""
    if os.environ.get(REQUIRED):
        pytest.fail(f"{REQUIRED} is set, but: {reason}")
    pytest.skip(f"browser tests: {reason}")
