"""Journeys: which events enter, light, fail and leave."""

from collections.abc import Sequence
from hashlib import blake2b

from service.core.breakpoints import open_break, resolve
from service.core.calendar import write_instant
from service.core.calibration import Calibration
from service.core.claims import claim, forget_after
from service.core.deadlines import drop, pass_instant
from service.core.enrollment import (
    ACTIVE,
    COMPLETED,
    DROPPED,
    FAILED,
    LEFT,
    NEVER,
    NO_STAGE,
    NO_WAIT,
    REGRESSED,
    SKIPPED,
    STALLED,
    UNLIT,
    Enrollment,
    Wait,
)
from service.core.event import Event
from service.core.expectations import learned_of, limits, usual
from service.core.judging import judge, slide
from service.core.playbook.definitions import AFTER_EXIT
from service.core.routes import FEEDBACK, Route, matches
from service.core.steps import AGAIN, ENTERED, LIT, REACHED
from service.core.steps import LEFT as LEFT_BY
from service.core.ways import Way, current_of

Enrollments = dict[tuple[int, str], Enrollment]


def follow(
    route: Route,
    enrollments: Enrollments,
    event: Event,
    ratings: dict[str, list[int]],
    learned: Calibration | None,
    *,
    cls: int = -1,
) -> Enrollment | None:
    """Take in an event, as `absorb` does, and what a rating says beside those before it. `ratings`: by journey."""
    each = absorb(route, enrollments, event, learned, cls)
    if each is not None and event.type == FEEDBACK:
        slide(each, event, ratings.setdefault(route.journey.key, []))
    return each


def absorb(
    route: Route, enrollments: Enrollments, event: Event, learned: Calibration | None = None, cls: int = -1
) -> Enrollment | None:
    """Take in an event; every instant before it has been passed. Answers the enrollment that it touched.

    `learned`: the calibration in force. `cls`: the class of the profile in the first persona scheme, for the steps.
    """
    if not route.concerns(event):
        return None
    begun = len(enrollments)
    each = _run_of(route, enrollments, event)
    if each is None or each.closed:
        return None
    each.cls, each.learned = cls, learned
    was_left = each.status == DROPPED
    waited = NO_WAIT if was_left else each.wait
    if len(enrollments) > begun:
        _set_current(route, each, event.t)
        each.step(ENTERED, each.current, event)
        waited = NO_WAIT
    if not _light(route, each, event, waited):
        _go_back(route, each, event)
    _reach(route, each, event)
    judge(route, each, event)
    if each.status == ACTIVE and matches(route.leave, event):
        each.step(LEFT_BY, each.current, event, each.wait)
        drop(each, event.t)
        each.closed = True
    if was_left:  # what he comes back to may have stalled meanwhile; at his own instant nothing is due yet
        pass_instant(route, each, event.t - 1)
    return each


# ---- which run


def _run_of(route: Route, enrollments: Enrollments, event: Event) -> Enrollment | None:
    """The run that an event speaks of; a new one if it enters."""
    if route.journey.re_entry == AFTER_EXIT:
        return _newest_run(route, enrollments, event)
    key = route.key_of(event)
    if key is None:
        return None
    found = enrollments.get((route.index, key))
    if found is None:
        return _begin(route, enrollments, key, event.t) if matches(route.enter, event) else None
    if not found.kept:  # it may have left the facts, so silence passes it by until it is spoken of again
        pass_instant(route, found, event.t - 1)
    return found


def _newest_run(route: Route, enrollments: Enrollments, event: Event) -> Enrollment | None:
    """Of a journey that may be entered again there is one run that is not closed, or none.

    Its key is its entering event, so that it is the same run whatever comes to light of earlier ones.
    """
    found = next((each for (index, _), each in enrollments.items() if index == route.index and not each.closed), None)
    if found is not None and found.status == ACTIVE:
        return found
    if not matches(route.enter, event):
        return found
    if found is not None:
        found.closed = True
    name = blake2b(f"{event.source} {event.event_id}".encode(), digest_size=4).hexdigest()
    return _begin(route, enrollments, f"{write_instant(event.t)}~{name}", event.t)


def _begin(route: Route, enrollments: Enrollments, key: str, t: int) -> Enrollment:
    found = Enrollment(route.index, key, t, t, t, [UNLIT] * len(route.journey.stages))
    enrollments[found.id] = found
    return found


# ---- the way


def _light(route: Route, each: Enrollment, event: Event, waited: Wait) -> bool:
    """Light what the event completes; answers whether it is a step on. `waited`: what was current, since when."""
    t = event.t
    own = claim(route, each, event)
    fresh = [i for i, lit in enumerate(each.lit) if lit == UNLIT and (i == own or matches(route.completes[i], event))]
    if not fresh:
        return False
    _resume(each, t)
    for index in fresh:
        if index == each.current and NEVER != each.late_at < t:
            each.late |= 1 << index
        each.lit[index] = t
        each.dimmed.pop(index, None)
        resolve(each, t, SKIPPED, index)
        resolve(each, t, FAILED, index)
    resolve(each, t, REGRESSED)
    _skip(route, each, fresh, t)
    _set_current(route, each, t)
    for index in fresh:
        each.step(LIT, index, event, waited if index == fresh[0] and each.current != waited[0] else NO_WAIT)
    return True


def _skip(route: Route, each: Enrollment, fresh: Sequence[int], t: int) -> None:
    """What is required on the way before a stage that is lit was skipped; what is beside the way was not."""
    way = route.way(each.lit)
    _count(route, each, fresh, way)
    for index in way:
        if index < fresh[-1] and each.lit[index] == UNLIT and route.graph.required[index]:
            open_break(each, SKIPPED, index, t)
    for found in list(each.open_breaks()):
        if found.kind == SKIPPED and found.stage not in way:  # another branch was taken after all
            found.resolved_at = t


def _count(route: Route, each: Enrollment, fresh: Sequence[int], way: Way) -> None:
    """Remember of what is lit for the first time whether everything required before it was lit."""
    missing = next((i for i in way if each.lit[i] == UNLIT and route.graph.required[i]), len(each.lit))
    for index in fresh:
        if not each.ever >> index & 1:
            each.ever |= 1 << index
            each.orderly |= int(index < missing) << index


def _resume(each: Enrollment, t: int) -> None:
    """Something was done: who had dropped out in silence is back."""
    each.active_at = t
    if each.status == DROPPED:
        each.status = ACTIVE
        resolve(each, t, LEFT)


def _set_current(route: Route, each: Enrollment, t: int) -> None:
    """Find the current stage anew; entering another one ends a stall."""
    current = NO_STAGE if each.reached else current_of(route.graph, route.way(each.lit), each.lit)
    each.status = COMPLETED if current == NO_STAGE else ACTIVE
    if current != each.current:
        resolve(each, t, STALLED)
        each.current, each.current_since = current, t
        _expect(route, each)


def _expect(route: Route, each: Enrollment) -> None:
    """When the current stage will be late and stalled, by what was known when it was entered."""
    each.late_at = each.stall_at = NEVER
    each.hopeless, each.usual = False, usual(None)
    if each.current == NO_STAGE:
        return
    stage = route.journey.stages[each.current]
    known = learned_of(route.journey.key, (stage.key, *stage.was), each.learned.stages if each.learned else {})
    late, stalled, each.hopeless = limits((stage.expected_within, stage.stalled_after), known)
    each.usual = usual(known)
    each.late_at = NEVER if late is None else each.current_since + late
    each.stall_at = NEVER if stalled is None else each.current_since + stalled


def _go_back(route: Route, each: Enrollment, event: Event) -> None:
    """A stage that was lit is completed again: another lap where an edge leads back, else a step back.

    A plain list of stages says nothing about ways back, and behind the goal there are none.
    """
    again = [i for i, lit in enumerate(each.lit) if lit != UNLIT and matches(route.completes[i], event)]
    furthest = max((i for i, lit in enumerate(each.lit) if lit != UNLIT), default=NO_STAGE)
    lap = next((i for i in again if not each.reached and route.graph.leads_back(furthest, i)), NO_STAGE)
    if lap != NO_STAGE:
        each.step(AGAIN, lap, event)
        _begin_lap(route, each, lap, event.t)
    elif again and each.status != DROPPED:
        each.step(AGAIN, again[0], event)
        for index in again:
            if index < furthest and not each.reached and not route.graph.plain:
                each.active_at = event.t
                open_break(each, REGRESSED, index, event.t)


def _begin_lap(route: Route, each: Enrollment, stage: int, t: int) -> None:
    """A stage is lit anew, and what lies behind it is ahead again."""
    _resume(each, t)
    for later in range(stage + 1, len(each.lit)):
        each.lit[later] = UNLIT
        each.late &= ~(1 << later)
    each.lit[stage] = t
    forget_after(each, stage)
    resolve(each, t, REGRESSED)
    _skip(route, each, [stage], t)
    _set_current(route, each, t)


def _reach(route: Route, each: Enrollment, event: Event) -> None:
    """The goal completes the run, whatever is still unlit."""
    if not each.reached and matches(route.goal, event):
        lit_too = bool(each.steps) and each.steps[-1].event is event
        waited = NO_WAIT if lit_too or each.status != ACTIVE else each.wait
        each.step(REACHED, each.last, event, waited)
        _resume(each, event.t)
        resolve(each, event.t, REGRESSED)
        each.reached = True
        _set_current(route, each, event.t)
