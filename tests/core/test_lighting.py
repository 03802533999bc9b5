"""Stages that users light, or their friends: a claim beside the evidence, bounded by the rules of docs/playbook.md."""

from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import fold
from service.core.calendar import DAY, MINUTE
from service.core.enrollment import COMPLETED, DROPPED, NO_STAGE, UNLIT, Enrollment
from service.core.event import Event
from service.core.facts import State
from service.core.plan import Plan
from service.core.progress import show_enrollments
from tests.given import NOON, a_plan, an_event

FRIENDS = [f"{number:016x}" for number in range(1, 6)]
STAGES: list[dict[str, Any]] = [
    {"stage": "order", "phase": "in_sale", "completed_by": {"event": "order"}},
    {"stage": "photo", "phase": "in_sale", "lit_by": "user", "completed_by": {"event": "photo"}},
    {"stage": "cheers", "phase": "in_sale", "lit_by": {"friends": 3}, "optional": True},
    {"stage": "sign", "phase": "in_sale", "lit_by": {"by": "user", "verified": True}},
    {"stage": "crowd", "phase": "after_sale", "lit_by": {"friends": 2, "verified": True}, "optional": True},
]
CUP: dict[str, Any] = {"enter": {"event": "view"}, "exit": {"event": "leave"}, "abandon_after": "5d", "stages": STAGES}


def plan_of(**changes: Any) -> Plan:
    return a_plan(journeys={"cup": {**CUP, **changes}})


def lit(stage: str, minute: int, number: int = 100, **more: Any) -> Event:
    return an_event("stage_lit", NOON + minute * MINUTE, number + minute, journey="cup", stage=stage, **more)


def begun(*events: Event, plan: Plan | None = None) -> State:
    """Somebody entered, and then these."""
    return fold.refold(plan or plan_of(), [an_event("view", NOON, 0, order="o1"), *events], ())


def run_of(state: State) -> Enrollment:
    (each,) = state.enrollments.values()
    return each


def test_what_the_user_lights_is_a_claim_and_no_evidence() -> None:
    before = run_of(begun(an_event("order", NOON, 1)))
    each = run_of(begun(an_event("order", NOON, 1), lit("photo", 5)))
    assert each.claimed == {1: NOON + 5 * MINUTE}
    assert (each.lit, each.status, each.current, each.current_since, each.active_at) == (
        before.lit, before.status, before.current, before.current_since, before.active_at,
    )  # fmt: skip
    assert each.current == 1


def test_a_condition_does_not_see_a_claim() -> None:
    tags = {"there": {"when": {"journey": {"journey": "cup", "stage": "photo"}}}}
    plan = a_plan(journeys={"cup": CUP}, tags=tags)
    state = begun(an_event("order", NOON, 1), lit("photo", 5), plan=plan)
    assert state.marks[0].value == 1


def test_a_verified_stage_counts_as_done() -> None:
    each = run_of(begun(an_event("order", NOON, 1), an_event("photo", NOON, 2), lit("sign", 5)))
    assert (each.lit[3], each.claimed, each.status) == (NOON + 5 * MINUTE, {}, COMPLETED)


def test_evidence_comes_before_a_claim_and_after_it() -> None:
    order = an_event("order", NOON, 1)
    evidence = an_event("photo", NOON + 9 * MINUTE, 2)
    assert run_of(begun(order, lit("photo", 5), evidence)).lit[1] == NOON + 9 * MINUTE
    assert run_of(begun(order, evidence, lit("photo", 10))).claimed == {}


def test_so_many_different_friends_light_a_stage_and_no_more_are_kept() -> None:
    asked = [lit("cheers", minute, friend=FRIENDS[who]) for minute, who in enumerate((0, 0, 1, 1, 2, 3, 4), 1)]
    assert run_of(begun(*asked[:4])).claimed == {}
    each = run_of(begun(*asked))
    assert (each.claimed, each.helpers) == ({2: NOON + 5 * MINUTE}, {2: FRIENDS[:3]})


def test_friends_can_verify_too() -> None:
    each = run_of(begun(lit("crowd", 1, friend=FRIENDS[0]), lit("crowd", 2, friend=FRIENDS[1])))
    assert (each.lit[4], each.claimed, each.helpers) == (NOON + 2 * MINUTE, {}, {4: FRIENDS[:2]})


REFUSED = [
    lit("order", 5),  # not his to light
    lit("nothing", 5),  # no such stage
    lit("photo", 5, friend=FRIENDS[0]),  # his own, not his friends'
    lit("cheers", 5),  # his friends', not his own
    an_event("stage_lit", NOON + MINUTE, 7, journey="other", stage="photo"),
    an_event("stage_lit", NOON + MINUTE, 7, stage="photo"),
]


@pytest.mark.parametrize("event", REFUSED)
def test_what_the_rules_refuse_changes_nothing(event: Event) -> None:
    assert run_of(begun(event)) == run_of(begun())


def test_nothing_is_lit_before_a_run_begins_or_after_it_ends() -> None:
    early = lit("photo", -5)
    assert run_of(begun(early)).claimed == {}
    left = an_event("leave", NOON + MINUTE, 1)
    assert run_of(begun(left, lit("photo", 5))).claimed == {}
    late = begun(lit("photo", 6 * DAY // MINUTE))
    assert (run_of(late).status, run_of(late).claimed) == (DROPPED, {})


def test_a_key_names_the_run() -> None:
    plan = plan_of(key="order")
    state = begun(
        an_event("view", NOON, 1, order="o2"), lit("photo", 5, key="o1"), lit("photo", 6, order="o2"), plan=plan
    )
    claimed = {key: each.claimed for (_, key), each in state.enrollments.items()}
    assert claimed == {"o1": {1: NOON + 5 * MINUTE}, "o2": {}}


def test_of_a_journey_that_is_entered_again_the_open_run_is_meant() -> None:
    plan = plan_of(re_entry="after_exit")
    again = [an_event("leave", NOON + MINUTE, 1), an_event("view", NOON + 2 * MINUTE, 2)]
    state = begun(*again, lit("photo", 5), plan=plan)
    first, second = sorted(state.enrollments.values(), key=lambda each: each.entered_at)
    assert (first.claimed, second.claimed) == ({}, {1: NOON + 5 * MINUTE})
    named = begun(*again, lit("photo", 5, key=first.key), plan=plan)
    assert [each.claimed for each in named.enrollments.values()] == [{}, {}]


def test_a_new_lap_forgets_the_claims_behind_it() -> None:
    stages: list[dict[str, Any]] = [
        {"stage": "order", "phase": "in_sale", "completed_by": {"event": "order"}},
        {"stage": "photo", "phase": "in_sale", "lit_by": "user", "optional": True},
        {"stage": "pickup", "phase": "in_sale", "completed_by": {"event": "pickup"}, "next": ["order"]},
        {"stage": "cheers", "phase": "in_sale", "lit_by": {"friends": 2}, "optional": True},
    ]
    stages[2]["next"] = ["order", "cheers"]
    plan = a_plan(journeys={"cup": {**CUP, "stages": stages}})
    before = [an_event("order", NOON, 1), lit("photo", 1), lit("cheers", 2, friend=FRIENDS[0])]
    before += [an_event("pickup", NOON + 3 * MINUTE, 2)]
    lap = begun(*before, an_event("order", NOON + 9 * MINUTE, 3), plan=plan)
    assert (run_of(lap).claimed, run_of(lap).helpers) == ({}, {})
    assert run_of(begun(*before, plan=plan)).helpers == {3: FRIENDS[:1]}


def test_claims_and_helpers_survive_packing() -> None:
    plan = plan_of()
    state = begun(lit("photo", 1), lit("cheers", 2, friend=FRIENDS[1]), lit("cheers", 3, friend=FRIENDS[0]), plan=plan)
    unpacked = State(plan.layout, state.encode())
    assert unpacked.enrollments == state.enrollments
    assert unpacked.copy().enrollments == state.enrollments
    assert run_of(unpacked).helpers == {2: FRIENDS[:2]}


def test_staff_see_who_lit_what() -> None:
    plan = plan_of()
    state = begun(lit("photo", 1), lit("cheers", 2, friend=FRIENDS[1]), plan=plan)
    (run,) = show_enrollments(plan, state, NOON)
    stages: Any = run["stages"]
    shown = [(each["state"], each.get("lit_by"), each.get("helpers")) for each in stages]
    assert shown == [
        ("current", None, None), ("lit", "user", None), ("ahead", None, 1), ("ahead", None, None), ("ahead", None, 0),
    ]  # fmt: skip
    assert run["progress"] == 0.0


@given(st.permutations(range(8)), st.lists(st.integers(0, 7), max_size=4))
def test_any_order_and_any_repetition_give_the_same_bytes(order: list[int], again: list[int]) -> None:
    told = [
        an_event("view", NOON, 0), an_event("order", NOON + MINUTE, 1), lit("photo", 2), lit("sign", 6),
        lit("cheers", 3, friend=FRIENDS[0]), lit("cheers", 3, 200, friend=FRIENDS[1]),
        lit("cheers", 4, friend=FRIENDS[0]), lit("cheers", 5, friend=FRIENDS[2]),
    ]  # fmt: skip
    plan = plan_of()
    whole = fold.refold(plan, told, ()).encode()
    assert fold.refold(plan, [told[place] for place in [*order, *again]], ()).encode() == whole


def test_helpers_at_one_instant_are_the_same_in_any_order() -> None:
    asked = [lit("cheers", 1, number, friend=friend) for number, friend in zip((1, 2, 3, 4), FRIENDS, strict=False)]
    assert len({begun(*some).encode() for some in permutations(asked)}) == 1
    assert run_of(begun(*asked)).claimed == {2: NOON + MINUTE}
    assert (UNLIT, NO_STAGE) == (-1, 255)


def test_a_friend_may_be_called_by_any_name() -> None:
    """What is kept of him is a digest, and it can be packed."""
    asked = [lit("cheers", minute, friend=name) for minute, name in enumerate(("member:7", "member:7", "小林", "é"), 1)]
    plan = plan_of()
    state = begun(*asked, plan=plan)
    assert (run_of(state).claimed, len(run_of(state).helpers[2])) == ({2: NOON + 4 * MINUTE}, 3)
    assert run_of(State(plan.layout, state.encode())).helpers == run_of(state).helpers


def test_a_stage_that_he_lights_again_himself_says_no_longer_why_it_went_dark() -> None:
    events = {"unphoto": {"properties": {"id": "string"}, "reverses": {"event": "photo", "by": "id"}},
              "photo": {"properties": {"id": "string"}}}  # fmt: skip
    plan = a_plan(journeys={"cup": CUP}, events=events)
    gone = an_event("photo", NOON, 1, id="p"), an_event("unphoto", NOON + MINUTE, 2, id="p")
    assert set(run_of(begun(*gone, plan=plan)).dimmed) == {1}
    each = run_of(begun(*gone, lit("photo", 5), plan=plan))
    assert (each.dimmed, each.claimed) == ({}, {1: NOON + 5 * MINUTE})
