"""The difference between what was said of a profile and what is so now, as things the world must hear.

Changes are states ("tag X is on"), not deltas: whoever hears the last one knows.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from service.core.breakpoints import numbered
from service.core.calibration import Calibration, in_force
from service.core.enrollment import KINDS, STATUSES, Break, Enrollment
from service.core.facts import State
from service.core.health import is_late
from service.core.plan import Plan
from service.core.progress import current_stage, show_enrollment, stage_states
from service.core.tags import show
from service.core.view import show_persona, show_tags, source_of, taken_off_by

Json = dict[str, object]
Said = dict[str, dict[str, object]]
SECTIONS = ("tag", "persona", "journey", "breakpoint")
JOURNEY_FIELDS = ("status", "stage", "stage_name", "progress", "pace", "entered_at", "health")
NO_LONGER: Json = {"code": "no_longer_holds", "text": "条件不再满足", "text_en": "the condition no longer holds"}
WITHDRAWN: Json = {
    "code": "withdrawn",
    "text": "按现在的记录和方案它不成立：有事件迟到，或冲掉了之前的事件，或方案改了",
    "text_en": "it is not so any more: an event came late or took another back, or the playbook changed",
}
TAKEN_BACK: Json = {"code": "taken_back", "text": "已撤下或已到期", "text_en": "it was taken back, or has ended"}


OUTRANKED: Json = {
    "code": "outranked",
    "text": "同组的另一个标签优先",
    "text_en": "another tag of its group comes first",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing to say. `key` is what it is about within its kind; `body` is the whole answer."""

    kind: str
    key: str
    body: Json


def said(plan: Plan, state: State, at: int) -> Said:
    """What is so, reduced to what a listener would notice. The state has passed through `at`."""
    tags: dict[str, object] = {}
    for place, mark in sorted(state.marks.items()):
        if mark.value:
            tag, value = plan.rules[place].tag, state.values.get(place)
            listed = tag.values[mark.value - 1].key if tag.values else ""
            tags[tag.key] = listed if value is None else value
    enrollments = [each for _, each in sorted(state.enrollments.items())]
    return {
        "tag": tags,
        "persona": {
            plan.schemes[index].persona.key: plan.schemes[index].persona.classes[each.place].key
            for index, each in sorted(state.standings.items())
            if each.place >= 0
        },
        "journey": {enrollment_id(plan, each): _summary(plan, each, at) for each in enrollments},
        "breakpoint": {
            _break_id(plan, each, found, number): [found.since, found.resolved_at]
            for each in enrollments
            for found, number in numbered(each)
        },
    }  # fmt: skip


def enrollment_id(plan: Plan, each: Enrollment) -> str:
    """An enrollment within its profile: `journey` or `journey:key`."""
    journey = plan.routes[each.journey].journey.key
    return f"{journey}:{each.key}" if each.key else journey


def _break_id(plan: Plan, each: Enrollment, found: Break, number: int) -> str:
    stage = plan.routes[each.journey].journey.stages[found.stage].key
    return f"{enrollment_id(plan, each)}|{stage}|{KINDS[found.kind]}|{number}"


def _summary(plan: Plan, each: Enrollment, at: int) -> str:
    route = plan.routes[each.journey]
    journey, states = route.journey, "".join(state[0] for state in stage_states(route, each))
    stage = journey.stages[current_stage(each)].key
    claims = "".join(f"+{place}" for place in sorted(each.claimed))
    claims += "".join(f"&{place}.{len(found)}" for place, found in sorted(each.helpers.items()))
    return f"{STATUSES[each.status]}|{stage}|{'late' if is_late(each, at) else ''}|{states}{claims}"


def seen_lit(summary: str) -> set[int]:
    """The places of the stages that the customer of a run sees lit, of what is said of it."""
    states, *claims = summary.rpartition("|")[2].partition("&")[0].split("+")
    return {place for place, state in enumerate(states) if state == "l"} | {int(place) for place in claims}


def difference(
    plan: Plan, state: State, at: int, calibrations: Sequence[Calibration], before: Mapping[str, Mapping[str, object]]
) -> tuple[Said, list[Change]]:
    """What is so now, and what has to be said because it was not so, in a fixed order."""
    now = said(plan, state, at)
    if now == before:
        return now, []
    fresh = {
        kind: [key for key, value in now[kind].items() if before.get(kind, {}).get(key, _UNSAID) != value]
        for kind in SECTIONS
    }
    changes = [
        Change(kind="tag", key=str(body["key"]), body=body)
        for body in _tags(plan, state, at, calibrations, fresh["tag"])
    ]
    for key in fresh["persona"]:
        scheme = next(each for each in plan.schemes if each.persona.key == key)
        body = show_persona(scheme, state, in_force(calibrations, at))
        changes.append(Change(kind="persona", key=key, body={"kind": "persona", "key": key, **body}))
    changes += _of_journeys(plan, state, at, {*fresh["journey"], *fresh["breakpoint"]})
    changes += [
        Change(kind=kind, key=key, body=_gone(plan, kind, key, (state, at)))
        for kind in SECTIONS
        for key in _lost(kind, before, now)
    ]
    return now, changes


_UNSAID = object()


def _tags(
    plan: Plan, state: State, at: int, calibrations: Sequence[Calibration], keys: Sequence[str]
) -> Iterator[Json]:
    if keys:
        for tag in show_tags(plan, state, at, calibrations, frozenset(keys)):
            yield {"kind": "tag", "key": tag["key"], "on": True, **tag}


def _of_journeys(plan: Plan, state: State, at: int, keys: Collection[str]) -> Iterator[Change]:
    for _, each in sorted(state.enrollments.items()):
        owner = enrollment_id(plan, each)
        breaks = [(_break_id(plan, each, found, number), place) for place, (found, number) in enumerate(numbered(each))]
        if owner not in keys and not any(key in keys for key, _ in breaks):
            continue
        shown = show_enrollment(plan, each, at)
        about = {"journey": shown["journey"], "name": shown["name"], "enrollment_key": shown["key"]}
        if owner in keys:
            body = {"kind": "journey", "key": owner, **about, **{name: shown[name] for name in JOURNEY_FIELDS}}
            stages = cast("list[Json]", shown["stages"])
            if dimmed := [{"stage": one["stage"], **cast("Json", one["dimmed"])} for one in stages if "dimmed" in one]:
                body["dimmed"] = dimmed
            yield Change(kind="journey", key=owner, body=body)
        for key, place in breaks:
            if key in keys:
                found = cast("list[Json]", shown["breakpoints"])[place]
                body = {**found, "kind": "breakpoint", "key": key, **about, "breakpoint": found["kind"]}
                yield Change(kind="breakpoint", key=key, body=body)


def _lost(kind: str, before: Mapping[str, Mapping[str, object]], now: Said) -> Iterator[str]:
    """What was said and is no more. A keyed run that is over just leaves the facts: nothing to say."""
    for key in before.get(kind, {}):
        if key not in now[kind] and (kind in ("tag", "persona") or ":" not in key.split("|")[0]):
            yield key


def _gone(plan: Plan, kind: str, key: str, moment: tuple[State, int]) -> Json:
    if kind == "tag":
        tag, because = plan.playbook.tags.get(key), _why_off(plan, key, moment)
        return {"kind": kind, "key": key, "on": False, "name": tag and tag.name, "value": None, "because": because}
    if kind == "persona":
        scheme = plan.playbook.personas.get(key)
        name = scheme and scheme.name
        return {
            "kind": kind,
            "key": key,
            "name": name,
            "class": "undetermined",
            "class_name": "未定",
            "because": NO_LONGER,
        }
    return undone(kind, key)


def undone(kind: str, key: str) -> Json:
    """What is said of a run or a breakpoint that never was."""
    return {"kind": kind, "key": key, "gone": True, "because": WITHDRAWN}


def _why_off(plan: Plan, key: str, moment: tuple[State, int]) -> Json:
    if key not in plan.places:
        return NO_LONGER
    rule = plan.rules[plan.places[key]]
    found = show(rule, *moment)
    if found.value:
        return OUTRANKED
    layer = source_of(rule, *moment)
    if layer != "rule":
        return taken_off_by(layer)
    return NO_LONGER if rule.has_rule else TAKEN_BACK
