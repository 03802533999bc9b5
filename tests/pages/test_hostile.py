"""Whatever is written where customers read is text there, and nothing else: in the page, the card, the JSON."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

import pytest

from service.api.pages.card import card_of, draw_svg
from service.api.pages.picture import draw_png, font_file
from service.api.pages.view import notice_page, progress_page
from service.core import fold
from service.core.calendar import MINUTE
from service.core.customer import progress_of, seen_by_friends
from service.core.plan import compile_playbook
from service.core.playbook.brands import STATES
from service.core.playbook.read import read_playbook
from service.core.progress import show_enrollments
from tests.given import NOON, an_event

TEXTS: dict[str, list[str]] = json.loads(Path(__file__).with_name("hostile.json").read_text(encoding="utf-8"))
HOSTILE, UNWRITABLE = TEXTS["written"], TEXTS["refused"]  # markup, scripts, styles, directions, junk
ZONE = ZoneInfo("Asia/Shanghai")
ALLOWED = {
    "html", "head", "meta", "title", "style", "body", "main", "h1", "h2", "h3", "section", "article", "header",
    "footer", "svg", "path", "rect", "circle", "div", "p", "span", "bdi", "ol", "ul", "li", "time", "form", "input",
    "button", "label", "a",
}  # fmt: skip
LINKS = {"href", "src", "action", "data", "formaction", "xlink:href", "srcdoc", "poster", "background", "style"}


def tree(text: str) -> dict[str, Any]:
    """A playbook with the text in every field that a customer is shown."""
    words = dict.fromkeys(STATES, text[:20])
    said = {"name": text, "name_en": text}
    stages = [
        {**said, "stage": "a", "phase": "in_sale", "completed_by": {"event": "view"}, "benefit": text, "goal": text,
         "benefit_en": text, "goal_en": text, "services": ["s"], "words": text[:60], "words_en": text[:60],
         "key_moment": True},
        {**said, "stage": "b", "phase": "in_sale", "completed_by": {"event": "b"}, "expected_within": "1h",
         "lit_by": "user", "benefit": text, "benefit_en": text},
        {**said, "stage": "c", "phase": "in_sale", "optional": True, "lit_by": {"friends": 2}},
    ]  # fmt: skip
    brand = {"slogan": text[:60], "slogan_en": text[:60], "words": words, "words_en": words}
    share = {"title": text[:60], "title_en": text[:60]}
    journey = {**said, "theme": text, "theme_en": text, "value": text, "value_en": text, "key": "order",
               "enter": {"event": "view"}, "stages": stages, "brand": brand, "share": share}  # fmt: skip
    undo = {**said, "reverses": {"event": "b", "by": "order"}, "words": text[:60], "words_en": text[:60]}
    return {"playbook": "p", "events": {"b": {}, "undo": undo}, "journeys": {"j": journey}, "services": {"s": said}}


def shown(text: str) -> Any:
    """A run with the text in it, also as its key, which any client writes."""
    playbook, problems = read_playbook(tree(text))
    assert not problems, problems
    plan = compile_playbook(playbook)
    happened = [an_event(kind, NOON + n, n, order=text) for n, kind in enumerate(("view", "b", "undo"))]
    (run,) = show_enrollments(plan, fold.refold(plan, happened, ()), NOON + MINUTE)
    found: Any = progress_of(plan, run, NOON + MINUTE)
    assert text[:60] in found["stages"][1]["dimmed"]["text"]
    return found


def writable(text: str) -> bool:
    return not read_playbook(tree(text))[1]


class Page(HTMLParser):
    """Collects what is wrong with a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.wrong: list[object] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ALLOWED:
            self.wrong.append(tag)
        self.wrong += [(tag, name) for name, _ in attrs if name.startswith("on")]
        for name, value in attrs:
            if name in LINKS and not (name == "action" and str(value).startswith(("token/", "../token"))):
                self.wrong.append((name, value))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def pages(text: str) -> Iterator[str]:
    run = shown(text)
    owner = {"kind": "owner", "journeys": [run]}
    link = {
        "journey": "j",
        "share_id": "0",
        "status": "open",
        "expires_at": "2026-01-01T00:00:00Z",
        "visits": 1,
        "sign_ups": 0,
    }
    for language in ("zh", "en"):
        yield progress_page(owner, "token", language, links=[link], fresh=text, zone=ZONE)[0]
        yield progress_page({"kind": "share", "journeys": [seen_by_friends(run)]}, "token", language, zone=ZONE)[0]
        yield notice_page(text, text, language)[0]


SHAPE = list(Page("".join(pages("x"))).wrong)


def test_there_are_enough_of_them_and_most_may_be_written() -> None:
    assert len({*HOSTILE, *UNWRITABLE}) >= 200
    assert all(writable(text) for text in HOSTILE)
    assert not any(writable(text) for text in UNWRITABLE)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_page_says_it_and_does_nothing(text: str) -> None:
    plain = len(list(pages("x")))
    found = [Page(each) for each in pages(text)]
    assert (SHAPE, [each.wrong for each in found]) == ([], [[]] * plain)
    assert all(text.strip()[:20] in "".join(each.words) for each in found)


@pytest.mark.parametrize("text", HOSTILE)
def test_a_card_says_it_and_does_nothing(text: str) -> None:
    for language in ("zh", "en"):
        card = card_of(shown(text), language)
        root = ET.fromstring(draw_svg(card))  # noqa: S314 - our own, and that it is well formed is what is tested
        kinds = {each.tag.rpartition("}")[2] for each in root.iter()}
        assert kinds == {"svg", "title", "rect", "circle", "path", "g", "text"}
        assert not [name for each in root.iter() for name in each.attrib if name.startswith("on") or "href" in name]


@pytest.mark.parametrize("text", [*HOSTILE[::12], "长文" * 30, "W" * 60, ""])
def test_a_picture_is_drawn_whatever_it_says(text: str) -> None:
    card = card_of(shown(text or "x"), "zh")
    drawn = draw_png(card, font_file(""))
    assert drawn.startswith(b"\x89PNG\r\n\x1a\n")
    assert (int.from_bytes(drawn[16:20], "big"), int.from_bytes(drawn[20:24], "big")) == (1000, 800)
    assert len(drawn) < 128 * 1024  # what a chat takes


@pytest.mark.parametrize("key", UNWRITABLE)
def test_the_key_of_a_run_may_be_any_text(key: str) -> None:
    run = shown("x") | {"key": key}
    text, _ = progress_page({"kind": "owner", "journeys": [run]}, "token", "zh", zone=ZONE)
    assert Page(text).wrong == []
    assert "\u202e" not in "".join(Page(text).words)
