"""Why a condition holds or not, in data and in words, in the playbook's time zone and units."""

from typing import TypeGuard

from service.core.calendar import say_duration
from service.core.event import MICRO, Scalar
from service.core.facts import State
from service.core.measures import compile_measure
from service.core.plan import Plan
from service.core.playbook.conditions import (
    Aggregate,
    AggregateTest,
    All,
    Always,
    AnyOf,
    Comparison,
    Condition,
    JourneyTest,
    Not,
    PersonaTest,
    TagTest,
    TraitTest,
)
from service.core.where import Reading, as_reading
from service.core.wire import plain

Json = dict[str, object]
Words = tuple[str, str]

_SIGNS = {"gte": "≥", "gt": ">", "lte": "≤", "lt": "<", "eq": "=", "ne": "≠"}
_KINDS: dict[str, Words] = {
    "count": ("次数", "count of"),
    "sum": ("合计", "sum of"),
    "avg": ("平均", "average of"),
    "min": ("最小", "smallest"),
    "max": ("最大", "largest"),
    "last": ("最近一次的", "last"),
    "since_last": ("距上次", "time since last"),
    "active_days": ("活跃天数", "active days of"),
}


def explain(plan: Plan, condition: Condition, state: State, at: int) -> Json:
    """A condition with what it found: `{code, text, text_en, …}`, parts within."""
    if isinstance(condition, All | AnyOf):
        parts = [explain(plan, part, state, at) for part in condition.parts]
        code, zh, en = ("all", "；且 ", " and ") if isinstance(condition, All) else ("any", "；或 ", " or ")
        return {"code": code, "parts": parts, **_joined(parts, zh, en)}
    if isinstance(condition, Not):
        inner = explain(plan, condition.part, state, at)
        return {
            "code": "not",
            "part": inner,
            "text": f"不满足（{inner['text']}）",
            "text_en": f"not ({inner['text_en']})",
        }
    if isinstance(condition, AggregateTest):
        return _aggregate(plan, condition, state, at)
    return _profile(plan, condition, state)


def _joined(parts: list[Json], zh: str, en: str) -> Json:
    return {
        "text": zh.join(str(part["text"]) for part in parts),
        "text_en": en.join(str(part["text_en"]) for part in parts),
    }


def _aggregate(plan: Plan, condition: AggregateTest, state: State, at: int) -> Json:
    aggregate = condition.aggregate
    slot = plan.layout.slots[aggregate]
    reading = compile_measure(slot, plan.layout.streams[slot.stream])(state.stream(slot.stream), at)
    unit = _unit(plan, aggregate)
    wanted = [_comparison(each, unit) for each in condition.comparisons]
    said, value = _subject(plan, aggregate), _said(reading, unit)
    return {
        "code": aggregate.kind,
        "event": list(aggregate.events),
        "property": aggregate.property,
        "filtered": aggregate.where is not None,
        "within": None if aggregate.within is None else say_duration(aggregate.within, zh=False),
        "value": _data(reading, unit),
        "required": [_requirement(each, unit) for each in condition.comparisons],
        "text": f"{said[0]} {value[0]}（要求 {'，'.join(each[0] for each in wanted)}）",
        "text_en": f"{said[1]} is {value[1]} (required {', '.join(each[1] for each in wanted)})",
    }


def _subject(plan: Plan, aggregate: Aggregate) -> Words:
    """What was counted: 近 30 天支付订单（有筛选）的金额合计."""
    events = [plan.playbook.events.get(key) for key in aggregate.events]
    names = "、".join(event.name if event else key for event, key in zip(events, aggregate.events, strict=True))
    kind_zh, kind_en = _KINDS[aggregate.kind]
    filtered = ("（有筛选）", " (filtered)") if aggregate.where else ("", "")
    zh, en = f"{names}{filtered[0]}", f"{' / '.join(aggregate.events)}{filtered[1]}"
    if aggregate.property is not None:
        declared = next(
            (e.properties[aggregate.property] for e in events if e and aggregate.property in e.properties), None
        )
        zh += f"的{declared.name if declared and declared.name else f' {aggregate.property} '}"
        en = f"{aggregate.property} of {en}"
    if aggregate.within is not None:
        zh = f"近 {say_duration(aggregate.within, zh=True)}{zh}"
        en += f" in the last {say_duration(aggregate.within, zh=False)}"
    return (
        (f"{kind_zh}{zh}", f"{kind_en} {en}")
        if aggregate.kind == "since_last"
        else (f"{zh}{kind_zh}", f"{kind_en} {en}")
    )


def _unit(plan: Plan, aggregate: Aggregate) -> str:
    if aggregate.kind in ("count", "active_days", "since_last"):
        return aggregate.kind
    name = aggregate.property or ""
    declared = [plan.playbook.events[event] for event in aggregate.events if event in plan.playbook.events]
    kinds = {event.properties[name].kind for event in declared if name in event.properties}
    return "money" if kinds == {"money"} else "number"


def _said(reading: Reading, unit: str) -> Words:
    if reading is None:
        return "（无）", "absent"
    if isinstance(reading, tuple):
        return _amount(reading[0], reading[1], unit)
    return str(reading), str(reading)


def _amount(number: int, divisor: int, unit: str) -> Words:
    if unit == "since_last":
        whole = max(number // 1_000_000, 1) * 1_000_000
        for size in (86_400_000_000, 3_600_000_000, 60_000_000):
            if whole >= size:
                whole -= whole % size
                break
        return say_duration(whole, zh=True), say_duration(whole, zh=False)
    figure = f"{number / divisor / MICRO:,.2f}".rstrip("0").rstrip(".")
    if unit == "count":
        return f"{figure} 次", figure
    if unit == "active_days":
        return f"{figure} 天", f"{figure} days"
    return (f"¥{figure}", f"¥{figure}") if unit == "money" else (figure, figure)


def _data(reading: Reading, unit: str) -> object:
    if not isinstance(reading, tuple):
        return reading
    if unit == "since_last":
        return say_duration(max(reading[0] // 1_000_000, 1) * 1_000_000, zh=False)
    return (
        plain(reading[0] // reading[1]) if reading[0] % reading[1] == 0 else round(reading[0] / reading[1] / MICRO, 6)
    )


def _requirement(comparison: Comparison, unit: str) -> Json:
    shown = [
        say_duration(value, zh=False) if unit == "since_last" and _is_number(value) else plain(value)
        for value in comparison.values
    ]
    return {comparison.op: shown[0] if len(shown) == 1 else shown}


def _is_number(value: Scalar) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _bound(value: Scalar, unit: str) -> Words:
    """What a value is held against; a duration exactly, where one that has passed is said roughly."""
    if unit == "since_last" and _is_number(value):
        return say_duration(value, zh=True), say_duration(value, zh=False)
    return _said(as_reading(value), unit)


def _comparison(comparison: Comparison, unit: str) -> Words:
    values = [_bound(value, unit) for value in comparison.values]
    if comparison.op == "exists":
        return ("有", "present") if comparison.values[0] else ("没有", "absent")
    if comparison.op == "between":
        return f"{values[0][0]} 至 {values[1][0]}", f"{values[0][1]} to {values[1][1]}"
    if comparison.op == "in":
        return "属于 " + "、".join(v[0] for v in values), "one of " + ", ".join(v[1] for v in values)
    return f"{_SIGNS[comparison.op]} {values[0][0]}", f"{_SIGNS[comparison.op]} {values[0][1]}"


def _profile(plan: Plan, condition: TraitTest | TagTest | PersonaTest | JourneyTest | Always, state: State) -> Json:
    if isinstance(condition, TraitTest):
        value: Scalar | None = state.traits.get(condition.trait)
        said = _said(as_reading(value), "number")
        return {
            "code": "trait",
            "trait": condition.trait,
            "value": plain(value),
            "text": f"属性 {condition.trait} 为 {said[0]}",
            "text_en": f"trait {condition.trait} is {said[1]}",
        }
    if isinstance(condition, TagTest):
        name = plan.playbook.tags[condition.tag].name
        return {"code": "tag", "tag": condition.tag, "text": f"标签“{name}”", "text_en": f"tag {condition.tag}"}
    if isinstance(condition, PersonaTest):
        names = "、".join(_class_name(plan, condition.scheme, each) for each in condition.classes)
        return {
            "code": "persona",
            "scheme": condition.scheme,
            "in": list(condition.classes),
            "text": f"用户分层属于 {names}",
            "text_en": f"persona {condition.scheme} in {', '.join(condition.classes)}",
        }
    if isinstance(condition, JourneyTest):
        name = plan.playbook.journeys[condition.journey].name
        return {
            "code": "journey",
            "journey": condition.journey,
            "text": f"旅程“{name}”",
            "text_en": f"journey {condition.journey}",
        }
    return {
        "code": "always",
        "text": "总是" if condition.holds else "从不",
        "text_en": "always" if condition.holds else "never",
    }


def _class_name(plan: Plan, scheme: str, key: str) -> str:
    if key == "undetermined":
        return "未定"
    return next((each.name for each in plan.playbook.personas[scheme].classes if each.key == key), key)
