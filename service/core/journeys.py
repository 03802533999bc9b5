"""Journeys: which events enter, light, fail and leave, and what silence does."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.core.breakpoints import open_break, resolve
from service.core.enrollment import (
    ACTIVE,
    COMPLETED,
    DROPPED,
    FAILED,
    LEFT,
    NO_STAGE,
    SKIPPED,
    STALLED,
    UNLIT,
    Enrollment,
)
from service.core.event import MICRO, Event
from service.core.measures import FOREVER
from service.core.playbook.definitions import Journey, Pattern
from service.core.where import Frame, Matcher, compile_where
from service.core.wire import plain

FEEDBACK = "feedback_given"
WORTH = {5 * MICRO: 1000, 4 * MICRO: 900, 3 * MICRO: 700, 2 * MICRO: 400, MICRO: 200}  # of a rating, in thousandths
KEY_LIMIT = 200

Patterns = Sequence[tuple[str, Matcher]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A journey compiled: patterns as functions. `touched` are the event types that can change anything."""

    index: int
    journey: Journey
    enter: Patterns
    leave: Patterns
    completes: tuple[Patterns, ...]
    fails: tuple[Patterns, ...]
    rated: bool
    touched: frozenset[str]

    def key_of(self, event: Event) -> str | None:
        """Which enrollment an event speaks of; None: of none."""
        if self.journey.by is None:
            return ""
        found = event.scalar(self.journey.by)
        return None if found is None or found == "" else str(plain(found))[:KEY_LIMIT]


def compile_journey(index: int, journey: Journey, frame: Frame) -> Route:
    """A journey as functions."""

    def patterns(of: Sequence[Pattern]) -> Patterns:
        return [(each.event, compile_where(each.where, frame)) for each in of]

    completes = tuple(patterns(stage.completed_by) for stage in journey.stages)
    fails = tuple(patterns(stage.fails_on) for stage in journey.stages)
    enter, leave = patterns(journey.enter), patterns(journey.exit)
    rated = journey.by is not None or any(event == FEEDBACK for group in completes for event, _ in group)
    touched = {event for group in (enter, leave, *completes, *fails) for event, _ in group} | (
        {FEEDBACK} if rated else set()
    )
    return Route(
        index=index, journey=journey, enter=enter, leave=leave, completes=completes, fails=fails, rated=rated,
        touched=frozenset(touched),
    )  # fmt: skip


def absorb(route: Route, enrollments: dict[tuple[int, str], Enrollment], event: Event) -> Enrollment | None:
    """Take in an event; every instant before it has been passed. Answers the enrollment that it touched."""
    key = route.key_of(event)
    if key is None:
        return None
    enrollment = enrollments.get((route.index, key))
    if enrollment is None:
        if not _matches(route.enter, event):
            return None
        stages = len(route.journey.stages)
        enrollment = Enrollment(route.index, key, event.t, event.t, event.t, [UNLIT] * stages)
        enrollments[route.index, key] = enrollment
        _set_current(route, enrollment, event.t)
    elif not enrollment.kept:  # it may have left the facts, so silence passes it by until it is spoken of again
        pass_instant(route, enrollment, event.t - 1)
    if enrollment.closed:
        return None
    _light(route, enrollment, event)
    _fail(route, enrollment, event)
    _rate(route, enrollment, event)
    if enrollment.status == ACTIVE and _matches(route.leave, event):
        _drop(enrollment, event.t)
        enrollment.closed = True
    return enrollment


def _matches(patterns: Patterns, event: Event) -> bool:
    return any(kind == event.type and matches(event) for kind, matches in patterns)


def _light(route: Route, each: Enrollment, event: Event) -> None:
    t = event.t
    fresh = [i for i, lit in enumerate(each.lit) if lit == UNLIT and _matches(route.completes[i], event)]
    if not fresh:
        return
    each.active_at = t
    if each.status == DROPPED:
        each.status = ACTIVE
        resolve(each, t, LEFT)
    for index in fresh:
        expected = route.journey.stages[index].expected_within
        if index == each.current and expected is not None and t > each.current_since + expected:
            each.late |= 1 << index
        each.lit[index] = t
        resolve(each, t, SKIPPED, index)
        resolve(each, t, FAILED, index)
    for index, stage in enumerate(route.journey.stages[: fresh[-1]]):
        if each.lit[index] == UNLIT and not stage.optional:
            open_break(each, SKIPPED, index, t)
    _set_current(route, each, t)


def _set_current(route: Route, each: Enrollment, t: int) -> None:
    """Find the current stage anew; entering another one ends a stall."""
    stages = route.journey.stages
    furthest = max((i for i, lit in enumerate(each.lit) if lit != UNLIT), default=-1)
    ahead = [i for i, stage in enumerate(stages) if each.lit[i] == UNLIT and not stage.optional]
    current = next((i for i in ahead if i > furthest), ahead[0] if ahead else NO_STAGE)
    if current == NO_STAGE and each.status == ACTIVE:
        each.status = COMPLETED
    if current != each.current:
        resolve(each, t, STALLED)
        each.current, each.current_since = current, t


def _fail(route: Route, each: Enrollment, event: Event) -> None:
    if each.status == DROPPED:
        return
    for index, lit in enumerate(each.lit):
        if lit == UNLIT and _matches(route.fails[index], event):
            each.active_at = event.t
            open_break(each, FAILED, index, event.t)


def _rate(route: Route, each: Enrollment, event: Event) -> None:
    if not route.rated or event.type != FEEDBACK or each.closed:
        return
    rating = event.scalar("rating")
    worth = WORTH.get(rating) if isinstance(rating, int) else None
    if worth is not None:
        total, number = each.ratings or (0, 0)
        each.ratings = [total + worth, number + 1]


def _drop(each: Enrollment, at: int) -> None:
    each.status = DROPPED
    resolve(each, at, STALLED)
    open_break(each, LEFT, each.current, at)


# ---- silence


def _deadlines(route: Route, each: Enrollment) -> tuple[int, int, int]:
    """When silence stalls, abandons and ends a run, in the order of precedence; FOREVER where it does not."""
    stall = abandon = end = FOREVER
    if each.closed:
        return stall, abandon, end
    journey = route.journey
    if each.status == ACTIVE:
        after = journey.stages[each.current].stalled_after
        if after is not None:
            stall = each.current_since + after
            for known in each.breaks:
                if known.since == stall and known.kind == STALLED and known.stage == each.current:
                    stall = FOREVER
                    break
    if journey.abandon_after is not None and (each.status == ACTIVE or (each.status == COMPLETED and each.key)):
        abandon = each.active_at + journey.abandon_after
    if journey.ends_after is not None:
        end = each.entered_at + journey.ends_after
    return stall, abandon, end


def next_due(route: Route, each: Enrollment) -> int:
    """The first instant at which silence changes the enrollment."""
    return min(_deadlines(route, each))


def pass_instant(route: Route, each: Enrollment, at: int) -> None:
    """Let silence do its work at an instant; nothing was due before."""
    while (moment := min(due := _deadlines(route, each))) <= at:
        (_stall, _abandon, _end)[due.index(moment)](each, moment)


def _stall(each: Enrollment, at: int) -> None:
    open_break(each, STALLED, each.current, at)


def _abandon(each: Enrollment, at: int) -> None:
    if each.status == ACTIVE:
        _drop(each, at)
    else:
        each.closed = True


def _end(each: Enrollment, at: int) -> None:
    if each.status == ACTIVE:
        _drop(each, at)
    each.closed = True
