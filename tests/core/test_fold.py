"""Laws 1 and 5: the same stored events give the same bytes, in whatever order, batches and pieces they came."""

from collections.abc import Sequence

import pytest
from hypothesis import event as seen
from hypothesis import given
from hypothesis import strategies as st

from service.core import fold
from service.core.calendar import DAY, HOUR
from service.core.calibration import Calibration
from service.core.event import Event
from service.core.facts import State
from tests.given import NOON, a_calibration, an_event, arrivals, batches, calibrations, histories, rich, spoken_of

PLAN = rich()


def folded(events: Sequence[Event], learned: Sequence[Calibration] = ()) -> bytes:
    return fold.refold(PLAN, events, learned).encode()


@given(st.data())
def test_any_order_and_any_repetition_give_the_same_bytes(data: st.DataObject) -> None:
    events = data.draw(histories())
    learned = data.draw(calibrations(events))
    again = data.draw(st.lists(st.sampled_from(events), max_size=5))
    assert folded(data.draw(st.permutations(events + again)), learned) == folded(events, learned)


@pytest.mark.no_cover
@given(st.data())
def test_one_event_at_a_time_gives_the_same_bytes(data: st.DataObject) -> None:
    events = data.draw(histories())
    learned = data.draw(calibrations(events))
    assert batches(PLAN, [[event] for event in events], learned) == folded(events, learned)


@pytest.mark.no_cover
@given(st.data())
def test_any_arrival_in_any_batches_gives_the_same_bytes(data: st.DataObject) -> None:
    events = data.draw(histories())
    learned = data.draw(calibrations(events))
    arriving = data.draw(arrivals(events))
    cuts = sorted(data.draw(st.sets(st.integers(1, len(events)), max_size=3)))
    pieces = [arriving[start:end] for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)]
    assert batches(PLAN, pieces, learned) == folded(events, learned)


@given(st.data())
def test_events_of_one_instant_may_arrive_in_any_order(data: st.DataObject) -> None:
    events = data.draw(histories(most=4, gaps=[0]))
    arriving = data.draw(st.permutations(events))
    assert batches(PLAN, [[event] for event in arriving], ()) == folded(events)


@pytest.mark.no_cover
@given(st.data())
def test_a_checkpoint_and_the_tail_give_the_same_bytes(data: st.DataObject) -> None:
    events = data.draw(histories())
    learned = data.draw(calibrations(events))
    cut = data.draw(st.integers(1, len(events)))
    passed = [(b"", set[tuple[int, str]]())]

    def note(state: State) -> None:
        passed.append((state.encode(), {each.id for each in state.enrollments.values() if not each.kept}))

    fold.refold(PLAN, events, learned, after_each=note)
    facts, over = passed[cut]
    start = State(PLAN.layout, facts)
    tail = events[cut:]
    usable = fold.can_append(PLAN, start, tail) and not spoken_of(PLAN, tail) & over
    seen(f"usable {usable}")
    if usable:
        assert fold.refold(PLAN, tail, learned, start).encode() == folded(events, learned)


@pytest.mark.no_cover
@given(st.data())
def test_looking_changes_nothing(data: st.DataObject) -> None:
    """Facts say the same bytes after every section of them was read, and after they were packed twice."""
    events = data.draw(histories())
    state = State(PLAN.layout, folded(events))
    for index in range(len(PLAN.layout.streams)):
        state.stream(index)
    for section in (state.marks, state.standings, state.enrollments, state.traits, state.contacts, state.opinions):
        len(section)
    len(state.taken_back)
    assert state.encode() == folded(events) == state.encode()


@pytest.mark.no_cover
@given(st.data())
def test_calibrations_of_before_the_first_event_reach_back(data: st.DataObject) -> None:
    """Before the first calibration the first is in force, so it does not matter how early it was made."""
    events = data.draw(histories())
    one = data.draw(calibrations(events))[:1]
    if one and one[0].effective_from <= events[0].t:
        early = Calibration(number=1, effective_from=NOON - 400 * DAY, schemes=one[0].schemes)
        assert folded(events, one) == folded(events, [early])


def test_the_first_of_two_spellings_of_an_event_counts() -> None:
    """The same source and id across the roots of one profile: the first in the order of reading is the event."""
    one, other = an_event("trait_set", city="上海"), an_event("trait_set", t=NOON + HOUR, city="北京")
    assert folded([other, one]) == folded([one])


def test_one_id_of_two_sources_is_two_events() -> None:
    one, other = (an_event("trait_set", source=source, **{source: True}) for source in ("app", "pos"))
    state = fold.refold(PLAN, [one, other, one], ())
    assert (state.count, state.traits) == (2, {"app": True, "pos": True})


def test_at_one_instant_what_was_said_to_have_occurred_later_is_read_later() -> None:
    """Two events from the future count as of their arrival, in the order in which they say that they occurred."""
    later, sooner = (
        an_event("trait_set", number=n, occurred_at=NOON + at, source=source, city=city)
        for n, at, source, city in ((1, 2 * HOUR, "app", "上海"), (2, HOUR, "pos", "北京"))
    )
    assert fold.refold(PLAN, [later, sooner], ()).traits == {"city": "上海"}


def test_a_calibration_at_the_very_instant_of_an_event_still_counts() -> None:
    """The event is read first and does not touch the persona; the calibration comes into force at the same instant."""
    orders = [an_event(number=n, t=NOON + n, amount=1000, channel="app") for n in (1, 2)]
    other = an_event("menu_viewed", t=NOON + HOUR, number=3)
    first, second = a_calibration(1, NOON, high=2), a_calibration(2, NOON + HOUR, low=2**40, high=2**41)
    for learned, shown in (((first,), 1), ((first, second), 0)):
        state = fold.refold(PLAN, [*orders, other], learned)
        fold.pass_silence(PLAN, state, NOON + 2 * HOUR, learned)
        assert state.marks.get(list(PLAN.playbook.tags).index("high_end")) is not None or not shown
        assert state.standings[0].place == 1 - shown
