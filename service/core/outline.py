"""Every definition of a playbook in one sentence: what changes its meaning changes the sentence."""

from collections.abc import Iterable
from datetime import date

from service.core.calendar import say_duration
from service.core.describe import describe_tag
from service.core.event import MICRO
from service.core.outline_journeys import journey_words
from service.core.outline_looks import name_words
from service.core.outline_personas import persona_words
from service.core.outline_services import service_words
from service.core.playbook.definitions import (
    ContactPolicy,
    EventType,
    Holiday,
    Journey,
    Persona,
    Place,
    Playbook,
    PropertyType,
    Service,
    Tag,
    TagGroup,
)
from service.core.playbook.read_people import CENT, GIVEN
from service.core.subjects import event_name, property_name
from service.core.words import Words, as_they_are, exact, listed, names_in, together

Definition = EventType | Place | Holiday | TagGroup | Tag | Persona | Journey | Service
_OWNERS = {"staff": "员工", "rule": "规则", "crm": "CRM"}
_LAYERS = {"user": "用户", "manual": "员工", "rule": "规则", "import": "外部系统"}
_OUTCOMES = {"shown": "看到", "clicked": "点击", "accepted": "接受", "completed": "完成", "dismissed": "点“不需要”"}
_UNKNOWN_PROFILES = {"refuse": "不接受", "create": "新建用户"}
_WHOLE: dict[str, str] = {"contact_policy": "触达频控", "layers": "谁说了算", "identities": "身份",
                          "unknown_profiles": "说到不认识的用户时", "playbook": "方案的 key", "name": "方案名",
                          "timezone": "时区"}  # fmt: skip


def outline(playbook: Playbook, definition: Definition) -> Words:
    """What a definition says, Chinese and English."""
    words = _said(playbook, definition)
    return f"{definition.name}：{words[0]}".removesuffix("："), f"{definition.english}: {words[1]}".removesuffix(": ")


def outline_section(playbook: Playbook, section: str) -> Words:
    """What a section without definitions of its own says, such as `contact_policy`; or the identities, all in one."""
    match section:
        case "contact_policy":
            said = _policy(playbook.contact_policy)
        case "layers":
            said = " > ".join(_LAYERS[each] for each in playbook.layers), " > ".join(playbook.layers)
        case "identities":
            said = together(_identity(playbook, each) for each in playbook.identities)
        case "unknown_profiles":
            said = _UNKNOWN_PROFILES[playbook.unknown_profiles], playbook.unknown_profiles
        case _:
            text = {"playbook": playbook.key, "name": playbook.name, "timezone": playbook.timezone}[section]
            said = text, text
    return f"{_WHOLE[section]}：{said[0]}", f"{section}: {said[1]}"


def outline_identity(playbook: Playbook, namespace: str) -> Words:
    """How many identities of a namespace one profile has at most."""
    return ("", "") if namespace not in playbook.identities else _identity(playbook, namespace)


def _identity(playbook: Playbook, namespace: str) -> Words:
    number = playbook.identities[namespace]
    en = f"at most {number} {namespace} of one profile"
    if namespace in playbook.accounts:
        return f"{namespace} 是客户单位的标识，每个单位最多 {number} 个", f"{namespace} is of accounts, {en}"
    return f"每人最多 {number} 个 {namespace}", en


def _said(playbook: Playbook, definition: Definition) -> Words:
    match definition:
        case Tag():
            said = _tag(playbook, definition)
        case Persona():
            said = persona_words(playbook, definition)
        case Journey():
            said = journey_words(playbook, definition)
        case Service():
            said = service_words(playbook, definition)
        case _:
            said = _base(playbook, definition)
    return said


def _base(playbook: Playbook, definition: EventType | Place | Holiday | TagGroup) -> Words:
    """What the others are made of."""
    match definition:
        case EventType():
            return together(_event_type(playbook, definition))
        case Place():
            return together(_place(definition))
        case Holiday():
            return _holiday(definition)
        case _:
            return ("互斥", "exclusive") if definition.exclusive else ("不互斥", "not exclusive")


def _tag(playbook: Playbook, tag: Tag) -> Words:
    return together([describe_tag(playbook, tag, keys=True), *_of_tag(playbook, tag)])


def _of_tag(playbook: Playbook, tag: Tag) -> Iterable[Words]:
    """What a tag says beside when it is on; nothing of what goes without saying."""
    if tag.value_of is not None and tag.round != (MICRO if tag.kind == "score" else CENT):
        yield f"取整到 {exact(tag.round)} 的倍数", f"rounded to multiples of {exact(tag.round)}"
    for length, zh, en in ((tag.ttl, "设置后 {}到期", "ends {} after it was set"),
                           (tag.half_life, "设置后每 {}减半", "halves every {} after it was set")):  # fmt: skip
        if length is not None:
            yield zh.format(say_duration(length, zh=True)), en.format(say_duration(length, zh=False))
    if tag.group is not None:
        group = names_in(playbook.tag_groups, tag.group)
        yield f"分组 {group[0]}", f"group {group[1]}"
    if tag.owner != GIVEN.get(tag.kind, "rule"):
        yield f"归属 {_OWNERS[tag.owner]}", f"owner {tag.owner}"


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


def _event_type(playbook: Playbook, event: EventType) -> Iterable[Words]:
    properties = [f"{name} ({_property(each)})" for name, each in event.properties.items()]
    yield ", ".join(properties) or "—", ", ".join(properties) or "—"
    if event.reverses is not None:
        of, by = event.reverses.event, event.reverses.by
        name = property_name(playbook, (event.key, of), by).strip()
        back = event_name(playbook, of)
        yield f"冲掉{name}相同的{back[0]}", f"takes back {back[1]} of the same {by}"
    yield from name_words(event)
    for each in playbook.events.values():
        if each.reverses is not None and each.reverses.event == event.key and each.reverses.written == "reversed_by":
            by = each.reverses.by
            name = property_name(playbook, (event.key, each.key), by).strip()
            yield f"被{name}相同的{each.name}冲掉", f"taken back by {each.english} of the same {by}"


def _property(each: PropertyType) -> str:
    return f"{each.kind}, fen" if each.fen else each.kind


def _place(place: Place) -> Iterable[Words]:
    if place.city is not None:
        yield place.city, place.city
    if place.scenarios:
        yield listed(("场景", "scenarios"), as_they_are(place.scenarios))


def _policy(policy: ContactPolicy) -> Words:
    parts: list[Words] = []
    if policy.at_most is not None and policy.within is not None:
        zh, en = say_duration(policy.within, zh=True), say_duration(policy.within, zh=False)
        times = "once" if policy.at_most == 1 else f"{policy.at_most} times"
        parts.append((f"同一项服务 {zh}内最多出现 {policy.at_most} 次", f"one service at most {times} in {en}"))
    if policy.quiet_outcome is not None and policy.quiet_for is not None:
        zh, en = say_duration(policy.quiet_for, zh=True), say_duration(policy.quiet_for, zh=False)
        parts.append(
            (f"{_OUTCOMES[policy.quiet_outcome]}后 {zh}内不再出现", f"not for {en} after {policy.quiet_outcome}")
        )
    return together(parts or [("不限次数", "no limit")])
