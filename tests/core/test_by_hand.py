"""What was computed by hand for the oracle of the rules is true of the core as well: one table, two checkers."""

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest

from service.core import fold
from service.core.calibration import SchemeCalibration
from service.core.event import MICRO, Event
from service.core.facts import State
from service.core.measures import compile_measure
from service.core.personas import log2_fixed, score_of
from service.core.plan import Plan
from service.core.view import show_tags
from tests.given import a_plan
from tests.rules import test_hand_values as values
from tests.rules.days import DAY, written
from tests.rules.test_hand_lives import ANNIVERSARIES, BIRTHDAY, CHINA, EVENTS, HOLIDAYS, LIVES, WINDOWS, an_event, at

T = values.T
Row = tuple[str, dict[str, Any], str, str, str, str]


def planned(tag: dict[str, Any], zone: str = CHINA) -> Plan:
    return a_plan(events=EVENTS, holidays=HOLIDAYS, timezone=zone, tags={"tag": tag})


def shown(tag: dict[str, Any], events: Sequence[Event], now: int, zone: str = CHINA) -> dict[str, Any] | None:
    """The tag as the core shows it, from facts that were packed; None while it is off."""
    plan = planned(tag, zone)
    state = State(plan.layout, fold.refold(plan, events, ()).encode())
    fold.pass_silence(plan, state, now, ())
    found: list[dict[str, Any]] = show_tags(plan, state, now, ())
    return found[0] if found else None


def value(kind: str, spec: dict[str, Any], events: Sequence[Event], now: int) -> Fraction | str | bool | None:
    """What an aggregate comes to: numbers exact."""
    plan = planned({"when": {kind: spec, "exists": True}})
    state = State(plan.layout, fold.refold(plan, events, ()).encode())
    (slot,) = plan.layout.slots.values()
    found = compile_measure(slot, plan.layout.streams[slot.stream])(state.stream(slot.stream), now)
    return Fraction(found[0], found[1] * MICRO) if isinstance(found, tuple) else found


@pytest.mark.parametrize(("within", "t", "end"), WINDOWS)
def test_windows_end_with_their_bucket(within: str, t: str, end: str) -> None:
    event, edge = an_event("paid", at(t)), at(end)
    tag = {"when": {"count": {"event": "paid", "within": within}, "gte": 1}}
    for now in (event.t, edge - 1):
        found = shown(tag, [event], now)
        assert found is not None
        assert (found["since"], found["until"]) == (written(event.t), written(edge))
    assert shown(tag, [event], edge) is None


@pytest.mark.parametrize("row", LIVES, ids=[str(n) for n in range(len(LIVES))])
def test_lives(row: Row) -> None:
    zone, tag, t, now, since, until = row
    found = shown(tag, [an_event("paid", at(t, zone))], at(now, zone), zone)
    assert found is not None
    assert (found["since"], found["until"]) == (written(at(since, zone)), written(at(until, zone)) if until else None)


@pytest.mark.parametrize(("trait", "day", "near"), ANNIVERSARIES)
def test_anniversaries(trait: str, day: str, *, near: bool) -> None:
    events = [an_event("trait_set", at("2026-01-01T00:00"), born=trait)]
    assert (shown(BIRTHDAY, events, at(f"{day}T12:00")) is not None) == near


@pytest.mark.parametrize(
    ("spec", "number", "days", "wanted"), values.DECAYS, ids=[str(n) for n in range(len(values.DECAYS))]
)
def test_a_sum_that_decays(spec: dict[str, Any], number: int, days: int, wanted: float) -> None:
    assert value("decayed_sum", spec, values.HEATED[:number], T + days * DAY) == wanted


@pytest.mark.parametrize(("more", "read", "wanted", "until"), values.COOLING, ids=str)
def test_a_tag_that_cools(more: dict[str, Any], read: int, wanted: int, until: int) -> None:
    found = shown({"value_of": {"decayed_sum": values.HEAT}, **more}, values.HEATED[:1], T + read)
    assert found is not None
    assert (found["value"], found["until"]) == (wanted, written(T + until))


@pytest.mark.parametrize(("more", "wanted"), values.TOPS, ids=str)
def test_tops(more: dict[str, Any], wanted: str | None) -> None:
    assert value("top", {"event": "paid", "property": "y", **more}, values.WEIGHED, T + 9) == wanted


@pytest.mark.parametrize(("log", "wanted"), values.SEQUENCES, ids=[str(n) for n in range(len(values.SEQUENCES))])
def test_sequences(log: list[tuple[str, int]], wanted: int) -> None:
    assert value("sequence", values.SEEN_THEN_PAID, values.lasting(log), T + DAY) == wanted


def test_a_sequence_needs_one_event_for_each_step() -> None:
    spec = {"steps": [{"event": "paid"}] * 3, "within": "10s"}
    assert value("sequence", spec, values.lasting([("paid", 5 * n) for n in range(4)]), T + DAY) == 2


@pytest.mark.parametrize(("kind", "wanted"), values.OF_ANYTHING)
def test_different_values(kind: str, wanted: object) -> None:
    assert value(kind, {"event": "seen", "property": "z"}, values.DIFFERENT, T + 9) == wanted


@pytest.mark.parametrize(("number", "wanted"), values.OPINIONS)
def test_opinions_by_layers(number: int, wanted: tuple[str, int, int | None] | None) -> None:
    found = shown(values.FADING, values.SAID[:number], values.SAID[number - 1].t)
    if wanted is None:
        assert found is None
    else:
        assert found is not None
        layer, since, until = wanted
        assert (found["source"], found["since"]) == (layer, written(since))
        assert found["until"] == (None if until is None else written(until))


def test_a_class_is_left_lower_than_it_is_entered() -> None:
    """Two half-lives after 40 yuan the value is 10, and below 10 a step of 2^-20 half-lives later."""
    scheme = {
        "score": {"kind": "value", "event": "paid", "property": "x", "half_life": "1d"},
        "classes": [{"class": "high", "enter": 20, "leave": 10}, {"class": "low"}],
    }
    plan = a_plan(events=EVENTS, personas={"tier": scheme})
    state = fold.refold(plan, [an_event("paid", T, 1, x=40)], ())
    standing = state.standings[0]
    assert 2 * DAY <= standing.until - T <= 2 * DAY + 2 * DAY // 2**20
    learned = SchemeCalibration(mean=0, quantiles=(0,) * 1000, profiles=1)
    assert score_of(plan.schemes[0], standing, learned) == (20 + T // DAY) * 2**20 + log2_fixed(40 * MICRO // 3)
    for beside, place in ((-1, 0), (0, 1)):
        late = State(plan.layout, state.encode())
        fold.pass_silence(plan, late, standing.until + beside, ())
        assert late.standings[0].place == place
