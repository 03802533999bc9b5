"""A journey in one sentence: how it is entered, its stages with their times, and how it ends."""

from collections.abc import Iterable, Sequence

from service.core.calendar import say_duration
from service.core.describe import NO_CLASS
from service.core.outline_looks import lit_by_words, looks_words, name_words
from service.core.playbook.care import EVERYONE, Promise
from service.core.playbook.conditions import ACCOUNT
from service.core.playbook.definitions import ONCE, Journey, Pattern, Playbook, Stage
from service.core.subjects import events_words, property_name
from service.core.wire import plain
from service.core.words import Words, as_they_are, both, called, listed, names_in

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
    if journey.of == ACCOUNT:
        zh, en = f"客户单位的旅程：{zh}", f"of accounts: {en}"
    ends = [*_ends(playbook, journey), *looks_words(journey)]
    return "；".join([zh, *(said for said, _ in ends)]), "; ".join([en, *(said for _, said in ends)])


def _ends(playbook: Playbook, journey: Journey) -> Iterable[Words]:
    yield from _text(("主题", "theme"), journey.theme, journey.theme_en)
    yield from _text(("对用户的价值", "value"), journey.value, journey.value_en)
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


def _text(title: Words, zh: str | None, en: str | None) -> Iterable[Words]:
    """What people read, in both languages; nothing if there is nothing."""
    said = both(zh, en)
    if said[0]:
        yield f"{title[0]}：{said[0]}", f"{title[1]}: {said[1]}"


def _patterns(playbook: Playbook, patterns: Sequence[Pattern]) -> Words:
    parts = [events_words(playbook, (each.event,), each.where) for each in patterns]
    return "、".join(zh for zh, _ in parts), ", ".join(en for _, en in parts)


def _stage(playbook: Playbook, stage: Stage) -> Words:
    details = list(_details(playbook, stage))
    zh, en = "，".join(said for said, _ in details), ", ".join(said for _, said in details)
    name = called(stage)
    return f"{name[0]}（{zh}）", f"{name[1]} ({en})"


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
    yield from _judged(playbook, stage)
    if stage.next is not None:
        yield listed(("接着", "then"), as_they_are(stage.next)) if stage.next else ("到此结束", "an end")
    yield from name_words(stage)
    yield from _text(("用户的目标", "goal"), stage.goal, stage.goal_en)
    yield from _text(("对用户的好处", "good for"), stage.benefit, stage.benefit_en)
    if stage.services:
        yield listed(("服务", "services"), (names_in(playbook.services, key) for key in stage.services))
    for word, members in (
        (("触点", "touchpoints"), stage.touchpoints),
        (("渠道", "channels"), stage.channels),
        (("场景", "scenarios"), stage.scenarios),
        (("原名", "formerly"), stage.was),
    ):
        if members:
            yield listed(word, as_they_are(members))
    yield from _care(playbook, stage)


def _judged(playbook: Playbook, stage: Stage) -> Iterable[Words]:
    """What fails it, what dissatisfies, what makes good."""
    for patterns, zh, en in (
        (stage.fails_on, "算失败", "fails on"),
        (stage.dissatisfied_by, "算不满", "dissatisfied by"),
        (stage.made_good_by, "算补救", "made good by"),
    ):
        if patterns:
            named = _patterns(playbook, patterns)
            yield f"{named[0]} {zh}", f"{en} {named[1]}"


def _care(playbook: Playbook, stage: Stage) -> Iterable[Words]:
    scheme = next(iter(playbook.personas.values()), None)
    names = {each.key: each.names for each in scheme.classes} if scheme else {}
    names.setdefault(EVERYONE, NO_CLASS[EVERYONE])
    for promise in stage.promises:
        zh, en = _promised(promise)
        whom = names.get(promise.cls, (promise.cls, promise.cls))
        yield f"承诺{whom[0]}{zh}", f"promises {whom[1]} {en}"
    if stage.target is not None:
        soon = ("", "") if stage.target.within is None else _long(stage.target.within)
        within = (f"进入旅程 {soon[0]}内", f" within {soon[1]}") if soon[0] else soon
        yield f"目标：{within[0]} {stage.target.percent}% 到达", f"target: {stage.target.percent}% reach it{within[1]}"
    for benefit in stage.benefits:
        classes = [names.get(cls, (cls, cls)) for cls in benefit.classes]
        zh, en = called(benefit)
        if classes:
            zh = f"{zh}（{'、'.join(name for name, _ in classes)}）"
            en = f"{en} for {', '.join(name for _, name in classes)}"
        yield f"权益：{zh}", f"benefit: {en}"
    yield from _text(("仪式", "ritual"), stage.ritual, stage.ritual_en)
    yield from _text(("一键评价", "asks"), stage.feedback, stage.feedback_en)


def _promised(promise: Promise) -> Words:
    zh, en = [], []
    if promise.rating is not None:
        rating = plain(promise.rating)
        zh.append(f"平均评分不低于 {rating}")
        en.append(f"a mean rating of {rating}")
    if promise.within is not None:
        soon = _long(promise.within)
        zh.append(f"{promise.percent}% 的人 {soon[0]}内完成")
        en.append(f"{promise.percent}% within {soon[1]}")
    return "、".join(zh), ", ".join(en)


def _times(stage: Stage) -> Iterable[Words]:
    if stage.expected_within is not None:
        zh, en = _long(stage.expected_within)
        yield f"{zh}内", f"within {en}"
    if stage.stalled_after is not None and stage.stalled_after != stage.expected_within:
        zh, en = _long(stage.stalled_after)
        yield f"{zh}算卡住", f"stalled after {en}"


def _long(length: int) -> Words:
    return say_duration(length, zh=True), say_duration(length, zh=False)
