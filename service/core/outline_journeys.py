"""A journey in one sentence: how it is entered, its stages with their times, and how it ends."""

from collections.abc import Iterable, Sequence

from service.core.calendar import say_duration
from service.core.outline_looks import lit_by_words, looks_words, name_words
from service.core.playbook.definitions import ONCE, Journey, Pattern, Playbook, Stage
from service.core.subjects import events_words, property_name
from service.core.words import Words, called, listed

_PHASES = {"pre_sale": "售前", "in_sale": "售中", "after_sale": "售后"}


def journey_words(playbook: Playbook, journey: Journey) -> Words:
    """What a journey says of itself."""
    entered = _patterns(playbook, journey.enter)
    stages = [_stage(playbook, each) for each in journey.stages]
    zh = f"{entered[0]} 进入 → " + " → ".join(said for said, _ in stages)
    en = f"{entered[1]} → " + " → ".join(said for _, said in stages)
    if journey.by is not None:
        by = property_name(playbook, [each.event for each in journey.enter], journey.by).strip()
        zh, en = f"每个{by}一段：{zh}", f"one for each {journey.by}: {en}"
    ends = [*_ends(playbook, journey), *looks_words(journey)]
    return "；".join([zh, *(said for said, _ in ends)]), "; ".join([en, *(said for _, said in ends)])


def _ends(playbook: Playbook, journey: Journey) -> Iterable[Words]:
    if journey.re_entry != ONCE:
        yield "结束后可再次进入", "may be entered again when it is over"
    if journey.goal:
        zh, en = _patterns(playbook, journey.goal)
        yield f"{zh} 即达成", f"completed by {en}"
    if journey.exit:
        zh, en = _patterns(playbook, journey.exit)
        yield f"{zh} 算离开", f"left by {en}"
    if journey.abandon_after is not None:
        zh, en = _long(journey.abandon_after)
        yield f"{zh}没动静算离开", f"dropped after {en} of silence"
    if journey.ends_after is not None:
        zh, en = _long(journey.ends_after)
        yield f"进入 {zh}后结束", f"ends {en} after entry"


def _patterns(playbook: Playbook, patterns: Sequence[Pattern]) -> Words:
    parts = [events_words(playbook, (each.event,), each.where) for each in patterns]
    return "、".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)


def _stage(playbook: Playbook, stage: Stage) -> Words:
    details = list(_details(playbook, stage))
    zh, en = "，".join(said for said, _ in details), ", ".join(said for _, said in details)
    return f"{called(stage)}（{zh}）", f"{stage.key} ({en})"


def _details(playbook: Playbook, stage: Stage) -> Iterable[Words]:
    yield _PHASES[stage.phase], stage.phase
    if stage.optional:
        yield "可选", "optional"
    if stage.key_moment:
        yield "关键时刻", "key moment"
    if stage.completed_by:
        completed = _patterns(playbook, stage.completed_by)
        yield f"{completed[0]} 点亮", f"lit by {completed[1]}"
    yield from lit_by_words(stage)
    yield from _times(stage)
    yield from _quality(playbook, stage)
    if stage.next is not None:
        yield listed(("接着", "then"), stage.next) if stage.next else ("到此结束", "an end")
    yield from _support(playbook, stage)
    yield from name_words(stage)


def _quality(playbook: Playbook, stage: Stage) -> Iterable[Words]:
    """How it may go wrong, and be made good."""
    if stage.fails_on:
        zh, en = _patterns(playbook, stage.fails_on)
        yield f"{zh} 算失败", f"fails on {en}"
    if stage.dissatisfied_by:
        zh, en = _patterns(playbook, stage.dissatisfied_by)
        yield f"{zh} 算不满", f"dissatisfied by {en}"
    if stage.made_good_by:
        zh, en = _patterns(playbook, stage.made_good_by)
        yield f"{zh} 算补救", f"made good by {en}"


def _support(playbook: Playbook, stage: Stage) -> Iterable[Words]:
    if stage.services:
        names = (playbook.services[key].name if key in playbook.services else key for key in stage.services)
        yield listed(("服务", "services"), stage.services, names)
    if stage.touchpoints:
        yield listed(("触点", "touchpoints"), stage.touchpoints)
    if stage.scenarios:
        yield listed(("场景", "scenarios"), stage.scenarios)


def _times(stage: Stage) -> Iterable[Words]:
    if stage.expected_within is not None:
        zh, en = _long(stage.expected_within)
        yield f"{zh}内", f"within {en}"
    if stage.stalled_after is not None and stage.stalled_after != stage.expected_within:
        zh, en = _long(stage.stalled_after)
        yield f"{zh}算卡住", f"stalled after {en}"


def _long(length: int) -> Words:
    return say_duration(length, zh=True), say_duration(length, zh=False)
