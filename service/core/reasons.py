"""Why a condition holds or not, in data and in words, in the playbook's time zone and units."""

from collections.abc import Sequence
from dataclasses import replace

from service.core.calendar import say_duration
from service.core.describe import bracketed, describe
from service.core.facts import State
from service.core.layout import rfm_aggregates
from service.core.plan import Plan
from service.core.playbook.conditions import (
    Aggregate,
    AggregateTest,
    All,
    Always,
    AnyOf,
    Bucket,
    Condition,
    JourneyTest,
    Not,
    PersonaTest,
    ProfileTypeTest,
    RfmTest,
    TagTest,
    TraitTest,
)
from service.core.playbook.definitions import Rfm, Tag
from service.core.subjects import subject, unit_of
from service.core.where import Reading, as_reading
from service.core.wire import plain
from service.core.words import comparisons_words, data, requirement, said

Json = dict[str, object]


def explain(plan: Plan, condition: Condition, state: State, at: int) -> Json:
    """A condition with what it found: `{code, text, text_en, …}`, parts within."""
    if isinstance(condition, All | AnyOf):
        parts = [explain(plan, part, state, at) for part in condition.parts]
        code, zh, en = ("all", "；且 ", " and ") if isinstance(condition, All) else ("any", "；或 ", " or ")
        return {"code": code, "parts": parts, **_joined(condition.parts, parts, zh, en)}
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
    if isinstance(condition, TraitTest):
        return _trait(condition, state)
    zh, en = describe(plan.playbook, condition)
    return {**_named(condition), "text": zh, "text_en": en}


def _joined(conditions: Sequence[Condition], parts: list[Json], zh: str, en: str) -> Json:
    told = [
        bracketed(condition, (str(part["text"]), str(part["text_en"])))
        for condition, part in zip(conditions, parts, strict=True)
    ]
    return {"text": zh.join(said for said, _ in told), "text_en": en.join(said for _, said in told)}


def _measured(plan: Plan, aggregate: Aggregate, reading: Reading) -> Json:
    unit = unit_of(plan.playbook, aggregate)
    return {
        "code": aggregate.kind,
        "event": list(aggregate.events),
        "property": aggregate.property,
        "field": aggregate.field,
        "filtered": aggregate.where is not None,
        "within": None if aggregate.within is None else say_duration(aggregate.within, zh=False),
        "value": data(reading, unit),
    }


def _aggregate(plan: Plan, condition: AggregateTest, state: State, at: int) -> Json:
    aggregate, unit = condition.aggregate, unit_of(plan.playbook, condition.aggregate)
    reading = plan.readings[aggregate](state, at)
    wanted = comparisons_words(condition.comparisons, unit)
    about, value = subject(plan.playbook, aggregate), said(reading, unit)
    return {
        **_measured(plan, aggregate, reading),
        "required": [requirement(each, unit) for each in condition.comparisons],
        "text": f"{about[0]} {value[0]}（要求 {wanted[0]}）",
        "text_en": f"{about[1]} is {value[1]} (required {wanted[1]})",
    }


def explain_value(plan: Plan, tag: Tag, state: State, at: int) -> Json:
    """What a tag shows of an aggregate, or of quintiles."""
    if tag.value_of is not None:
        reading, about = plan.readings[tag.value_of](state, at), subject(plan.playbook, tag.value_of)
        value = said(reading, unit_of(plan.playbook, tag.value_of))
        found = _measured(plan, tag.value_of, reading)
        return {**found, "text": f"{about[0]} {value[0]}", "text_en": f"{about[1]} is {value[1]}"}
    rfm = tag.rfm
    parts = (
        [] if rfm is None else [(as_written(rfm, each), plan.readings[each](state, at)) for each in rfm_aggregates(rfm)]
    )
    learned = None if state.learned is None else state.learned.number
    words = [(subject(plan.playbook, each), said(reading, unit_of(plan.playbook, each))) for each, reading in parts]
    return {
        "code": "rfm",
        "calibration": learned,
        "parts": [_measured(plan, each, reading) for each, reading in parts],
        "text": "；".join(f"{about[0]} {value[0]}" for about, value in words),
        "text_en": "; ".join(f"{about[1]} is {value[1]}" for about, value in words),
    }


def as_written(rfm: Rfm, aggregate: Aggregate) -> Aggregate:
    """One of an RFM tag's aggregates as the tag says it: that only numbers count goes without saying."""
    return replace(aggregate, where=rfm.where)


def rfm_of(plan: Plan, rfm: Rfm, state: State, at: int) -> tuple[int, int, int] | None:
    """Age of the newest counted event in microseconds, number (micro units) and sum; None without any event."""
    age, count, total = (plan.readings[each](state, at) for each in rfm_aggregates(rfm))
    if not (isinstance(age, tuple) and isinstance(count, tuple) and isinstance(total, tuple)):
        return None
    return age[0], count[0], total[0]


def _trait(condition: TraitTest, state: State) -> Json:
    value = state.traits.get(condition.trait)
    zh, en = said(as_reading(value), "number")
    wanted = comparisons_words(condition.comparisons, "number")
    return {
        "code": "trait",
        "trait": condition.trait,
        "value": plain(value),
        "required": [requirement(each, "number") for each in condition.comparisons],
        "text": f"属性 {condition.trait} 为 {zh}（要求 {wanted[0]}）",
        "text_en": f"trait {condition.trait} is {en} (required {wanted[1]})",
    }


def _named(condition: Condition) -> Json:
    """What a test asks, in data."""
    match condition:
        case TagTest() | RfmTest():
            return {"code": "tag" if isinstance(condition, TagTest) else "rfm", "tag": condition.tag}
        case PersonaTest():
            return {"code": "persona", "scheme": condition.scheme, "in": list(condition.classes)}
        case JourneyTest():
            return {"code": "journey", "journey": condition.journey}
        case ProfileTypeTest():
            return {"code": "profile_type", "type": condition.type}
        case Always() | Bucket():
            return {"code": type(condition).__name__.lower()}
        case _:
            return {"code": "calendar"}
