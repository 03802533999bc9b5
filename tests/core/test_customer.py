"""What a customer sees of his runs: his own words, where he is, and never a promise that has passed."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE
from service.core.calibration import Calibration
from service.core.customer import progress_of, seen_by_friends
from service.core.event import Event
from service.core.expectations import StageCalibration
from service.core.plan import Plan
from service.core.progress import show_enrollments
from service.core.steps import EDGES
from tests.given import NOON, a_plan, an_event

CUP: dict[str, Any] = {
    "name": "第一杯", "name_en": "First cup", "theme": "三天", "theme_en": "Three days", "value": "好喝",
    "enter": {"event": "view"},
    "exit": {"event": "leave"},
    "brand": {"colour": "#8a5a2b", "colour_dark": "#d9a066", "badge": "cup", "words": {"lit": "亮啦"}},
    "share": {"title": "看我", "path": "/pages/j"},
    "stages": [
        {"stage": "view", "phase": "pre_sale", "name": "逛", "completed_by": {"event": "view"}},
        {"stage": "order", "phase": "in_sale", "name": "下单", "words": "买一杯", "words_en": "Buy one", "goal": "首单",
         "benefit": "立减", "benefit_en": "Money off", "completed_by": {"event": "order"}, "expected_within": "1h",
         "services": ["offer"], "lit_by": "user", "key_moment": True},
        {"stage": "cheers", "phase": "in_sale", "optional": True, "lit_by": {"friends": 2}},
        {"stage": "pickup", "phase": "in_sale", "completed_by": {"event": "pickup"}},
    ],
}  # fmt: skip
PLAN = a_plan(journeys={"cup": CUP}, services={"offer": {"name": "首杯立减"}}, timezone="Asia/Shanghai")


def told(*events: Event, after: int = 0, plan: Plan = PLAN, learned: Sequence[Calibration] = ()) -> Any:
    state = fold.refold(plan, [an_event("view", NOON, 0), *events], learned)
    at = NOON + after
    fold.pass_silence(plan, state, max(at, state.newest[0]), learned)
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


FORK: dict[str, Any] = {"enter": {"event": "view"}, "stages": [
    {"stage": "view", "phase": "pre_sale", "completed_by": {"event": "view"}, "next": ["call", "visit"]},
    *({"stage": each, "phase": "in_sale", "completed_by": {"event": each}, "lit_by": "user", "next": ["order"]}
      for each in ("call", "visit")),
    {"stage": "order", "phase": "in_sale", "completed_by": {"event": "order"}},
]}  # fmt: skip


def test_of_stages_that_stand_for_each_other_one_is_to_be_done() -> None:
    plan = a_plan(journeys={"cup": FORK})

    def forked(*done: str) -> tuple[int, str, str]:
        found = [an_event("stage_lit", NOON + 1, n, journey="cup", stage=each) for n, each in enumerate(done, 1)]
        run = told(*found, plan=plan)
        return run["percent"], run["current"], states(run)

    assert forked() == (33, "call", "view=lit call=current visit=ahead order=ahead")
    assert forked("call") == (66, "order", "view=lit call=lit visit=ahead order=current")
    assert forked("visit") == (66, "order", "view=lit visit=lit order=current")
    assert forked("visit", "call") == (66, "order", "view=lit call=lit visit=lit order=current")


def test_percents_are_whole_and_exact() -> None:
    stages = [{"stage": f"s{n}", "phase": "in_sale", "completed_by": {"event": f"e{n}"}} for n in range(50)]
    plan = a_plan(journeys={"cup": {"enter": {"event": "view"}, "stages": stages}})
    assert told(*(an_event(f"e{n}", NOON + n, n + 1) for n in range(29)), plan=plan)["percent"] == 58


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
    assert (order["goal_en"], order["benefit_en"]) == (None, "Money off")
    assert (run["theme"], run["theme_en"], run["value"], run["value_en"]) == ("三天", "Three days", "好喝", None)
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
        "after": None, "by": "2026-09-22T05:00:00Z", "basis": "playbook", "text": "一般在 09-22 13:00 前",
        "text_en": "usually before 09-22 13:00",
    }  # fmt: skip
    late = told(after=HOUR + 1)["stages"][1]["expected"]
    assert (late["by"], late["text"]) == (None, "比平时慢一些，仍在进行")
    assert told(after=DAY)["stages"][3]["expected"] is None


LEARNED = StageCalibration(
    soon=EDGES[20], usual=EDGES[25], late=EDGES[30], stalled=None, went_on=100, left=5, waiting=2
)


def calibrated(*stages: str) -> tuple[Calibration, ...]:
    learned = {f"cup/{stage}": LEARNED for stage in stages}
    return (Calibration(number=1, effective_from=NOON - DAY, schemes={}, stages=learned),)


def test_what_was_learned_is_a_range() -> None:
    """Also of a stage whose limit the playbook says. The first decile lies in the bucket that ends with it."""
    assert (EDGES[19] // MINUTE, EDGES[20] // MINUTE, EDGES[30] // MINUTE) == (10, 12, 44)
    view = told(learned=calibrated("order"))["stages"][1]["expected"]
    assert (view["basis"], view["text"]) == ("learned", "一般在 09-22 12:10 到 12:45 之间")
    assert (view["after"], view["by"]) == ("2026-09-22T04:10:00Z", "2026-09-22T04:45:00Z")
    begun = told(after=11 * MINUTE, learned=calibrated("order"))["stages"][1]["expected"]
    assert (begun["after"], begun["by"], begun["text"]) == (None, view["by"], "一般在 09-22 12:45 前")
    over = told(after=HOUR, learned=calibrated("order"))["stages"][1]["expected"]
    assert (over["after"], over["by"], over["basis"]) == (None, None, "learned")


def test_what_is_learned_later_moves_no_range_and_is_not_told_of_another_stage() -> None:
    """The range is of when the stage was entered, and the next stage has its own."""
    assert told(learned=calibrated("pickup"))["stages"][1]["expected"]["basis"] == "playbook"
    later = replace(calibrated("order")[0], number=2, effective_from=NOON + MINUTE)
    none_yet = replace(later, number=1, effective_from=NOON - DAY, stages={})
    assert told(after=5 * MINUTE, learned=(none_yet, later))["stages"][1]["expected"]["basis"] == "playbook"
    on = told(an_event("order", NOON, 1), learned=calibrated("order", "pickup"))
    assert (on["stages"][1]["expected"], on["stages"][3]["expected"]["basis"]) == (None, "learned")
    gone = told(an_event("order", NOON, 1), learned=calibrated("order"))
    assert gone["stages"][3]["expected"] is None


# ---- what went dark

PAY = {"properties": {"id": "string"}}
REFUND: dict[str, Any] = {**PAY, "name": "红冲", "reverses": {"event": "order", "by": "id"}}
WORDS = {"words": "订单退款", "words_en": "the refund"}


def refundable(**words: str) -> Plan:
    return a_plan(
        events={"order": PAY, "refunded": REFUND | words}, journeys={"cup": CUP}, services={"offer": {}},
        timezone="Asia/Shanghai",
    )  # fmt: skip


PAID, REFUNDED = an_event("order", NOON, 1, id="SECRET-7"), an_event("refunded", NOON + HOUR, 2, id="SECRET-7")


def dark(*events: Event, plan: Plan | None = None) -> dict[str, Any]:
    run = told(*events, plan=plan or refundable(**WORDS), after=3 * HOUR)
    return {each["stage"]: each["dimmed"] for each in run["stages"] if each["dimmed"]}


def test_after_a_refund_he_reads_why_a_stage_went_dark() -> None:
    assert dark(PAID) == {}
    found = dark(PAID, REFUNDED)
    assert found == {
        "order": {
            "at": "2026-09-22T05:00:00Z", "day": "2026-09-22", "because": "reversed",
            "text": "因订单退款，这一步回到待点亮", "text_en": "because of the refund, this step is to be lit again",
        }
    }  # fmt: skip
    assert dark(REFUNDED, PAID) == found, "whichever arrived first"
    early = an_event("refunded", NOON, 0, id="SECRET-7")
    assert dark(PAID, early) == {}, "what was taken back before it happened was never lit"


def test_whoever_was_refunded_is_not_told_that_he_is_late() -> None:
    plan = refundable(**WORDS)
    late: Any = told(plan=plan, after=40 * DAY)["stages"][1]
    assert (late["state"], late["expected"]["text"]) == ("current", "比平时慢一些，仍在进行")
    refunded = told(PAID, REFUNDED, plan=plan, after=40 * DAY)["stages"][1]
    assert (refunded["state"], refunded["expected"]) == ("current", None)
    soon = told(PAID, REFUNDED, plan=plan, after=HOUR)["stages"][1]
    assert soon["expected"]["by"] is not None


def test_what_he_reads_has_no_word_that_is_not_for_him() -> None:
    bare = dark(PAID, REFUNDED, plan=refundable())["order"]
    assert (bare["text"], bare["text_en"]) == (
        "之前的一项操作已撤销，这一步回到待点亮", "what had lit this step was taken back; it is to be lit again",
    )  # fmt: skip
    assert not [word for word in ("SECRET", "refunded", "红冲") if word in str(bare)]
    assert "dimmed" not in seen_by_friends(told(PAID, REFUNDED, plan=refundable(**WORDS)))["stages"][1]  # type: ignore[index]


def test_what_is_lit_again_is_dark_no_more() -> None:
    again = an_event("order", NOON + 2 * HOUR, 3, id="b")
    assert dark(PAID, REFUNDED, again) == {}
    assert list(dark(PAID, REFUNDED, again, an_event("refunded", NOON + 3 * HOUR, 4, id="b"))) == ["order"]
    assert dark(PAID, REFUNDED, lit("order", 90)) == {}, "he lights it himself"
    assert dark(PAID, lit("order", 10), REFUNDED) == {}, "he had lit it himself, too"


def test_another_refund_keeps_what_the_first_put_out() -> None:
    """The second one takes back what lit no stage."""
    more = an_event("order", NOON + MINUTE, 5, id="b")
    events = PAID, more, REFUNDED, an_event("refunded", NOON + 2 * HOUR, 4, id="b")
    assert dark(PAID, more, REFUNDED) == {}, "the other order keeps it lit"
    assert dark(*events)["order"]["at"] == "2026-09-22T06:00:00Z"
    rest = an_event("order", NOON + 2 * HOUR, 6, id="c"), an_event("refunded", NOON + 2 * HOUR, 7, id="c")
    assert dark(PAID, REFUNDED, *rest[1:])["order"]["at"] == "2026-09-22T05:00:00Z"


def test_a_new_lap_begins_without_what_was_taken_back_in_the_last() -> None:
    stages = [
        {"stage": "look", "phase": "pre_sale", "completed_by": {"event": "view"}, "next": ["look", "order"]},
        {"stage": "order", "phase": "in_sale", "completed_by": {"event": "order"}},
    ]
    cup = {"cup": {"enter": {"event": "view"}, "stages": stages}}
    plan = a_plan(events={"order": PAY, "refunded": REFUND}, journeys=cup, timezone="Asia/Shanghai")
    assert list(dark(PAID, REFUNDED, plan=plan)) == ["order"]
    assert dark(PAID, REFUNDED, an_event("view", NOON + 2 * HOUR, 3), plan=plan) == {}


def test_a_playbook_that_has_no_such_event_any_more_says_it_in_general() -> None:
    plan = refundable(**WORDS)
    state = fold.refold(plan, [an_event("view", NOON, 0), PAID, REFUNDED], ())
    (shown,) = show_enrollments(plan, state, NOON + 2 * HOUR)
    found: Any = progress_of(PLAN, shown, NOON + 2 * HOUR)
    assert found["stages"][1]["dimmed"]["text"] == "之前的一项操作已撤销，这一步回到待点亮"


def test_friends_see_stages_and_days_only() -> None:
    seen = seen_by_friends(told(lit("order", 5), lit("cheers", 6, friend="0" * 16)))
    assert seen.keys() == {
        "journey", "name", "name_en", "theme", "theme_en", "value", "value_en", "status", "percent", "current", "brand",
        "share", "stages",
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
