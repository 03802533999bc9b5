"""What is wrong with tags and personas against the rest of their playbook."""

from collections.abc import Iterable
from graphlib import CycleError, TopologicalSorter
from itertools import chain

from service.core.playbook.check_conditions import UNDETERMINED, in_condition, walk
from service.core.playbook.check_where import in_property, in_where
from service.core.playbook.conditions import AggregateTest, All, Always, AnyOf, Not, TagTest, TraitTest
from service.core.playbook.definitions import Persona, PersonaClass, Tag
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
from service.core.problem import token

TAGS, VALUES = 60_000, 254


def check_tags(known: Known) -> Found:
    """Every tag by itself, and the circles that they make."""
    yield from not_more(len(known.playbook.tags), TAGS, "/tags")
    for key, tag in known.playbook.tags.items():
        yield from _tag(known, tag, "/tags" + token(key))
    yield from _circles(known)


def _tag(known: Known, tag: Tag, pointer: str) -> Found:
    if tag.group is not None and tag.group not in known.playbook.tag_groups:
        yield unknown("group", pointer + "/group", tag.group, known.playbook.tag_groups)
    if tag.kind == "value":
        yield from not_empty(tag.values, pointer + "/values")
        yield from not_more(len(tag.values), VALUES, pointer + "/values")
        yield from not_twice([each.key for each in tag.values], tag.values, pointer + "/values", "/value")
    for index, value in enumerate(tag.values):
        place = place_of(pointer + "/values", tag.values, index) if tag.kind == "value" else pointer
        yield from in_condition(known, value.when, place + "/when")


def _circles(known: Known) -> Found:
    """Every circle of tags, named once, at the first of its tags."""
    places = {key: place for place, key in enumerate(known.playbook.tags)}
    reads = {key: _read_by(tag) for key, tag in known.playbook.tags.items()}
    while True:
        try:
            TopologicalSorter(reads).prepare()
        except CycleError as error:
            circle: list[str] = error.args[1][:0:-1]  # each reads the next
            first = min(range(len(circle)), key=lambda index: places[circle[index]])
            path = " → ".join([*circle[first:], *circle[:first], circle[first]])
            zh, en = (
                f"标签绕成了圈：{path}；请断开一处",
                f"tags read each other in a circle: {path}; break it somewhere",
            )
            yield problem("tag_cycle", "/tags" + token(circle[first]), zh, en)
            reads[circle[first]] = ()
        else:
            return


def _read_by(tag: Tag) -> Iterable[str]:
    parts = chain.from_iterable(walk(value.when, "") for value in tag.values)
    return tuple(dict.fromkeys(part.tag for _, part in parts if isinstance(part, TagTest)))


def check_personas(known: Known) -> Found:
    """Every persona scheme."""
    for key, persona in known.playbook.personas.items():
        yield from _persona(known, persona, "/personas" + token(key))


def _persona(known: Known, persona: Persona, pointer: str) -> Found:
    score, events = pointer + "/score", [persona.event]
    if persona.event not in known.events:
        yield unknown("event", score + "/event", persona.event, known.events)
    yield from in_property(known, events, persona.property, score + "/property", numeric=True)
    yield from in_where(known, persona.where, score + "/where", events)
    yield from in_length(persona.half_life, score + "/half_life")
    yield from _classes(persona.classes, pointer + "/classes")
    below = persona.undetermined_below
    yield from in_condition(known, below, pointer + "/undetermined_below")
    for place, part in walk(below, pointer + "/undetermined_below") if below is not None else ():
        if not isinstance(part, AggregateTest | TraitTest | All | AnyOf | Not | Always):
            zh, en = "这里只能用事件统计和属性", "only aggregates of events and traits may be read here"
            yield problem("not_allowed_here", place, zh, en)


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
        if index and not _descends(classes[index - 1], each):
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
