"""A profile as answers show it at an instant, every value with its name and its reason."""

from collections.abc import Sequence

from service.core.accounts import show_contacts
from service.core.benefits import show_benefits
from service.core.calendar import write_instant
from service.core.calibration import Calibration, in_force
from service.core.facts import Standing, State
from service.core.foresight import ends_of
from service.core.marks import Mark
from service.core.measures import FOREVER
from service.core.personas import Scheme, score_of
from service.core.plan import Plan
from service.core.playbook.conditions import ACCOUNT, PERSON, Always
from service.core.playbook.definitions import Tag
from service.core.progress import show_enrollments
from service.core.reasons import explain, explain_value
from service.core.tags import TagRule, show
from service.core.wire import plain
from service.core.words import amount

Json = dict[str, object]
NEVER = Always(holds=False)


def view(plan: Plan, state: State, at: int, calibrations: Sequence[Calibration]) -> Json:
    """Everything but who he is: traits, tags, personas, journeys. The state has passed through `at`."""
    return {
        "at": write_instant(at),
        "type": ACCOUNT if state.account else PERSON,
        "contacts": show_contacts(state),
        "traits": {name: plain(value) for name, value in sorted(state.traits.items())},
        "tags": show_tags(plan, state, at, calibrations),
        "personas": {
            scheme.persona.key: show_persona(scheme, state, in_force(calibrations, at)) for scheme in plan.schemes
        },
        "journeys": list(show_enrollments(plan, state, at)),
        "benefits": list(show_benefits(plan.playbook, state)),
    }


def show_tags(
    plan: Plan, state: State, at: int, calibrations: Sequence[Calibration], only: frozenset[str] | None = None
) -> list[Json]:
    """The tags that are on (of these, if they are named), in the playbook's order."""
    shown = [(place, mark) for place, mark in sorted(state.marks.items()) if mark.value]
    if only is not None:
        shown = [(place, mark) for place, mark in shown if plan.rules[place].tag.key in only]
    ends = ends_of(plan, state, [place for place, _ in shown], calibrations, at)
    return [_tag(plan, plan.rules[place], mark, ends[place], (state, at)) for place, mark in shown]


def value_of(rule: TagRule, mark: Mark, state: State) -> tuple[object, str | None]:
    """What a tag shows: the key and the name of its listed value, or what it shows otherwise."""
    if rule.index in state.values:
        return plain(state.values[rule.index]), None
    if not rule.tag.values:
        return None, None
    listed = rule.tag.values[mark.value - 1]
    return listed.key or None, listed.name or None


def _tag(plan: Plan, rule: TagRule, mark: Mark, until: int, moment: tuple[State, int]) -> Json:
    state, at = moment
    source = source_of(rule, state, at)
    group = plan.playbook.tag_groups.get(rule.tag.group or "")
    value, value_name = value_of(rule, mark, state)
    shown: Json = {
        "key": rule.tag.key,
        "name": rule.tag.name,
        "tag_kind": rule.tag.kind,
        "owner": rule.tag.owner,
        "group": rule.tag.group,
        "group_name": group and group.name,
        "value": value,
        "value_name": value_name,
        "since": write_instant(mark.since),
        "until": None if until == FOREVER else write_instant(until),
        "source": source,
        "because": reason_of(plan, rule.index, state, at),
    }
    if f"tag:{rule.tag.key}" in state.wishes:
        shown["hidden"] = True
    return shown


def reason_of(plan: Plan, place: int, state: State, at: int) -> Json:
    """Why a tag is on, as answers show it."""
    rule = plan.rules[place]
    reason = _why(plan, rule, state.marks[place], source_of(rule, state, at), (state, at))
    return {"version": plan.version, **reason}


def _why(plan: Plan, rule: TagRule, mark: Mark, source: str, moment: tuple[State, int]) -> Json:
    state, at = moment
    if source != "rule":
        strength = strength_of(rule.tag, state.opinions[rule.tag.key][source][3], at)
        return said_by(source) if strength is None else {**said_by(source), "strength": strength}
    if rule.watched is not None:
        return explain_value(plan, rule.tag, state, at)
    condition = rule.tag.values[mark.value - 1].when
    return explain(plan, condition or NEVER, state, at)


def strength_of(tag: Tag, said_at: int, at: int) -> float | None:
    """How much an opinion still weighs, two decimals; None if it does not fade."""
    return None if tag.half_life is None else round(2.0 ** ((said_at - at) / tag.half_life), 2)


_SET = {
    "user": ("用户自己设置", "set by the user"),
    "manual": ("员工设置", "set by staff"),
    "import": ("外部系统同步", "synchronised from another system"),
    "rule": ("规则", "rule"),
}


def said_by(layer: str) -> Json:
    """The reason of what somebody set."""
    return {"code": "set", "layer": layer, "text": _SET[layer][0], "text_en": _SET[layer][1]}


_TAKEN_OFF = {
    "user": ("用户自己去掉了这个标签", "taken off by the user"),
    "manual": ("员工去掉了这个标签", "taken off by staff"),
    "import": ("外部系统去掉了这个标签", "taken off by another system"),
}


def taken_off_by(layer: str) -> Json:
    """The reason why a tag is off that somebody took off, whatever the rule says."""
    return {"code": "taken_off", "layer": layer, "text": _TAKEN_OFF[layer][0], "text_en": _TAKEN_OFF[layer][1]}


def source_of(rule: TagRule, state: State, at: int) -> str:
    """The layer whose opinion shows."""
    layer = show(rule, state, at).layer
    return rule.layers[layer] if layer < len(rule.layers) else "rule"


def show_persona(scheme: Scheme, state: State, calibration: Calibration | None) -> Json:
    """The class of a profile in one scheme, with score, position and reason."""
    standing = state.standings.get(scheme.index) or Standing()
    learned = None if calibration is None else calibration.schemes.get(scheme.persona.key)
    score = score_of(scheme, standing, learned) if standing.orders else 0
    found = scheme.persona.classes[standing.place] if standing.place >= 0 else None
    return {
        "name": scheme.persona.name,
        "class": found.key if found else "undetermined",
        "class_name": found.name if found else "未定",
        "score": score,
        "position": learned.position(score) if learned and found else None,
        "since": write_instant(standing.since) if standing.since else None,
        "until": _until(scheme, state, standing),
        "because": _because(scheme, state, standing, calibration),
    }


def _until(scheme: Scheme, state: State, standing: Standing) -> str | None:
    """When the class changes if nothing happens. What is earned beneath a pin changes nothing that shows."""
    end = state.pins[scheme.persona.key][1] if standing.reason == "pinned" else standing.until
    return None if end is None or end == FOREVER else write_instant(end)


def _because(scheme: Scheme, state: State, standing: Standing, calibration: Calibration | None) -> Json:
    number = calibration.number if calibration and scheme.persona.key in calibration.schemes else None
    mean = plain(round(standing.total / standing.orders)) if standing.orders else None
    found: Json = {"orders": standing.orders, "average": mean, "calibration": number, "moved": standing.moved or None}
    if standing.reason == "pinned":
        _, _, since, reason = state.pins[scheme.persona.key]
        said = f"：{reason}" if reason else ""
        words = f"员工指定{said}", f"pinned by staff{': ' + reason if reason else ''}"
        found["pinned_at"] = write_instant(since)
    elif not standing.reason and standing.place >= 0 and scheme.rules[standing.place] is not None:
        words = "符合这一层的规则", "the rule of the class holds"
    else:
        words = _WORDS.get(standing.reason) or _scored(scheme, standing)
    return {"code": standing.reason or "score", **found, "text": words[0], "text_en": words[1]}


def _scored(scheme: Scheme, standing: Standing) -> tuple[str, str]:
    if not standing.orders:
        return "前面各层的规则都不符合", "the rule of no class above holds"
    mean, number = amount(standing.total, standing.orders, scheme.unit), standing.orders
    return (
        f"{scheme.counted[0]} {number} 次，平均 {mean[0]}，越近的权重越大",
        f"{number} × {scheme.counted[1]}, {mean[1]} on average; recent ones weigh more",
    )


_WORDS = {
    "not_enough": ("数据还不够，暂不分层", "not enough is known yet"),
    "not_calibrated": ("还没有校准，暂不分层", "there is no calibration yet"),
}
