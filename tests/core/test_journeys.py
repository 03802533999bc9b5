"""Journeys, one short life for each rule of docs/playbook.md: what is lit, current, late, broken, resolved and over."""

from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE
from service.core.enrollment import KINDS, OPEN, STATUSES
from service.core.event import Event
from service.core.facts import State
from service.core.plan import Plan
from service.core.progress import show_enrollments
from tests.given import NOON, a_plan, an_event

STAGES: list[dict[str, Any]] = [
    {"stage": "browse", "phase": "pre_sale", "completed_by": {"event": "view"}},
    {"stage": "taste", "phase": "pre_sale", "optional": True, "completed_by": {"event": "taste"}},
    {"stage": "order", "phase": "in_sale", "completed_by": {"event": "order"}, "expected_within": "1h",
     "stalled_after": "2h", "fails_on": [{"event": "fail"}]},
    {"stage": "pickup", "phase": "in_sale", "completed_by": {"event": "pickup"}, "expected_within": "30m"},
    {"stage": "review", "phase": "after_sale", "optional": True, "completed_by": {"event": "feedback_given"}},
]  # fmt: skip
CUP = {
    "enter": {"event": "view"},
    "exit": {"event": "leave"},
    "abandon_after": "1d",
    "ends_after": "10d",
    "stages": STAGES,
}
WORDS = {"v": "view", "t": "taste", "o": "order", "p": "pickup", "x": "fail", "l": "leave", "f": "feedback_given"}


def plan_of(**changes: Any) -> Plan:
    return a_plan(journeys={"cup": {**CUP, **changes}})


def events_of(told: str, **more: Any) -> list[Event]:
    """`v0 o30 p90`: a view at once, an order after thirty minutes, a pickup after ninety."""
    words = [(WORDS[word[0]], int(word[1:])) for word in told.split()]
    return [an_event(kind, NOON + at * MINUTE, n, **more) for n, (kind, at) in enumerate(words)]


def after(told: str, minutes: int, plan: Plan | None = None, **more: Any) -> tuple[Plan, State]:
    plan = plan or plan_of()
    state = fold.refold(plan, events_of(told, **more), ())
    fold.pass_silence(plan, state, NOON + minutes * MINUTE, ())
    return plan, state


def summary(told: str, minutes: int, plan: Plan | None = None, **more: Any) -> tuple[str, str, list[str]]:
    """Status; stages lit (upper case), current and other (lower case); breakpoints `kind stage since-resolved`."""
    plan, state = after(told, minutes, plan, **more)
    (each,) = state.enrollments.values()
    stages = plan.routes[0].journey.stages
    shown = "".join(
        stage.key[0].upper() if lit != OPEN else f"[{stage.key[0]}]" if index == each.current else stage.key[0]
        for index, (stage, lit) in enumerate(zip(stages, each.lit, strict=True))
    )
    breaks = [
        f"{KINDS[found.kind]} {stages[found.stage].key} {(found.since - NOON) // MINUTE}"
        + ("" if found.resolved_at == OPEN else f"-{(found.resolved_at - NOON) // MINUTE}")
        for found in each.breaks
    ]
    return STATUSES[each.status] + (" closed" if each.closed else ""), shown, breaks


LIVES = [
    # entering lights, and only entering starts a run
    ("v0", 0, "active", "Bt[o]pr", []),
    ("o0 v5", 5, "active", "Bt[o]pr", []),
    ("v0 o5", 5, "active", "BtO[p]r", []),
    ("v0 o5 p9", 9, "completed", "BtOPr", []),
    ("v0 t2", 2, "active", "BT[o]pr", []),
    ("v0 v5 v6", 6, "active", "Bt[o]pr", []),
    # a stall opens after its time and is resolved by what makes another stage current
    ("v0", 119, "active", "Bt[o]pr", []),
    ("v0", 120, "active", "Bt[o]pr", ["stalled order 120"]),
    ("v0 o120", 120, "active", "BtO[p]r", []),
    ("v0 o130", 130, "active", "BtO[p]r", ["stalled order 120-130"]),
    ("v0 t130", 140, "active", "BT[o]pr", ["stalled order 120"]),
    ("v0 o10", 40, "active", "BtO[p]r", ["stalled pickup 40"]),
    ("v0 o10 p50", 50, "completed", "BtOPr", ["stalled pickup 40-50"]),
    # skipping
    ("v0 p9", 9, "active", "Bt[o]Pr", ["skipped order 9"]),
    ("v0 p9 o20", 20, "completed", "BtOPr", ["skipped order 9-20"]),
    ("v0 f9", 9, "active", "Bt[o]pR", ["skipped order 9", "skipped pickup 9"]),
    ("v0 f9 p10", 10, "active", "Bt[o]PR", ["skipped order 9", "skipped pickup 9-10"]),
    # failing
    ("v0 x5", 5, "active", "Bt[o]pr", ["failed order 5"]),
    ("v0 x5 x6", 6, "active", "Bt[o]pr", ["failed order 5"]),
    ("v0 x5 o7", 7, "active", "BtO[p]r", ["failed order 5-7"]),
    ("v0 o5 x7", 7, "active", "BtO[p]r", []),
    # leaving, by an event for good, by silence until something is lit again
    ("v0 l5", 5, "dropped closed", "Bt[o]pr", ["dropped order 5"]),
    ("v0 l5 o9 v10", 10, "dropped closed", "Bt[o]pr", ["dropped order 5"]),
    ("v0", 1440, "dropped", "Bt[o]pr", ["stalled order 120-1440", "dropped order 1440"]),
    ("v0 x1000", 2439, "active", "Bt[o]pr", ["stalled order 120", "failed order 1000"]),
    ("v0 o1500", 1500, "active", "BtO[p]r", ["stalled order 120-1440", "dropped order 1440-1500"]),
    ("v0 t1500", 1500, "active", "BT[o]pr", ["stalled order 120-1440", "dropped order 1440-1500"]),
    ("v0 x1500", 1500, "dropped", "Bt[o]pr", ["stalled order 120-1440", "dropped order 1440"]),
    ("v0 o5 p9 l20", 20, "completed", "BtOPr", []),
    ("v0 o5 p9", 9999, "completed", "BtOPr", []),
    # the end, counted from entry
    ("v0 o5 p9", 14_400, "completed closed", "BtOPr", []),
    ("v0 o5 p9 f9999", 9999, "completed", "BtOPR", []),
    ("v0 o5 p9 f14401", 14_401, "completed closed", "BtOPr", []),
    ("v0 o5 o14401", 14_401, "dropped closed", "BtO[p]r", ["stalled pickup 35-1445", "dropped pickup 1445"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "minutes", "status", "stages", "breaks"), LIVES, ids=[f"{n} {each[0]}" for n, each in enumerate(LIVES)]
)
def test_a_life(told: str, minutes: int, status: str, stages: str, breaks: list[str]) -> None:
    assert summary(told, minutes) == (status, stages, breaks)


def test_all_that_happens_at_the_instant_of_the_end_counts() -> None:
    """Even if the first of it brings him back to a stage that had stalled long ago."""
    found = summary("v0 t600 o600 p600", 600, plan_of(abandon_after="1h", ends_after="10h"))
    assert found == ("completed closed", "BTOPr", ["dropped order 60-600", "stalled order 120-600"])


@pytest.mark.parametrize(
    ("told", "minutes", "score", "code"),
    [
        ("v0", 0, 100, None),
        ("v0", 59, 100, None),
        ("v0", 60, 70, "late"),
        ("v0", 120, 35, "stalled"),
        ("v0 o60", 60, 100, None),
        ("v0 o61", 61, 85, "was_late"),
        ("v0 x5", 5, 50, "failed"),
        ("v0 p9", 9, 80, "skipped"),
        ("v0 l5", 5, 20, "dropped"),
        ("v0 l5", 999, 20, "dropped"),
        ("v0 l65", 999, 14, "dropped"),
        ("v0 x5", 120, 18, "failed"),
        ("v0 f9 p10", 10, 80, "skipped"),
    ],
    ids=str,
)
def test_health(told: str, minutes: int, score: int, code: str | None) -> None:
    """Half of even: ½ · ½ · 0.7 is 17.5 and reads 18."""
    plan, state = after(told, minutes)
    (shown,) = show_enrollments(plan, state, NOON + minutes * MINUTE)
    health: Any = shown["health"]
    assert health["score"] == score
    assert (health["largest_deduction"] or {"code": None})["code"] == code


@pytest.mark.parametrize(
    ("rating", "quality"),
    [(5, 1.0), (4, 0.9), (3, 0.7), (2, 0.4), (1, 0.2), (3.5, 1.0), ([5], 1.0), (True, 1.0)],
    ids=str,
)
def test_quality(rating: Any, quality: float) -> None:
    plan, state = after("v0 o5 p9 f12", 12, rating=rating)
    (shown,) = show_enrollments(plan, state, NOON + 12 * MINUTE)
    assert shown["health"]["quality"] == quality  # type: ignore[index]  # as JSON
    assert shown["progress"] == 1.0


def test_several_ratings_are_averaged() -> None:
    events = [*events_of("v0 o5 p9"), *(an_event("feedback_given", NOON + HOUR, 10 + n, rating=n) for n in (5, 1, 4))]
    plan = plan_of()
    (shown,) = show_enrollments(plan, fold.refold(plan, events, ()), NOON + HOUR)
    assert shown["health"]["quality"] == 0.7  # type: ignore[index]  # as JSON


# ---- keyed journeys


def keyed() -> Plan:
    return plan_of(key="order_id")


def test_each_key_value_is_a_run_of_its_own() -> None:
    plan = keyed()
    events = [*events_of("v0 o5", order_id="a"), *(each for each in events_of("v1", order_id="b"))]
    state = fold.refold(plan, [*events[:2], an_event("view", NOON + MINUTE, 7, order_id="b")], ())
    assert {key: each.current for (_, key), each in state.enrollments.items()} == {"a": 3, "b": 2}


@pytest.mark.parametrize(
    ("value", "key"), [("o9", "o9"), (9, "9"), (0, "0"), (9.25, "9.25"), ("钥匙", "钥匙")], ids=str
)
def test_a_key_reads_as_it_was_sent(value: object, key: str) -> None:
    (each,) = fold.refold(keyed(), [an_event("view", order_id=value)], ()).enrollments.values()
    assert each.key == key


@pytest.mark.parametrize("more", [{}, {"order_id": None}, {"order_id": ""}, {"order_id": ["a"]}], ids=str)
def test_an_event_without_the_key_touches_no_run(more: dict[str, Any]) -> None:
    assert not fold.refold(keyed(), events_of("v0 o5", **more), ()).enrollments


def test_a_keyed_run_that_is_over_stays_over() -> None:
    """It leaves the facts, but the log still knows it: entering again with the same key starts nothing."""
    plan = keyed()
    for told in ("v0 l5 v10", "v0 o5 p9 v14500", "v0 o5 p9 v1460"):
        state = fold.refold(plan, events_of(told, order_id="a"), ())
        (each,) = state.enrollments.values()
        assert each.closed
        assert each.entered_at == NOON
        assert not State(plan.layout, state.encode()).enrollments


def test_a_dropped_keyed_run_is_resumed_until_its_end() -> None:
    for told, status in (("v0 o5 p2000", "completed"), ("v0 o5 p14401", "dropped closed")):
        assert summary(told, 2000, keyed(), order_id="a")[0] == status


def test_silence_of_runs_that_left_the_facts_changes_no_tag() -> None:
    """A tag that reads the journey ends early or late by nothing: the facts say the same with the run and without."""
    quiet = {
        "all": [
            {"since_last": {"event": "order"}, "gte": "48h", "lt": "50h"},
            {"since_last": {"event": "order"}, "gte": "72h"},
        ]
    }
    plan = a_plan(
        events={"order": {"properties": {"order_id": "string"}}, "view": {"properties": {"order_id": "string"}}},
        journeys={"cup": {**CUP, "key": "order_id", "ends_after": "60h", "exit": []}},
        tags={
            "waits": {"when": {"any": [{"journey": {"journey": "cup", "status": "active"}}, quiet]}},
            "at_61h": {"when": {"since_last": {"event": "order"}, "gte": "61h"}},  # something happens after its end
        },
    )
    events = [
        *events_of("v0 o5", order_id="a"),
        an_event("menu", NOON + 2 * DAY, 8),
        an_event("menu", NOON + 65 * HOUR, 9),
    ]
    one = State(plan.layout)
    for event in events:
        fold.absorb(plan, one, event, ())
        one = State(plan.layout, one.encode())
    assert one.encode() == fold.refold(plan, events, ()).encode()
