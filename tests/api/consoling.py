"""Somebody in front of the console without a browser: forms are sent as a browser would send them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

import httpx

from tests.api.serving import Door

PLACES = {
    "profile": "member:1", "tag": "frequent_buyer", "journey": "first_cup", "version": "1", "rest": "nowhere",
    "job": "refold:1.0", "id": "none",
}  # fmt: skip


class Page(HTMLParser):
    """What stands in a page: its elements with their attributes, and the fields of its forms."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def field(self, name: str) -> str:
        """The value of the first hidden or visible field of that name."""
        found = [attributes for tag, attributes in self.elements if tag == "input" and attributes.get("name") == name]
        return found[0].get("value") or ""

    @property
    def links(self) -> list[str]:
        return [str(attributes.get("href") or "") for tag, attributes in self.elements if tag == "a"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """One browser: its cookies, and the language it asks for."""

    door: Door
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: httpx.Cookies = field(default_factory=httpx.Cookies, repr=False)

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """A request with his cookies, which are kept apart from those of others at the same door."""
        client = self.door.client
        held = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {**self.headers, **({"cookie": held} if held else {}), **more.pop("headers", {})}
        answer = client.request(method, f"{self.door.url}{path}", headers=headers, **more)
        client.cookies.clear()
        self.cookies.extract_cookies(answer)
        return answer

    def get(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("GET", "/console" + path, **more)

    def post(self, path: str, **more: Any) -> httpx.Response:
        return self.ask("POST", "/console" + path, **more)

    def send(self, path: str, fields: Mapping[str, str] | None = None, *, at: str | None = None) -> httpx.Response:
        """Fill in the form of a page (of another page, if `at` says so) and send it."""
        token = Page(self.get(path if at is None else at).text).field("form")
        return self.post(path, data={"form": token, **(fields or {})})

    def log_in(self, key: str, **more: str) -> httpx.Response:
        return self.send("/login", {"key": key, **more})


def visitor(door: Door, actor: str | None = None, **headers: str) -> Visitor:
    """Somebody who has just opened his browser, and logged in if he is named."""
    found = Visitor(door=door, headers=headers)
    if actor is not None:
        answer = found.log_in(door.keys[actor])
        assert answer.status_code == 303, answer.text
    return found


def words_in(text: str) -> str:
    """The page without its tags."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", text))
