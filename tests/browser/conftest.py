"""A real browser. It is Debian's: `apt-get install chromium fonts-noto-cjk`."""

import shutil
from collections.abc import Generator

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from tests.browser.looking import PATIENT

expect.set_options(timeout=PATIENT)
QUIET = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
         "--disable-sync")  # fmt: skip


@pytest.fixture(scope="module")
def chromium() -> Generator[Browser]:
    """One for each module: while it lives, its thread has a running event loop, and other tests want their own."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail(
            "these tests need the Debian package chromium: apt-get install chromium fonts-noto-cjk", pytrace=False
        )
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=[*QUIET], timeout=PATIENT)
        yield browser
        browser.close()
