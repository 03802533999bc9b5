"""What stands behind a tag, event by event, and what is missing for it, with the date by which."""

from collections.abc import Sequence
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE, say_instant, write_instant
from service.core.event import Event
from service.core.evidence import counted, missing
from service.core.facts import State
from service.core.layout import aggregates_in
from service.core.plan import Plan
from service.core.playbook.conditions import Condition
from tests.given import NOON, a_plan, an_event

PAID = {
    "name": "支付",
    "properties": {"id": "string", "amount": {"type": "money", "name": "金额"}, "word": "string", "items": "integer"},
}
EVENTS = {
    "paid": PAID,
    "viewed": {"name": "浏览"},
    "odd": {},
    "refunded": {"properties": {"id": "string"}, "reverses": {"event": "paid", "by": "id"}},
}
TAGS = {"vip": {"name": "贵宾", "kind": "manual"}}
LOG = [
    an_event("viewed", NOON - 2 * DAY, 1),
    an_event("paid", NOON - DAY, 2, id="a", amount=20, word="茶", items=1, channel="app"),
    an_event("viewed", NOON - HOUR, 3),
    an_event("paid", NOON, 4, id="b", amount=30.5, word="奶", items=2, channel="pos"),
    an_event("trait_set", NOON, 5, city="北京"),
]
ODD = {"event": "odd"}
ODDS = [
    an_event("odd", NOON, 6, x=1, y="茶", w="a"),
    an_event("odd", NOON, 7, x="no number", y=5, w="b"),
    an_event("odd", NOON, 8, x=0, w="c", channel="app"),
]
ENDS = NOON - DAY + 7 * DAY + 15 * MINUTE  # of the older one in seven days


def asked(when: dict[str, Any], events: Sequence[Event] = LOG, at: int = NOON) -> tuple[Plan, Condition, State]:
    plan = a_plan(events=EVENTS, tags=TAGS | {"it": {"when": when}}, holidays={"spring": {"dates": ["2027-02-06"]}})
    state = State(plan.layout, fold.refold(plan, events, ()).encode())
    fold.pass_silence(plan, state, at, ())
    condition = plan.playbook.tags["it"].values[0].when
    assert condition is not None
    return plan, condition, state


OF_AMOUNT = {"event": "paid", "property": "amount"}
BY = say_instant(ENDS, ZoneInfo("Asia/Shanghai"))
MORE: list[tuple[dict[str, Any], float, int | None, str, str]] = [  # how much, by when, and in words
    ({"count": {"event": "paid"}, "gte": 3}, 1, None, "再支付 1 次", "1 more (count of paid)"),
    ({"count": {"event": "paid"}, "gt": 3}, 2, None, "再支付 2 次", "2 more (count of paid)"),
    ({"count": {"event": "paid"}, "gt": 2}, 1, None, "再支付 1 次", "1 more (count of paid)"),
    ({"count": {"event": "paid"}, "gte": 2.5}, 1, None, "再支付 1 次", "1 more (count of paid)"),
    ({"count": {"event": ["paid", "viewed"]}, "gte": 9}, 5, None, "再支付、浏览 5 次",
     "5 more (count of paid / viewed)"),
    ({"count": {"event": "paid", "within": "7d"}, "gte": 3}, 1, ENDS, f"再支付 1 次，{BY} 前",
     f"1 more (count of paid) before {BY}"),
    ({"count": {"event": "paid", "last_days": 2}, "gte": 3}, 1, NOON + 12 * HOUR, "再支付 1 次，2026-09-23 00:00 前",
     "1 more (count of paid) before 2026-09-23 00:00"),
    ({"count": {"event": "paid", "during": "this_week"}, "gte": 3}, 1, NOON + 5 * DAY + 12 * HOUR,
     "再支付 1 次，2026-09-28 00:00 前", "1 more (count of paid) before 2026-09-28 00:00"),
    ({"count": {"event": "paid", "where": {"channel": "web"}, "within": "7d"}, "gte": 1}, 1, None,
     "再支付（渠道 = web）1 次", "1 more (count of paid (channel = web))"),  # of nothing nothing lapses
    ({"sum": OF_AMOUNT, "gte": 100}, 49.5, None, "再累计支付的金额 ¥49.5", "¥49.5 more (sum of amount of paid)"),
    ({"sum": OF_AMOUNT, "gt": 50.5}, 0.01, None, "再累计支付的金额 ¥0.01", "¥0.01 more (sum of amount of paid)"),
    ({"sum": {**OF_AMOUNT, "within": "7d"}, "gte": 60}, 9.5, ENDS, f"再累计支付的金额 ¥9.5，{BY} 前",
     f"¥9.5 more (sum of amount of paid) before {BY}"),
    ({"active_days": {"event": "paid"}, "gte": 5}, 3, None, "再支付 3 天", "3 days more (active_days of paid)"),
    ({"active_days": {"event": "paid"}, "gte": 3}, 1, None, "再支付 1 天", "1 day more (active_days of paid)"),
    ({"distinct": {"event": "paid", "property": "word"}, "gte": 3}, 1, None, "再有不同的支付的 word 1",
     "1 more (distinct of word of paid)"),
    ({"decayed_sum": {"event": "viewed", "half_life": "1d"}, "gte": 5}, 3.78, None, "再累计浏览 3.78",
     "3.78 more (decayed_sum of viewed)"),
    ({"sequence": {"steps": [{"event": "viewed"}, {"event": "paid"}], "within": "2h"}, "gte": 3}, 2, None,
     "再依次浏览 → 支付（2 小时内）2 次", "2 more (sequence of viewed → paid within 2 hours)"),
    ({"sequence": {"steps": [{"event": "viewed", "where": {"channel": "web"}}, {"event": "paid"}], "within": "2h"},
      "gte": 1}, 1, None, "再依次浏览（渠道 = web） → 支付（2 小时内）1 次",
     "1 more (sequence of viewed (channel = web) → paid within 2 hours)"),
]  # fmt: skip


@pytest.mark.parametrize("row", MORE, ids=[f"{n} {next(iter(row[0]))}" for n, row in enumerate(MORE)])
def test_how_much_more_and_by_when(row: tuple[dict[str, Any], float, int | None, str, str]) -> None:
    when, number, by, zh, en = row
    plan, condition, state = asked(when)
    (found,) = missing(plan, condition, state, NOON)
    assert found == {
        "code": "more", "of": next(iter(when)), "missing": number, "by": None if by is None else write_instant(by),
        "text": zh, "text_en": en,
    }  # fmt: skip


def test_what_comes_to_nothing_does_not_lapse() -> None:
    """Something was paid and given back: that the payment leaves the window first takes nothing from anybody."""
    events = [an_event("paid", NOON - n * HOUR, n, amount=amount) for n, amount in ((2, 5), (1, -5))]
    plan, condition, state = asked({"sum": {**OF_AMOUNT, "within": "7d"}, "gte": 10}, events)
    (found,) = missing(plan, condition, state, NOON)
    assert (found["missing"], found["by"]) == (10, None)


NEEDED: list[tuple[dict[str, Any], list[str]]] = [  # where no number of events is missing
    ({"count": {"event": "paid"}, "lt": 2}, ["需要：支付次数 2 次（要求 < 2 次）"]),
    ({"count": {"event": "paid", "during": "yesterday"}, "gte": 2}, ["需要：昨天支付次数 1 次（要求 ≥ 2 次）"]),
    ({"count": {"event": "paid", "during": "last_week"}, "gte": 1}, ["需要：上周支付次数 0 次（要求 ≥ 1 次）"]),
    ({"avg": {"event": "paid", "property": "items"}, "gte": 5}, ["需要：支付的 items 平均 1.5（要求 ≥ 5）"]),
    ({"since_last": {"event": "paid"}, "gte": "30d"}, ["需要：距上次支付 1 秒（要求 ≥ 30 天）"]),
    ({"last": {"event": "paid", "property": "word"}, "eq": "茶"}, ["需要：支付最近一次的 word 奶（要求 = 茶）"]),
    ({"trait": "city", "eq": "上海"}, ["需要：属性 city = 上海（现在：北京）"]),
    ({"trait": "student", "eq": True}, ["需要：属性 student = 是（现在：（无））"]),
    ({"tag": "vip"}, ["需要：标签“贵宾”"]),
    ({"weekday": "sun"}, ["需要：周日"]),
    ({"holiday": {}}, ["需要：任一节假日"]),
    ({"not": {"count": {"event": "paid"}, "gte": 1}}, ["需要：不满足（支付次数 ≥ 1 次）"]),
    ({"count": {"event": "paid"}, "gte": 3, "lt": 2}, ["再支付 1 次", "需要：支付次数 2 次（要求 ≥ 3 次，< 2 次）"]),
    ({"all": [{"tag": "vip"}, {"trait": "city", "eq": "北京"}, {"count": {"event": "paid"}, "gte": 3}]},
     ["需要：标签“贵宾”", "再支付 1 次"]),
    ({"any": [{"all": [{"tag": "vip"}, {"weekday": "sun"}]}, {"count": {"event": "paid"}, "gte": 9}]}, ["再支付 7 次"]),
    ({"all": [{"tag": "vip"}, {"all": [{"tag": "vip"}, {"weekday": "sun"}]}]}, ["需要：标签“贵宾”", "需要：周日"]),
    ({"count": {"event": "paid"}, "gte": 3, "gt": 2.5}, ["再支付 1 次"]),
    ({"any": [{"tag": "vip"}, {"trait": "city", "eq": "北京"}]}, []),
    ({"count": {"event": "paid"}, "gte": 2}, []),
    ({"trait": "city", "eq": "北京"}, []),
]  # fmt: skip


@pytest.mark.parametrize(("when", "texts"), NEEDED, ids=[f"{n} {next(iter(row[0]))}" for n, row in enumerate(NEEDED)])
def test_what_else_is_needed(when: dict[str, Any], texts: list[str]) -> None:
    plan, condition, state = asked(when)
    found = missing(plan, condition, state, NOON)
    assert [each["text"] for each in found] == texts
    assert all(str(each["text_en"]).startswith(("needs: ", "1 ", "7 ")) for each in found)


def test_what_is_needed_of_a_trait_and_what_it_is_now() -> None:
    plan, condition, state = asked({"trait": "student", "eq": True})
    (found,) = missing(plan, condition, state, NOON)
    assert found["text_en"] == "needs: trait student = true (now: absent)"


# ---- the events behind it

COUNTED: list[tuple[dict[str, Any], int, set[str]]] = [  # the aggregate, a read, the events that it counts
    ({"count": {"event": "paid"}}, NOON, {"e2", "e4"}),
    ({"count": {"event": "paid", "where": {"channel": "app"}}}, NOON, {"e2"}),
    ({"count": {"event": ["paid", "viewed"], "within": "1d"}}, NOON, {"e2", "e3", "e4"}),
    ({"count": {"event": "paid", "within": "1d"}}, NOON + MINUTE - 1, {"e2", "e4"}),  # its minute is not over
    ({"count": {"event": "paid", "within": "1d"}}, NOON + MINUTE, {"e4"}),
    ({"active_days": {"event": "paid", "within": "1d"}}, NOON + MINUTE, {"e4"}),
    ({"sum": {**OF_AMOUNT, "last_days": 1}}, NOON, {"e4"}),
    ({"sum": {**OF_AMOUNT, "last_days": 2}}, NOON, {"e2", "e4"}),
    ({"sum": {**OF_AMOUNT, "during": "yesterday"}}, NOON, {"e2"}),
    ({"sum": {**OF_AMOUNT, "during": "this_week"}}, NOON, {"e2", "e4"}),
    ({"sum": {**OF_AMOUNT, "during": "last_week"}}, NOON, set()),
    ({"distinct": {"event": "paid", "property": "word"}}, NOON + 900 * DAY, {"e2", "e4"}),
    ({"decayed_sum": {"event": "viewed", "half_life": "1d"}}, NOON + 900 * DAY, {"e1", "e3"}),
    ({"sequence": {"steps": [{"event": "viewed"}, {"event": "paid"}], "within": "2h"}}, NOON, {"e4"}),
    ({"sequence": {"steps": [{"event": "viewed"}, {"event": "paid"}], "within": "1d"}}, NOON, {"e2", "e4"}),
    ({"sequence": {"steps": [{"event": "viewed"}, {"event": "paid"}], "within": "1d", "last_days": 1}}, NOON, {"e4"}),
    ({"count": ODD}, NOON, {"e6", "e7", "e8"}),
    ({"sum": {**ODD, "property": "x"}}, NOON, {"e6", "e8"}),
    ({"avg": {**ODD, "property": "x", "within": "1d"}}, NOON, {"e6", "e8"}),
    ({"min": {**ODD, "property": "x"}}, NOON, {"e6", "e8"}),
    ({"decayed_sum": {**ODD, "property": "x", "half_life": "1d"}}, NOON, {"e6", "e8"}),
    ({"decayed_sum": {**ODD, "half_life": "1d"}}, NOON, {"e6", "e7", "e8"}),
    ({"first": {**ODD, "property": "y"}}, NOON, {"e6", "e7"}),
    ({"last": {**ODD, "field": "channel"}}, NOON, {"e8"}),
    ({"distinct": {**ODD, "property": "x"}}, NOON, {"e6", "e7", "e8"}),
    ({"top": {**ODD, "property": "y"}}, NOON, {"e6"}),  # only a text can be preferred
    ({"top": {**ODD, "property": "w", "by": "x"}}, NOON, {"e6", "e8"}),
]


@pytest.mark.parametrize(("spec", "at", "ids"), COUNTED, ids=[f"{n} {next(iter(r[0]))}" for n, r in enumerate(COUNTED)])
def test_the_events_that_count(spec: dict[str, Any], at: int, ids: set[str]) -> None:
    plan, condition, state = asked({**spec, "exists": True}, [*LOG, *ODDS], at)
    (aggregate,) = aggregates_in(condition)
    assert {each.event_id for each in counted(plan, aggregate, [*LOG, *ODDS], state, at)} == ids


def test_what_was_taken_back_does_not_count() -> None:
    events = [*LOG, an_event("refunded", NOON + 1, 6, id="b")]
    plan, condition, state = asked({"count": {"event": "paid"}, "gte": 1}, events, NOON + 1)
    (aggregate,) = aggregates_in(condition)
    assert [each.event_id for each in counted(plan, aggregate, events, state, NOON + 1)] == ["e2"]
