"""Progress as answers show it: the state of each stage, how far, how fast, until when, and why a run is stalled."""

from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.core.due import due_after
from service.core.plan import Plan
from service.core.progress import show_enrollments
from tests.given import NOON, a_plan, an_event

STAGES = [
    {"stage": "a", "name": "甲", "phase": "pre_sale", "completed_by": {"event": "a"}},
    {"stage": "b", "phase": "pre_sale", "completed_by": {"event": "b"}, "optional": True},
    {"stage": "c", "name": "丙", "phase": "in_sale", "completed_by": {"event": "c"}, "expected_within": "1h",
     "stalled_after": "2h"},
    {"stage": "d", "phase": "in_sale", "completed_by": {"event": "d"}, "expected_within": "30m"},
    {"stage": "e", "phase": "after_sale", "completed_by": {"event": "e"}},
    {"stage": "f", "phase": "after_sale", "completed_by": {"event": "f"}, "optional": True},
]  # fmt: skip


def plan_of(**more: object) -> Plan:
    return a_plan(journeys={"way": {"enter": {"event": "a"}, "stages": STAGES, **more}})


def shown(told: str, minutes: int, plan: Plan | None = None, **given: object) -> dict[str, Any]:
    """The run of `a0 c30`: entered at once, the third stage lit after thirty minutes."""
    plan = plan or plan_of()
    words = [(word[0], int(word[1:])) for word in told.split()]
    events = [an_event(kind, NOON + at * MINUTE, n, **given) for n, (kind, at) in enumerate(words)]
    at = NOON + minutes * MINUTE
    state = fold.refold(plan, events, ())
    fold.pass_silence(plan, state, at, ())
    (found,) = show_enrollments(plan, state, at)
    return found


STATES = [
    ("a0", ["lit", "ahead", "current", "ahead", "ahead", "ahead"], 0.25),
    ("a0 b1", ["lit", "lit", "current", "ahead", "ahead", "ahead"], 0.25),
    ("a0 c1", ["lit", "ahead", "lit", "current", "ahead", "ahead"], 0.5),
    # after the furthest lit stage if there is one, else the first that was left out
    ("a0 d1", ["lit", "ahead", "skipped", "lit", "current", "ahead"], 0.5),
    ("a0 d1 c2", ["lit", "ahead", "lit", "lit", "current", "ahead"], 0.75),
    ("a0 e1", ["lit", "ahead", "current", "skipped", "lit", "ahead"], 0.5),
    ("a0 f1", ["lit", "ahead", "current", "skipped", "skipped", "lit"], 0.25),
]


@pytest.mark.parametrize(("told", "states", "progress"), STATES, ids=[row[0] for row in STATES])
def test_the_state_of_each_stage(told: str, states: list[str], progress: float) -> None:
    run = shown(told, 9)
    assert [stage["state"] for stage in run["stages"]] == states
    assert run["stage"] == run["stages"][states.index("current")]["stage"]
    assert run["progress"] == progress
    wanted = {word[0]: write_instant(NOON + int(word[1:]) * MINUTE) for word in told.split()}
    assert {stage["stage"]: stage["at"] for stage in run["stages"] if stage["at"]} == wanted


def test_a_completed_run_shows_its_furthest_stage_and_no_pace() -> None:
    run = shown("a0 c1 d2 e3", 9)
    assert (run["status"], run["stage"], run["pace"], run["progress"]) == ("completed", "e", None, 1.0)
    assert shown("a0 c1 d2 e3 f4", 9)["stage"] == "f"


@pytest.mark.parametrize(("lit", "progress"), [(1, 0.167), (2, 0.333), (4, 0.667), (5, 0.833)], ids=str)
def test_progress_has_three_decimals(lit: int, progress: float) -> None:
    stages = [{"stage": f"s{n}", "phase": "in_sale", "completed_by": {"event": "abcdef"[n]}} for n in range(6)]
    assert shown(" ".join(f"{'abcdef'[n]}{n}" for n in range(lit)), 9, plan_of(stages=stages))["progress"] == progress


def test_a_stage_is_expected_from_when_it_was_entered() -> None:
    """The third is entered at once and the fourth after half an hour; only the current one is expected."""
    for told, place, minutes in (("a0", 2, 60), ("a0 b20", 2, 60), ("a0 c30", 3, 60)):
        stages = shown(told, 40)["stages"]
        assert {n: each["expected_by"] for n, each in enumerate(stages) if "expected_by" in each} == {
            place: write_instant(NOON + minutes * MINUTE)
        }
    assert shown("a0 c30", 59)["pace"] == "on_time"
    assert shown("a0 c30", 60)["pace"] == "late"
    assert shown("a0", 200, plan_of(abandon_after="3h"))["pace"] is None


def test_being_late_is_due_to_the_microsecond() -> None:
    plan = plan_of()
    state = fold.refold(plan, [an_event("a")], ())
    for at, due in ((NOON, HOUR), (NOON + HOUR - 1, HOUR), (NOON + HOUR, 2 * HOUR)):
        silent = fold.pass_silence(plan, state, at, ())
        assert due_after(state, at, silent) == NOON + due
    assert due_after(state, NOON + 9 * HOUR, fold.pass_silence(plan, state, NOON + 9 * HOUR, ())) is None


def test_a_stall_is_counted_from_the_entry_of_its_stage() -> None:
    """Lighting an optional stage is activity, and does not put the stall off."""
    (stall,) = shown("a0 b60", 120)["breakpoints"]
    assert (stall["kind"], stall["stage_name"]) == ("stalled", "丙")
    assert (stall["since"], stall["resolved_at"]) == (write_instant(NOON + 2 * HOUR), None)
    said = stall["because"]
    assert said["text"] == "2026-09-22 14:00 起，进入“丙”超过 2 小时 仍未完成"
    assert said["text_en"] == "since 2026-09-22 14:00: c was not completed within 2 hours"


@pytest.mark.parametrize(("key", "status"), [(None, "active"), ("id", "dropped")], ids=str)
def test_only_keyed_runs_are_dropped_by_default_after_ninety_days(key: str | None, status: str) -> None:
    plan = plan_of(**({} if key is None else {"key": key}))
    for days, wanted in ((89, "active"), (90, status), (3000, status)):
        assert shown("a0", days * DAY // MINUTE, plan, id="x")["status"] == wanted


def test_a_rating_touches_only_journeys_that_it_belongs_to() -> None:
    """Those with a key by the key, others if a stage of theirs is completed by it."""
    rated = {"stage": "g", "phase": "after_sale", "completed_by": {"event": "feedback_given"}, "optional": True}
    for more, quality in (({}, 1.0), ({"key": "id"}, 0.2), ({"stages": [*STAGES, rated]}, 0.2)):
        plan = plan_of(**more)
        events = [an_event("a", id="x"), an_event("feedback_given", NOON + 1, 2, rating=1, id="x")]
        (run,) = show_enrollments(plan, fold.refold(plan, events, ()), NOON + 1)
        assert run["health"]["quality"] == quality  # type: ignore[index]  # as JSON


def test_long_keys_are_told_apart() -> None:
    plan = plan_of(key="id")
    events = [an_event("a", NOON, n, id="订" * 100 + str(n)) for n in range(2)]
    assert len(fold.refold(plan, events, ()).enrollments) == 2


SEEN: dict[str, dict[str, str]] = {
    "completed": {"status": "completed"},
    "active": {"status": "active"},
    "at_d": {"stage": "d"},
    "active_at_c": {"status": "active", "stage": "c"},
    "any": {},
}
LIVES = [
    ("a0", {"active", "active_at_c", "any"}),
    ("a0 c1", {"active", "at_d", "any"}),
    ("a0 d1", {"active", "any"}),
    ("a0 c1 d2 e3", {"completed", "any"}),
    ("b0", set[str]()),
]


@pytest.mark.parametrize(("told", "on"), LIVES, ids=[row[0] for row in LIVES])
def test_a_condition_sees_the_status_and_the_current_stage(told: str, on: set[str]) -> None:
    tags = {key: {"when": {"journey": {"journey": "way", **test}}} for key, test in SEEN.items()}
    plan = a_plan(journeys={"way": {"enter": {"event": "a"}, "stages": STAGES}}, tags=tags)
    words = [(word[0], int(word[1:])) for word in told.split()]
    state = fold.refold(plan, [an_event(kind, NOON + at * MINUTE, n) for n, (kind, at) in enumerate(words)], ())
    assert {list(tags)[place] for place, mark in state.marks.items() if mark.value} == on


def test_a_keyed_run_that_is_over_is_seen_no_more() -> None:
    """Also before the facts are packed: dropped at once, completed until silence closes it."""
    tags = {key: {"when": {"journey": {"journey": "way", **test}}} for key, test in SEEN.items()}
    way = {"key": "id", "enter": {"event": "a"}, "exit": {"event": "x"}, "abandon_after": "1d", "stages": STAGES}
    plan = a_plan(journeys={"way": way}, tags=tags)
    for told, at, on in (
        ("ax", 0, set[str]()),
        ("acde", DAY - 1, {"completed", "any"}),
        ("acde", DAY, set[str]()),
        ("ac", DAY, set[str]()),
    ):
        state = fold.refold(plan, [an_event(kind, NOON, n, id="k") for n, kind in enumerate(told)], ())
        fold.pass_silence(plan, state, NOON + at, ())
        assert {list(tags)[place] for place, mark in state.marks.items() if mark.value} == on, told
