"""Looking at pages as people do: with a browser of some size and language, a picture of each page, a check by axe."""

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Dialog, Page

PATIENT = 180_000  # milliseconds: what has not come by then does not come, however slow the machine is
PICTURES = Path(__file__).parents[2] / "build" / "screenshots"
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN", "color_scheme": "light"}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844}, "locale": "en-GB", "color_scheme": "dark", "has_touch": True,
}  # fmt: skip


@contextmanager
def window(chromium: Browser, **options: Any) -> Generator[Page]:
    """A fresh browser window; whatever runs in it that should not, fails the test."""
    context = chromium.new_context(**options)
    context.set_default_timeout(PATIENT)
    page = context.new_page()
    ran: list[str] = []

    def refuse(dialog: Dialog) -> None:
        ran.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("dialog", refuse)
    page.on("pageerror", lambda error: ran.append(f"error {error}"))
    page.on("console", lambda line: ran.extend([line.text] * ("Content Security Policy" in line.text)))
    yield page
    context.close()
    assert ran == []


def log_in(page: Page, url: str, key: str) -> None:
    page.goto(f"{url}/console")
    page.get_by_label("密钥").or_(page.get_by_label("Key")).fill(key)
    page.keyboard.press("Enter")
    page.wait_for_url(f"{url}/console")


def looked_at(page: Page, name: str) -> None:
    """Take a picture of what has come to rest, and let axe find nothing serious."""
    page.wait_for_load_state()
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    found = Axe().run(page).response["violations"]
    serious = [(each["id"], each["nodes"][0]["html"]) for each in found if each["impact"] in {"serious", "critical"}]
    assert serious == [], f"{name}: {page.url}"
