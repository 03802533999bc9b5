"""The only maker of states: events in their one order, and between them the instants at which silence changes it."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from heapq import heapify, heappop, heappush
from operator import attrgetter

from service.core import accounts, deadlines, journeys, personas, registers
from service.core.calendar import local_date
from service.core.calibration import Calibration, in_force
from service.core.event import Event, OrderKey
from service.core.facts import State
from service.core.measures import FOREVER
from service.core.plan import PIN_TYPES, Plan, Touch
from service.core.reversal import is_gone, take_back
from service.core.tags import refresh

Calibrations = Sequence[Calibration]


def absorb(
    plan: Plan,
    state: State,
    event: Event,
    calibrations: Calibrations,
    past: Sequence[Event] = (),
    *,
    passed: int | None = None,
) -> None:
    """Take in an event that comes after everything taken in. `past` is needed only by an event that reverses others.

    `passed`: through which silence the state has passed already.
    """
    if state.count:
        pass_silence(plan, state, event.t - 1, calibrations, passed=passed)
    touch = plan.touch(event.type)
    pending, moving = (set[int](), _moving(plan, event)) if state.count else (set(plan.born), range(len(plan.schemes)))
    state.newest, state.count, state.learned = event.key, state.count + 1, in_force(calibrations, event.t)
    if touch.reversals:
        pending |= take_back(plan, state, event, past, calibrations)
    _keep(plan, state, event, touch)
    accounts.absorb(plan, state, event)
    pending |= registers.absorb(plan, state, event)
    if not is_gone(state, event, plan.reversals_of(event.type)):
        pending |= _follow(plan, state, event)
        for scheme in touch.schemes:
            personas.absorb(scheme, state, event)
    pending |= _classify(plan, state, event.t, moving)
    pending.update(touch.tags)
    _refresh(plan, state, event.t, pending)


def _moving(plan: Plan, event: Event) -> Iterable[int]:
    """The schemes whose class an event may change."""
    if event.type in PIN_TYPES:
        return [each.index for each in plan.schemes if each.persona.key == event.scalar("scheme")]
    return [scheme.index for scheme in plan.touch(event.type).schemes]


def _keep(plan: Plan, state: State, event: Event, touch: Touch) -> None:
    date = local_date(event.t, plan.layout.frame.zone) if touch.streams else 0
    for index in touch.streams:
        spec = plan.layout.streams[index]
        if spec.matches(event) and not is_gone(state, event, plan.layout.reversals[index][event.type]):
            state.changing(index).absorb(event, date, plan.layout.frame.money)


def _follow(plan: Plan, state: State, event: Event) -> set[int]:
    pending: set[int] = set()
    routes = plan.touch(event.type).journeys
    cls = state.standings[0].place if routes and 0 in state.standings else -1
    for route in routes:
        if journeys.follow(route, state.enrollments, event, state.ratings, state.learned, cls=cls) is not None:
            pending.update(plan.readers.get(("journey", route.journey.key), ()))
    return pending


def _classify(plan: Plan, state: State, at: int, schemes: Iterable[int], moved: str = "person") -> set[int]:
    pending: set[int] = set()
    for index in schemes:
        scheme = plan.schemes[index]
        if personas.classify(scheme, state, at, state.learned, moved):
            pending.update(plan.readers.get(("persona", scheme.persona.key), ()))
    return pending


def _refresh(plan: Plan, state: State, at: int, pending: set[int]) -> None:
    """Decide tags anew, each after those that it reads."""
    queue = list(pending)
    heapify(queue)
    while queue:
        for key in refresh(plan.units[heappop(queue)], state, at):
            for reader in plan.readers.get(("tag", key), ()):
                if reader not in pending:
                    pending.add(reader)
                    heappush(queue, reader)


# ---- silence


def next_due(plan: Plan, state: State, calibrations: Calibrations, after: int) -> int:
    """The first instant beyond `after` at which silence changes the state; FOREVER if none."""
    due = min(map(_until, state.marks.values()), default=FOREVER)
    for standing in state.standings.values():
        due = min(due, standing.until)
    for each in state.enrollments.values():
        if each.kept:
            due = min(due, deadlines.next_due(plan.routes[each.journey], each))
    place = bisect_right(calibrations, after, key=_effective)
    return min(due, calibrations[place].effective_from) if place < len(calibrations) else due


_effective = attrgetter("effective_from")
_until = attrgetter("until")


def pass_silence(plan: Plan, state: State, upto: int, calibrations: Calibrations, *, passed: int | None = None) -> int:
    """Pass through every instant up to and including `upto` at which silence changes something. Answers the next one.

    `passed`: through which the state has passed already; none of it is passed again (calibrations would be).
    """
    last = state.newest[0] if passed is None else passed
    after = last - 1 if passed is None else passed  # a calibration at the newest event's own instant is still to come
    state.learned = in_force(calibrations, after)
    while (due := next_due(plan, state, calibrations, after)) <= upto:
        last = after = max(due, last)
        _pass(plan, state, last, calibrations)
    return due


def _pass(plan: Plan, state: State, at: int, calibrations: Calibrations) -> None:
    found = state.learned = in_force(calibrations, at)
    learned = found is not None and found.effective_from == at
    schemes = [index for index, each in sorted(state.standings.items()) if learned or each.until <= at]
    pending = _classify(plan, state, at, schemes, "boundary" if learned else "person")
    if learned:
        pending.update(plan.learning)
    for each in list(state.enrollments.values()):
        if each.kept and deadlines.next_due(plan.routes[each.journey], each) <= at:
            deadlines.pass_instant(plan.routes[each.journey], each, at)
            pending.update(plan.readers.get(("journey", plan.routes[each.journey].journey.key), ()))
    pending.update(plan.ranks[place] for place, mark in state.marks.items() if mark.until <= at)
    _refresh(plan, state, at, pending)


# ---- the whole log


def can_append(plan: Plan, state: State, events: Sequence[Event]) -> bool:
    """Whether sorted events can be taken in as they are: all after the newest, none that reverses others."""
    in_order = not events or events[0].key > state.newest
    return in_order and not any(plan.touch(event.type).reversals for event in events)


def refold(
    plan: Plan,
    events: Iterable[Event],
    calibrations: Calibrations,
    start: State | None = None,
    after_each: Callable[[State], None] | None = None,
) -> State:
    """Fold a profile's events, in any order, from the beginning or from a state that holds all earlier ones.

    From a state only what `can_append` allows: an event that reverses others needs the whole log.
    """
    state = start or State(plan.layout)
    past: list[Event] = []
    for event in in_order(events):
        absorb(plan, state, event, calibrations, past)
        past.append(event)
        if after_each is not None:
            after_each(state)
    return state


def walk(
    plan: Plan, events: Iterable[Event], calibrations: Calibrations, upto: int, state: State
) -> Iterator[tuple[int, Event | None]]:
    """Fold a log step by step into a new state: each event, and each instant at which silence changed something.

    The state that was handed in is what it was at the instant that comes out.
    """
    past: list[Event] = []
    for event in in_order(events):
        passed = None
        if state.count:
            yield from _silence(plan, state, event.t - 1, calibrations)
            passed = event.t - 1
        absorb(plan, state, event, calibrations, past, passed=passed)
        past.append(event)
        yield event.t, event
    if state.count:
        yield from _silence(plan, state, upto, calibrations)


def _silence(plan: Plan, state: State, upto: int, calibrations: Calibrations) -> Iterator[tuple[int, None]]:
    newest, passed = state.newest[0], None
    while (due := next_due(plan, state, calibrations, newest - 1 if passed is None else passed)) <= upto:
        at = max(due, newest if passed is None else passed)
        pass_silence(plan, state, at, calibrations, passed=passed)
        passed = at
        yield at, None


def in_order(events: Iterable[Event]) -> Iterator[Event]:
    """Events in the canonical order, the same (source, event_id) once."""
    seen: set[tuple[str, str]] = set()
    for event in sorted(events, key=_key):
        if (event.source, event.event_id) not in seen:
            seen.add((event.source, event.event_id))
            yield event


def _key(event: Event) -> OrderKey:
    return event.key
