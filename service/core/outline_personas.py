"""A persona scheme in one sentence: what is scored, where classes begin, what moves the score."""

from collections.abc import Iterable

from service.core.calendar import say_duration
from service.core.describe import describe
from service.core.playbook.definitions import Bound, Persona, PersonaClass, Playbook
from service.core.subjects import events_words, property_name, property_unit
from service.core.words import Words, called, exact, in_unit, together

DOUBLING = 2**20  # in units of the score
DIGITS = 6


def persona_words(playbook: Playbook, persona: Persona) -> Words:
    """What a persona scheme says of itself."""
    return together([*_score(playbook, persona), *_classes(playbook, persona), *_moved(playbook, persona)])


def _score(playbook: Playbook, persona: Persona) -> Iterable[Words]:
    if not persona.event:
        return
    events = (persona.event,)
    zh, en = events_words(playbook, events, persona.where)
    half = persona.half_life
    mean_zh, mean_en = "", ""
    if persona.mean is not None:
        amount = in_unit(exact(persona.mean), property_unit(playbook, events, persona.property))
        mean_zh, mean_en = f"，平均值先取 {amount[0]}", f", mean {amount[1]}"
    zh = f"按{zh}的{property_name(playbook, events, persona.property)}打分".replace(" 打分", "打分")
    zh = f"{zh}（半衰期 {say_duration(half, zh=True)}{mean_zh}）"
    yield zh, f"scored by {persona.property} of {en} (half-life {say_duration(half, zh=False)}{mean_en})"


def _classes(playbook: Playbook, persona: Persona) -> Iterable[Words]:
    for each in persona.classes:
        zh, en = _class(playbook, each)
        name = called(each)
        yield f"{name[0]}：{zh}", f"{name[1]}: {en}"


def _class(playbook: Playbook, each: PersonaClass) -> Words:
    if each.when is not None:
        return describe(playbook, each.when)
    if each.enter is None:
        return "其余", "everybody else"
    enter, left = _bound(each.enter), _bound(each.leave or each.enter)
    return f"{enter} 进入，低于 {left} 离开", f"enters at {enter}, leaves below {left}"


def _bound(bound: Bound) -> str:
    return f"p{bound.permille / 10:g}" if bound.permille is not None else exact(bound.amount or 0)


def _moved(playbook: Playbook, persona: Persona) -> Iterable[Words]:
    for signal in persona.signals:
        zh, en = describe(playbook, signal.when)
        shift = f"{round(signal.shift / DOUBLING, DIGITS):+}".removesuffix(".0")
        yield f"{signal.name}（{zh}）{shift} 档", f"{signal.name} ({en}) {shift}"
    if persona.undetermined_below is not None:
        zh, en = describe(playbook, persona.undetermined_below)
        yield f"未定：{zh}", f"undetermined while {en}"
