"""How often people change between two classes, with bands of several widths between entering and leaving.

HTTP cannot set the clock, so this part asks the core: the same events, and a calibration of everybody each week.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from benchmarks.core import LATEST, SENDER, calibrated, plan_of
from benchmarks.quality_people import DAY, Person
from benchmarks.replay_data import RawEvent
from benchmarks.replay_poison import text
from service.core.calibration import Calibration
from service.core.event import Event
from service.core.facts import State
from service.core.fold import absorb, walk
from service.core.intake import Admitted, admit
from service.core.plan import Plan
from service.core.playbook.reserved import RESERVED
from service.core.wire import parse_json

WEEK, YEAR = 7 * DAY, 365 * DAY
Lives = Mapping[str, Sequence[Event]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Flips:
    """Changes of class per 100 people and year, those of people who did nothing just then; who is in it at the end."""

    all: float
    unmoved: float
    share: float


def flips(playbook: Mapping[str, Any], people: Mapping[str, Person], edge: int, leave: Sequence[str]) -> list[Flips]:
    """What comes of each bound at which the class is left."""
    plan = plan_of(playbook)
    lives = {name: [event for raw in one.events for event in _admitted(plan, raw)] for name, one in people.items()}
    learned = _weekly(plan, lives, edge)
    years = sum(edge - events[0].t for events in lives.values()) / YEAR
    found = []
    for bound in leave:
        compiled = plan_of(_left_at(playbook, bound))
        told = [_changes(compiled, events, learned, edge) for events in lives.values()]
        changes = [own for changed, _ in told for own in changed]
        found.append(
            Flips(
                all=100 * len(changes) / years,
                unmoved=100 * (len(changes) - sum(changes)) / years,
                share=sum(place == 0 for _, place in told) / len(told),
            )
        )
    return found


def _left_at(playbook: Mapping[str, Any], bound: str) -> dict[str, Any]:
    personas = {
        key: {**scheme, "classes": [one | {"leave": bound} if "leave" in one else one for one in scheme["classes"]]}
        for key, scheme in playbook["personas"].items()
    }
    return {**playbook, "personas": personas}


def _admitted(plan: Plan, raw: RawEvent) -> Sequence[Event]:
    verdict = admit(parse_json(text(raw).encode()), SENDER, LATEST, {**RESERVED, **plan.playbook.events})
    assert isinstance(verdict, Admitted), verdict
    return [verdict.event]


def _weekly(plan: Plan, lives: Lives, edge: int) -> list[Calibration]:
    """A calibration at the end of each week from everybody as he was then, as the service makes it.

    Without signals a standing does not depend on calibrations, so one pass over the events is enough.
    """
    states: dict[str, State] = {}
    coming = iter(sorted(((event.t, name, event) for name, events in lives.items() for event in events), key=_when))
    held = next(coming, None)
    found: list[Calibration] = []
    week = min(events[0].t for events in lives.values())
    while (week := week + WEEK) <= edge:
        while held is not None and held[0] < week:
            _, name, event = held
            past = list(takewhile(lambda each, now=event: each.key < now.key, lives[name]))  # type: ignore[misc]
            absorb(plan, states.setdefault(name, State(plan.layout)), event, (), past)
            held = next(coming, None)
        (one,) = calibrated(plan, list(states.values()))
        found.append(replace(one, number=len(found) + 1, effective_from=week))
    return found


def _when(told: tuple[int, str, Event]) -> tuple[object, ...]:
    return told[2].key


def _changes(
    plan: Plan, events: Sequence[Event], learned: Sequence[Calibration], edge: int
) -> tuple[list[bool], int | None]:
    """The changes of one person, each with whether an event of his own made it, and his last class.

    His first class is no change.
    """
    state, last = State(plan.layout), None
    changes = []
    for _, event in walk(plan, events, learned, edge - 1, state):
        standing = state.standings.get(0)
        if standing is None or standing.place < 0:
            continue
        if last is not None and standing.place != last:
            changes.append(event is not None)
        last = standing.place
    return changes, last
