"""Learned expectations: the estimate against a plain simulation of it, the gate, and what stands before what."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE
from service.core.calibration import Calibration
from service.core.enrollment import KINDS
from service.core.expectations import SCALE, StageCalibration, Visits, hopes, learn, learned_of, limits, usual
from service.core.plan import Plan
from service.core.progress import show_enrollments
from service.core.steps import EDGES, bucket_of
from tests.given import NOON, a_plan, an_event

LEARNED = StageCalibration(
    soon=5 * MINUTE, usual=10 * MINUTE, late=20 * MINUTE, stalled=50 * MINUTE, went_on=100, left=5, waiting=2
)
COUNTS = st.lists(st.integers(0, 40), min_size=len(EDGES), max_size=len(EDGES))


def visits_of(went_on: dict[int, int], left: dict[int, int] | None = None, followed: int = 4000 * DAY) -> Visits:
    found = Visits(followed=followed)
    for length, number in went_on.items():
        found.went_on[bucket_of(length)] += number
    for length, number in (left or {}).items():
        found.left[bucket_of(length)] += number
    return found


def test_buckets_are_a_seventh_longer_each() -> None:
    assert EDGES[:2] == (0, MINUTE)
    assert 110 < len(EDGES) < 130
    assert [bucket_of(each) for each in (-1, 0, MINUTE - 1, MINUTE, 5000 * DAY)] == [0, 0, 0, 1, len(EDGES) - 1]


@pytest.mark.no_cover
@given(went_on=COUNTS, left=COUNTS, waiting=COUNTS)
def test_hope_is_the_chance_to_go_on_bucket_by_bucket(went_on: list[int], left: list[int], waiting: list[int]) -> None:
    """The same estimate forwards: the chance to survive to each later bucket times the chance to go on there."""
    found = hopes(Visits(went_on=went_on, left=left, waiting=waiting))
    risks = [sum(went_on[j:]) + sum(left[j:]) + sum(waiting[j:]) for j in range(len(EDGES))]
    for start in (0, 1, 30, len(EDGES) - 1):
        alive, hope = Fraction(1), Fraction(0)
        for j in range(start, len(EDGES)):
            if risks[j]:
                hope += alive * Fraction(went_on[j], risks[j])
                alive *= 1 - Fraction(went_on[j] + left[j], risks[j])
        assert abs(Fraction(found[start], SCALE) - hope) < Fraction(1, 10**12)


def test_too_few_or_not_followed_for_long_enough_teach_nothing() -> None:
    assert learn(visits_of({HOUR: 29})) is None
    assert learn(visits_of({HOUR: 30})) is not None
    late = EDGES[bucket_of(HOUR) + 1]
    assert learn(visits_of({HOUR: 30}, followed=3 * late - 1)) is None
    assert learn(visits_of({HOUR: 30}, followed=3 * late)) is not None


def test_what_is_learned_of_a_stage() -> None:
    found = learn(visits_of({MINUTE: 10, HOUR: 80, DAY: 10}, {2 * DAY: 50}))
    assert found is not None
    ends = [EDGES[bucket_of(each) + 1] for each in (MINUTE, HOUR, HOUR)]
    assert [found.soon, found.usual, found.late] == ends
    assert (found.went_on, found.left, found.waiting) == (100, 50, 0)
    assert found.stalled == EDGES[bucket_of(HOUR) + 1]  # behind the hour 10 of 60 still went on
    day = EDGES[bucket_of(DAY) + 1]
    assert found.ages == (ends[1],) * 4 + (day, day)
    assert found.hopes == (167,) * 4 + (0, 0)
    hopeful = learn(visits_of({MINUTE: 50, 5000 * DAY: 50}, followed=20_000 * DAY))
    assert hopeful is not None
    assert hopeful.stalled is None


@pytest.mark.parametrize(
    ("given_of_it", "learned", "expected"),
    [
        ((None, None), {}, (None, None, False)),
        ((HOUR, None), {}, (HOUR, HOUR, False)),
        ((HOUR, 2 * HOUR), {}, (HOUR, 2 * HOUR, False)),
        ((None, None), {"cup/pay": LEARNED}, (20 * MINUTE, 50 * MINUTE, True)),
        ((None, None), {"cup/paid": LEARNED}, (20 * MINUTE, 50 * MINUTE, True)),  # as it was called before
        ((None, None), {"mug/pay": LEARNED}, (None, None, False)),
        ((30 * MINUTE, None), {"cup/pay": LEARNED}, (30 * MINUTE, 50 * MINUTE, True)),
        ((HOUR, None), {"cup/pay": LEARNED}, (HOUR, HOUR, True)),  # not stalled before it is late
        ((None, 2 * HOUR), {"cup/pay": LEARNED}, (20 * MINUTE, 2 * HOUR, False)),
        ((HOUR, 2 * HOUR), {"cup/pay": LEARNED}, (HOUR, 2 * HOUR, False)),
    ],
)
def test_what_is_written_stands_before_what_is_learned(
    given_of_it: tuple[int | None, int | None],
    learned: dict[str, StageCalibration],
    expected: tuple[int | None, int | None, bool],
) -> None:
    assert limits(given_of_it, learned_of("cup", ("pay", "paid"), learned)) == expected


def test_where_hope_never_falls_only_what_is_late_is_learned() -> None:
    endless = StageCalibration(soon=1, usual=1, late=HOUR, stalled=None, went_on=100, left=0, waiting=0)
    assert limits((None, None), endless) == (HOUR, None, False)
    assert limits((MINUTE, None), endless) == (MINUTE, MINUTE, False)


def plan_of(**more: object) -> Plan:
    stages = [
        {"stage": "see", "phase": "pre_sale", "completed_by": {"event": "see"}},
        {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "pay"}, **more},
    ]
    return a_plan(journeys={"cup": {"enter": {"event": "see"}, "stages": stages}})


def calibrated(number: int, effective_from: int, **more: StageCalibration) -> Calibration:
    stages = {f"cup/{stage}": each for stage, each in more.items()}
    return Calibration(number=number, effective_from=effective_from, schemes={}, stages=stages)


def test_a_stage_is_judged_by_what_was_known_when_it_was_entered() -> None:
    """A calibration that comes while it waits moves nothing that was said."""
    slower = StageCalibration(soon=1, usual=1, late=2 * DAY, stalled=9 * DAY, went_on=100, left=0, waiting=0)
    known = [calibrated(1, NOON - DAY, pay=LEARNED), calibrated(2, NOON + 30 * MINUTE, pay=slower)]
    plan = plan_of()
    state = fold.refold(plan, [an_event("see")], known)
    assert fold.next_due(plan, state, known, NOON + HOUR) == NOON + 50 * MINUTE
    fold.pass_silence(plan, state, NOON + HOUR, known)
    (shown,) = show_enrollments(plan, state, NOON + HOUR)
    assert shown["pace"] == "late"
    breaks: Any = shown["breakpoints"]
    (found,) = breaks
    assert (found["kind"], found["number"], found["because"]["text_en"]) == (
        "stalled", 1, "since 2026-09-22 12:50: of those who waited so long at pay, fewer than a fifth went on",
    )  # fmt: skip
    assert shown["health"]["largest_deduction"]["text"] == "pay久等未果"  # type: ignore[index]  # JSON
    (each,) = state.enrollments.values()
    assert KINDS[each.breaks[0].kind] == "stalled"
    later = fold.refold(plan, [an_event("see", NOON + HOUR)], known)
    assert fold.next_due(plan, later, known, NOON + HOUR) == NOON + HOUR + 9 * DAY
    fold.absorb(plan, state, an_event("pay", NOON + 2 * HOUR, 2), known)
    assert [each.resolved_at for each in each.breaks] == [NOON + 2 * HOUR]


def test_what_was_learned_outlasts_a_reversal() -> None:
    """The journey is told again without the reversed event, by what was known at each of the others."""
    known = [calibrated(1, NOON - DAY, pay=LEARNED)]
    stages = [
        {"stage": "see", "phase": "pre_sale", "completed_by": {"event": "see"}},
        {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "pay"}},
    ]
    reverses = {"reverses": {"event": "see", "by": "id"}}
    plan = a_plan(
        events={"see": {}, "undo": {"properties": {"id": "string"}, **reverses}},
        journeys={"cup": {"enter": {"event": "see"}, "stages": stages}},
    )
    events = [
        an_event("see"),
        an_event("see", NOON + MINUTE, 2, id="i"),
        an_event("undo", NOON + 2 * MINUTE, 3, id="i"),
    ]
    state = fold.refold(plan, events, known)
    assert fold.next_due(plan, state, known, NOON + 2 * MINUTE) == NOON + 50 * MINUTE


@pytest.mark.parametrize("place", [1, 2, 30, len(EDGES) - 1])
def test_the_usual_range_holds_both_deciles(place: int) -> None:
    """They are told as the ends of their buckets; the longest bucket has no end."""
    found = replace(LEARNED, soon=EDGES[place], late=EDGES[place])
    assert usual(found) == (place - 1, place)
    assert usual(replace(LEARNED, soon=5 * MINUTE, late=20 * MINUTE)) == (
        bucket_of(5 * MINUTE),
        bucket_of(20 * MINUTE) + 1,
    )
    assert usual(replace(LEARNED, late=9000 * DAY)) == (bucket_of(5 * MINUTE), len(EDGES) - 1)
