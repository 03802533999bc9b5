"""Aggregates, comparisons and values in Chinese and English, in the playbook's units."""

from typing import TypeGuard

from service.core.calendar import say_duration
from service.core.event import MICRO, Scalar
from service.core.playbook.conditions import Aggregate, Comparison
from service.core.playbook.definitions import Playbook
from service.core.where import Reading, as_reading
from service.core.wire import plain

Words = tuple[str, str]
PERCENT = MICRO // 100

_SIGNS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "eq": "=", "ne": "≠"}
_KINDS: dict[str, Words] = {
    "count": ("次数", "count of"),
    "sum": ("合计", "sum of"),
    "avg": ("平均", "average of"),
    "min": ("最小", "smallest"),
    "max": ("最大", "largest"),
    "distinct": ("不同值个数", "number of different"),
    "first": ("首次的", "first"),
    "last": ("最近一次的", "last"),
    "since_last": ("距上次", "time since last"),
    "active_days": ("活跃天数", "active days of"),
    "decayed_sum": ("热度", "decayed sum of"),
    "top": ("最多的", "prevailing"),
    "sequence": ("依次发生的次数", "completed sequences of"),
}
_BEFORE = frozenset({"since_last", "first", "last", "top"})  # said before what is counted, in Chinese
_FIELDS: dict[str, str] = {
    "channel": "渠道", "touchpoint": "触点", "scenario": "场景", "place": "门店", "staff": "员工"
}  # fmt: skip
_PERIODS: dict[str, Words] = {
    "today": ("今天", "today"), "yesterday": ("昨天", "yesterday"),
    "this_week": ("本周", "this week"), "last_week": ("上周", "last week"),
    "this_month": ("本月", "this month"), "last_month": ("上月", "last month"),
    "this_year": ("今年", "this year"), "last_year": ("去年", "last year"),
}  # fmt: skip


def subject(playbook: Playbook, aggregate: Aggregate) -> Words:
    """What is counted: 近 30 天支付订单（有筛选）的金额合计."""
    filtered = ("（有筛选）", " (filtered)") if aggregate.where else ("", "")
    joint_zh, joint_en = (" → ", " → ") if aggregate.steps else ("、", " / ")
    zh = joint_zh.join(event_name(playbook, key) for key in aggregate.events) + filtered[0]
    en = joint_en.join(aggregate.events) + filtered[1]
    if aggregate.steps:
        zh += f"（{say_duration(aggregate.within or 1, zh=True)}内）"
        en += f" within {say_duration(aggregate.within or 1, zh=False)}"
    of = _of(playbook, aggregate)
    kind_zh, kind_en = _KINDS[aggregate.kind]
    window_zh, window_en = _window(aggregate)
    zh = f"{window_zh}{zh}" + (f"的{of[0]}" if of and aggregate.kind not in _BEFORE else "")
    en = (f"{of[1]} of {en}" if of else en) + window_en
    if aggregate.kind == "since_last":
        return f"{kind_zh}{zh}", f"{kind_en} {en}"
    more_zh, more_en = _more(playbook, aggregate)
    if aggregate.kind in _BEFORE:
        return f"{zh}{kind_zh}{of[0].rstrip() if of else ''}{more_zh}", f"{kind_en} {en}{more_en}"
    return f"{zh}{kind_zh}{more_zh}", f"{kind_en} {en}{more_en}"


def _more(playbook: Playbook, aggregate: Aggregate) -> Words:
    """How it is weighed, which makes it another aggregate."""
    zh, en = list[str](), list[str]()
    if aggregate.half_life is not None:
        zh.append(f"半衰期 {say_duration(aggregate.half_life, zh=True)}")
        en.append(f"half-life {say_duration(aggregate.half_life, zh=False)}")
    if aggregate.by is not None:
        zh.append(f"按{_named(playbook, aggregate, aggregate.by)}计".replace("  ", " "))
        en.append(f"by {aggregate.by}")
    if aggregate.share:
        zh.append(f"至少占 {aggregate.share / PERCENT:g}%")
        en.append(f"at least {aggregate.share / PERCENT:g}%")
    return (f"（{'，'.join(zh)}）", f" ({', '.join(en)})") if zh else ("", "")


def event_name(playbook: Playbook, key: str) -> str:
    """What people call an event type."""
    found = playbook.events.get(key)
    return found.name if found else key


def _of(playbook: Playbook, aggregate: Aggregate) -> Words | None:
    if aggregate.field is not None:
        return _FIELDS[aggregate.field], aggregate.field
    name = aggregate.property
    return None if name is None else (_named(playbook, aggregate, name), name)


def _named(playbook: Playbook, aggregate: Aggregate, name: str) -> str:
    """What people call a property of the events."""
    declared = (playbook.events[key].properties.get(name) for key in aggregate.events if key in playbook.events)
    found = next((each for each in declared if each is not None), None)
    return found.name if found and found.name else f" {name} "


def _window(aggregate: Aggregate) -> Words:
    if aggregate.last_days is not None:
        return f"近 {aggregate.last_days} 个自然日", f" in the last {aggregate.last_days} calendar day(s)"
    if aggregate.during is not None:
        zh, en = _PERIODS[aggregate.during]
        return zh, f" {en}"
    if aggregate.within is not None and not aggregate.steps:
        return (
            f"近 {say_duration(aggregate.within, zh=True)}",
            f" in the last {say_duration(aggregate.within, zh=False)}",
        )
    return "", ""


def unit_of(playbook: Playbook, aggregate: Aggregate) -> str:
    """What an aggregate is measured in: count, days, duration, money or number."""
    if aggregate.kind in ("count", "sequence"):
        return "count"
    if aggregate.kind in ("active_days", "since_last"):
        return {"active_days": "days", "since_last": "duration"}[aggregate.kind]
    name = aggregate.property or ""
    declared = [playbook.events[event] for event in aggregate.events if event in playbook.events]
    kinds = {event.properties[name].kind for event in declared if name in event.properties}
    return "money" if kinds == {"money"} and aggregate.kind != "distinct" else "number"


def said(reading: Reading, unit: str) -> Words:
    """A value in words."""
    if reading is None:
        return "（无）", "absent"
    if isinstance(reading, tuple):
        return amount(reading[0], reading[1], unit)
    if isinstance(reading, bool):
        return ("是", "true") if reading else ("否", "false")
    return reading, reading


def amount(number: int, divisor: int, unit: str) -> Words:
    """A number in its unit; durations in the largest unit that fits, cut."""
    if unit == "duration":
        whole = max(number // 1_000_000, 1) * 1_000_000
        for size in (86_400_000_000, 3_600_000_000, 60_000_000):
            if whole >= size:
                whole -= whole % size
                break
        return say_duration(whole, zh=True), say_duration(whole, zh=False)
    figure = f"{number / divisor / MICRO:,.2f}".rstrip("0").rstrip(".")
    if unit == "count":
        return f"{figure} 次", figure
    if unit == "days":
        return f"{figure} 天", f"{figure} days"
    return (f"¥{figure}", f"¥{figure}") if unit == "money" else (figure, figure)


def data(reading: Reading, unit: str) -> object:
    """A value as JSON."""
    if not isinstance(reading, tuple):
        return reading
    if unit == "duration":
        return say_duration(max(reading[0] // 1_000_000, 1) * 1_000_000, zh=False)
    return (
        plain(reading[0] // reading[1]) if reading[0] % reading[1] == 0 else round(reading[0] / reading[1] / MICRO, 6)
    )


def requirement(comparison: Comparison, unit: str) -> dict[str, object]:
    """A comparison as JSON."""
    shown = [
        say_duration(value, zh=False) if unit == "duration" and is_number(value) else plain(value)
        for value in comparison.values
    ]
    return {comparison.op: shown[0] if len(shown) == 1 else shown}


def is_number(value: Scalar) -> TypeGuard[int]:
    """Whether a scalar is a number: Python takes flags for numbers."""
    return isinstance(value, int) and not isinstance(value, bool)


def _bound(value: Scalar, unit: str) -> Words:
    """What a value is held against; a duration exactly, where one that has passed is said roughly."""
    if unit == "duration" and is_number(value):
        return say_duration(value, zh=True), say_duration(value, zh=False)
    return said(as_reading(value), unit)


def comparison_words(comparison: Comparison, unit: str) -> Words:
    """A comparison in words."""
    values = [_bound(value, unit) for value in comparison.values]
    if comparison.op == "exists":
        return ("有", "present") if comparison.values[0] else ("没有", "absent")
    if comparison.op == "between":
        return f"{values[0][0]} 至 {values[1][0]}", f"{values[0][1]} to {values[1][1]}"
    if comparison.op == "in":
        return "属于 " + "、".join(v[0] for v in values), "one of " + ", ".join(v[1] for v in values)
    if comparison.op == "matches":
        return f"匹配 {values[0][0]}", f"matches {values[0][1]}"
    return f"{_SIGNS[comparison.op]} {values[0][0]}", f"{_SIGNS[comparison.op]} {values[0][1]}"


def comparisons_words(comparisons: tuple[Comparison, ...], unit: str) -> Words:
    """Several comparisons, all of which must hold."""
    words = [comparison_words(each, unit) for each in comparisons]
    return "，".join(zh for zh, _ in words), ", ".join(en for _, en in words)
