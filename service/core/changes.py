"""The difference between what was said of a profile and what is so now, as things the world must hear.

Changes are states ("tag X is on"), not deltas: whoever hears the last one knows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from service.core.calibration import Calibration, in_force
from service.core.enrollment import KINDS, STATUSES, Enrollment
from service.core.facts import State
from service.core.health import is_late
from service.core.plan import Plan
from service.core.progress import current_stage, show_enrollment, stage_state
from service.core.view import show_persona, show_tags

Json = dict[str, object]
Said = dict[str, dict[str, object]]
SECTIONS = ("tag", "persona", "journey", "breakpoint")
NO_LONGER: Json = {"code": "no_longer_holds", "text": "条件不再满足", "text_en": "the condition no longer holds"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing to say. `key` is what it is about within its kind; `body` is the whole answer."""

    kind: str
    key: str
    body: Json


def said(plan: Plan, state: State, at: int) -> Said:
    """What is so, reduced to what a listener would notice. The state has passed through `at`."""
    tags = {}
    for place, mark in sorted(state.marks.items()):
        if mark.value:
            tag = plan.rules[plan.by_place[place]].tag
            tags[tag.key] = tag.values[mark.value - 1].key if tag.values else ""
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
            f"{enrollment_id(plan, each)}|{found.stage}|{KINDS[found.kind]}|{found.since}": found.resolved_at
            for each in enrollments
            for found in each.breaks
        },
    }  # fmt: skip


def enrollment_id(plan: Plan, each: Enrollment) -> str:
    """An enrollment within its profile: `journey` or `journey:key`."""
    journey = plan.routes[each.journey].journey.key
    return f"{journey}:{each.key}" if each.key else journey


def _summary(plan: Plan, each: Enrollment, at: int) -> str:
    journey = plan.routes[each.journey].journey
    states = "".join(stage_state(journey, each, index)[0] for index in range(len(each.lit)))
    stage = journey.stages[current_stage(journey, each)].key
    return f"{STATUSES[each.status]}|{stage}|{'late' if is_late(journey, each, at) else ''}|{states}"


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
    enrollments = {enrollment_id(plan, each): each for each in state.enrollments.values()}
    changes = [
        Change(kind="tag", key=str(body["key"]), body=body)
        for body in _tags(plan, state, at, calibrations, fresh["tag"])
    ]
    for key in fresh["persona"]:
        scheme = next(each for each in plan.schemes if each.persona.key == key)
        body = show_persona(scheme, state, in_force(calibrations, at))
        changes.append(Change(kind="persona", key=key, body={"kind": "persona", "key": key, **body}))
    changes += [
        Change(kind="journey", key=key, body=_journey(plan, enrollments[key], key, at)) for key in fresh["journey"]
    ]
    changes += [
        Change(kind="breakpoint", key=key, body=_break(plan, enrollments, key, at)) for key in fresh["breakpoint"]
    ]
    changes += [
        Change(kind=kind, key=key, body=_gone(kind, key)) for kind in SECTIONS for key in _lost(kind, before, now)
    ]
    return now, changes


_UNSAID = object()


def _tags(
    plan: Plan, state: State, at: int, calibrations: Sequence[Calibration], keys: Sequence[str]
) -> Iterator[Json]:
    if keys:
        for tag in show_tags(plan, state, at, calibrations, frozenset(keys)):
            yield {"kind": "tag", "key": tag["key"], "on": True, **tag}


def _journey(plan: Plan, each: Enrollment, key: str, at: int) -> Json:
    shown = show_enrollment(plan, each, at)
    kept = ("journey", "name", "status", "stage", "stage_name", "progress", "pace", "entered_at", "health")
    return {"kind": "journey", "key": key, "enrollment_key": shown["key"], **{name: shown[name] for name in kept}}


def _break(plan: Plan, enrollments: Mapping[str, Enrollment], key: str, at: int) -> Json:
    owner, stage, kind, since = key.rsplit("|", 3)
    each = enrollments[owner]
    place = next(
        index for index, found in enumerate(each.breaks)
        if (str(found.stage), KINDS[found.kind], str(found.since)) == (stage, kind, since)
    )  # fmt: skip
    breakpoints = show_enrollment(plan, each, at)["breakpoints"]
    shown = breakpoints[place] if isinstance(breakpoints, list) else {}
    journey = plan.routes[each.journey].journey
    about = {"journey": journey.key, "name": journey.name, "enrollment_key": each.key or None, "breakpoint": kind}
    return {**shown, "kind": "breakpoint", "key": key, **about}


def _lost(kind: str, before: Mapping[str, Mapping[str, object]], now: Said) -> Iterator[str]:
    """What was said and is no more. A keyed run that is over just leaves the facts: nothing to say."""
    for key in before.get(kind, {}):
        if key not in now[kind] and (kind in ("tag", "persona") or ":" not in key.split("|")[0]):
            yield key


def _gone(kind: str, key: str) -> Json:
    if kind == "tag":
        return {"kind": kind, "key": key, "on": False, "value": None, "because": NO_LONGER}
    if kind == "persona":
        return {"kind": kind, "key": key, "class": "undetermined", "because": NO_LONGER}
    return {"kind": kind, "key": key, "gone": True, "because": NO_LONGER}
