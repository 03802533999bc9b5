"""Reversals: a refund makes an order as if it had never happened, from the refund on."""

from bisect import insort
from collections.abc import Iterable, Sequence
from hashlib import blake2b

from service.core import deadlines, journeys, personas
from service.core.calendar import local_date
from service.core.calibration import Calibration, in_force
from service.core.enrollment import Dimmed, Enrollment
from service.core.event import Event
from service.core.facts import State
from service.core.plan import Plan
from service.core.playbook.conditions import Reversal
from service.core.routes import Route
from service.core.streams import Stream


def is_gone(state: State, event: Event, reversals: Iterable[Reversal]) -> bool:
    """Whether something taken in so far reverses an event."""
    return any(_digest(event, each.by) in state.taken_back.get(each.event, ()) for each in reversals)


def take_back(
    plan: Plan, state: State, event: Event, past: Sequence[Event], calibrations: Sequence[Calibration]
) -> set[int]:
    """Let an event reverse what it reverses among all earlier events; answers the ranks of tags to decide anew."""
    before = [each for each in past if not is_gone(state, each, plan.reversals_of(each.type))]
    if not _note(plan, state, event):
        return set()
    pending: set[int] = set()
    for index, reversals in enumerate(plan.layout.reversals):
        if any(each.event == event.type for those in reversals.values() for each in those):
            state.put_stream(index, _stream(plan, state, index, past))
    gone = [each for each in before if is_gone(state, each, plan.reversals_of(each.type))]
    for each in gone:
        for scheme in plan.touch(each.type).schemes:
            personas.absorb(scheme, state, each, -1)
    routes = {route.index: route for each in gone for route in plan.touch(each.type).journeys}
    whole = [each for each in before if each not in gone]
    by = list(plan.playbook.events).index(event.type) if gone else 0
    for index, route in sorted(routes.items()):
        others = {id_: each for id_, each in state.enrollments.items() if id_[0] != index}
        state.ratings.pop(route.journey.key, None)
        found = _enrollments(route, state, whole, calibrations)
        for run in found.values():
            deadlines.pass_instant(route, run, event.t - 1)
            _dim(run, state.enrollments.get(run.id, run), (event.t, by))
        state.enrollments.clear()
        state.enrollments.update(others | found)
        pending.update(plan.readers.get(("journey", route.journey.key), ()))
    return pending


def _dim(run: Enrollment, before: Enrollment, now: Dimmed) -> None:
    """Remember which stages of a run were seen lit until now, so that the customer reads why they no longer are."""
    found = before.dimmed | dict.fromkeys(before.seen, now)
    run.dimmed = {place: each for place, each in sorted(found.items()) if place not in run.seen}


def _note(plan: Plan, state: State, event: Event) -> bool:
    """Remember what was taken back; False if nothing new was."""
    fresh = False
    for reversal in plan.touch(event.type).reversals:
        digest = _digest(event, reversal.by)
        known = state.taken_back.setdefault(event.type, []) if digest else []
        if digest and digest not in known:
            insort(known, digest)
            fresh = True
    return fresh


def _digest(event: Event, by: str) -> str:
    value = event.scalar(by)
    return "" if value is None else blake2b(repr((by, value)).encode(), digest_size=8).hexdigest()


def _stream(plan: Plan, state: State, index: int, past: Sequence[Event]) -> Stream:
    spec, reversals = plan.layout.streams[index], plan.layout.reversals[index]
    stream = Stream(spec)
    for each in past:
        if each.type in spec.events and spec.matches(each) and not is_gone(state, each, reversals[each.type]):
            stream.absorb(each, local_date(each.t, plan.layout.frame.zone), plan.layout.frame.money)
    return stream


def _enrollments(
    route: Route, state: State, past: Sequence[Event], calibrations: Sequence[Calibration]
) -> dict[tuple[int, str], Enrollment]:
    """The enrollments of one journey as these events alone make them, by what was known, and who he was, at each."""
    classes = {step.event.key: step.cls for each in state.enrollments.values() for step in each.steps}
    found: dict[tuple[int, str], Enrollment] = {}
    for event in past:
        if event.type in route.touched:
            for each in found.values():
                deadlines.pass_instant(route, each, event.t - 1)
            learned, cls = in_force(calibrations, event.t), classes.get(event.key, -1)
            journeys.follow(route, found, event, state.ratings, learned, cls=cls)
    return found
