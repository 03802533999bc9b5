"""What a customer sees of his runs: his own words, where he is, and never a promise that has passed."""

from typing import Any

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE
from service.core.customer import progress_of, seen_by_friends
from service.core.event import Event
from service.core.plan import Plan
from service.core.progress import show_enrollments
from tests.given import NOON, a_plan, an_event

CUP: dict[str, Any] = {
    "name": "第一杯", "name_en": "First cup", "theme": "三天", "value": "好喝",
    "enter": {"event": "view"},
    "exit": {"event": "leave"},
    "brand": {"colour": "#8a5a2b", "colour_dark": "#d9a066", "badge": "cup", "words": {"lit": "亮啦"}},
    "share": {"title": "看我", "path": "/pages/j"},
    "stages": [
        {"stage": "view", "phase": "pre_sale", "name": "逛", "completed_by": {"event": "view"}},
        {"stage": "order", "phase": "in_sale", "name": "下单", "words": "买一杯", "words_en": "Buy one", "goal": "首单",
         "benefit": "立减", "completed_by": {"event": "order"}, "expected_within": "1h", "services": ["offer"],
         "lit_by": "user", "key_moment": True},
        {"stage": "cheers", "phase": "in_sale", "optional": True, "lit_by": {"friends": 2}},
        {"stage": "pickup", "phase": "in_sale", "completed_by": {"event": "pickup"}},
    ],
}  # fmt: skip
PLAN = a_plan(journeys={"cup": CUP}, services={"offer": {"name": "首杯立减"}}, timezone="Asia/Shanghai")


def told(*events: Event, after: int = 0, plan: Plan = PLAN) -> Any:
    state = fold.refold(plan, [an_event("view", NOON, 0), *events], ())
    at = NOON + after
    fold.pass_silence(plan, state, max(at, state.newest[0]), ())
    (shown,) = show_enrollments(plan, state, at)
    return progress_of(plan, shown, at)


def lit(stage: str, minute: int, **more: Any) -> Event:
    return an_event("stage_lit", NOON + minute * MINUTE, 100 + minute, journey="cup", stage=stage, **more)


def states(run: Any) -> str:
    return " ".join(f"{each['stage']}={each['state']}" for each in run["stages"])


def test_stages_are_lit_current_or_ahead() -> None:
    run = told()
    assert states(run) == "view=lit order=current cheers=ahead pickup=ahead"
    assert (run["status"], run["percent"], run["current"], run["benefits"]) == ("active", 33, "order", [])
    assert states(told(an_event("pickup", NOON, 1))) == "view=lit order=current cheers=ahead pickup=lit"
    done = told(an_event("order", NOON, 1), an_event("pickup", NOON, 2))
    assert (done["status"], done["percent"], done["current"]) == ("completed", 100, None)
    left = told(an_event("leave", NOON, 1))
    assert (left["status"], left["current"], states(left)) == (
        "ended",
        None,
        "view=lit order=ahead cheers=ahead pickup=ahead",
    )
    assert [each["can_light"] for each in left["stages"]] == [False] * 4


def test_past_what_he_lit_himself_he_goes_on() -> None:
    run = told(lit("order", 5))
    assert states(run) == "view=lit order=lit cheers=ahead pickup=current"
    assert (run["percent"], run["current"]) == (66, "pickup")
    order = run["stages"][1]
    assert (order["lit_by"], order["day"], order["can_light"]) == ("user", "2026-09-22", False)
    both = told(lit("order", 5), an_event("pickup", NOON + 9 * MINUTE, 1))
    assert (both["status"], both["percent"], both["current"]) == ("active", 100, None)


def test_what_he_may_do_is_said() -> None:
    view, order, cheers, _ = told(lit("cheers", 1, friend="0" * 16))["stages"]
    assert (view["can_light"], view["friends"]) == (False, None)
    assert (order["can_light"], order["friends"]) == (True, None)
    assert (cheers["can_light"], cheers["friends"]) == (False, {"wanted": 2, "helped": 1, "open": True})
    full = told(lit("cheers", 1, friend="0" * 16), lit("cheers", 2, friend="1" * 16))["stages"][2]
    assert (full["state"], full["lit_by"], full["friends"]["open"]) == ("lit", "friends", False)


def test_his_words_come_before_ours() -> None:
    run = told()
    order = run["stages"][1]
    assert (order["name"], order["name_en"], order["goal"], order["benefit"]) == ("买一杯", "Buy one", "首单", "立减")
    assert order["services"] == [{"service": "offer", "name": "首杯立减", "name_en": None}]
    assert run["brand"]["words"] == {"lit": "亮啦", "current": "进行中", "ahead": "待点亮"}
    assert run["share"] == {"title": "看我", "title_en": "First cup", "path": "/pages/j"}
    plain = a_plan(journeys={"cup": {key: value for key, value in CUP.items() if key not in {"brand", "share"}}},
                   services={"offer": {}})  # fmt: skip
    bare = told(plan=plain)
    assert bare["share"] == {"title": "第一杯", "title_en": "First cup", "path": None}
    assert (bare["brand"]["colour"], bare["brand"]["ink"]) == ("#0f766e", "#ffffff")


def test_what_is_expected_is_honest() -> None:
    assert told(after=30 * MINUTE)["stages"][1]["expected"] == {
        "after": None, "by": "2026-09-22T05:00:00Z", "basis": "playbook", "text": "一般在 2026-09-22 13:00 前",
        "text_en": "usually before 2026-09-22 13:00",
    }  # fmt: skip
    late = told(after=HOUR + 1)["stages"][1]["expected"]
    assert (late["by"], late["text"]) == (None, "比平时慢一些，仍在进行")
    assert told(after=DAY)["stages"][3]["expected"] is None


def test_what_was_learned_is_said_to_be() -> None:
    """Of a stage without a time of its own the limit was learned."""
    state = fold.refold(PLAN, [an_event("view", NOON, 0), an_event("order", NOON, 1)], ())
    (shown,) = show_enrollments(PLAN, state, NOON)
    stages: Any = shown["stages"]
    stages[3]["expected_by"] = "2026-09-22T05:00:00Z"
    found: Any = progress_of(PLAN, shown, NOON)
    assert (found["stages"][3]["expected"]["basis"], told()["stages"][1]["expected"]["basis"]) == (
        "learned",
        "playbook",
    )


def test_friends_see_stages_and_days_only() -> None:
    seen = seen_by_friends(told(lit("order", 5), lit("cheers", 6, friend="0" * 16)))
    assert seen.keys() == {
        "journey", "name", "name_en", "theme", "value", "status", "percent", "current", "brand", "share", "stages",
    }  # fmt: skip
    stages: Any = seen["stages"]
    assert all(
        each.keys()
        == {"stage", "name", "name_en", "phase", "state", "day", "lit_by", "key_moment", "optional", "friends"}
        for each in stages
    )
    assert "T0" not in str(seen)


def test_another_branch_is_no_business_of_his() -> None:
    stages = [
        {"stage": "a", "phase": "pre_sale", "completed_by": {"event": "view"}, "next": ["b", "c"]},
        {"stage": "b", "phase": "in_sale", "completed_by": {"event": "b"}, "next": []},
        {"stage": "c", "phase": "in_sale", "completed_by": {"event": "c"}},
    ]
    plan = a_plan(journeys={"cup": {"enter": {"event": "view"}, "stages": stages}})
    assert states(told(an_event("c", NOON, 1), plan=plan)) == "a=lit c=lit"


def test_a_journey_or_a_stage_that_is_gone_is_not_shown() -> None:
    state = fold.refold(PLAN, [an_event("view", NOON, 0)], ())
    (shown,) = show_enrollments(PLAN, state, NOON)
    assert progress_of(a_plan(), shown, NOON) is None
    fewer = a_plan(journeys={"cup": {**CUP, "stages": [CUP["stages"][0], CUP["stages"][3]]}}, services={"offer": {}})
    assert states(progress_of(fewer, shown, NOON)) == "view=lit pickup=current"
