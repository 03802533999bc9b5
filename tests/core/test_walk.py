"""Walking through a log step by step comes by every state that folding it at once comes by, and by no other."""

import pytest
from hypothesis import given

from service.core import fold
from service.core.calendar import DAY
from service.core.event import Event
from service.core.facts import State
from tests.given import histories, rich

PLAN = rich()


@given(histories())
def test_a_walk_ends_where_a_fold_does(events: list[Event]) -> None:
    at = events[-1].t + 40 * DAY
    state = State(PLAN.layout)
    steps = [
        (moment, event and event.event_id, state.encode()) for moment, event in fold.walk(PLAN, events, (), at, state)
    ]
    whole = fold.refold(PLAN, events, ())
    fold.pass_silence(PLAN, whole, at, ())
    assert state.encode() == whole.encode()
    assert [moment for moment, *_ in steps] == sorted(moment for moment, *_ in steps)
    assert [name for _, name, _ in steps if name] == [each.event_id for each in events]
    packed = [facts for *_, facts in steps]
    silent = [number for number, (_, name, _) in enumerate(steps) if name is None]
    assert all(number and packed[number] != packed[number - 1] for number in silent), "each step changes something"


@pytest.mark.no_cover
@given(histories(most=6))
def test_each_step_is_what_the_log_was_then(events: list[Event]) -> None:
    state = State(PLAN.layout)
    for moment, event in fold.walk(PLAN, events, (), events[-1].t + 9 * DAY, state):
        known = [each for each in events if each.key <= (event.key if event else state.newest)]
        then = fold.refold(PLAN, known, ())
        fold.pass_silence(PLAN, then, moment, ()) if event is None else None
        assert state.encode() == then.encode()


def test_nothing_is_walked_through_without_an_event() -> None:
    assert list(fold.walk(PLAN, [], (), 900 * DAY, State(PLAN.layout))) == []
