"""What is wrong with conditions: names that nothing stands for, types that never fit, lists of nothing."""

from collections.abc import Iterator, Sequence

from service.core.event import MICRO
from service.core.playbook.check_bounds import in_bounds
from service.core.playbook.check_where import in_comparisons, in_holiday, in_property, in_where
from service.core.playbook.conditions import (
    ACCOUNT,
    Aggregate,
    AggregateTest,
    All,
    AnyOf,
    Condition,
    JourneyTest,
    Leaf,
    Not,
    OfProfile,
    PersonaTest,
    ProfileTypeTest,
    Reversal,
    RfmTest,
    TagTest,
    TraitTest,
)
from service.core.playbook.definitions import Tag
from service.core.playbook.known import Known
from service.core.playbook.mistakes import Found, in_length, no_accounts, not_empty, place_of, problem, unknown
from service.core.playbook.moments import HolidayTest
from service.core.problem import token

UNDETERMINED = "undetermined"
NEVER_NEGATIVE = frozenset({"count", "active_days", "distinct", "since_last"})
ANY_PROPERTY = frozenset({"first", "last", "distinct", "top"})


def walk(condition: Condition, pointer: str) -> Iterator[tuple[str, Condition]]:
    """A condition and all conditions within it, each with its place."""
    yield pointer, condition
    if isinstance(condition, All | AnyOf):
        inside = pointer + ("/all" if isinstance(condition, All) else "/any")
        for index, part in enumerate(condition.parts):
            yield from walk(part, place_of(inside, condition.parts, index))
    elif isinstance(condition, Not):
        yield from walk(condition.part, pointer + "/not")


def in_condition(known: Known, condition: Condition | None, pointer: str) -> Found:
    """Everything that is wrong within a condition."""
    for place, part in walk(condition, pointer) if condition is not None else ():
        if isinstance(part, OfProfile):
            yield from _of_profile(known, part, place)
        else:
            yield from _alone(known, part, place)


def _alone(known: Known, part: Leaf | All | AnyOf | Not, place: str) -> Found:
    match part:
        case AggregateTest():
            yield from in_aggregate(known, part.aggregate, f"{place}/{part.aggregate.kind}")
            yield from in_comparisons(part.comparisons, _measured(known, part.aggregate), place)
            yield from _durations(part, place)
            yield from in_bounds(part.comparisons, place, 0 if part.aggregate.kind in NEVER_NEGATIVE else None)
        case TraitTest():
            yield from in_comparisons(part.comparisons, frozenset(), place)
        case ProfileTypeTest() if part.type == ACCOUNT and not known.playbook.accounts:
            yield no_accounts("never_holds", place + "/profile_type")
        case HolidayTest():
            yield from in_holiday(known, part, place)
        case All() | AnyOf():
            yield from not_empty(part.parts, place + ("/all" if isinstance(part, All) else "/any"))
        case _:
            pass


def _of_profile(known: Known, part: OfProfile, place: str) -> Found:
    match part:
        case TagTest():
            yield from _tag(known, part, place)
        case RfmTest():
            yield from _rfm(known, part, place + "/rfm")
        case PersonaTest():
            yield from _persona(known, part, place + "/persona")
        case _:
            yield from _journey(known, part, place + "/journey")


# ---- aggregates


def in_aggregate(known: Known, aggregate: Aggregate, pointer: str) -> Found:
    """Everything that is wrong within an aggregate."""
    if aggregate.steps:
        yield from _steps(known, aggregate, pointer + "/steps")
    else:
        yield from in_events(known, aggregate.events, pointer + "/event")
    for name, property_, numeric in (
        ("property", aggregate.property, aggregate.kind not in ANY_PROPERTY),
        ("by", aggregate.by, True),
    ):
        if property_ is not None:
            yield from in_property(known, aggregate.events, property_, f"{pointer}/{name}", numeric=numeric)
    if aggregate.kind == "top" and aggregate.property is not None:
        yield from _text(known, aggregate.events, aggregate.property, pointer + "/property")
    yield from in_length(aggregate.within, pointer + "/within")
    yield from in_length(aggregate.half_life, pointer + "/half_life")
    yield from in_where(known, aggregate.where, pointer + "/where", aggregate.events)
    if aggregate.reverses is not None:
        yield from in_reversal(known, aggregate.reverses, aggregate.events, pointer + "/reverses")


def in_events(known: Known, events: tuple[str, ...], pointer: str) -> Found:
    """Event types that have to be declared."""
    for index, event in enumerate(events):
        if event not in known.events:
            yield unknown("event", place_of(pointer, events, index), event, known.events)
    yield from not_empty(events, pointer)


def _steps(known: Known, aggregate: Aggregate, pointer: str) -> Found:
    for index, step in enumerate(aggregate.steps):
        place = place_of(pointer, aggregate.steps, index)
        if step.event not in known.events:
            yield unknown("event", place + "/event", step.event, known.events)
        yield from in_where(known, step.where, place + "/where", [step.event])


def _text(known: Known, events: Sequence[str], name: str, pointer: str) -> Found:
    kinds = known.kinds(events, name)
    if kinds and "string" not in kinds:
        zh, en = "偏好要用文字字段，请换一个字段", "a preference is of a property that is a text; take another"
        yield problem("not_a_text_property", pointer, zh, en)


def _measured(known: Known, aggregate: Aggregate) -> frozenset[str]:
    """The types of an aggregate's value; nothing: they are not known, or durations, which reading has checked."""
    if aggregate.field is not None and aggregate.kind in ("first", "last"):
        return frozenset({"string"})
    if aggregate.kind in ("first", "last"):
        return known.kinds(aggregate.events, aggregate.property or "")
    if aggregate.kind == "top":
        return frozenset({"string"})
    return frozenset() if aggregate.kind == "since_last" else frozenset({"number"})


def _durations(test: AggregateTest, pointer: str) -> Found:
    """What the time since the last event is held against."""
    for comparison in test.comparisons if test.aggregate.kind == "since_last" else ():
        if comparison.op == "matches":
            zh, en = (
                "时长不能用正则比较，请用 gte、lt 等",
                "a duration matches no pattern; compare with gte, lt and so on",
            )
            yield problem("type_mismatch", pointer + "/matches", zh, en)
        for value in comparison.values if comparison.op != "exists" else ():
            yield from in_length(value if isinstance(value, int) else None, pointer + token(comparison.op))


def in_reversal(known: Known, reversal: Reversal, events: Sequence[str], pointer: str) -> Found:
    """The reversing event type, and the property that both sides carry."""
    if reversal.event not in known.events:
        yield unknown("event", pointer + "/event", reversal.event, known.events)
    for side in ([reversal.event], events):
        if known.lacks(side, reversal.by):
            yield unknown("property", pointer + "/by", reversal.by, known.names(side))
            return


# ---- of the profile


def _tag(known: Known, test: TagTest, pointer: str) -> Found:
    found = known.playbook.tags.get(test.tag)
    if found is None:
        yield unknown("tag", pointer + "/tag", test.tag, known.playbook.tags)
    elif found.value_of is not None or found.rfm is not None:
        kinds = frozenset({"string"}) if found.rfm is not None else shown_kinds(known, found)
        yield from in_comparisons(test.comparisons, kinds, pointer)
    elif test.values is None and test.comparisons:
        zh, en = "这个标签没有可比较的数值，请只用 eq 或 in", "the tag shows nothing to be compared; use eq or in only"
        yield problem("not_comparable", pointer + token(test.comparisons[0].op), zh, en)
    else:
        yield from _listed(found, test, pointer + ("/eq" if type(test.values) is tuple else "/in"))


def _listed(tag: Tag, test: TagTest, pointer: str) -> Found:
    values = [each.key for each in tag.values if each.key]
    for index, value in enumerate(test.values or ()):
        if value not in values:
            yield unknown("value", place_of(pointer, test.values or (), index), value, values)
    if test.values is not None and not test.values:
        if any(each.values for each in test.comparisons):  # something that is no word
            yield problem("type_mismatch", pointer, "这里应写取值", "a value is expected here")
        else:
            yield from not_empty(test.values, pointer)


def shown_kinds(known: Known, tag: Tag) -> frozenset[str]:
    """The types of what a tag shows of an aggregate."""
    return frozenset() if tag.value_of is None else _measured(known, tag.value_of)


def _rfm(known: Known, test: RfmTest, pointer: str) -> Found:
    found = known.playbook.tags.get(test.tag)
    if found is None:
        yield unknown("tag", pointer + "/tag", test.tag, known.playbook.tags)
    elif found.rfm is None:
        yield problem("not_an_rfm_tag", pointer + "/tag", "这不是 RFM 标签", "this is no RFM tag")
    for name, comparisons in test.parts:
        yield from in_comparisons(comparisons, frozenset({"number"}), f"{pointer}/{name}")
        yield from in_bounds(comparisons, f"{pointer}/{name}", MICRO, 5 * MICRO)


def _persona(known: Known, test: PersonaTest, pointer: str) -> Found:
    scheme = known.playbook.personas.get(test.scheme)
    if scheme is None:
        yield unknown("persona", pointer + "/scheme", test.scheme, known.playbook.personas)
        return
    classes = [*(each.key for each in scheme.classes), UNDETERMINED]
    for index, each in enumerate(test.classes):
        if each not in classes:
            yield unknown("class", place_of(pointer + "/in", test.classes, index), each, classes)
    yield from not_empty(test.classes, pointer + "/in")


def _journey(known: Known, test: JourneyTest, pointer: str) -> Found:
    journey = known.playbook.journeys.get(test.journey)
    if journey is None:
        yield unknown("journey", pointer + "/journey", test.journey, known.playbook.journeys)
        return
    stages = [stage.key for stage in journey.stages]
    if test.stage is not None and test.stage not in stages:
        yield unknown("stage", pointer + "/stage", test.stage, stages)
    if journey.by is not None and test.status == "dropped":
        zh = "带 key 的旅程离开后就不再保留，这个条件永远不成立；请改用事件统计"
        en = "runs of a journey with a key are not kept once dropped, so this never holds; count events instead"
        yield problem("never_holds", pointer + "/status", zh, en)
