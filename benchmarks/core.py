"""The pure core on its own: people's facts in memory, an event taken in, and the same facts opened and closed."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import process_time_ns

from benchmarks.world import Event as Wire
from benchmarks.world import read
from service.core.calibration import Calibration, SchemeCalibration, quantiles
from service.core.changes import Said, difference
from service.core.due import due_after
from service.core.event import Event
from service.core.facts import State
from service.core.fold import absorb, pass_silence, refold
from service.core.intake import Admitted, Sender, admit
from service.core.personas import score_of
from service.core.plan import Plan, compile_playbook
from service.core.playbook.read import read_playbook
from service.core.playbook.reserved import RESERVED

SENDER = Sender(source=None, default_source="bench", layer="import")
LATEST = 2**62


@dataclass(slots=True, kw_only=True)
class Person:
    """What is kept of somebody."""

    facts: bytes
    events: int
    said: Said


def plan_of(playbook: object) -> Plan:
    """A playbook compiled."""
    found, problems = read_playbook(playbook)
    assert not problems, problems
    return compile_playbook(found, 1)


def admitted(plan: Plan, wires: Iterable[Wire]) -> Iterator[Event]:
    """Events as the fold reads them."""
    types = {**RESERVED, **plan.playbook.events}
    for raw in read(wires):
        verdict = admit(raw, SENDER, LATEST, types)
        assert isinstance(verdict, Admitted), verdict
        yield verdict.event


def calibrated(plan: Plan, states: Sequence[State]) -> tuple[Calibration, ...]:
    """A calibration from these people."""
    schemes: dict[str, SchemeCalibration] = {}
    for scheme in plan.schemes:
        known = [state.standings[scheme.index] for state in states if scheme.index in state.standings]
        known = [standing for standing in known if standing.orders]
        mean = sum(each.total for each in known) // max(sum(each.orders for each in known), 1)
        learned = SchemeCalibration(mean=mean, quantiles=(), profiles=len(known))
        scores = [score_of(scheme, each, learned) for each in known]
        schemes[scheme.persona.key] = SchemeCalibration(mean=mean, quantiles=quantiles(scores), profiles=len(known))
    return (Calibration(number=1, effective_from=0, schemes=schemes),)


def grown(
    plan: Plan, lives: Mapping[str, Sequence[Event]], at: int
) -> tuple[dict[str, Person], tuple[Calibration, ...]]:
    """Everybody's facts after his events, under a calibration from all of them; `at` is when he was last spoken of."""
    calibrations = calibrated(plan, [refold(plan, events, ()) for events in lives.values()])
    people = {}
    for name, events in lives.items():
        state = refold(plan, events, calibrations)
        facts = state.encode()
        pass_silence(plan, state, at, calibrations)
        said, _ = difference(plan, state, at, calibrations, {})
        people[name] = Person(facts=facts, events=state.count, said=said)
    return people, calibrations


def take_in(plan: Plan, calibrations: Sequence[Calibration], person: Person, event: Event) -> int:
    """Decode, absorb, encode, derive. Answers the CPU time; the person has changed."""
    begun = process_time_ns()
    state = State(plan.layout, person.facts)
    absorb(plan, state, event, calibrations)
    facts = state.encode()
    silent = pass_silence(plan, state, event.t, calibrations)
    said, _ = difference(plan, state, event.t, calibrations, person.said)
    due_after(state, event.t, silent)
    spent = process_time_ns() - begun
    person.facts, person.said, person.events = facts, said, person.events + 1
    return spent


def open_and_close(plan: Plan, person: Person) -> int:
    """Decode every section and encode all of them. Answers the CPU time."""
    begun = process_time_ns()
    state = State(plan.layout, person.facts)
    for index in range(len(plan.layout.streams)):
        state.stream(index)
    assert state.marks is not None
    assert state.standings is not None
    assert state.enrollments is not None
    for section in (state.traits, state.contacts, state.opinions, state.taken_back):
        assert section is not None
    state.encode()
    return process_time_ns() - begun


def copied(plan: Plan, person: Person) -> int:
    """Decode lazily and encode: all sections stay the bytes they are. Answers the CPU time."""
    begun = process_time_ns()
    State(plan.layout, person.facts).encode()
    return process_time_ns() - begun
