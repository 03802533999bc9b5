"""Staff who read English read English: of the playbooks that come with the service, on every page and in every answer.

What may be Chinese all the same is data: what was sent (properties, traits, roles, what people wrote), the values
that rules ask for (such as cities), the Chinese name in the form in which it is written, and the playbook's own text.
"""

import json
import re
from collections import Counter
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.cli.demo import playbook_file
from service.cli.shows import SHOWS, Trade
from tests.api.consoling import Page, Visitor, visitor
from tests.api.serving import Door, opened
from tests.pages.test_english import CHINESE, chinese

PEOPLE = {Trade.COFFEE: 40, Trade.PARK: 30, Trade.TAILORING: 20}
BATCH = 500
RUN = re.compile(f"{CHINESE.pattern}+")
PAGES = (
    "", "/journeys", "/journeys/J", "/journeys/J/promises", "/journeys/J/funnel", "/journeys/J/lines",
    "/journeys/J/compared", "/breakpoints", "/breakpoints/B", "/people", "/people/P", "/people/P/timeline",
    "/people/P/tags/T", "/tags", "/tags/T", "/playbook", "/playbook/versions/V", "/playbook/diff", "/playbook/publish",
    "/jobs", "/jobs/W",
)  # fmt: skip
MOST = {"/people/P": 16, "/people/P/tags/T": 40}  # of one kind of page; of all others a few are enough
USUAL = 6
NOT_SHOWN = {"name", "form", "then", "mark", "etag"}  # fields of forms: the Chinese name as it is written; tokens
ANSWERS = (
    "/v1/profiles/{person}", "/v1/profiles/{person}/timeline?limit=200", "/v1/profiles/{person}/journeys",
    "/v1/profiles/{person}/tags/{tag}", "/v1/journeys/{journey}", "/v1/journeys/{journey}/health",
    "/v1/journeys/{journey}/funnel", "/v1/journeys/{journey}/times", "/v1/journeys/{journey}/transitions",
    "/v1/journeys/{journey}/feedback", "/v1/journeys/{journey}/promises", "/v1/journeys/{journey}/versions",
    "/v1/journeys/{journey}/interactions?stage={stage}", "/v1/journeys/{journey}/touchpoints",
    "/v1/journeys/{journey}/combinations", "/v1/journeys/{journey}/breakpoints", "/v1/journeys", "/v1/breakpoints",
    "/v1/changes", "/v1/jobs",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A trade with its people, some English reader in front of it, and what Chinese there is in its data."""

    door: Door
    tree: dict[str, Any]
    reader: Visitor
    data: frozenset[str]

    @property
    def people(self) -> list[str]:
        found: list[str] = list(dict.fromkeys(each["profile_id"] for each in self.items("/v1/changes?limit=500")))
        return found

    def items(self, path: str) -> list[dict[str, Any]]:
        answer = self.door.get(path)
        assert answer.status_code == 200, answer.text
        found: list[dict[str, Any]] = answer.json()["items"]
        return found


@pytest.fixture(scope="module", params=Trade)
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Generator[World]:
    trade = Trade(request.param)
    with opened(f"sqlite:///{tmp_path_factory.mktemp(trade.value) / 'lantern.db'}", page_rate=100_000) as door:
        yield settled(door, trade, PEOPLE[trade])


def settled(door: Door, trade: Trade, people: int) -> World:
    """Its playbook, its people with what they have lived, and a calibration."""
    written = playbook_file(trade).read_bytes()
    publish(door, written)
    events = list(SHOWS[trade].events(people, 7, datetime.now(UTC)))
    for first in range(0, len(events), BATCH):
        door.record(*events[first : first + BATCH])
    assert door.post("/v1/calibrations").status_code == 200
    tree = YAML(typ="safe").load(written)
    wished = json.dumps([*asked_for(tree)], ensure_ascii=False)
    data = frozenset(RUN.findall(json.dumps(events, ensure_ascii=False)) + RUN.findall(wished))
    return World(door=door, tree=tree, reader=visitor(door, "admin", **{"accept-language": "en"}), data=data)


def publish(door: Door, playbook: bytes) -> None:
    headers = {"content-type": "application/yaml"}
    assert door.ask("PUT", "/v1/playbook/draft", content=playbook, headers=headers).status_code == 200
    assert door.post("/v1/playbook/draft:publish", json={"note": "for readers of English"}).status_code == 200


def asked_for(tree: Any) -> Iterator[object]:
    """What rules compare with, wherever they stand."""
    for step, inner in tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ():
        if step in {"eq", "ne", "in", "matches"}:
            yield inner
        else:
            yield from asked_for(inner)


# ---- pages


def kind_of(path: str) -> str:
    """What kind of page an address is of."""
    found = path.removeprefix("/console").partition("?")[0].partition("#")[0]
    for what, name in (("people", "P"), ("journeys", "J"), ("breakpoints", "B"), ("jobs", "W"), ("versions", "V")):
        found = re.sub(rf"(?<=/{what}/)[^/]+", name, found)
    return re.sub(r"(?<=/tags/)[^/]+", "T", found)


def pages(reader: Visitor, *first: str) -> Iterator[tuple[str, str]]:
    """Every kind of page that links lead to, some of each."""
    waiting, seen, kinds = ["/console", *first], set[str](), Counter[str]()
    while waiting:
        path = waiting.pop(0)
        kind = kind_of(path)
        if path in seen or kinds[kind] >= MOST.get(kind, USUAL) or not path.startswith("/console"):
            continue
        seen.add(path)
        kinds[kind] += 1
        answer = reader.ask("GET", path)
        assert answer.status_code == 200, (path, answer.text)
        yield path, answer.text
        waiting += [link for link in Page(answer.text).links if "/static/" not in link]


def read_in(page: str) -> Iterator[str]:
    """What somebody reads on a page or has read to him; the link to the Chinese pages and a playbook's text aside."""
    page = re.sub(r'<a [^>]*lang="zh-CN".*?</a>|<pre>.*?</pre>', "", page, flags=re.DOTALL)
    yield unescape(re.sub(r"<[^>]*>", " ", page))
    for tag, attributes in Page(page).elements:
        if tag != "input" or attributes.get("name") not in NOT_SHOWN:
            yield from (str(attributes.get(each) or "") for each in ("aria-label", "title", "label", "value", "alt"))


def left_in_chinese(world: World, *first: str) -> tuple[list[tuple[str, str]], set[str]]:
    """What is no data and yet Chinese, with the kind of page where it stands; and which kinds were looked at."""
    found, kinds = set[tuple[str, str]](), set[str]()
    for path, page in pages(world.reader, *first):
        kinds.add(kind_of(path))
        found |= {(kind_of(path), run) for text in read_in(page) for run in RUN.findall(text) if run not in world.data}
    return sorted(found), kinds


def every_kind(world: World) -> list[str]:
    """Where links begin that the first page does not lead to."""
    when = {"count": {"event": next(iter(world.tree["events"]))}, "gte": 1}
    tag = {"name": "新写的", "name_en": "Newly made", "when": when}
    drafted = world.door.ask("PUT", "/v1/playbook/draft/tags/newly_made", json=tag)
    assert drafted.status_code in {200, 201}, drafted.text
    assert world.reader.send("/playbook/preview", at="/playbook/publish").status_code == 303
    tags = [f"/console/people?tag={each}" for each in list(world.tree["tags"])[: MOST["/people/P"]]]
    people = [f"/console/people/{each}" for each in world.people]
    return ["/console/tags/new", "/console/playbook/diff", "/console/playbook/publish", *people, *tags]


def test_no_page_has_chinese_in_it(world: World) -> None:
    found, kinds = left_in_chinese(world, *every_kind(world))
    assert found == []
    assert set(PAGES) - kinds == set(), "every kind of page was looked at"


# ---- answers


def english_in(told: Any) -> Iterator[tuple[str, str]]:
    """Every text that says of itself that it is English."""
    for step, inner in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
        if str(step).endswith("_en") and inner is not None:
            yield str(step), json.dumps(inner, ensure_ascii=False)
        yield from english_in(inner)


def answers(world: World) -> Iterator[tuple[str, Any]]:
    """Of the people, of every journey at each of its stages, of every tag of somebody, and what is offered to whom."""
    people, tags = world.people[:12], list(world.tree["tags"])
    stages = [(key, each["stage"]) for key, journey in world.tree["journeys"].items() for each in journey["stages"]]
    cases = [{"person": one, "tag": tag} for one in people[:2] for tag in tags]
    cases += [{"person": one, "tag": tags[0]} for one in people]
    cases += [{"journey": journey, "stage": stage} for journey, stage in stages]
    for path in ANSWERS:
        names = set(re.findall(r"{(\w+)}", path))
        asked = {path.format(**case) for case in cases if names <= case.keys()}
        for each in sorted(asked):
            answer = world.door.get(each)
            assert answer.status_code == 200, (each, answer.text)
            yield path, answer.json()
    for person in people:
        (identity, *_) = world.door.get(f"/v1/profiles/{person}").json()["identities"]
        made = world.door.post("/v1/recommendations", json={"identity": identity, "limit": 3})
        assert made.status_code == 200, made.text
        yield "offer", made.json()
        yield "explain", world.door.get(f"/v1/recommendations/{made.json()['decision_id']}").json()
    for found in world.items("/v1/breakpoints")[:10]:
        yield "breakpoint", world.door.get(f"/v1/breakpoints/{found['id']}").json()


def test_no_english_text_of_an_answer_is_chinese(world: World) -> None:
    told, left = Counter[str](), set[tuple[str, str]]()
    for path, answer in answers(world):
        for step, text in english_in(answer):
            told[path] += 1
            left |= {(path, step) for run in RUN.findall(text) if run not in world.data}
    assert left == set()
    assert min(told[each] for each in (*ANSWERS[:5], "offer", "explain")) > 0


# ---- and what these tests are worth


def nameless(tree: Any) -> Any:
    """The tree without any name in English."""
    if isinstance(tree, dict):
        return {key: nameless(each) for key, each in tree.items() if key != "name_en"}
    return [nameless(each) for each in tree] if isinstance(tree, list) else tree


def test_a_missing_name_would_be_seen(tmp_path: Path) -> None:
    """Of each kind of definition: where there is no English, pages show the Chinese that there is."""
    with opened(f"sqlite:///{tmp_path / 'lantern.db'}") as door:
        world = settled(door, Trade.COFFEE, 1)
        publish(door, json.dumps(nameless(world.tree), default=str).encode())
        found, _ = left_in_chinese(world, *every_kind(world))
    seen = {run for _, run in found}
    for section in ("events", "places", "tag_groups", "tags", "personas", "journeys", "services"):
        names = {each["name"] for each in world.tree[section].values() if chinese(each["name"])}
        assert seen & {run for name in names for run in RUN.findall(name)}, section
    parts = (("tags", "values"), ("personas", "classes"), ("journeys", "stages"))
    for section, part in parts:
        names = {one["name"] for each in world.tree[section].values() for one in each.get(part, ()) if "name" in one}
        assert seen & {run for name in names for run in RUN.findall(name)}, part
