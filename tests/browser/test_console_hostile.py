"""Two hundred hostile strings in every field that the console shows: each is read as text and does nothing."""

import json
import re
from collections.abc import Generator, Iterator, Sequence
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from service.core.calendar import write_instant
from service.main import now
from tests.api.serving import Door, opened, with_keys
from tests.browser.hostile import HOSTILE, NAMES, STRANGE
from tests.browser.looking import DESK, PHONE, log_in, window

WHO = "member:1"
STAGES = 10  # of each journey
FIELDS = ("key", "name", "group", "template", "event", "field", "days", "compare", "amount", "only", "only_value")
ASKED = ("tag", "value", "persona", "journey", "stage", "status", "kind", "state", "then", "saved", "cursor")


def named(n: int) -> dict[str, str]:
    return {"name": NAMES[n % 200]}


def playbook(turn: int = 0) -> dict[str, Any]:
    """A playbook in which every name is one of them; `turn` moves all of them on."""
    once = {"count": {"event": "e0"}, "gte": 1 if turn < 2 else 99}  # the draft takes every tag away
    journeys = {
        f"j{j}": {
            **named(j + turn), "theme": NAMES[j], "value": NAMES[-j - 1], "enter": {"event": "e0"},
            "stages": [
                {
                    "stage": f"s{j}_{s}", "phase": "in_sale", **named(j * STAGES + s + turn),
                    "goal": NAMES[j * STAGES + s], "benefit": NAMES[j * STAGES + s],
                    "completed_by": {"event": f"e{s + 1}"}, "stalled_after": "1s",
                }
                for s in range(STAGES)
            ],
        }
        for j in range(200 // STAGES)
    }  # fmt: skip
    return {
        "playbook": "hostile",
        "name": NAMES[0],
        "events": {
            f"e{n}": {**named(n + turn), "properties": {f"p{n}": {"type": "string", **named(n)}}} for n in range(200)
        },
        "places": {f"sh{n}": named(n) for n in range(200)},
        "tag_groups": {f"g{n}": named(n + turn) for n in range(200)},
        "tags": {f"t{n}": {**named(n + turn), "group": f"g{n}", "when": once} for n in range(200)},
        "personas": {
            f"scheme{n}": {**named(n), "classes": [{"class": "one", **named(n + 1), "when": once}, {"class": "rest"}]}
            for n in range(40)
        },
        "journeys": journeys,
        "services": {
            f"v{n}": {**named(n), "kind": "core", "service_level": "standard", "value": 1} for n in range(200)
        },
    }  # fmt: skip


def happenings() -> Iterator[dict[str, Any]]:
    at = write_instant(now() - 3_600_000_000)
    for n, text in enumerate(HOSTILE):
        event = {"event_id": f"a{n}", "identity": WHO, "type": f"e{n}", "occurred_at": at, "source": "pos"}
        yield {**event, "place": f"sh{n}", "properties": {f"p{n}": text, f"q{n}": text}}
        yield {
            **event,
            "event_id": f"b{text}"[:128],
            "channel": text,
            "touchpoint": text,
            "scenario": text,
            "staff": text,
        }
        yield {**event, "event_id": f"c{n}", "source": text}
        yield {**event, "event_id": f"d{n}", "type": text}
        yield {**event, "event_id": f"f{n}", "type": "trait_set", "properties": {f"trait{n}": text}}
        yield {**event, "event_id": f"h{n}", "type": "trait_set", "properties": {text[:60]: text}}
        yield {**event, "event_id": f"g{n}", "identities": [WHO, f"custom{n}:{text}"]}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    with opened(f"sqlite:///{tmp_path_factory.mktemp('hostile') / 'lantern.db'}") as plain:
        door = with_keys(plain)
        for turn in (0, 1):
            assert door.ask("PUT", "/v1/playbook/draft", json=playbook(turn)).status_code == 200
            answer = door.post("/v1/playbook/draft:publish", json={"note": NAMES[turn], "confirm": 1})
            assert answer.status_code == 200, answer.text
            if not turn:
                everything = list(happenings())
                for first in range(0, len(everything), 400):
                    summary = door.post("/v1/events", json={"events": everything[first : first + 400]}).json()[
                        "summary"
                    ]
                    assert summary["accepted"] > 0
        assert door.ask("PUT", "/v1/playbook/draft", json=playbook(2)).status_code == 200
        key = door.post("/v1/keys", json={"name": NAMES[4][:60], "kind": "staff", "preset": "admin"}).json()["secret"]
        yield door.holding(key)


def folded(text: str) -> str:
    return re.sub(r"\s+", "", text)


def text_of(page: Page) -> str:
    assert page.evaluate(STRANGE) == [], page.url
    return folded(page.evaluate("document.body.textContent"))


def missing(*said: str, of: Sequence[str] = NAMES) -> list[str]:
    """What none of these pages says."""
    return [each for each in of if not any(folded(each) in text for text in said)]


def test_nothing_that_is_shown_does_anything(chromium: Browser, hostile: Door) -> None:
    url = f"{hostile.url}/console"
    person = str(hostile.post("/v1/profiles:lookup", "me", json={"identity": WHO}).json()["profile_id"])
    with window(chromium, **DESK) as page:
        log_in(page, hostile.url, hostile.keys["me"])

        def seen(path: str) -> str:
            page.goto(url + path)
            return text_of(page)

        seen("")
        assert folded(NAMES[4][:60]) in text_of(page), "who is logged in"
        assert missing(seen("/journeys"), *(seen(f"/journeys/j{j}") for j in range(20))) == [], (
            "stages, goals, benefits"
        )
        for part in ("promises", "funnel", "lines", "compared"):
            assert missing(*(seen(f"/journeys/j{j}/{part}") for j in range(2)), of=NAMES[1:21]) == [], part
        assert missing(seen("/tags")) == [], "names and groups of tags"
        assert missing(seen("/people?tag=t0")) == [], "what can be chosen"
        assert missing(seen("/breakpoints?state=all")) == [], "what can be chosen"
        shown = seen(f"/people/{person}")
        assert missing(shown) == [], "tags, journeys, services"
        assert missing(shown, of=HOSTILE) == [], "traits"
        assert missing(seen("/playbook/diff"), seen("/playbook/diff?from=1&to=2")) == [], "what changed"
        seen("/playbook")
        job = hostile.post("/v1/playbook/draft:preview", "me", json={}).json()["job_id"]
        assert missing(seen(f"/jobs/{job}")) == [], "what publishing would do"
        assert missing(seen("/playbook/publish")) == [], "and what it would change"
        assert missing(seen("/playbook/versions/2").replace("\\\\", "\\").replace('\\"', '"')) == [], "the text itself"
        for n in range(0, 200, 10):
            seen(f"/people/{person}/tags/t{n}")
            seen(f"/tags/t{n}")
        told, path = list[str](), f"/people/{person}/timeline"
        while path:
            told.append(seen(path))
            following = page.locator("a[rel=next]")
            path = str(following.get_attribute("href")).removeprefix("/console") if following.count() else ""
        assert missing(*told, of=HOSTILE) == [], "events and their properties"
        assert len(told) > 10


def test_nothing_that_is_asked_does_anything(chromium: Browser, hostile: Door) -> None:
    """Whatever stands in the address or in a form comes back as text, too."""
    url = f"{hostile.url}/console"
    with window(chromium, **PHONE) as page:
        log_in(page, hostile.url, hostile.keys["me"])
        for n, text in enumerate(HOSTILE[:60]):
            page.goto(f"{url}/tags/new")
            form = page.evaluate("document.querySelector('input[name=form]').value")
            fields = (
                "key",
                "name",
                "group",
                "template",
                "event",
                "field",
                "days",
                "compare",
                "amount",
                "only",
                "only_value",
            )
            sent = json.dumps({**dict.fromkeys(fields, text), "form": form, "do": "preview"})
            with page.expect_navigation():
                page.evaluate(f"""() => {{
                const form = document.createElement('form'); form.method = 'post'; document.body.append(form);
                for (const [name, value] of Object.entries({sent})) {{
                    const field = document.createElement('input');
                    field.name = name;
                    field.value = value;
                    form.append(field);
                }}
                setTimeout(() => form.submit());
            }}""")
            text_of(page)
            values = page.evaluate("[...document.querySelectorAll('input')].map(each => each.value)")
            assert folded(text) in map(folded, values)
            query = page.evaluate("text => encodeURIComponent(text)", text)
            journey = "/journeys/j1" + ("", "/promises", "/funnel", "/lines", "/compared")[n // 6 % 5]
            for path in ("/people", "/breakpoints", "/login", *([journey] * (n % 6 == 0))):
                names = (
                    "tag",
                    "value",
                    "persona",
                    "journey",
                    "stage",
                    "status",
                    "kind",
                    "state",
                    "then",
                    "saved",
                    "cursor",
                    "place",
                    "channel",
                )
                page.goto(url + path + "?" + "&".join(f"{name}={query}" for name in names))
                text_of(page)
