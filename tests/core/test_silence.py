"""What time alone does: at every instant each tag shows what it would show if it were decided there and then."""

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE, read_instant, write_instant
from service.core.calibration import Calibration
from service.core.changes import said
from service.core.due import due_after
from service.core.event import Event
from service.core.facts import State
from service.core.marks import Mark
from service.core.measures import FOREVER
from service.core.tags import show
from service.core.view import show_tags, view
from tests.given import NOON, a_calibration, an_event, calibrations, histories, rich

PLAN = rich()
OFF = Mark(0, 0, FOREVER)
AHEAD = st.sampled_from([0, 1, 10 * MINUTE, HOUR, 12 * HOUR, DAY - 1, DAY, 3 * DAY, 10 * DAY, 31 * DAY, 400 * DAY])


def at_rest(events: Sequence[Event], learned: Sequence[Calibration], at: int) -> State:
    """A profile's facts, packed and unpacked, after silence up to an instant."""
    state = State(PLAN.layout, fold.refold(PLAN, events, learned).encode())
    fold.pass_silence(PLAN, state, at, learned)
    return state


@pytest.mark.no_cover
@given(st.data())
def test_no_tag_is_stale(data: st.DataObject) -> None:
    """At any instant of the future every tag shows what its rule says of the facts at that instant."""
    events = data.draw(histories())
    learned = data.draw(calibrations(events))
    at = events[-1].t + data.draw(AHEAD)
    state = at_rest(events, learned, at)
    for rule in PLAN.rules:
        shown = state.marks.get(rule.index, OFF)
        assert show(rule, state, at)[0] == shown.value, rule.tag.key
        assert shown.until > at, rule.tag.key


@pytest.mark.no_cover
@given(st.data())
def test_pure_tags_end_when_they_say(data: st.DataObject) -> None:
    """`until` is the first instant of another value: just before it the value holds, at it the value is another one."""
    events = data.draw(histories())
    at = events[-1].t + data.draw(AHEAD)
    state = at_rest(events, (), at)
    for rule in PLAN.rules:
        shown = state.marks.get(rule.index, OFF)
        if not rule.pure or shown.until == FOREVER:
            continue
        assert show(rule, state, shown.until - 1)[0] == shown.value, rule.tag.key
        assert show(rule, state, shown.until)[0] != shown.value, rule.tag.key
        between = data.draw(st.integers(at, shown.until - 1))
        assert show(rule, state, between)[0] == shown.value, rule.tag.key


@pytest.mark.no_cover
@given(st.data())
def test_passing_at_once_or_in_steps_is_the_same(data: st.DataObject) -> None:
    events = data.draw(histories())
    learned = data.draw(calibrations(events))
    newest = events[-1].t
    steps = sorted(newest + data.draw(AHEAD) for _ in range(3))
    state = at_rest(events, learned, steps[0])
    for passed, at in pairwise(steps):
        fold.pass_silence(PLAN, state, at, learned, passed=passed)
    assert state.encode() == at_rest(events, learned, steps[-1]).encode()


@pytest.mark.no_cover
@given(st.data())
def test_nothing_happens_before_it_is_due(data: st.DataObject) -> None:
    """Between two due instants what is said stays the same, so a worker that sleeps until then misses nothing."""
    events = data.draw(histories())
    learned = data.draw(calibrations(events))
    at = events[-1].t + data.draw(AHEAD)
    state = at_rest(events, learned, at)
    silent = fold.pass_silence(PLAN, state, at, learned, passed=at)
    due = due_after(state, at, silent) or at + 500 * DAY
    assert due > at
    later = at_rest(events, learned, due - 1)
    assert said(PLAN, later, due - 1) == said(PLAN, state, at)


@pytest.mark.no_cover
@given(st.data())
def test_foreseen_ends_come_true(data: st.DataObject) -> None:
    """The `until` that an answer shows, of tags that read tags, personas and journeys too, is exact.

    It tells what happens if nothing happens: no event, and no calibration that is not yet in force.
    """
    events = data.draw(histories(most=8))
    learned = data.draw(calibrations(events))
    at = events[-1].t + data.draw(AHEAD)
    state = at_rest(events, learned, at)
    shown = view(PLAN, state, at, learned)["tags"]
    assert isinstance(shown, list)
    learned = tuple(each for each in learned if each.effective_from <= at) or learned[:1]
    for tag in shown[: data.draw(st.integers(1, 6))]:
        if tag["until"] is None:
            assert value_of(events, learned, at + 300 * DAY, tag["key"]) == value_of(events, learned, at, tag["key"])
            continue
        end = micros(tag["until"])
        assert value_of(events, learned, end - 1, tag["key"]) == value_of(events, learned, at, tag["key"])
        assert value_of(events, learned, end, tag["key"]) != value_of(events, learned, at, tag["key"])


def test_a_look_ahead_starts_now() -> None:
    """Calibrations that came into force since the newest event are not passed again on the way ahead."""
    orders = [an_event(t=NOON + n, number=n, amount=1000, channel="app") for n in (1, 2)]
    bounds = [(2**40, 2**41), (0, 1), (2**40, 2**41), (0, 1)]  # out of his reach, met, out of his reach, met
    learned = [a_calibration(n, NOON + n * HOUR, low=low, high=high) for n, (low, high) in enumerate(bounds, 1)]
    state = at_rest(orders, learned, NOON + 5 * HOUR)
    (shown,) = [tag for tag in show_tags(PLAN, state, NOON + 5 * HOUR, learned) if tag["key"] == "high_end"]
    assert shown["since"] == write_instant(NOON + 4 * HOUR)
    assert shown["until"] == write_instant(NOON + 30 * DAY + HOUR)  # when the orders leave their window


def test_a_look_ahead_knows_no_calibration_of_the_future() -> None:
    """The one that will take the class away is not in force yet."""
    orders = [an_event(t=NOON + n, number=n, amount=1000, channel="app") for n in (1, 2)]
    learned = [a_calibration(1, NOON, high=1), a_calibration(2, NOON + DAY, low=2**40, high=2**41)]
    state = at_rest(orders, learned, NOON + HOUR)
    (shown,) = [tag for tag in show_tags(PLAN, state, NOON + HOUR, learned) if tag["key"] == "high_end"]
    assert shown["until"] == write_instant(NOON + 30 * DAY + HOUR)
    assert value_of(orders, learned, NOON + DAY, "high_end") == 0


def micros(text: str) -> int:
    found = read_instant(text)
    assert found is not None
    return found


def value_of(events: Sequence[Event], learned: Sequence[Calibration], at: int, tag: str) -> int:
    place = list(PLAN.playbook.tags).index(tag)
    return at_rest(events, learned, at).marks.get(place, OFF).value
