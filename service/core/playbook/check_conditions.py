"""What is wrong with conditions: names that nothing stands for, types that never fit, lists of nothing."""

from collections.abc import Iterator, Sequence

from service.core.playbook.check_where import in_comparisons, in_property, in_where
from service.core.playbook.conditions import (
    Aggregate,
    AggregateTest,
    All,
    AnyOf,
    Condition,
    JourneyTest,
    Not,
    PersonaTest,
    Reversal,
    TagTest,
    TraitTest,
)
from service.core.playbook.known import Known
from service.core.playbook.mistakes import Found, in_length, not_empty, place_of, problem, unknown
from service.core.problem import token

UNDETERMINED = "undetermined"


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
        match part:
            case AggregateTest():
                yield from _aggregate(known, part.aggregate, f"{place}/{part.aggregate.kind}")
                yield from in_comparisons(part.comparisons, _measured(known, part.aggregate), place)
                yield from _durations(part, place)
            case TraitTest():
                yield from in_comparisons(part.comparisons, frozenset(), place)
            case TagTest():
                yield from _tag(known, part, place)
            case PersonaTest():
                yield from _persona(known, part, place + "/persona")
            case JourneyTest():
                yield from _journey(known, part, place + "/journey")
            case All() | AnyOf():
                yield from not_empty(part.parts, place + ("/all" if isinstance(part, All) else "/any"))
            case _:
                pass


# ---- aggregates


def _aggregate(known: Known, aggregate: Aggregate, pointer: str) -> Found:
    for index, event in enumerate(aggregate.events):
        if event not in known.events:
            yield unknown("event", place_of(pointer + "/event", aggregate.events, index), event, known.events)
    yield from not_empty(aggregate.events, pointer + "/event")
    if aggregate.property is not None:
        numeric = aggregate.kind != "last"
        yield from in_property(known, aggregate.events, aggregate.property, pointer + "/property", numeric=numeric)
    yield from in_length(aggregate.within, pointer + "/within")
    yield from in_where(known, aggregate.where, pointer + "/where", aggregate.events)
    if aggregate.reverses is not None:
        yield from in_reversal(known, aggregate.reverses, aggregate.events, pointer + "/reverses")


def _measured(known: Known, aggregate: Aggregate) -> frozenset[str]:
    """The types of an aggregate's value; nothing: they are not known, or durations, which reading has checked."""
    if aggregate.kind == "last":
        return known.kinds(aggregate.events, aggregate.property or "")
    return frozenset() if aggregate.kind == "since_last" else frozenset({"number"})


def _durations(test: AggregateTest, pointer: str) -> Found:
    """What the time since the last event is held against."""
    for comparison in test.comparisons if test.aggregate.kind == "since_last" else ():
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
        return
    values = [each.key for each in found.values if each.key]
    written = pointer + ("/eq" if type(test.values) is tuple else "/in")
    for index, value in enumerate(test.values or ()):
        if value not in values:
            yield unknown("value", place_of(written, test.values or (), index), value, values)
    if test.values is not None:
        yield from not_empty(test.values, written)


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
