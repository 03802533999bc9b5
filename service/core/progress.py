"""Progress through journeys as answers show it: stages, breakpoints, health, each with its name."""

from collections.abc import Iterator
from fractions import Fraction

from service.core.breakpoints import numbered
from service.core.calendar import say_duration, say_instant, write_instant
from service.core.enrollment import (
    ACTIVE,
    DISSATISFIED,
    FAILED,
    HOPELESS,
    KINDS,
    NEVER,
    NO_STAGE,
    NOT_LEARNED,
    OPEN,
    REGRESSED,
    SKIPPED,
    SLIDING,
    STALLED,
    STATUSES,
    UNLIT,
    Break,
    Enrollment,
)
from service.core.facts import State
from service.core.health import health, is_late
from service.core.plan import Plan
from service.core.playbook.definitions import Journey
from service.core.routes import Route
from service.core.steps import EDGES

Json = dict[str, object]


def instant(at: int) -> str | None:
    """An instant as RFC 3339; None where there is none."""
    return None if at == OPEN else write_instant(at)


def rounded(share: Fraction) -> float:
    """A share with three decimals, half-even."""
    return float(share if share.denominator == 1 else round(share, 3))


def current_stage(each: Enrollment) -> int:
    """The current stage, or the furthest lit one of a completed run."""
    if each.current != NO_STAGE:
        return each.current
    return max((index for index, lit in enumerate(each.lit) if lit != UNLIT), default=0)


def show_enrollments(plan: Plan, state: State, at: int) -> Iterator[Json]:
    """Every enrollment that the facts hold, in the playbook's order."""
    for _, each in sorted(state.enrollments.items()):
        yield show_enrollment(plan, each, at)


def show_enrollment(plan: Plan, each: Enrollment, at: int) -> Json:
    """One enrollment."""
    route = plan.routes[each.journey]
    journey = route.journey
    stage = journey.stages[current_stage(each)]
    required = [each.lit[index] for index in route.way(each.lit) if route.graph.required[index]]
    states = stage_states(route, each)
    found = health(journey, each, at)
    largest = found.largest
    return {
        "journey": journey.key,
        "name": journey.name,
        "theme": journey.theme,
        "key": each.key or None,
        "status": STATUSES[each.status],
        "stage": stage.key,
        "stage_name": stage.name,
        "progress": rounded(Fraction(sum(lit != UNLIT for lit in required), len(required))),
        "pace": ("late" if is_late(each, at) else "on_time") if each.status == ACTIVE else None,
        "entered_at": write_instant(each.entered_at),
        "stages": [_stage(plan, each, index, state) for index, state in enumerate(states)],
        "breakpoints": [_breakpoint(plan, journey, found, number) for found, number in numbered(each)],
        "health": {
            "score": found.score,
            "continuity": rounded(found.continuity),
            "timeliness": rounded(found.timeliness),
            "quality": rounded(found.quality),
            "largest_deduction": largest and {"code": largest.code, "text": largest.zh, "text_en": largest.en},
        },
    }


def _stage(plan: Plan, each: Enrollment, index: int, state: str) -> Json:
    stage = plan.routes[each.journey].journey.stages[index]
    shown: Json = {
        "stage": stage.key,
        "name": stage.name,
        "phase": stage.phase,
        "state": "lit" if index in each.claimed else state,
        "at": instant(each.lit[index]) or instant(each.claimed.get(index, UNLIT)),
        "key_moment": stage.key_moment,
        "optional": stage.optional,
    }
    if index in each.claimed and each.lit[index] == UNLIT:
        shown["lit_by"] = "friends" if stage.lit_by and stage.lit_by.friends else "user"
    if stage.lit_by and stage.lit_by.friends:
        shown["helpers"] = len(each.helpers.get(index, ()))
    if index == each.current and each.late_at != NEVER:
        shown["expected_by"] = write_instant(each.late_at)
    if index == each.current and each.usual != NOT_LEARNED:
        first, last = (each.current_since + EDGES[bucket] for bucket in each.usual)
        shown |= {"usual_from": write_instant(first), "usual_by": write_instant(last)}
    if index in each.dimmed:
        shown["dimmed"] = _dimmed(plan, *each.dimmed[index])
    return shown


def _dimmed(plan: Plan, at: int, by: int) -> Json:
    """When a stage that was seen lit went dark, and what took it back."""
    event = list(plan.playbook.events.values())[by]
    words = {"text": f"因“{event.name}”不再点亮", "text_en": f"no longer lit: taken back by {event.english}"}
    return {"at": write_instant(at), "because": {"code": "reversed", "event": event.key, **words}}


def stage_states(route: Route, each: Enrollment) -> list[str]:
    """Of each stage, one of lit, current, skipped, ahead, and beside where another branch was taken."""
    states, unlit = [], "ahead"  # behind the furthest lit stage; before it, seen from the end, they were skipped
    way = route.way(each.lit)
    for index in range(len(each.lit) - 1, -1, -1):
        if each.lit[index] != UNLIT:
            states.append("lit")
            unlit = "skipped"
        elif index == each.current:
            states.append("current")
        elif index not in way:
            states.append("beside" if unlit == "skipped" else "ahead")
        else:
            states.append("ahead" if route.journey.stages[index].optional else unlit)
    return states[::-1]


def _breakpoint(plan: Plan, journey: Journey, found: Break, number: int) -> Json:
    stage = journey.stages[found.stage]
    return {
        "kind": KINDS[found.kind],
        "stage": stage.key,
        "stage_name": stage.name,
        "number": number,
        "since": write_instant(found.since),
        "resolved_at": instant(found.resolved_at),
        "because": _because(plan, journey, found),
    }


def _because(plan: Plan, journey: Journey, found: Break) -> Json:
    stage = journey.stages[found.stage]
    when = say_instant(found.since, plan.layout.frame.zone)
    name, english = stage.names
    allowed = stage.stalled_after or stage.expected_within
    if found.kind == STALLED and allowed is not None:
        zh = f"{when} 起，进入“{name}”超过 {say_duration(allowed, zh=True)} 仍未完成"
        en = f"since {when}: {english} was not completed within {say_duration(allowed, zh=False)}"
    elif found.kind == HOPELESS:
        zh = f"{when} 起，在“{name}”等得太久：以往等到这时的人，后来完成的不到两成"
        en = f"since {when}: of those who waited so long at {english}, fewer than a fifth went on"
    elif found.kind == SKIPPED:
        zh, en = (
            f"{when} 完成了后面的阶段，“{name}”被跳过",
            f"{when}: a later stage was completed, {english} was skipped",
        )
    elif found.kind == REGRESSED:
        zh, en = f"{when} 退回了“{name}”", f"{when}: went back to {english}"
    elif found.kind == DISSATISFIED:
        zh, en = f"{when} 对“{name}”不满意", f"{when}: dissatisfied with {english}"
    elif found.kind == SLIDING:
        zh, en = f"{when} 对“{name}”的评价比前两次低", f"{when}: {english} was rated lower than the two times before"
    elif found.kind == FAILED:
        zh, en = f"{when} “{name}”出现失败事件", f"{when}: an event said that {english} failed"
    else:
        zh, en = f"{when} 在“{name}”离开了旅程", f"{when}: left the journey at {english}"
    return {"code": "sliding" if found.kind == SLIDING else KINDS[found.kind], "text": zh, "text_en": en}
