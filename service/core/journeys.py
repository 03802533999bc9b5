"""Journeys: which events enter, light, fail and leave."""

from hashlib import blake2b

from service.core.breakpoints import open_break, resolve
from service.core.calendar import write_instant
from service.core.claims import claim, forget_after
from service.core.deadlines import drop, pass_instant
from service.core.enrollment import (
    ACTIVE,
    COMPLETED,
    DISSATISFIED,
    DROPPED,
    FAILED,
    LEFT,
    NO_STAGE,
    REGRESSED,
    SKIPPED,
    STALLED,
    UNLIT,
    Enrollment,
)
from service.core.event import MICRO, Event
from service.core.playbook.definitions import AFTER_EXIT
from service.core.routes import FEEDBACK, Route, matches

WORTH = {5 * MICRO: 1000, 4 * MICRO: 900, 3 * MICRO: 700, 2 * MICRO: 400, MICRO: 200}  # of a rating, in thousandths
POOR, GOOD = 2 * MICRO, 4 * MICRO  # a rating up to the one dissatisfies; from the other on it makes good

Enrollments = dict[tuple[int, str], Enrollment]


def absorb(route: Route, enrollments: Enrollments, event: Event) -> Enrollment | None:
    """Take in an event; every instant before it has been passed. Answers the enrollment that it touched."""
    each = _run_of(route, enrollments, event)
    if each is None or each.closed:
        return None
    if not _light(route, each, event):
        _go_back(route, each, event)
    _reach(route, each, event)
    _fail(route, each, event)
    _judge(route, each, event)
    if each.status == ACTIVE and matches(route.leave, event):
        drop(each, event.t)
        each.closed = True
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
    _set_current(route, found, t)
    return found


# ---- the way


def _light(route: Route, each: Enrollment, event: Event) -> bool:
    """Light what the event completes; answers whether it is a step on."""
    t = event.t
    own = claim(route, each, event)
    fresh = [i for i, lit in enumerate(each.lit) if lit == UNLIT and (i == own or matches(route.completes[i], event))]
    if not fresh:
        return False
    _resume(each, t)
    for index in fresh:
        expected = route.journey.stages[index].expected_within
        if index == each.current and expected is not None and t > each.current_since + expected:
            each.late |= 1 << index
        each.lit[index] = t
        resolve(each, t, SKIPPED, index)
        resolve(each, t, FAILED, index)
    resolve(each, t, REGRESSED)
    way = route.way(each.lit)
    for index in way:
        if index < fresh[-1] and each.lit[index] == UNLIT and route.graph.required[index]:
            open_break(each, SKIPPED, index, t)
    for found in list(each.open_breaks()):
        if found.kind == SKIPPED and found.stage not in way:  # another branch was taken after all
            found.resolved_at = t
    _set_current(route, each, t)
    return True


def _resume(each: Enrollment, t: int) -> None:
    """Something was done: who had dropped out in silence is back."""
    each.active_at = t
    if each.status == DROPPED:
        each.status = ACTIVE
        resolve(each, t, LEFT)


def _set_current(route: Route, each: Enrollment, t: int) -> None:
    """Find the current stage anew; entering another one ends a stall."""
    furthest = max((i for i, lit in enumerate(each.lit) if lit != UNLIT), default=-1)
    unlit = [i for i in route.way(each.lit) if each.lit[i] == UNLIT and route.graph.required[i]]
    current = next((i for i in unlit if i > furthest), unlit[0] if unlit else NO_STAGE)
    if each.reached:
        current = NO_STAGE
    if each.status in (ACTIVE, COMPLETED):
        each.status = COMPLETED if current == NO_STAGE else ACTIVE
    if current != each.current:
        resolve(each, t, STALLED)
        each.current, each.current_since = current, t


def _go_back(route: Route, each: Enrollment, event: Event) -> None:
    """A stage that was lit is completed again: another lap where an edge leads back, else a step back.

    A plain list of stages says nothing about ways back.
    """
    if route.graph.plain or each.status == DROPPED or each.reached:
        return
    furthest = max((i for i, lit in enumerate(each.lit) if lit != UNLIT), default=-1)
    for index, lit in enumerate(each.lit):
        if lit == UNLIT or not matches(route.completes[index], event):
            continue
        each.active_at = event.t
        if route.graph.leads_back(furthest, index):
            for later in range(index + 1, len(each.lit)):
                each.lit[later] = UNLIT
                each.late &= ~(1 << later)
            each.lit[index] = event.t
            forget_after(each, index)
            _set_current(route, each, event.t)
            return
        if index < furthest:
            open_break(each, REGRESSED, index, event.t)


def _reach(route: Route, each: Enrollment, event: Event) -> None:
    """The goal completes the run, whatever is still unlit."""
    if not each.reached and matches(route.goal, event):
        _resume(each, event.t)
        resolve(each, event.t, REGRESSED)
        each.reached = True
        _set_current(route, each, event.t)


# ---- how it went


def _fail(route: Route, each: Enrollment, event: Event) -> None:
    if each.status == DROPPED:
        return
    for index, lit in enumerate(each.lit):
        if lit == UNLIT and matches(route.fails[index], event):
            each.active_at = event.t
            open_break(each, FAILED, index, event.t)


def _judge(route: Route, each: Enrollment, event: Event) -> None:
    """Complaints, what makes them good, and ratings."""
    for index in range(len(each.lit)):
        if matches(route.mends[index], event):
            resolve(each, event.t, DISSATISFIED, index)
        if matches(route.complains[index], event):
            open_break(each, DISSATISFIED, index, event.t)
    rating = event.scalar("rating") if route.rated and event.type == FEEDBACK else None
    worth = WORTH.get(rating) if isinstance(rating, int) else None
    if worth is None or not isinstance(rating, int):
        return
    total, number = each.ratings or (0, 0)
    each.ratings = [total + worth, number + 1]
    if rating <= POOR:
        open_break(each, DISSATISFIED, _rated_stage(route, each, event), event.t)
    elif rating >= GOOD:
        resolve(each, event.t, DISSATISFIED)


def _rated_stage(route: Route, each: Enrollment, event: Event) -> int:
    """The stage that a rating names, else the one that was lit last."""
    named = event.scalar("stage")
    places = [place for place, stage in enumerate(route.journey.stages) if stage.key == named]
    return places[0] if places else max(range(len(each.lit)), key=lambda place: (each.lit[place], place))
