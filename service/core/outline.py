"""Every definition of a playbook in one sentence, so that two versions can be told apart by people."""

from datetime import date

from service.core.calendar import say_duration
from service.core.describe import describe, describe_tag
from service.core.event import MICRO
from service.core.playbook.definitions import (
    Bound,
    EventType,
    Holiday,
    Journey,
    Persona,
    PersonaClass,
    Playbook,
    Service,
    Stage,
    Tag,
    TagGroup,
)
from service.core.subjects import event_name
from service.core.words import Words

Definition = object
LEVELS = {"personalised": "个性化", "standard": "标准"}


def outline(playbook: Playbook, definition: Definition) -> Words:
    """What a definition says, Chinese and English."""
    name, key = str(getattr(definition, "name", "")), str(getattr(definition, "key", ""))
    words = _said(playbook, definition)
    return (name, key) if words is None else (f"{name}：{words[0]}", f"{key}: {words[1]}")


def _said(playbook: Playbook, definition: Definition) -> Words | None:
    said: Words | None = None
    match definition:
        case Tag():
            said = describe_tag(playbook, definition)
        case Persona():
            said = _persona(playbook, definition)
        case Journey():
            said = _journey(playbook, definition)
        case Service():
            said = _service(playbook, definition)
        case TagGroup():
            said = ("互斥", "exclusive") if definition.exclusive else ("不互斥", "not exclusive")
        case Holiday():
            said = _holiday(definition)
        case EventType():
            listed = ", ".join(f"{name} ({each.kind})" for name, each in definition.properties.items()) or "—"
            said = listed, listed
        case _:
            pass
    return said


def _holiday(holiday: Holiday) -> Words:
    """Its dates, those that follow one another as one."""
    spans: list[list[int]] = []
    for day in holiday.dates:
        if spans and spans[-1][1] == day - 1:
            spans[-1][1] = day
        else:
            spans.append([day, day])
    told = [[date.fromordinal(day).isoformat() for day in dict.fromkeys(span)] for span in spans]
    return "、".join(" 至 ".join(span) for span in told), ", ".join(" to ".join(span) for span in told)


def _persona(playbook: Playbook, persona: Persona) -> Words:
    parts = [_class(playbook, each) for each in persona.classes]
    zh, en = "；".join(part[0] for part in parts), "; ".join(part[1] for part in parts)
    if persona.event:
        half = persona.half_life
        zh = f"按{event_name(playbook, persona.event)}打分（半衰期 {say_duration(half, zh=True)}）；{zh}"
        en = f"scored by {persona.event} (half-life {say_duration(half, zh=False)}); {en}"
    for signal in persona.signals:
        held = describe(playbook, signal.when)
        zh, en = (
            f"{zh}；{signal.name}（{held[0]}）{signal.shift / 2**20:+g} 档",
            f"{en}; {signal.name} ({held[1]}) {signal.shift / 2**20:+g}",
        )
    return zh, en


def _class(playbook: Playbook, each: PersonaClass) -> Words:
    if each.when is not None:
        zh, en = describe(playbook, each.when)
        return f"{each.name}：{zh}", f"{each.key}: {en}"
    if each.enter is None:
        return f"{each.name}：其余", f"{each.key}: everybody else"
    leave = each.leave or each.enter
    enter, left = _bound(each.enter), _bound(leave)
    return f"{each.name}：{enter} 进入，低于 {left} 离开", f"{each.key}: enters at {enter}, leaves below {left}"


def _bound(bound: Bound) -> str:
    return f"p{bound.permille / 10:g}" if bound.permille is not None else f"{(bound.amount or 0) / MICRO:g}"


def _journey(playbook: Playbook, journey: Journey) -> Words:
    entered = "、".join(event_name(playbook, each.event) for each in journey.enter)
    stages = [_stage(each) for each in journey.stages]
    zh = f"{entered} 进入 → " + " → ".join(stage[0] for stage in stages)
    return zh, f"{', '.join(each.event for each in journey.enter)} → " + " → ".join(stage[1] for stage in stages)


def _stage(stage: Stage) -> Words:
    if stage.expected_within is None:
        return stage.name, stage.key
    return (
        f"{stage.name}（{say_duration(stage.expected_within, zh=True)}内）",
        f"{stage.key} (within {say_duration(stage.expected_within, zh=False)})",
    )


def _service(playbook: Playbook, service: Service) -> Words:
    zh = f"{LEVELS[service.service_level]}服务，价值 {service.value / MICRO:g}"
    en = f"{service.service_level}, worth {service.value / MICRO:g}"
    for name, english, condition in (
        ("准入", "eligible", service.eligible),
        ("适用", "applicable", service.applicable),
        ("适宜", "suitable", service.suitable),
    ):
        if condition is not None:
            held = describe(playbook, condition)
            zh, en = f"{zh}；{name}：{held[0]}", f"{en}; {english}: {held[1]}"
    return zh, en
