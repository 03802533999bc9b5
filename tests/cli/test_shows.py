"""The simulated trades, each against its playbook: every event is declared, and every journey lives and breaks."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields
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
from service.core.calendar import DAY
from service.core.check import check
from service.core.contact import CONTACT, ROLE
from service.core.enrollment import KINDS, NO_STAGE, OPEN, STATUSES
from service.core.event import MICRO, Event
from service.core.intake import Admitted, Sender, admit
from service.core.outline import outline
from service.core.plan import Plan, compile_playbook
from service.core.playbook.brands import Brand, Sharing
from service.core.playbook.definitions import Journey, Playbook, Service, Stage
from service.core.playbook.read import SECTIONS, read_playbook
from service.core.playbook.reserved import RESERVED
from service.core.routes import STAGE_LIT
from service.core.steps import RATED
from service.core.view import view
from service.core.wire import parse_json
from tests.ports import free_port

PEOPLE = {Trade.COFFEE: 100, Trade.PARK: 700, Trade.TAILORING: 250}
LONG = (Trade.PARK, Trade.TAILORING)  # a month of coffee is too short for everything to happen
AT = int(END.timestamp()) * MICRO
SENDER = Sender(source=None, default_source="demo", layer="import")
UNTOUCHED = {"do_not_disturb", "pilot_group", "many_sites", "festive_season", "salon_pilot"}
OF_CALIBRATIONS = {"rfm", "win_back", "keeper", "promising", "pillar"}
# Breakpoints that each journey shows at least, beside runs that are active and runs that are completed.
BREAKS: Mapping[str, frozenset[str]] = {
    "settling_in": frozenset(KINDS[:6]),
    "repair": frozenset(KINDS[:6]),
    "renewal": frozenset({"stalled", "failed", "dropped", "dissatisfied", "regressed"}),
    "first_week": frozenset({"stalled", "failed", "dropped", "dissatisfied", "skipped"}),
    "acquaintance": frozenset(KINDS[:6]),
    "commission": frozenset(KINDS[:6]),
    "care": frozenset(KINDS[:6]),
    "companionship": frozenset({"stalled", "failed", "dropped", "dissatisfied", "skipped"}),
}
# What a playbook has no need of: nobody has renamed a stage yet, and who drinks coffee walks on in one line.
UNUSED: Mapping[Trade, frozenset[str]] = {
    Trade.COFFEE: frozenset({"was", "next", "goal", "re_entry", "of"}),
    Trade.PARK: frozenset({"was"}),
    Trade.TAILORING: frozenset({"was", "of"}),
}
STATES = {"benefit_granted", "benefit_used", "benefit_expired"}


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
    waits: Sequence[tuple[str, str, int]]  # journey and stage, with the class of who waited there
    ratings: Sequence[tuple[str, str, int]]  # the same of who rated it
    lit: frozenset[tuple[str, str]]  # what was lit by hand


@dataclass(frozen=True, slots=True)
class World:
    lives: Mapping[str, Life]  # by each of their identities
    sent: Counter[str]
    benefits: frozenset[tuple[str, str]]  # what became of which
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
    runs, breaks, waits, ratings, lit = [], [], [], [], set()
    for each in state.enrollments.values():
        journey, stages = plan.routes[each.journey].journey.key, plan.routes[each.journey].journey.stages
        runs.append((journey, STATUSES[each.status]))
        breaks += [(journey, KINDS[found.kind], found.resolved_at == OPEN) for found in each.breaks]
        waits += [(journey, stages[step.waited].key, step.cls) for step in each.steps if step.waited != NO_STAGE]
        ratings += [(journey, stages[step.stage].key, step.cls) for step in each.steps if step.kind == RATED]
        lit |= {(journey, stages[place].key) for place in each.claimed}
        lit |= {(journey, stages[step.stage].key) for step in each.steps if step.event.type == STAGE_LIT}
    return Life(view(plan, state, AT, ()), runs, breaks, waits, ratings, frozenset(lit))


@cache
def world(trade: Trade) -> World:
    """Everybody's life, read by the core alone."""
    playbook = playbook_of(trade)
    plan, leader = compile_playbook(playbook), dict[str, str]()
    sent, undeclared, logs = Counter[str](), Counter[tuple[str, str]](), dict[str, list[Event]]()
    benefits = set[tuple[str, str]]()

    def find(name: str) -> str:
        while leader.setdefault(name, name) != name:
            name = leader[name]
        return name

    for raw in SHOWS[trade].events(PEOPLE[trade], 7, END):
        found = admitted(raw, playbook)
        event, (first, *others) = found.event, found.identities
        sent[event.type] += 1
        benefits |= {(event.type, str(event.properties["benefit"]))} if event.type in STATES else set()
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
    return World({name: lives[find(name)] for name in leader}, sent, frozenset(benefits), undeclared)


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


def used(definitions: Iterable[Any]) -> set[str]:
    """The fields that at least one of these says something in."""
    return {
        each.name
        for definition in definitions
        for each in fields(definition)
        if getattr(definition, each.name)
        != (each.default_factory() if callable(each.default_factory) else each.default)
    }


def may_be_left_out(kind: type[Any]) -> set[str]:
    return {each.name for each in fields(kind) if each.default is not MISSING or each.default_factory is not MISSING}


@pytest.mark.parametrize("trade", Trade)
def test_a_playbook_of_a_trade_uses_the_whole_language_of_journeys(trade: Trade) -> None:
    """Whoever adds a word to the language shows in every trade what it is for."""
    journeys = playbook_of(trade).journeys.values()
    stages = [stage for journey in journeys for stage in journey.stages]
    assert may_be_left_out(Stage) - used(stages) <= UNUSED[trade]
    assert may_be_left_out(Journey) - used(journeys) <= UNUSED[trade]
    promises = [promise for stage in stages for promise in stage.promises]
    assert {promise.cls for promise in promises} >= {"high_end", "mass"}
    assert {promise.rating is None for promise in promises} == {True, False}
    assert {bool(benefit.classes) for stage in stages for benefit in stage.benefits} == {True, False}
    assert {bool(stage.lit_by.friends) for stage in stages if stage.lit_by} == {True, False}
    assert may_be_left_out(Service) <= used(playbook_of(trade).services.values())


@pytest.mark.parametrize("trade", LONG)
def test_a_long_journey_has_looks_and_names_in_two_languages(trade: Trade) -> None:
    journeys = playbook_of(trade).journeys.values()
    assert may_be_left_out(Brand) <= used(journey.brand for journey in journeys)
    assert may_be_left_out(Sharing) <= used(journey.sharing for journey in journeys if journey.sharing)
    for journey in journeys:
        assert journey.name_en
        assert journey.value
        assert journey.brand
        assert all(stage.name_en and stage.benefit and stage.channels and stage.touchpoints for stage in journey.stages)
        assert any(stage.target and (stage.target.within or 0) <= 21 * DAY for stage in journey.stages)
        assert any(stage.promises for stage in journey.stages)
        for stage in journey.stages:
            assert stage.ritual or not stage.key_moment, (
                f"nothing is done to be remembered at {journey.key}/{stage.key}"
            )


@pytest.mark.parametrize("trade", LONG)
def test_what_is_promised_asked_and_given_happens(trade: Trade) -> None:
    """So that no page of the console is empty. Classes wait for a calibration where they are shares of everybody."""
    found, playbook = world(trade), playbook_of(trade)
    lives, classes = found.each(), [each.key for each in playbook.personas["tier"].classes]
    classes.append("")  # the place -1: of no class
    waits, ratings = {at for life in lives for at in life.waits}, {at for life in lives for at in life.ratings}
    lit = {at for life in lives for at in life.lit}
    for journey in playbook.journeys.values():
        for stage in journey.stages:
            at = (journey.key, stage.key)
            for promise in stage.promises:
                told = ratings if promise.within is None else waits
                whose = {classes[cls] for *where, cls in told if tuple(where) == at}
                assert any(trade is Trade.TAILORING or promise.is_for(cls) for cls in whose), (at, promise)
            assert stage.feedback is None or at in {each[:2] for each in ratings}, at
            assert stage.lit_by is None or at in lit, at
            for benefit in stage.benefits:
                assert ("benefit_granted", benefit.key) in found.benefits, benefit.key
    assert {kind for kind, _ in found.benefits} == STATES


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
    words = ["demo", "--playbook", trade, "--port", str(free_port()), "--people", "25", "--exit"]
    done = subprocess.run(
        [sys.executable, "-m", "service", *words], capture_output=True, text=True, timeout=900, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "the demonstration is ready" in done.stdout
    for sight in SHOWS[trade].sights:
        assert sight.title in done.stdout
        assert sight.identity.replace(":", "%3A") in done.stdout or sight.identity in done.stdout
