"""Who reads English reads English: of the playbooks that come with the service, whatever reaches customers has it."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from ruamel.yaml import YAML

from service.api.pages.card import card_of, draw_svg
from service.api.pages.view import progress_page
from service.core import fold
from service.core.benefits import show_benefits
from service.core.customer import progress_of, seen_by_friends
from service.core.plan import Plan, compile_playbook
from service.core.playbook.definitions import Journey, Named, Playbook
from service.core.playbook.read import read_playbook
from tests.core.test_outline import at, changed
from tests.given import NOON, an_event

TREES: dict[str, dict[str, Any]] = {
    path.stem: YAML(typ="safe").load(path) for path in sorted(Path("playbooks").glob("*.yaml"))
}
NAMED = {"events", "places", "holidays", "tag_groups", "tags", "personas", "journeys", "services"}
RUNS = [(name, key) for name, tree in TREES.items() for key in tree["journeys"]]
CHINESE = re.compile("[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")  # ideographs, and the signs between them
DAY = "2026-09-22T04:00:00Z"
ZONE = ZoneInfo("Asia/Shanghai")


@cache
def playbook_of(name: str) -> Playbook:
    playbook, problems = read_playbook(TREES[name])
    assert not problems
    return playbook


def chinese(text: object) -> bool:
    return bool(CHINESE.search(str(text)))


# ---- what is written


def unsaid(of: object, place: str) -> Iterator[str]:
    """Every text in Chinese beside which there is none in English, and none that is Chinese, too."""
    if isinstance(of, tuple):
        for number, each in enumerate(of):
            yield from unsaid(each, f"{place}/{getattr(each, 'key', number)}")
    if not is_dataclass(of):
        return
    for name in (each.name for each in fields(of)):
        value, english = getattr(of, name), getattr(of, f"{name}_en", None)
        if isinstance(value, tuple) or is_dataclass(value):
            yield from unsaid(value, f"{place}/{name}")
        elif isinstance(value, dict) and english is not None:  # by state
            yield from (f"{place}/{name}/{each}" for each in value if each not in english or chinese(english[each]))
        elif chinese(value) and (name.endswith("_en") or not english or chinese(english)):
            yield f"{place}/{name}"


def unsaid_in(playbook: Playbook) -> list[str]:
    """Of all that customers read: what takes back, journeys, and the names of the services that go with them."""
    found = [f"events/{each.key}" for each in playbook.events.values() if chinese(each.words) and not each.words_en]
    found += [f"services/{each.key}" for each in playbook.services.values() if not each.name_en]
    return [*found, *(place for key, each in playbook.journeys.items() for place in unsaid(each, f"journeys/{key}"))]


@pytest.mark.parametrize("name", TREES)
def test_every_text_that_customers_read_has_its_english(name: str) -> None:
    assert unsaid_in(playbook_of(name)) == []


def english_in(tree: Any, place: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where a text in English stands; the words for states are one text."""
    members = tree.items() if isinstance(tree, dict) else enumerate(tree) if isinstance(tree, list) else ()
    for step, inner in members:
        if str(step).endswith("_en"):
            yield (*place, step)
        else:
            yield from english_in(inner, (*place, step))


def without(tree: Any, place: tuple[Any, ...]) -> Any:
    """The tree with one of its members left out."""
    *path, last = place
    return changed(tree, tuple(path), {step: each for step, each in at(tree, tuple(path)).items() if step != last})


@pytest.mark.parametrize(("name", "key"), RUNS)
def test_one_that_is_left_out_is_found(name: str, key: str) -> None:
    """Each of them in turn, or the test above would prove little."""
    written = TREES[name]["journeys"][key]
    places = list(english_in(written))
    assert len(places) > 2 * len(written["stages"])
    for place in places:
        playbook, _ = read_playbook({"playbook": name, "journeys": {key: without(written, place)}})
        assert unsaid_in(playbook), place


def unnamed(of: object, place: str) -> Iterator[str]:
    """Every definition, and every part of one, that has a name and beside it none in English; or one in Chinese."""
    if isinstance(of, Mapping):
        for key, each in of.items():
            yield from unnamed(each, f"{place}/{key}")
    elif isinstance(of, tuple):
        for number, each in enumerate(of):
            yield from unnamed(each, f"{place}/{getattr(each, 'key', number)}")
    elif is_dataclass(of):
        if isinstance(of, Named) and of.name != of.key and (not of.name_en or chinese(of.name_en)):
            yield place
        for each in fields(of):
            yield from unnamed(getattr(of, each.name), f"{place}/{each.name}")


@pytest.mark.parametrize("name", TREES)
def test_every_name_has_its_english_beside_it(name: str) -> None:
    assert list(unnamed(playbook_of(name), "")) == []


@pytest.mark.parametrize(
    ("name", "section"), [(name, each) for name, tree in TREES.items() for each in tree if each in NAMED]
)
def test_a_name_that_is_left_out_is_found(name: str, section: str) -> None:
    """Each of them in turn: of events and places, holidays and groups, tags with their values, classes, stages."""
    found = 0
    for key, written in TREES[name][section].items():
        for place in (each for each in english_in(written) if each[-1] == "name_en"):
            playbook, _ = read_playbook({"playbook": name, section: {key: without(written, place)}})
            assert list(unnamed(getattr(playbook, section), "")), (key, place)
            found += 1
    assert found >= len(TREES[name][section])


# ---- what is shown


def run_of(plan: Plan, journey: Journey) -> Any:
    """A run with all that can stand in one: a stage that went dark, one that is awaited, every benefit."""
    earned = [each.key for stage in journey.stages for each in stage.benefits]
    granted = [an_event("benefit_granted", NOON, number, benefit=key) for number, key in enumerate(earned)]
    undone = [each.key for each in plan.playbook.events.values() if each.reverses is not None]
    stages = [
        {"stage": stage.key, "state": "current", "at": None, "lit_by": "friends", "helpers": 1, "expected_by": DAY,
         "dimmed": {"at": DAY, "because": {"event": undone[place % len(undone)]}}}
        for place, stage in enumerate(journey.stages)
    ]  # fmt: skip
    benefits = list(show_benefits(plan.playbook, fold.refold(plan, granted, ()), journey.key))
    assert len(benefits) == len(earned)
    shown: Any = {"journey": journey.key, "key": None, "status": "active", "stage": journey.stages[0].key,
                  "entered_at": DAY, "stages": stages, "benefits": benefits}  # fmt: skip
    return progress_of(plan, shown, NOON - 1)


def alone(told: Any, place: str = "") -> Iterator[str]:
    """Where JSON says something in Chinese only."""
    for step, inner in told.items() if isinstance(told, dict) else enumerate(told) if isinstance(told, list) else ():
        english = told.get(f"{step}_en") if isinstance(told, dict) else None
        if isinstance(inner, str | dict) and english:
            if chinese(english):
                yield f"{place}/{step}_en"
        elif isinstance(inner, dict | list):
            yield from alone(inner, f"{place}/{step}")
        elif chinese(inner):
            yield f"{place}/{step}"


@pytest.mark.parametrize(("name", "key"), RUNS)
def test_the_json_says_everything_in_english_too(name: str, key: str) -> None:
    playbook = playbook_of(name)
    run = run_of(compile_playbook(playbook), playbook.journeys[key])
    assert len(run["stages"]) == len(playbook.journeys[key].stages)
    assert run["stages"][0]["expected"], "what is awaited is in it"
    assert run["stages"][0]["dimmed"], "and what was taken back"
    assert list(alone(run)) == list(alone(seen_by_friends(run))) == []


@pytest.mark.parametrize(("name", "key"), RUNS)
def test_the_page_and_the_card_have_no_chinese_in_them(name: str, key: str) -> None:
    playbook = playbook_of(name)
    run = run_of(compile_playbook(playbook), playbook.journeys[key])
    link = {"journey": key, "share_id": "0", "status": "open", "expires_at": DAY, "visits": 1, "sign_ups": 0}
    for kind, seen in (("owner", run), ("share", seen_by_friends(run))):
        text, _ = progress_page({"kind": kind, "journeys": [seen]}, "token", "en", links=[link], zone=ZONE)
        assert CHINESE.findall(text) == []
        assert CHINESE.findall(draw_svg(card_of(seen, "en"))) == []
    page = unescape(progress_page({"kind": "owner", "journeys": [run]}, "token", "en", zone=ZONE)[0])
    assert [each["benefit_en"] for each in run["stages"] if (each["benefit_en"] or "") not in page] == []


def test_the_page_says_of_a_benefit_that_it_is_used_or_over() -> None:
    playbook = playbook_of("coffee")
    run = run_of(compile_playbook(playbook), playbook.journeys["first_cup"])
    one = {"benefit": "b", "name": "券", "name_en": "Coupon", "at": DAY}
    for state, words in (("granted", ("", "")), ("used", ("已使用", "Used")), ("expired", ("已过期", "Expired"))):
        shown = {"kind": "owner", "journeys": [{**run, "benefits": [{**one, "state": state}]}]}
        for language, word in zip(("zh", "en"), words, strict=True):
            text, _ = progress_page(shown, "token", language, zone=ZONE)
            (said,) = re.findall(r"<ul><li>(.*?)</li></ul>", text)
            assert re.sub("<.*?>", "", said).split()[1:] == ([word] if word else [])


@pytest.mark.parametrize(
    ("zone", "ends", "day"),
    [
        ("Asia/Shanghai", "2026-09-22T15:59:59Z", "2026-09-22"),
        ("Asia/Shanghai", "2026-09-22T16:00:00Z", "2026-09-22"),
        ("Asia/Shanghai", "2026-09-22T16:00:01Z", "2026-09-23"),
        ("America/New_York", "2026-09-22T03:00:00Z", "2026-09-21"),
    ],
)
def test_a_link_is_good_until_the_day_where_the_brand_is(zone: str, ends: str, day: str) -> None:
    link = {"journey": "j", "share_id": "0", "status": "open", "expires_at": ends, "visits": 1, "sign_ups": 0}
    text, _ = progress_page({"kind": "owner", "journeys": []}, "token", "en", links=[link], zone=ZoneInfo(zone))
    assert re.findall(r"Valid until (\S+?)<", text) == [day]


def test_without_english_the_chinese_is_shown() -> None:
    written = TREES["coffee"]["journeys"]["first_cup"]
    fewer = without(written, ("stages", 0, "benefit_en"))
    playbook, _ = read_playbook(changed(TREES["coffee"], ("journeys", "first_cup"), fewer))
    run = run_of(compile_playbook(playbook), playbook.journeys["first_cup"])
    assert list(alone(run)) == ["/stages/0/benefit"]
    text, _ = progress_page({"kind": "owner", "journeys": [run]}, "token", "en", zone=ZONE)
    assert written["stages"][0]["benefit"] in text
