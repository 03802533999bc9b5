"""What is wrong with tags and personas against the rest of their playbook."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import chain

from service.core.playbook.check_conditions import UNDETERMINED, in_aggregate, in_condition, in_events, walk
from service.core.playbook.check_where import in_property, in_where
from service.core.playbook.conditions import Condition, OfProfile, RfmTest, TagTest
from service.core.playbook.definitions import Persona, PersonaClass, Rfm, Tag
from service.core.playbook.known import Known
from service.core.playbook.mistakes import (
    Found,
    in_length,
    not_empty,
    not_more,
    not_twice,
    place_of,
    problem,
    unknown,
)
from service.core.playbook.relations import exclusive_groups
from service.core.playbook.tree import Listed
from service.core.problem import token

TAGS, VALUES = 60_000, 254
TOGETHER = ("（互斥组里的标签一起判定）", " (the tags of an exclusive group are decided together)")


def check_tags(known: Known) -> Found:
    """Every tag by itself, and the circles that they make."""
    yield from not_more(len(known.playbook.tags), TAGS, "/tags")
    for key, tag in known.playbook.tags.items():
        yield from _tag(known, tag, "/tags" + token(key))
    yield from _circles(known)


def _tag(known: Known, tag: Tag, pointer: str) -> Found:
    if tag.group is not None and tag.group not in known.playbook.tag_groups:
        yield unknown("group", pointer + "/group", tag.group, known.playbook.tag_groups)
    if isinstance(tag.values, Listed):
        yield from not_empty(tag.values, pointer + "/values")
        yield from not_more(len(tag.values), VALUES, pointer + "/values")
        yield from not_twice([each.key for each in tag.values], tag.values, pointer + "/values", "/value")
    for index, value in enumerate(tag.values):
        place = place_of(pointer + "/values", tag.values, index) if tag.kind != "rule" else pointer
        yield from in_condition(known, value.when, place + "/when")
    yield from in_condition(known, tag.gate, pointer + "/when")
    if tag.value_of is not None:
        yield from in_aggregate(known, tag.value_of, f"{pointer}/value_of/{tag.value_of.kind}")
    if tag.rfm is not None:
        yield from _rfm(known, tag.rfm, pointer + "/rfm")
    yield from in_length(tag.ttl, pointer + "/ttl")
    yield from in_length(tag.half_life, pointer + "/half_life")


def _rfm(known: Known, rfm: Rfm, pointer: str) -> Found:
    yield from in_events(known, (rfm.event,), pointer + "/event")
    yield from in_property(known, [rfm.event], rfm.property, pointer + "/property", numeric=True)
    yield from in_where(known, rfm.where, pointer + "/where", [rfm.event])


def _circles(known: Known) -> Found:
    """Every circle of tags, named once, at the first of its tags. Tags that exclude each other are decided together."""
    tags = known.playbook.tags
    places = {key: place for place, key in enumerate(tags)}
    together = {tag.key: [each.key for each in group] for group in exclusive_groups(known.playbook) for tag in group}
    reads = {key: _read_by(tag) for key, tag in tags.items()}
    reads = {
        key: tuple(dict.fromkeys(chain(*(together.get(each, [each]) for each in read)))) for key, read in reads.items()
    }
    while True:
        try:
            TopologicalSorter(reads).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1][:0:-1]  # each reads the next
            first = min(range(len(circle)), key=lambda index: places[circle[index]])
            hint = TOGETHER if any(key in together for key in circle) else ("", "")
            path = " → ".join([*circle[first:], *circle[:first], circle[first]])
            zh, en = (
                f"标签绕成了圈：{path}；请断开一处{hint[0]}",
                f"tags read each other in a circle: {path}; break it somewhere{hint[1]}",
            )
            yield problem("tag_cycle", "/tags" + token(circle[first]), zh, en)
            reads[circle[first]] = ()
        else:
            return


def _read_by(tag: Tag) -> Iterable[str]:
    conditions = [value.when for value in tag.values] + [tag.gate]
    parts = chain.from_iterable(walk(each, "") for each in conditions if each is not None)
    return tuple(dict.fromkeys(part.tag for _, part in parts if isinstance(part, TagTest | RfmTest)))


def check_personas(known: Known) -> Found:
    """Every persona scheme."""
    for key, persona in known.playbook.personas.items():
        yield from _persona(known, persona, "/personas" + token(key))


def _persona(known: Known, persona: Persona, pointer: str) -> Found:
    score, events = pointer + "/score", [persona.event]
    if persona.event:
        yield from in_events(known, (persona.event,), score + "/event")
        yield from in_property(known, events, persona.property, score + "/property", numeric=True)
        yield from in_where(known, persona.where, score + "/where", events)
        yield from in_length(persona.half_life, score + "/half_life")
    yield from _classes(persona.classes, pointer + "/classes")
    for place, condition in _conditions(persona, pointer):
        yield from in_condition(known, condition, place)
        for inner, part in walk(condition, place):
            if isinstance(part, OfProfile):
                zh = "这里只能用事件统计、属性、日历和 bucket，不能用标签、分层和旅程"
                en = "only aggregates, traits, the calendar and buckets may be read here, no tags, personas or journeys"
                yield problem("not_allowed_here", inner, zh, en)


def _conditions(persona: Persona, pointer: str) -> Iterable[tuple[str, Condition]]:
    if persona.undetermined_below is not None:
        yield pointer + "/undetermined_below", persona.undetermined_below
    for index, signal in enumerate(persona.signals):
        yield place_of(pointer + "/score/signals", persona.signals, index) + "/when", signal.when
    for index, each in enumerate(persona.classes):
        if each.when is not None:
            yield place_of(pointer + "/classes", persona.classes, index) + "/when", each.when


def _classes(classes: tuple[PersonaClass, ...], pointer: str) -> Found:
    yield from not_twice([each.key for each in classes], classes, pointer, "/class")
    for index, each in enumerate(classes):
        place = place_of(pointer, classes, index)
        if each.key == UNDETERMINED:
            zh, en = (
                "undetermined（未定）由系统使用，请换一个 key",
                "undetermined is the system's own; take another key",
            )
            yield problem("reserved_class", place + "/class", zh, en)
        above = [upper for upper in classes[:index] if upper.enter is not None]
        if above and not _descends(above[-1], each):
            zh, en = (
                "分层从高到低写，这里的 enter 须低于上一层",
                "classes descend: enter is below that of the class above",
            )
            yield problem("classes_not_descending", place + "/enter", zh, en)


def _descends(upper: PersonaClass, lower: PersonaClass) -> bool:
    high, low = upper.enter, lower.enter
    if high is None or low is None:
        return True
    if high.permille is not None and low.permille is not None:
        return low.permille < high.permille
    return high.amount is None or low.amount is None or low.amount < high.amount
