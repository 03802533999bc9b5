"""The documents' page loads nothing from elsewhere, and its policy would not let it."""

import re
from html.parser import HTMLParser
from typing import Any

from playwright.sync_api import Browser, expect

from service.main import openapi_document
from tests.api.serving import Door
from tests.browser.looking import DESK, window


class Loads(HTMLParser):
    """Collects what a page loads, and whatever a policy without 'unsafe-inline' refuses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.inline: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.loads += [found[name] or "" for name in ("src", "href", "action", "data") if name in found]
        self.inline += [name for name in found if name.startswith("on") or name == "style"]
        self.inline += [tag] if tag == "style" or (tag == "script" and "src" not in found) else []


def test_the_page_loads_only_our_own_files(door: Door) -> None:
    page = door.get("/docs", "none")
    assert "<title>Lantern 接口文档" in page.text
    found = Loads(page.text)
    assert not found.inline
    assert len(found.loads) >= 5
    for place in found.loads:
        assert not re.match(r"[a-z]+:|//", place)
        assert door.get("/" + place, "none").status_code == 200


def test_the_policy_is_strict(door: Door) -> None:
    policy = dict(part.split(maxsplit=1) for part in door.get("/docs").headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["connect-src"] == policy["style-src"] == "'self'"
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["form-action"] == "'none'"
    assert not any(word in " ".join(policy.values()) for word in ("unsafe", "http", "*"))


def test_our_script_asks_nobody_to_validate(door: Door) -> None:
    script = door.get("/docs/static/docs.js").text
    assert "validatorUrl: null" in script
    for wanted in ("persistAuthorization", "filter", "tryItOutEnabled", "displayRequestDuration"):
        assert f"{wanted}: true" in script
    assert "//" not in script
    assert "url(http" not in door.get("/docs/static/swagger/swagger-ui.css").text


def test_the_front_door_leads_to_the_page(door: Door) -> None:
    answer = door.get("/", "none")
    assert (answer.status_code, answer.headers["location"]) == (307, "/docs")


def test_the_document_has_a_tag(door: Door) -> None:
    first = door.get("/openapi.json", "none")
    assert first.json() == openapi_document()
    again = door.get("/openapi.json", "none", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_a_browser_shows_every_operation_and_refuses_nothing(door: Door, chromium: Browser) -> None:
    paths: Any = openapi_document()["paths"]
    with window(chromium, **DESK) as page:
        page.goto(f"{door.url}/docs")
        for operation in (each for operations in paths.values() for each in operations.values()):
            expect(page.get_by_text(operation["summary"], exact=True).first).to_be_visible()
