"""The simulated trades, each against its playbook: every event is declared, and every journey lives and breaks."""

import json
import re
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import cache
from hashlib import sha256
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.cli.demo import playbook_file
from service.cli.shows import SHOWS, Trade
from service.cli.simulation.arrivals import END
from service.cli.simulation.highlights import Highlight
from service.core import fold
from service.core.check import check
from service.core.contact import CONTACT, ROLE
from service.core.enrollment import KINDS, OPEN, STATUSES
from service.core.event import MICRO, Event
from service.core.intake import Admitted, Sender, admit
from service.core.outline import outline
from service.core.plan import Plan, compile_playbook
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import SECTIONS, read_playbook
from service.core.playbook.reserved import RESERVED
from service.core.view import view
from service.core.wire import parse_json

PEOPLE = {Trade.COFFEE: 100, Trade.PARK: 700, Trade.TAILORING: 250}
LONG = (Trade.PARK, Trade.TAILORING)  # a month of coffee is too short for everything to happen
AT = int(END.timestamp()) * MICRO
SENDER = Sender(source=None, default_source="demo", layer="import")
UNTOUCHED = {"do_not_disturb", "pilot_group", "many_sites", "festive_season", "salon_pilot"}
OF_CALIBRATIONS = {"rfm", "win_back", "keeper", "promising", "pillar"}
# Breakpoints that each journey shows at least, beside runs that are active and runs that are completed.
BREAKS: Mapping[str, frozenset[str]] = {
    "settling_in": frozenset({"stalled", "failed", "dropped"}),
    "repair": frozenset({"stalled", "failed", "dropped", "dissatisfied"}),
    "renewal": frozenset({"stalled", "dropped", "dissatisfied"}),
    "first_week": frozenset({"stalled", "dropped"}),
    "acquaintance": frozenset({"stalled", "failed", "dropped", "skipped"}),
    "commission": frozenset({"stalled", "failed", "dropped", "dissatisfied"}),
    "care": frozenset({"stalled", "failed", "dropped", "dissatisfied"}),
    "companionship": frozenset({"stalled", "skipped", "dropped"}),
}


@cache
def playbook_of(trade: Trade) -> Playbook:
    tree = YAML(typ="safe").load(playbook_file(trade))
    playbook, problems = read_playbook(tree)
    assert not problems
    return playbook


@dataclass(frozen=True, slots=True)
class Life:
    """One profile of a simulated trade: everything that it ever ran, and what is shown at the end."""

    shown: dict[str, Any]
    runs: Sequence[tuple[str, str]]
    breaks: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class World:
    lives: Mapping[str, Life]  # by each of their identities
    sent: Counter[str]
    undeclared: Counter[tuple[str, str]]

    def each(self) -> list[Life]:
        return list({id(life): life for life in self.lives.values()}.values())


def admitted(raw: object, playbook: Playbook) -> Admitted:
    types = {**RESERVED, **playbook.events}
    found = admit(parse_json(json.dumps(raw).encode()), SENDER, 2**60, types, playbook.accounts)
    assert isinstance(found, Admitted), (raw, found)
    return found


def live(plan: Plan, events: Sequence[Event]) -> Life:
    state = fold.refold(plan, events, ())
    fold.pass_silence(plan, state, AT, ())
    runs, breaks = [], []
    for each in state.enrollments.values():
        journey = plan.routes[each.journey].journey.key
        runs.append((journey, STATUSES[each.status]))
        breaks += [(journey, KINDS[found.kind], found.resolved_at == OPEN) for found in each.breaks]
    return Life(view(plan, state, AT, ()), runs, breaks)


@cache
def world(trade: Trade) -> World:
    """Everybody's life, read by the core alone."""
    playbook = playbook_of(trade)
    plan, leader = compile_playbook(playbook), dict[str, str]()
    sent, undeclared, logs = Counter[str](), Counter[tuple[str, str]](), dict[str, list[Event]]()

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for raw in SHOWS[trade].events(PEOPLE[trade], 7, END):
        found = admitted(raw, playbook)
        event, (first, *others) = found.event, found.identities
        sent[event.type] += 1
        declared = {*playbook.events[event.type].properties, CONTACT, ROLE} if event.type in playbook.events else None
        undeclared.update((event.type, name) for name in event.properties if declared and name not in declared)
        undeclared.update([(event.type, "")] if declared is None and event.type not in RESERVED else [])
        logs.setdefault(first, []).append(event)
        for other in others:
            leader[find(other)] = find(first)
    groups = dict[str, list[Event]]()
    for name, events in logs.items():
        groups.setdefault(find(name), []).extend(events)
    lives = {name: live(plan, events) for name, events in groups.items()}
    return World({name: lives[find(name)] for name in leader}, sent, undeclared)


@pytest.mark.parametrize("trade", Trade)
def test_a_playbook_of_a_trade_is_sound(trade: Trade) -> None:
    playbook = playbook_of(trade)
    assert check(playbook) == ()
    assert compile_playbook(playbook).playbook is playbook
    kinds = Counter(tag.kind for tag in playbook.tags.values())
    assert kinds.keys() >= {"rule", "value", "metric", "first", "preference", "score", "rfm", "manual"}
    assert len(playbook.tags) >= 40
    assert len(playbook.journeys) >= 3
    assert len(playbook.services) >= 20
    assert {each.kind for each in playbook.services.values()} == {"core", "related"}
    assert {each.service_level for each in playbook.services.values()} == {"personalised", "standard"}
    recovered = {(ref.journey, ref.stage) for each in playbook.services.values() for ref in each.recovers}
    for journey in playbook.journeys.values():
        stages = [each for each in journey.stages if each.key_moment and each.expected_within]
        assert all((journey.key, each.key) in recovered or each.services for each in stages)


@pytest.mark.parametrize("trade", Trade)
def test_every_definition_is_named_and_read_aloud_in_two_languages(trade: Trade) -> None:
    playbook, said = playbook_of(trade), set[tuple[str, str]]()
    for section in (each for each in SECTIONS if each != "identities"):
        for definition in getattr(playbook, section).values():
            zh, en = outline(playbook, definition)
            assert re.search("[\u4e00-\u9fff]|RFM", definition.name), definition.key
            assert zh.startswith(definition.name)
            said.add((zh, en))
    assert len(said) == sum(len(getattr(playbook, section)) for section in SECTIONS if section != "identities")


@pytest.mark.parametrize("trade", Trade)
def test_what_is_sent_is_declared_and_what_is_declared_is_sent(trade: Trade) -> None:
    found, playbook = world(trade), playbook_of(trade)
    assert not found.undeclared
    assert playbook.events.keys() - found.sent.keys() <= {"contract_cancelled", "wecom_removed", "member_left"}


@pytest.mark.parametrize("trade", LONG)
def test_every_journey_is_completed_goes_on_and_breaks(trade: Trade) -> None:
    lives = world(trade).each()
    runs = {run for life in lives for run in life.runs}
    breaks = {(journey, kind) for life in lives for journey, kind, _ in life.breaks}
    still_open = {journey for life in lives for journey, _, is_open in life.breaks if is_open}
    for journey in playbook_of(trade).journeys:
        assert {(journey, "completed"), (journey, "active")} <= runs, journey
        assert {kind for of, kind in breaks if of == journey} >= BREAKS[journey], journey
        assert journey in still_open


@pytest.mark.parametrize("trade", LONG)
def test_every_tag_is_on_for_somebody_and_for_nobody_always(trade: Trade) -> None:
    lives, tags = world(trade).each(), playbook_of(trade).tags
    on = Counter(tag["key"] for life in lives for tag in life.shown["tags"])
    assert tags.keys() - on.keys() <= UNTOUCHED | OF_CALIBRATIONS
    assert max(on.values()) < len(lives)


def is_seen(shown: Mapping[str, Any], said: Highlight) -> bool:
    if said["kind"] == "tag":
        return any(tag["key"] == said["what"] and said["value"] in ("", tag["value"]) for tag in shown["tags"])
    if said["kind"] == "persona":
        return bool(shown["personas"][said["what"]]["class"] == said["value"])
    runs = [run for run in shown["journeys"] if run["journey"] == said["what"] and said["key"] in ("", run["key"])]
    if said["kind"] == "journey":
        return any(run["stage"] == said["value"] for run in runs)
    found = [each for run in runs for each in run["breakpoints"]]
    return any(each["kind"] == said["value"] and each["resolved_at"] is None for each in found)


@pytest.mark.parametrize("trade", Trade)
def test_the_cast_is_what_is_said_of_it(trade: Trade) -> None:
    """But for classes that wait for a calibration."""
    found = world(trade).lives
    for name, said in SHOWS[trade].highlights(END).items():
        waits = trade is Trade.COFFEE and said["kind"] == "persona"
        assert waits or is_seen(found[said["identity"]].shown, said), name
    assert all(sight.identity in found for sight in SHOWS[trade].sights)


def test_accounts_have_contacts_who_are_people_of_their_own() -> None:
    lives = world(Trade.PARK).lives
    company = lives["account:A000002"].shown
    assert company["type"] == "account"
    assert {each["role"] for each in company["contacts"]} == {"总经理", "行政经理", "财务"}
    (office,) = [each["identity"] for each in company["contacts"] if each["role"] == "行政经理"]
    assert lives[office].shown["type"] == "person"
    assert lives["account:A000002"] is not lives[office]
    taken = {
        life.shown["type"]: {run["journey"] for run in life.shown["journeys"]} for life in world(Trade.PARK).each()
    }
    assert set(taken) == {"account", "person"}


FEW = 30


@pytest.mark.parametrize("trade", Trade)
def test_the_same_arguments_give_the_same_events(trade: Trade) -> None:
    """Wherever the reader of the clock is; and whoever else lives in it, somebody's life is the same."""
    show, elsewhere = SHOWS[trade], END.astimezone(timezone(timedelta(hours=-8)))
    one, again, other = (list(show.events(FEW, seed, end)) for seed, end in ((7, END), (7, elsewhere), (8, END)))
    assert one == again
    assert one != other
    more = {json.dumps(event) for event in show.events(FEW + 5, 7, END)}
    assert {json.dumps(event) for event in one} <= more
    assert all(datetime.fromisoformat(str(event["occurred_at"])) <= END for event in one)
    assert len({event["event_id"] for event in one}) < len(one), "some arrive twice"


def test_the_coffee_chains_month_is_what_it_was() -> None:
    """Measurements of years are compared on it."""
    told = sha256()
    for event in SHOWS[Trade.COFFEE].events(300, 7, END):
        told.update(json.dumps(event, ensure_ascii=False).encode())
    assert told.hexdigest() == "9d9963a1832a970c35368336f65f6fb3798d0b77b33110b3030d4ca2c0d0fefd"


@pytest.mark.no_cover
@pytest.mark.parametrize("trade", Trade)
def test_a_demonstration_ends_well(trade: Trade) -> None:
    """A real service on SQLite, filled through HTTP; it stops at the first event that is rejected."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = ["demo", "--playbook", trade, "--port", str(port), "--people", "25", "--exit"]
    done = subprocess.run(
        [sys.executable, "-m", "service", *words], capture_output=True, text=True, timeout=240, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "the demonstration is ready" in done.stdout
    for sight in SHOWS[trade].sights:
        assert sight.title in done.stdout
        assert sight.identity.replace(":", "%3A") in done.stdout or sight.identity in done.stdout
