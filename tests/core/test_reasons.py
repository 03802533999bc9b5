"""Answers and their reasons: the version, what was found, what was required, and the names that people read."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, write_instant
from service.core.event import Event
from service.core.plan import Plan, compile_playbook
from service.core.reasons import explain, explain_value
from service.core.view import show_persona, view
from tests.given import NOON, a_calibration, a_plan, a_playbook, an_event, rich

FEN = {"type": "money", "unit": "fen", "name": "金额"}
PAID = {"name": "支付", "properties": {"amount": FEN, "items": "integer", "gift": "boolean"}}
EVENTS = {"paid": PAID, "seen": {}}
CLASSES = [{"class": "high", "name": "高端", "enter": "p80"}, {"class": "mass"}]
SCORE = {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"}
TIER = {"tier": {"name": "分层", "score": SCORE, "classes": CLASSES}}
FIRST = {
    "first": {
        "name": "首杯",
        "enter": {"event": "seen"},
        "stages": [{"stage": "s", "phase": "in_sale", "completed_by": {"event": "paid"}}],
    }
}
ORDERS = [an_event("paid", NOON + n * HOUR, n, amount=amount, items=n) for n, amount in enumerate([1850, 123_450])]


def because(when: Mapping[str, object], at: int = NOON + 2 * HOUR) -> dict[str, Any]:
    """The reason of a condition, over two orders of ¥18.50 and ¥1,234.50."""
    tags = {"t": {"when": when}, "vip": {"name": "贵宾", "kind": "manual"}}
    plan = a_plan(events=EVENTS, tags=tags, personas=TIER, journeys=FIRST)
    state = fold.refold(plan, [*ORDERS, an_event("trait_set", NOON + HOUR, 9, age=30)], ())
    fold.pass_silence(plan, state, at, ())
    condition = plan.playbook.tags["t"].values[0].when
    assert condition is not None
    return explain(plan, condition, state, at)


AMOUNT = {"event": "paid", "property": "amount"}
SAID: list[tuple[dict[str, Any], Any, Any, str, str]] = [
    ({"count": {"event": "paid"}, "gte": 2, "lt": 9}, 2, [{"gte": 2}, {"lt": 9}],
     "支付次数 2 次（要求 ≥ 2 次，< 9 次）", "count of paid is 2 (required ≥ 2, < 9)"),
    ({"count": {"event": ["paid", "seen"], "within": "30d", "where": {"channel": "app"}}, "eq": 0}, 0, [{"eq": 0}],
     "近 30 天支付、seen（渠道 = app）次数 0 次（要求 = 0 次）",
     "count of paid / seen (channel = app) in the last 30 days is 0 (required = 0)"),
    ({"sum": AMOUNT, "gt": 1000}, 1253, [{"gt": 1000}],
     "支付的金额合计 ¥1,253（要求 > ¥1,000）", "sum of amount of paid is ¥1,253 (required > ¥1,000)"),
    ({"avg": {"event": "paid", "property": "items"}, "lte": 1}, 0.5, [{"lte": 1}],
     "支付的 items 平均 0.5（要求 ≤ 1）", "average of items of paid is 0.5 (required ≤ 1)"),
    ({"min": AMOUNT, "between": [1, 18.5]}, 18.5, [{"between": [1, 18.5]}],
     "支付的金额最小 ¥18.5（要求 ¥1 至 ¥18.5）", "smallest amount of paid is ¥18.5 (required ¥1 to ¥18.5)"),
    ({"max": AMOUNT, "ne": 5}, 1234.5, [{"ne": 5}],
     "支付的金额最大 ¥1,234.5（要求 ≠ ¥5）", "largest amount of paid is ¥1,234.5 (required ≠ ¥5)"),
    ({"last": {"event": "paid", "property": "gift"}, "exists": False}, None, [{"exists": False}],
     "支付最近一次的 gift （无）（要求 没有）", "last gift of paid is absent (required absent)"),
    ({"last": {"event": "paid", "property": "items"}, "in": [1, 3]}, 1, [{"in": [1, 3]}],
     "支付最近一次的 items 1（要求 属于 1、3）", "last items of paid is 1 (required one of 1, 3)"),
    ({"since_last": {"event": "paid"}, "gte": "1h", "exists": True}, "1 hour", [{"gte": "1 hour"}, {"exists": True}],
     "距上次支付 1 小时（要求 ≥ 1 小时，有）", "time since last paid is 1 hour (required ≥ 1 hour, present)"),
    ({"since_last": {"event": "paid"}, "gte": "90m", "lt": "26h"}, "1 hour",
     [{"gte": "90 minutes"}, {"lt": "26 hours"}], "距上次支付 1 小时（要求 ≥ 90 分钟，< 26 小时）",
     "time since last paid is 1 hour (required ≥ 90 minutes, < 26 hours)"),
    ({"since_last": {"event": "seen"}, "exists": False}, None, [{"exists": False}],
     "距上次seen （无）（要求 没有）", "time since last seen is absent (required absent)"),
    ({"active_days": {"event": "paid"}, "gte": 1}, 1, [{"gte": 1}],
     "支付活跃天数 1 天（要求 ≥ 1 天）", "active days of paid is 1 day (required ≥ 1 day)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("when", "value", "required", "zh", "en"), SAID, ids=[f"{n} {next(iter(row[0]))}" for n, row in enumerate(SAID)]
)
def test_an_aggregate_says_what_it_found(
    when: dict[str, Any], value: object, required: object, zh: str, en: str
) -> None:
    found = because(when)
    kind = next(iter(when))
    assert (found["code"], found["value"], found["required"]) == (kind, value, required)
    assert (found["text"], found["text_en"]) == (zh, en)
    assert found["filtered"] is ("where" in when[kind])
    assert found["within"] == ("30 days" if "within" in when[kind] else None)


def test_a_reason_counts_as_of_the_instant() -> None:
    """Two orders an hour apart; of a day the first has left, and in the end the second too."""
    when = {"count": {"event": "paid", "within": "1d"}, "gte": 1}
    moments = [NOON + DAY - 1, NOON + DAY + HOUR - 1, NOON + 2 * DAY]
    assert [because(when, at)["value"] for at in moments] == [2, 1, 0]
    plan = a_plan(events=EVENTS, tags={"t": {"when": when}})
    assert [answer(plan, ORDERS, at)["tags"][0]["because"]["value"] for at in moments[:2]] == [2, 1]


PARTS: list[tuple[dict[str, Any], str, str]] = [
    ({"all": [{"tag": "vip"}, {"always": True}]}, "标签“贵宾”；且 总是", "tag vip and always"),
    ({"any": [{"tag": "vip"}, {"always": False}]}, "标签“贵宾”；或 从不", "tag vip or never"),
    ({"not": {"trait": "age", "gte": 18}}, "不满足（属性 age 为 30（要求 ≥ 18））",
     "not (trait age is 30 (required ≥ 18))"),
    ({"trait": "city", "in": ["上海", "北京"]}, "属性 city 为 （无）（要求 属于 上海、北京）",
     "trait city is absent (required one of 上海, 北京)"),
    ({"all": [{"tag": "vip"}, {"any": [{"always": True}, {"always": False}]}]}, "标签“贵宾”；且 （总是；或 从不）",
     "tag vip and (always or never)"),
    ({"any": [{"all": [{"tag": "vip"}, {"always": True}]}, {"all": [{"always": False}]}]},
     "（标签“贵宾”；且 总是）；或 从不", "(tag vip and always) or never"),
    ({"persona": {"scheme": "tier", "in": ["high", "undetermined"]}}, "分层属于 高端、未定",
     "persona tier in high, undetermined"),
    ({"journey": {"journey": "first", "status": "active"}}, "旅程“首杯”进行中", "journey first active"),
]  # fmt: skip


@pytest.mark.parametrize(("when", "zh", "en"), PARTS, ids=[f"{n} {next(iter(row[0]))}" for n, row in enumerate(PARTS)])
def test_parts_are_put_into_words(when: dict[str, Any], zh: str, en: str) -> None:
    found = because(when)
    assert (found["code"], found["text"], found["text_en"]) == (next(iter(when)), zh, en)


def test_the_calendar_is_a_reason() -> None:
    found = because({"weekday": ["sat", "sun"]})
    assert (found["code"], found["text"], found["text_en"]) == ("calendar", "周六、周日", "Saturday, Sunday")


def test_a_trait_says_in_data_what_is_required() -> None:
    found = because({"trait": "age", "gte": 18, "in": [30, 31]})
    assert (found["value"], found["required"]) == (30, [{"gte": 18}, {"in": [30, 31]}])


@pytest.mark.parametrize(
    ("where", "zh", "en"), [(None, "", ""), ({"channel": "app"}, "（渠道 = app）", " (channel = app)")]
)
def test_quintiles_are_told_without_what_goes_without_saying(where: object, zh: str, en: str) -> None:
    """That only events with a number count is not said, only what the playbook says."""
    rfm = AMOUNT if where is None else {**AMOUNT, "where": where}
    plan = a_plan(events=EVENTS, tags={"rfm": {"rfm": rfm}})
    state = fold.refold(plan, [replace(each, channel="app") for each in ORDERS], ())
    found: dict[str, Any] = explain_value(plan, plan.playbook.tags["rfm"], state, NOON + 2 * HOUR)
    assert found["text"] == f"距上次支付{zh} 1 小时；支付{zh}次数 2 次；支付{zh}的金额合计 ¥1,253"
    assert found["text_en"] == (
        f"time since last paid{en} is 1 hour; count of paid{en} is 2; sum of amount of paid{en} is ¥1,253"
    )
    assert [each["filtered"] for each in found["parts"]] == [where is not None] * 3


# ---- the whole answer

LEVEL = {
    "name": "等级",
    "group": "spending",
    "values": [
        {"value": "high", "name": "高", "when": {"count": {"event": "paid"}, "gte": 3}},
        {"value": "low", "name": "低", "when": {"count": {"event": "paid"}, "gte": 1}},
    ],
}


def answer(plan: Plan, events: Sequence[Event], at: int) -> dict[str, Any]:
    state = fold.refold(plan, events, ())
    fold.pass_silence(plan, state, at, ())
    return view(plan, state, at, ())


def test_a_tag_shows_its_names_its_version_and_the_reason_of_its_value() -> None:
    playbook = a_playbook(events=EVENTS, tag_groups={"spending": {"name": "消费"}}, tags={"level": LEVEL})
    shown = answer(compile_playbook(playbook, 7), ORDERS, NOON + DAY)
    (tag,) = shown["tags"]
    assert (tag["name"], tag["group"], tag["group_name"]) == ("等级", "spending", "消费")
    assert (tag["value"], tag["value_name"], tag["source"]) == ("low", "低", "rule")
    assert (tag["since"], tag["until"]) == (write_instant(NOON), None)
    assert (tag["because"]["version"], tag["because"]["value"], tag["because"]["required"]) == (7, 2, [{"gte": 1}])


def test_an_opinion_is_shown_with_who_said_it() -> None:
    playbook = a_playbook(tags={"vip": {"kind": "manual"}})
    (tag,) = answer(compile_playbook(playbook, 7), [an_event("tag_set", tag="vip", layer="manual")], NOON)["tags"]
    told = tag["because"]
    assert (told["version"], told["code"], told["layer"], told["text"]) == (7, "set", "manual", "员工设置")


def test_an_off_opinion_has_no_end_that_another_could_speak_after() -> None:
    """Only that a tag is on may end; what staff took away stays away, whatever another system says."""
    plan = a_plan(tags={"vip": {"kind": "manual"}})
    off = an_event("tag_removed", NOON, 1, tag="vip", layer="manual", until="2026-09-23T12:00:00+08:00")
    on, again = (an_event("tag_set", NOON + n * DAY, n + 2, tag="vip", layer="import") for n in (0, 2))
    assert answer(plan, [off, on, again], NOON + 2 * DAY)["tags"] == []


def test_traits_are_shown_in_their_order() -> None:
    given = {"b": False, "a": 1.5, "c": "上海"}
    assert list(answer(a_plan(), [an_event("trait_set", NOON, 1, **given)], NOON)["traits"].items()) == [
        ("a", 1.5), ("b", False), ("c", "上海"),
    ]  # fmt: skip


def test_a_class_shows_its_place_and_what_it_was_learned_from() -> None:
    """The position is how many of the quantiles the score reaches; reaching one is enough."""
    plan = a_plan(events=EVENTS, personas=TIER)
    scheme, state = plan.schemes[0], fold.refold(plan, ORDERS, ())
    unknown: dict[str, Any] = show_persona(scheme, state, None)
    assert (unknown["class"], unknown["class_name"], unknown["position"]) == ("undetermined", "未定", None)
    assert (unknown["because"]["code"], unknown["because"]["calibration"]) == ("not_calibrated", None)
    score = show_persona(scheme, state, a_calibration(1, NOON))["score"]
    assert isinstance(score, int)
    learned = a_calibration(3, NOON, low=score - 500, high=score + 500)
    state = fold.refold(plan, ORDERS, [learned])
    fold.pass_silence(plan, state, NOON + DAY, [learned])
    shown: dict[str, Any] = show_persona(scheme, state, learned)
    assert (shown["class"], shown["score"], shown["position"]) == ("mass", score, 500)
    assert shown["since"] == write_instant(NOON)
    told = shown["because"]
    assert (told["code"], told["orders"], told["average"], told["calibration"]) == ("score", 2, 626.5, 3)
    assert told["text"] == "支付 2 次，平均 ¥626.5，越近的权重越大"
    assert told["text_en"] == "2 × paid, ¥626.5 on average; recent ones weigh more"
    other: dict[str, Any] = show_persona(scheme, state, a_calibration(4, NOON, scheme="another"))
    assert (other["position"], other["because"]["calibration"]) == (None, None)


def test_whoever_is_in_the_last_class_of_rules_is_told_why() -> None:
    classes = [{"class": "known", "when": {"trait": "known", "eq": True}}, {"class": "others"}]
    plan = a_plan(events=EVENTS, personas={"ruled": {"classes": classes}})
    shown: dict[str, Any] = show_persona(plan.schemes[0], fold.refold(plan, ORDERS, ()), None)
    assert (shown["class"], shown["because"]["text"]) == ("others", "前面各层的规则都不符合")
    assert shown["because"]["text_en"] == "the rule of no class above holds"


def test_looking_ahead_leaves_the_facts_alone() -> None:
    """What is foreseen (a stall, a drop, the end of a class and of tags) has not happened yet."""
    plan = rich()
    events = [
        an_event("menu_viewed", NOON, 1),
        an_event("order_paid", NOON + 1, 2, order_id="o", amount=8000, channel="app"),
    ]
    for at in (NOON + 1, NOON + 2 * DAY):  # before the stall, and between it and the drop
        state = fold.refold(plan, events, ())
        fold.pass_silence(plan, state, at, ())
        before = state.encode()
        said = view(plan, state, at, ())
        assert state.encode() == before
        assert view(plan, state, at, ()) == said
