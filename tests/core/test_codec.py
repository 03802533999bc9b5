"""Facts are packed and unpacked without loss: whole lives, extreme numbers, long texts, big journeys."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import fold
from service.core.breakpoints import open_break, resolve
from service.core.calendar import DAY, HOUR, SECOND, read_instant
from service.core.enrollment import FAILED, SKIPPED, STALLED, Enrollment, decode_enrollments, encode_enrollments
from service.core.event import MICRO, Event
from service.core.facts import State
from service.core.marks import Mark, decode_marks, encode_marks
from service.core.measures import FOREVER, compile_measure
from service.core.plan import Plan
from service.core.streams import Stream
from tests.given import NOON, a_plan, an_event, histories, rich

PLAN = rich()
FAR = 2**53 * MICRO - 1  # the largest number that is let in
HUGE = [0, 1, -1, 2**31, 2**32, -(2**32), 2**62, 2**63 - 2, 2**63, -(2**63) - 1, 2**64, FAR, -FAR]


@given(histories())
def test_facts_come_back_as_they_were(events: list[Event]) -> None:
    state = fold.refold(PLAN, events, ())
    back = State(PLAN.layout, state.encode())
    assert (back.newest, back.count) == (state.newest, state.count)
    assert (back.marks, back.standings, back.traits) == (state.marks, state.standings, state.traits)
    assert back.enrollments == {id_: each for id_, each in state.enrollments.items() if each.kept}
    assert (back.contacts, back.taken_back) == (state.contacts, state.taken_back)
    for index in range(len(PLAN.layout.streams)):
        assert contents(back.stream(index)) == contents(state.stream(index))
        back.put_stream(index, back.stream(index))
    assert back.encode() == state.encode()


def contents(stream: Stream) -> tuple[object, ...]:
    rows = [(each.first_key, each.first_bucket, each.names, [*map(list, each.columns)]) for each in stream.rows]
    return list(stream.totals), stream.firsts, stream.lasts, rows


WINDOWS = {"ever": {}, "lately": {"within": "30d"}}
NUMBERS = a_plan(
    events={"paid": {}},
    tags={
        f"{kind}_{name}": {"when": {kind: {"event": "paid", "property": "x", **window}, "gte": 0}}
        for kind in ("sum", "avg", "min", "max", "last")
        for name, window in WINDOWS.items()
        if not (kind == "last" and window)
    },
)


@given(st.lists(st.sampled_from(HUGE) | st.none(), min_size=1, max_size=6), st.integers(0, 6))
def test_extreme_numbers_are_kept_exactly(numbers: list[int | None], packed_after: int) -> None:
    """Sums beyond 64 bits, extremes beyond them, and events without the number between them."""
    state = State(NUMBERS.layout)
    for index, number in enumerate(numbers):
        given_ = {} if number is None else {"x": number}
        event = Event(event_id=f"e{index}", source="s", type="paid", t=NOON + index, occurred_at=0, properties=given_)
        fold.absorb(NUMBERS, state, event, ())
        if index == packed_after:
            state = State(NUMBERS.layout, state.encode())
    known = [number for number in numbers if number is not None]
    at = NOON + HOUR
    for aggregate, slot in NUMBERS.layout.slots.items():
        found = compile_measure(slot, NUMBERS.layout.streams[slot.stream])(state.stream(slot.stream), at)
        wanted: Any = {
            "sum": (sum(known), 1),
            "avg": (sum(known), len(known)) if known else None,
            "min": (min(known), 1) if known else None,
            "max": (max(known), 1) if known else None,
            "last": (known[-1], 1) if known else None,
        }[aggregate.kind]
        assert found == wanted, aggregate


def test_long_texts_are_kept() -> None:
    """The newest texts of several properties, each as long as is let in and costly to write."""
    plan = a_plan(
        events={"said": {}},
        tags={f"t{n}": {"when": {"last": {"event": "said", "property": f"p{n}"}, "exists": True}} for n in range(6)},
    )
    state = fold.refold(
        plan, [an_event("said", t=NOON + n, number=n, **{f"p{n}": "\x01" * 4096}) for n in range(6)], ()
    )
    assert State(plan.layout, state.encode()).stream(0).lasts == ["\x01" * 4096] * 6


@pytest.mark.parametrize("size", [2**16 - 1, 2**16, 2**16 + 1])
def test_a_section_of_any_size_is_kept(size: int) -> None:
    """Up to 65 535 bytes the directory is narrow."""
    text = "x" * (size - len('{"a":""}'))
    packed = fold.refold(PLAN, [an_event("trait_set", a=text)], ()).encode()
    assert State(PLAN.layout, packed).traits == {"a": text}
    assert State(PLAN.layout, packed).encode() == packed


def test_the_first_instant_is_an_instant() -> None:
    """A device whose clock was never set sends 1970-01-01T00:00:00Z."""
    plan = a_plan(events={"said": {}}, tags={"seen": {"when": {"since_last": {"event": "said"}, "gte": "1s"}}})
    state = State(plan.layout, fold.refold(plan, [an_event("said", t=0)], ()).encode())
    fold.pass_silence(plan, state, SECOND - 1, ())
    assert state.marks[0] == Mark(0, 0, SECOND)
    fold.pass_silence(plan, state, SECOND, ())
    assert state.marks[0] == Mark(1, SECOND, FOREVER)


@given(st.dictionaries(st.integers(0, 59_999), st.tuples(st.integers(0, 254), st.integers(0, 2**62)), max_size=20))
def test_marks_come_back(drawn: dict[int, tuple[int, int]]) -> None:
    marks = {
        place: Mark(value, moment if value else 0, FOREVER if value and moment % 2 else moment + 1)
        for place, (value, moment) in drawn.items()
    }
    assert decode_marks(encode_marks(marks) if marks else b"") == marks


def journey_of(stages: int) -> Plan:
    return a_plan(
        journeys={
            "long": {
                "enter": {"event": "s0"},
                "stages": [
                    {"stage": f"s{n}", "phase": "in_sale", "completed_by": {"event": f"s{n}"}, "expected_within": "1m"}
                    for n in range(stages)
                ],
            }
        }
    )


@pytest.mark.parametrize("stages", [1, 8, 62, 63, 64, 200])
def test_a_long_journey_is_kept_with_every_late_stage(stages: int) -> None:
    plan = journey_of(stages)
    events = [an_event(f"s{n}", t=NOON + n * HOUR, number=n) for n in range(stages)]
    state = fold.refold(plan, events, ())
    (back,) = State(plan.layout, state.encode()).enrollments.values()
    assert back == state.enrollments[0, ""]
    assert back.late == 2**stages - 2  # all but the one that was lit on entering
    assert len(back.breaks) == stages - 1


def test_more_breakpoints_than_a_byte_can_count() -> None:
    each = Enrollment(3, "钥匙", NOON, NOON + 1, NOON + 2, [-1] * 200, late=1 << 199, ratings=[1000, 1])
    for stage in range(200):
        for kind in (STALLED, SKIPPED, FAILED):
            open_break(each, kind, stage, NOON + stage)
    resolve(each, NOON + DAY, SKIPPED)
    assert list(decode_enrollments(encode_enrollments([each, each]))) == [each, each]


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59-23:59"])
def test_the_end_of_the_calendar_can_be_kept(text: str) -> None:
    occurred_at = read_instant(text)
    assert occurred_at == read_instant("9999-12-31T23:59:59.999999Z")
    state = fold.refold(PLAN, [an_event("menu_viewed", occurred_at=occurred_at)], ())
    assert State(PLAN.layout, state.encode()).newest == state.newest


def test_looking_at_nothing_changes_nothing() -> None:
    """Sections that hold nothing take no room, whether they were looked at or not."""
    plan = a_plan(events={"said": {}})
    packed = fold.refold(plan, [an_event("said")], ()).encode()
    state = State(plan.layout, packed)
    assert not any((state.marks, state.standings, state.enrollments, state.traits, state.contacts, state.opinions))
    assert state.encode() == packed
