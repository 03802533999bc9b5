"""A reversed event reads as if it had never happened, from the reversal on, whichever of the two came first."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR
from service.core.event import Event
from service.core.facts import State
from service.core.plan import Plan
from tests.given import NOON, a_plan, an_event

ORDER = {"properties": {"order_id": "string", "amount": "money"}}
EVENTS = {
    "paid": ORDER,
    "seen": {"properties": {"order_id": "string"}},
    "refunded": {"properties": {"order_id": "string"}, "reverses": {"event": "paid", "by": "order_id"}},
    "returned": {"properties": {"order_id": "string"}},
}
PLAN = a_plan(
    events=EVENTS,
    tags={
        "buyer": {"when": {"count": {"event": "paid"}, "gte": 1}},
        "lately": {"when": {"sum": {"event": "paid", "property": "amount", "within": "30d"}, "gte": 10}},
        "active": {"when": {"count": {"event": ["paid", "seen"]}, "gte": 1}},
        "keeps": {"when": {"count": {"event": "paid", "reverses": {"event": "returned", "by": "order_id"}}, "gte": 1}},
        "refunder": {"when": {"count": {"event": "refunded"}, "gte": 1}},
    },
    personas={
        "tier": {
            "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"},
            "classes": [{"class": "high", "enter": 15}, {"class": "mass"}],
        }
    },
    journeys={
        "cup": {
            "enter": {"event": "paid"},
            "stages": [{"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"}}],
        }
    },
)


def shown(events: Sequence[Event], plan: Plan = PLAN) -> set[str]:
    state = fold.refold(plan, events, ())
    return {list(plan.playbook.tags)[place] for place, mark in state.marks.items() if mark.value}


PAID = an_event("paid", number=1, order_id="a", amount=20)


@pytest.mark.parametrize("late", [HOUR, -HOUR], ids=["order first", "refund first"])
def test_a_refund_takes_the_order_back(late: int) -> None:
    refund = an_event("refunded", NOON + late, 2, order_id="a")
    assert shown([PAID]) == {"buyer", "lately", "active", "keeps"}
    assert shown([PAID, refund]) == {"refunder"}
    state = fold.refold(PLAN, [PAID, refund], ())
    assert not state.enrollments
    assert all(standing.orders == 0 for standing in state.standings.values())


@pytest.mark.parametrize("other", [{"order_id": "b"}, {"order_id": 1}, {"order_id": None}, {}], ids=str)
def test_another_value_takes_nothing_back(other: dict[str, Any]) -> None:
    assert "buyer" in shown([PAID, an_event("refunded", NOON + 1, 2, **other)])
    bare = an_event("paid", number=1, amount=20, **other)
    assert "buyer" in shown([bare, an_event("refunded", NOON + 1, 2, order_id="a")])


@pytest.mark.parametrize(("one", "other"), [("1000000", 1), (1, "1"), (True, "True"), (True, 1)], ids=str)
def test_values_of_two_types_are_never_the_same(one: object, other: object) -> None:
    events = [an_event("paid", number=1, order_id=one, amount=20), an_event("refunded", NOON + 1, 2, order_id=other)]
    assert "buyer" in shown(events)


def test_what_is_left_is_still_what_passes() -> None:
    """Of two orders on two channels the counted one is refunded, and the other does not take its place."""
    where = {"count": {"event": "paid", "where": {"channel": "app"}}, "gte": 1}
    plan = a_plan(events=EVENTS, tags={"app": {"when": where}})
    orders = [
        an_event("paid", NOON + n, n, order_id=str(n), channel=channel) for n, channel in ((1, "app"), (2, "pos"))
    ]
    assert shown(orders, plan) == {"app"}
    assert shown([*orders, an_event("refunded", NOON + 3, 3, order_id="1")], plan) == set()
    assert shown([*orders, an_event("refunded", NOON + 3, 3, order_id="2")], plan) == {"app"}


def test_only_the_reversed_type_is_taken_back() -> None:
    """An aggregate over two types: the refund takes back the order, not what else speaks of it."""
    seen = an_event("seen", NOON + 1, 2, order_id="a")
    assert shown([PAID, seen, an_event("refunded", NOON + 2, 3, order_id="a")]) == {"active", "refunder"}


def test_a_reversal_of_one_aggregate_is_its_own_affair() -> None:
    assert shown([PAID, an_event("returned", NOON + 1, 2, order_id="a")]) == {"buyer", "lately", "active"}


def test_what_was_so_before_the_refund_stays_true_of_the_past() -> None:
    """He bought twice; the second order is refunded: he has been a buyer since the first."""
    events = [
        PAID,
        an_event("paid", NOON + DAY, 2, order_id="b", amount=20),
        an_event("refunded", NOON + 2 * DAY, 3, order_id="b"),
    ]
    state = fold.refold(PLAN, events, ())
    assert state.marks[0].since == NOON
    assert state.standings[0].orders == 1
    later = fold.refold(PLAN, [*events, an_event("refunded", NOON + 3 * DAY, 4, order_id="a")], ())
    assert 0 not in later.marks


def test_a_journey_reads_as_if_the_order_had_never_happened() -> None:
    """It was entered by the order that is gone, so it is entered by the next one."""
    events = [
        PAID,
        an_event("paid", NOON + DAY, 2, order_id="b"),
        an_event("refunded", NOON + 2 * DAY, 3, order_id="a"),
    ]
    (each,) = fold.refold(PLAN, events, ()).enrollments.values()
    assert each.entered_at == NOON + DAY


def test_a_refund_said_twice_changes_nothing() -> None:
    refund, again = (an_event("refunded", NOON + n, n + 1, order_id="a") for n in (1, 2))
    one, two = (fold.refold(PLAN, events, ()) for events in ([PAID, refund], [PAID, refund, again]))
    assert one.standings == two.standings
    assert one.taken_back == two.taken_back
    assert State(PLAN.layout, two.encode()).taken_back == one.taken_back


STAGES = [
    {"stage": "see", "phase": "pre_sale", "completed_by": {"event": "seen"}},
    {"stage": "pay", "phase": "in_sale", "stalled_after": "2h",
     "completed_by": [{"event": "paid"}, {"event": "refunded"}]},
    {"stage": "fetch", "phase": "in_sale", "completed_by": {"event": "fetched"}},
]  # fmt: skip
STALLS = a_plan(events=EVENTS, journeys={"cup": {"enter": {"event": "seen"}, "stages": STAGES}})


@pytest.mark.parametrize("last", [3 * HOUR, 2 * HOUR], ids=["an order before", "the refund itself"])
def test_a_stage_that_is_lit_in_time_was_not_stalled_without_the_order_either(last: int) -> None:
    """What is read at the very instant of a stall comes first, also when the journey is read again for a refund."""
    events = [an_event("seen", NOON, 1), an_event("paid", NOON + HOUR, 2, order_id="a")]
    if last > 2 * HOUR:
        events.append(an_event("paid", NOON + 2 * HOUR, 3, order_id="b"))
    (each,) = fold.refold(
        STALLS, [*events, an_event("refunded", NOON + last, 4, order_id="a")], ()
    ).enrollments.values()
    assert each.lit[1] == NOON + 2 * HOUR
    assert not each.breaks


def test_a_stall_that_the_order_hid_is_seen() -> None:
    events = [an_event("seen", NOON, 1), an_event("paid", NOON + HOUR, 2, order_id="a")]
    refund = an_event("refunded", NOON + 3 * HOUR, 3, order_id="a")
    (each,) = fold.refold(STALLS, [*events, refund], ()).enrollments.values()
    assert [(found.since, found.resolved_at) for found in each.breaks] == [(NOON + 2 * HOUR, NOON + 3 * HOUR)]


def test_steps_that_are_told_anew_keep_who_he_was() -> None:
    """The second order is taken back; whoever paid the first was unknown, and of the mass when he looked."""
    stages = [
        {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"}},
        {"stage": "look", "phase": "in_sale", "completed_by": {"event": "seen"}},
    ]
    plan = a_plan(
        events=EVENTS,
        personas={"tier": {"classes": [{"class": "high", "when": {"always": False}}, {"class": "mass"}]}},
        journeys={"cup": {"enter": {"event": "paid"}, "stages": stages}},
    )
    told = [("paid", "a"), ("seen", "a"), ("paid", "b"), ("refunded", "b")]
    events = [an_event(kind, NOON + n * HOUR, n, order_id=which, amount=1) for n, (kind, which) in enumerate(told)]
    for count in (2, 4):
        (run,) = fold.refold(plan, events[:count], ()).enrollments.values()
        assert [(step.event.type, step.cls) for step in run.steps] == [("paid", -1), ("paid", -1), ("seen", 1)]
