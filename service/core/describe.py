"""Conditions read aloud in Chinese and English: what is asked, of nobody in particular."""

from collections.abc import Mapping

from service.core.enrollment import STATUSES
from service.core.playbook.care import EVERYONE
from service.core.playbook.conditions import (
    AggregateTest,
    All,
    Always,
    AnyOf,
    Bucket,
    Condition,
    JourneyTest,
    Not,
    OfProfile,
    PersonaTest,
    ProfileTypeTest,
    RfmTest,
    TagTest,
    TraitTest,
)
from service.core.playbook.definitions import Playbook, Rfm, Tag, TagValue
from service.core.playbook.moments import Anniversary, Moment
from service.core.subjects import events_words, property_name, subject, unit_of
from service.core.words import (
    Words,
    around,
    called,
    comparisons_words,
    moment_words,
    names_among,
    names_in,
    together,
)

_GIVEN: dict[str, Words] = {
    "manual": ("手工设置", "set by hand"),
    "imported": ("由外部系统同步", "synchronised from another system"),
}
UNDETERMINED: Words = ("未定", "undetermined")
NO_CLASS: Mapping[str, Words] = {"undetermined": UNDETERMINED, EVERYONE: ("所有人", "everyone")}  # in place of one
PROFILE_TYPES_ZH = {"person": "个人", "account": "客户单位"}
_STATUS_ZH = dict(zip(STATUSES, ("进行中", "已完成", "已离开"), strict=True))


def describe(playbook: Playbook, condition: Condition) -> Words:
    """A condition as one sentence, Chinese and English."""
    if isinstance(condition, All | AnyOf):
        joints = ("，且 ", " and ") if isinstance(condition, All) else ("，或 ", " or ")
        parts = [bracketed(part, describe(playbook, part)) for part in condition.parts]
        return joints[0].join(zh for zh, _ in parts), joints[1].join(en for _, en in parts)
    if isinstance(condition, Not):
        zh, en = describe(playbook, condition.part)
        return f"不满足（{zh}）", f"not ({en})"
    if isinstance(condition, AggregateTest):
        said = comparisons_words(condition.comparisons, unit_of(playbook, condition.aggregate))
        return _both(subject(playbook, condition.aggregate), said)
    if isinstance(condition, OfProfile):
        return _of_profile(playbook, condition)
    return _other(playbook, condition)


def describe_tag(playbook: Playbook, tag: Tag, *, keys: bool = False) -> Words:
    """When a tag is on, as one sentence; with the keys of its values beside their names if these are asked for."""
    if tag.rfm is not None:
        return _rfm(playbook, tag.rfm)
    if tag.value_of is not None:
        zh, en = subject(playbook, tag.value_of)
        gate = None if tag.gate is None else describe(playbook, tag.gate)
        return (zh, en) if gate is None else (f"{zh}（当 {gate[0]}）", f"{en} (while {gate[1]})")
    if tag.kind == "rule" and tag.values[0].when is not None:
        return describe(playbook, tag.values[0].when)
    given = _GIVEN.get(tag.kind)
    return together([*([] if given is None else [given]), *(_value(playbook, each, keys=keys) for each in tag.values)])


def _value(playbook: Playbook, value: TagValue, *, keys: bool) -> Words:
    name = called(value) if keys else value.names
    if value.when is None:
        return name
    zh, en = describe(playbook, value.when)
    return f"{name[0]}：{zh}", f"{name[1]}: {en}"


def _rfm(playbook: Playbook, rfm: Rfm) -> Words:
    zh, en = events_words(playbook, (rfm.event,), rfm.where)
    name = property_name(playbook, (rfm.event,), rfm.property).lstrip()
    return f"{zh}的 RFM 五分位：最近、次数、{name}合计", f"RFM quintiles of {en}: recency, count, sum of {rfm.property}"


def _both(left: Words, right: Words) -> Words:
    return f"{left[0]} {right[0]}".rstrip(), f"{left[1]} {right[1]}".rstrip()


def bracketed(condition: Condition, words: Words) -> Words:
    """The words of a part within a whole: in brackets if it has several parts itself."""
    several = isinstance(condition, All | AnyOf) and len(condition.parts) > 1
    return (f"（{words[0]}）", f"({words[1]})") if several else words


def _of_profile(playbook: Playbook, condition: OfProfile) -> Words:
    if isinstance(condition, TagTest):
        return _tag(playbook, condition)
    if isinstance(condition, RfmTest):
        parts = [(name.upper(), comparisons_words(each, "number")) for name, each in condition.parts]
        name = names_in(playbook.tags, condition.tag)
        return (
            f"标签“{name[0]}”" + "，".join(f" {part} {zh}" for part, (zh, _) in parts),
            f"tag {name[1]}" + ",".join(f" {part} {en}" for part, (_, en) in parts),
        )
    if isinstance(condition, PersonaTest):
        scheme = names_in(playbook.personas, condition.scheme)
        classes = [class_name(playbook, condition.scheme, each) for each in condition.classes]
        zh, en = "、".join(zh for zh, _ in classes), ", ".join(en for _, en in classes)
        return f"{scheme[0]}属于 {zh}", f"persona {scheme[1]} in {en}"
    return _journey(playbook, condition)


def _tag(playbook: Playbook, condition: TagTest) -> Words:
    found, (zh, en) = playbook.tags.get(condition.tag), names_in(playbook.tags, condition.tag)
    name = f"标签“{zh}”", f"tag {en}"
    if condition.values and found is not None and found.values:
        values = [names_among(found.values, value) for value in condition.values]
        return f"{name[0]}为 {'、'.join(zh for zh, _ in values)}", f"{name[1]} is {' or '.join(en for _, en in values)}"
    if condition.comparisons:
        return _both(name, comparisons_words(condition.comparisons, "number"))
    return name


def class_name(playbook: Playbook, scheme: str, key: str) -> Words:
    """What people call a class; a key that no class has stays as it is."""
    if key in NO_CLASS:
        return NO_CLASS[key]
    found = playbook.personas.get(scheme)
    return names_among(found.classes if found else (), key)


def _journey(playbook: Playbook, condition: JourneyTest) -> Words:
    zh, en = names_in(playbook.journeys, condition.journey)
    zh, en = f"旅程“{zh}”", f"journey {en}"
    if condition.status is not None:
        zh, en = f"{zh}{_STATUS_ZH[condition.status]}", f"{en} {condition.status}"
    if condition.stage is not None:
        stage = stage_name(playbook, condition.journey, condition.stage)
        zh, en = f"{zh}，处于“{stage[0]}”", f"{en} at {stage[1]}"
    return zh, en


def stage_name(playbook: Playbook, journey: str, key: str) -> Words:
    """What people call a stage; a key that no stage has stays as it is."""
    found = playbook.journeys.get(journey)
    return names_among(found.stages if found else (), key)


def _other(
    playbook: Playbook, condition: TraitTest | ProfileTypeTest | Always | Bucket | Anniversary | Moment
) -> Words:
    if isinstance(condition, TraitTest):
        said = comparisons_words(condition.comparisons, "number")
        return _both((f"属性 {condition.trait}", f"trait {condition.trait}"), said)
    if isinstance(condition, ProfileTypeTest):
        return f"是{PROFILE_TYPES_ZH[condition.type]}", f"the profile is of type {condition.type}"
    if isinstance(condition, Always):
        return ("总是", "always") if condition.holds else ("从不", "never")
    if isinstance(condition, Bucket):
        percent = f"{condition.share / 100:g}%"
        return f"固定随机 {percent} 的用户（{condition.salt}）", f"a fixed {percent} of profiles ({condition.salt})"
    if isinstance(condition, Anniversary):
        zh, en = f"属性 {condition.trait} 的周年日", f"the anniversary of trait {condition.trait}"
        return around((zh, en), condition.before, condition.after)
    return moment_words(playbook, condition)
