"""Every aggregate and every comparison by example: what counts, until when, and what is absent."""

from collections.abc import Mapping
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE, SECOND
from service.core.event import MICRO, Event
from service.core.facts import State
from service.core.marks import Mark
from service.core.measures import FOREVER, compile_measure, compile_test
from service.core.playbook.conditions import Comparison
from service.core.where import Reading
from tests.given import NOON, a_plan, an_event

EVENTS = {
    "paid": {
        "properties": {"x": "number", "fen": {"type": "money", "unit": "fen"}, "word": "string", "yes": "boolean"}
    },
    "seen": {},
}
LOG = [
    an_event("paid", NOON - 30 * HOUR, 1, x=-4, fen=1850, word="a", yes=True, channel="app"),
    an_event("paid", NOON, 2, x=1.5, fen=50, word="b", yes=False, channel="pos", scenario="gift", place="sh"),
    an_event("paid", NOON + HOUR, 3, word="c", channel="app", source="web"),
    an_event("seen", NOON + 2 * HOUR, 4, x=9),
]
AT = NOON + 3 * HOUR
X: dict[str, Any] = {"event": "paid", "property": "x"}
FEN: dict[str, Any] = {"event": "paid", "property": "fen"}
LATELY = {"within": "1d"}
NEVER = {"event": "never"}


def whole(number: float) -> tuple[int, int]:
    return round(number * MICRO), 1


VALUES: list[tuple[str, dict[str, Any], Reading]] = [
    ("count", {"event": "paid"}, whole(3)),
    ("count", {"event": ["paid", "seen"], **LATELY}, whole(3)),
    ("count", NEVER, whole(0)),
    ("sum", X, whole(-2.5)),
    ("sum", {**X, **LATELY}, whole(1.5)),
    ("sum", FEN, whole(19)),
    ("sum", {**NEVER, "property": "x"}, whole(0)),
    ("avg", X, (round(-2.5 * MICRO), 2)),
    ("avg", {**X, **LATELY}, whole(1.5)),
    ("avg", {**NEVER, "property": "x"}, None),
    ("min", X, whole(-4)),
    ("min", {**X, **LATELY}, whole(1.5)),
    ("max", {**X, "where": {"channel": "app"}}, whole(-4)),
    ("max", {**X, "where": {"channel": "app"}, **LATELY}, None),
    ("max", FEN, whole(18.5)),
    ("last", X, whole(1.5)),
    ("last", FEN, whole(0.5)),
    ("last", {"event": "paid", "property": "word"}, "c"),
    ("last", {"event": "paid", "property": "yes"}, False),
    ("last", {**NEVER, "property": "x"}, None),
    ("since_last", {"event": "paid"}, (2 * HOUR, 1)),
    ("since_last", NEVER, None),
    ("active_days", {"event": ["paid", "seen"]}, whole(2)),
    ("active_days", {"event": ["paid", "seen"], **LATELY}, whole(1)),
    ("active_days", NEVER, whole(0)),
]


def value_of(kind: str, spec: Mapping[str, object], events: list[Event], at: int) -> Reading:
    """What an aggregate reads of facts that were packed."""
    when = {kind: spec, **({"gte": "1s"} if kind == "since_last" else {"exists": True})}
    plan = a_plan(events={**EVENTS, "never": {}}, tags={"t": {"when": when}})
    state = State(plan.layout, fold.refold(plan, events, ()).encode())
    (slot,) = plan.layout.slots.values()
    return compile_measure(slot, plan.layout.streams[slot.stream])(state.stream(slot.stream), at)


@pytest.mark.parametrize(("kind", "spec", "value"), VALUES, ids=[f"{n} {row[0]}" for n, row in enumerate(VALUES)])
def test_what_is_counted(kind: str, spec: dict[str, Any], value: Reading) -> None:
    assert value_of(kind, spec, LOG, AT) == value


def test_an_event_at_the_first_instant_was_long_ago() -> None:
    assert value_of("since_last", {"event": "paid"}, [an_event("paid", 0)], NOON) == (NOON, 1)


def test_extremes_beyond_sixty_four_bits() -> None:
    """Beside an event without the number, which has no part in it."""
    for kind, number in (("max", -(2**63) - 1), ("min", 2**63)):
        one = Event(event_id="e1", source="s", type="paid", t=NOON, occurred_at=NOON, properties={"x": number})
        assert value_of(kind, {**X, **LATELY}, [one, an_event("paid", NOON + HOUR, 2)], AT) == (number, 1)


# ---- where

P: dict[str, str] = {"property": "x"}
WHERES: list[tuple[Any, set[int]]] = [
    ({**P, "gt": -4}, {2}),
    ({**P, "gte": -4}, {1, 2}),
    ({**P, "lt": 1.5}, {1}),
    ({**P, "lte": 1.5}, {1, 2}),
    ({**P, "ne": 1.5}, {1}),
    ({**P, "between": [-4, 1.5]}, {1, 2}),
    ({**P, "in": [3, 1.5]}, {2}),
    ({**P, "exists": False}, {3}),
    ({**P, "gte": -5, "lt": 0}, {1}),
    ({"property": "fen", "eq": 0.5}, {2}),
    ({"property": "word", "eq": "a"}, {1}),
    ({"property": "yes", "eq": False}, {2}),
    ({"not": {**P, "lt": 0}}, {2, 3}),
    ([{"channel": "app"}, {**P, "lt": 0}], {1}),
    ({"all": [{"channel": "app"}, {"property": "word", "ne": "a"}]}, {3}),
    ({"any": [{"channel": "pos"}, {**P, "lt": 0}]}, {1, 2}),
    ({"channel": ["app", "pos"]}, {1, 2, 3}),
    ({"channel": {"ne": "app"}}, {2}),
    ({"scenario": {"exists": True}}, {2}),
    ({"place": "sh", "channel": "pos"}, {2}),
    ({"place": "sh", "channel": "app"}, set()),
    ({"source": "web"}, {3}),
]


@pytest.mark.parametrize(("where", "passing"), WHERES, ids=[str(where) for where, _ in WHERES])
def test_what_passes(where: Any, passing: set[int]) -> None:
    for number in (1, 2, 3):
        counted = value_of("count", {"event": "paid", "where": where}, [LOG[number - 1]], AT)
        assert counted == whole(number in passing), number


# ---- time


def mark_of(when: dict[str, Any], events: list[Event], at: int) -> Mark:
    plan = a_plan(events=EVENTS, tags={"t": {"when": when}})
    state = fold.refold(plan, events, ())
    fold.pass_silence(plan, state, at, ())
    return state.marks.get(0, Mark(0, 0, FOREVER))


SINCE = {"event": "paid"}
ENDS: list[tuple[dict[str, Any], Mark]] = [
    # of a window of a day, in buckets of a minute: the end of the bucket and a day
    ({"count": {**SINCE, "within": "1d"}, "gte": 1}, Mark(1, NOON, NOON + MINUTE + DAY)),
    ({"count": {**SINCE, "within": "2h"}, "gte": 1}, Mark(1, NOON, NOON + 10 * SECOND + 2 * HOUR)),
    ({"count": {**SINCE, "within": "1s"}, "eq": 0}, Mark(0, 0, NOON + 2 * SECOND)),
    ({"since_last": SINCE, "gte": "1d"}, Mark(0, 0, NOON + DAY)),
    ({"since_last": SINCE, "gt": "1d"}, Mark(0, 0, NOON + DAY + 1)),
    ({"since_last": SINCE, "lt": "1d"}, Mark(1, NOON, NOON + DAY)),
    ({"since_last": SINCE, "lte": "1d"}, Mark(1, NOON, NOON + DAY + 1)),
    ({"not": {"since_last": SINCE, "gte": "1d"}}, Mark(1, NOON, NOON + DAY)),
    ({"count": SINCE, "gte": 1}, Mark(1, NOON, FOREVER)),
]


@pytest.mark.parametrize(("when", "mark"), ENDS, ids=[str(n) for n in range(len(ENDS))])
def test_until_when(when: dict[str, Any], mark: Mark) -> None:
    assert mark_of(when, [an_event("paid", x=1)], NOON) == mark


@pytest.mark.parametrize("texts", [("3d", "259500s"), ("259500s", "3d")], ids=str)
def test_what_still_counts_is_kept(texts: tuple[str, str]) -> None:
    """Two windows of one width, and a second event when the first one is about to leave the shorter or the longer."""
    tags = {f"t{n}": {"when": {"count": {"event": "paid", "within": text}, "gte": 2}} for n, text in enumerate(texts)}
    plan = a_plan(events=EVENTS, tags=tags)
    ends = {text: 5 * MINUTE + length for text, length in (("3d", 3 * DAY), ("259500s", 3 * DAY + 5 * MINUTE))}
    for gap in (3 * DAY, 3 * DAY + 5 * MINUTE - 1, 3 * DAY + 5 * MINUTE, 3 * DAY + 10 * MINUTE - 1, 3 * DAY + HOUR):
        state = fold.refold(plan, [an_event("paid", NOON, 1), an_event("paid", NOON + gap, 2)], ())
        for place, text in enumerate(texts):
            assert (place in state.marks and state.marks[place].value > 0) is (gap < ends[text]), (text, gap)


def test_what_no_longer_counts_is_not_kept() -> None:
    """An event an hour for years takes no more room than the window needs."""
    plan = a_plan(events=EVENTS, tags={"t": {"when": {"count": {"event": "paid", "within": "1d"}, "gte": 1}}})
    state = fold.refold(plan, [an_event("paid", NOON + n * HOUR, n) for n in range(200)], ())
    assert len(state.stream(0).rows[0].columns[0]) == 25


@pytest.mark.parametrize("op", ["gte", "gt", "lte", "lt"])
@pytest.mark.parametrize("bound", [-1, 0, 1, 2, 2.5, 3, 4, 6, 7])
@pytest.mark.parametrize("kind", ["count", "sum", "active_days"])
def test_a_total_against_a_bound_holds_until_its_rows_leave(kind: str, bound: float, op: str) -> None:
    """Three events a day apart, of 1, 2 and 3, in a window of five days: 3, 6 or 3 days, and less day by day."""
    events = [an_event("paid", NOON + n * DAY, n, x=n + 1) for n in range(3)]
    over = {"event": "paid", "within": "5d"} | ({"property": "x"} if kind == "sum" else {})
    leave = [NOON + n * DAY + 5 * DAY + 5 * MINUTE for n in range(3)]  # a window of five days counts in five minutes
    left = [6, 5, 3, 0] if kind == "sum" else [3, 2, 1, 0]
    holds = [{"gte": n >= bound, "gt": n > bound, "lte": n <= bound, "lt": n < bound}[op] for n in left]
    plan = a_plan(events=EVENTS, tags={"t": {"when": {kind: over, op: bound}}})
    state, at = fold.refold(plan, events, ()), NOON + 2 * DAY
    (slot,) = plan.layout.slots.values()
    test = compile_test(slot, plan.layout.streams[0], (Comparison(op=op, values=(round(bound * MICRO),)),))
    for place, now in enumerate(holds):
        flips = (leave[later - 1] for later in range(place + 1, 4) if holds[later] is not now)
        assert test(state.stream(0), at) == (now, next(flips, FOREVER))
        at = leave[place] if place < len(leave) else at


def test_a_sum_may_rise_as_its_rows_leave() -> None:
    """-4, 2 and -1 leave one after the other: the sum is -3, then 1, then -1, then nought."""
    events = [an_event("paid", NOON + n * HOUR, n, x=x) for n, x in enumerate([-4, 2, -1])]
    when = {"sum": {**X, "within": "1d"}, "gt": 0}
    first, second = (NOON + n * HOUR + MINUTE + DAY for n in (0, 1))
    assert mark_of(when, events, NOON + 2 * HOUR) == Mark(0, 0, first)
    assert mark_of(when, events, first) == Mark(1, first, second)
    assert mark_of(when, events, second) == Mark(0, 0, FOREVER)


def test_events_of_one_bucket_leave_together() -> None:
    """Two days of Shanghai meet within one bucket of a long window: there is no instant at which one of them counts."""
    midnight = NOON + 12 * HOUR
    events = [an_event("paid", midnight + beside, n) for n, beside in ((1, -HOUR), (2, HOUR))]
    when = {"active_days": {"event": "paid", "within": "600d"}, "eq": 1}
    plan = a_plan(events=EVENTS, tags={"t": {"when": when}})
    stream = fold.refold(plan, events, ()).stream(0)
    (slot,) = plan.layout.slots.values()
    comparisons = (Comparison(op="eq", values=(MICRO,)),)
    assert compile_test(slot, plan.layout.streams[0], comparisons)(stream, midnight + HOUR) == (False, FOREVER)
    assert mark_of(when, events, midnight + HOUR).until == FOREVER
