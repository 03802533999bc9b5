"""A playbook compiled once: what each event type touches, so that an event costs what it touches, not what exists."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter

from service.core.condition import Check, ReadingAt, compile_condition, compile_reading, parts_of
from service.core.facts import State
from service.core.layout import Layout, aggregates_in, lay_out, rfm_aggregates
from service.core.personas import Scheme, compile_scheme
from service.core.playbook.conditions import (
    Aggregate,
    Bucket,
    Condition,
    JourneyTest,
    OfProfile,
    PersonaTest,
    ProfileTypeTest,
    Reversal,
    RfmTest,
    TagTest,
    TraitTest,
)
from service.core.playbook.definitions import Playbook, Service, Tag
from service.core.playbook.moments import Anniversary, Dates, HolidayTest, TimeOfDay, Weekday
from service.core.playbook.relations import conditions_of_persona, conditions_of_tag, exclusive_groups
from service.core.routes import Route, compile_journey
from service.core.tags import TagRule, Unit, compile_tag, show

TRAIT_SET = "trait_set"
OPINION_TYPES = frozenset({"tag_set", "tag_removed", "tag_released"})
PIN_TYPES = frozenset({"persona_pinned", "persona_released"})
OfTraits = TraitTest | Anniversary
Source = tuple[str, str]  # "tag" | "persona" | "journey", key
Timed = (
    Weekday | TimeOfDay | Dates | HolidayTest | Anniversary | Bucket | ProfileTypeTest
)  # what holds or not without any event


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What an event type touches. Tags stand as the ranks of their units: places in the order of evaluation."""

    streams: tuple[int, ...] = ()
    journeys: tuple[Route, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    tags: tuple[int, ...] = ()
    reversals: tuple[Reversal, ...] = ()


NOTHING_TOUCHED = Touch()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The compiled playbook. `rules` stand in the playbook's order; `units` after those that they read."""

    version: int
    playbook: Playbook
    layout: Layout
    rules: tuple[TagRule, ...]
    units: tuple[Unit, ...]
    places: Mapping[str, int]  # a tag's key → its place in the playbook
    ranks: tuple[int, ...]  # a tag's place → the rank of its unit
    schemes: tuple[Scheme, ...]
    routes: tuple[Route, ...]
    touches: Mapping[str, Touch]
    born: tuple[int, ...]  # units that may show something of a profile without any event of theirs
    reads: tuple[tuple[Source, ...], ...]  # what each unit reads
    readers: Mapping[Source, tuple[int, ...]]  # the other way round: the units that read it
    learning: tuple[int, ...]  # units that a calibration moves
    reversed_by: Mapping[str, tuple[Reversal, ...]]  # event type → the declared reversals that can take it back
    readings: Mapping[Aggregate, ReadingAt]  # what each aggregate comes to
    filters: Mapping[str, tuple[tuple[str, Condition, Check], ...]]  # service → (filter, condition, compiled), in order

    def reversals_of(self, event_type: str) -> tuple[Reversal, ...]:
        """The declared reversals that can take back events of a type."""
        return self.reversed_by.get(event_type, ())

    def touch(self, event_type: str) -> Touch:
        """What an event type touches."""
        return self.touches.get(event_type, NOTHING_TOUCHED)


def compile_playbook(playbook: Playbook, version: int = 0) -> Plan:
    """Compile a playbook that `check` found no problem in."""
    layout = lay_out(playbook)
    rules = tuple(_rules(playbook, layout))
    places = {rule.tag.key: rule.index for rule in rules}
    units = tuple(_units(playbook, rules, places))
    ranks = {rule.index: rank for rank, unit in enumerate(units) for rule in unit}
    schemes = tuple(compile_scheme(i, each, layout, playbook) for i, each in enumerate(playbook.personas.values()))
    reads = tuple(tuple(_sources(unit)) for unit in units)
    routes = tuple(compile_journey(i, each, layout.frame) for i, each in enumerate(playbook.journeys.values()))
    return Plan(
        version=version,
        playbook=playbook,
        layout=layout,
        rules=rules,
        units=units,
        places=places,
        ranks=tuple(ranks[place] for place in range(len(rules))),
        schemes=schemes,
        routes=routes,
        touches=_touches(playbook, layout, units, (schemes, routes)),
        born=tuple(rank for rank, unit in enumerate(units) if _is_born(unit, State(layout))),
        reads=reads,
        readers=_readers(reads),
        learning=tuple(rank for rank, unit in enumerate(units) if any(rule.tag.rfm for rule in unit)),
        reversed_by=_reversed_by(playbook),
        readings={each: compile_reading(each, layout) for each in layout.slots},
        filters={key: tuple(_filters(service, layout, playbook)) for key, service in playbook.services.items()},
    )


def _rules(playbook: Playbook, layout: Layout) -> Iterable[TagRule]:
    together = {tag.key: group for group in exclusive_groups(playbook) for tag in group}
    for place, tag in enumerate(playbook.tags.values()):
        pure = not any(isinstance(part, OfProfile) for each in together.get(tag.key, (tag,)) for part in _parts(each))
        yield compile_tag(place, tag, layout, playbook, pure=pure)


def _units(playbook: Playbook, rules: tuple[TagRule, ...], places: Mapping[str, int]) -> Iterable[Unit]:
    """Tags that are decided together, each unit after those that it reads."""
    unit_of: dict[int, tuple[int, ...]] = {place: (place,) for place in places.values()}
    for group in exclusive_groups(playbook):
        together = tuple(places[tag.key] for tag in group)
        unit_of |= dict.fromkeys(together, together)
    reads = {
        unit: dict.fromkeys(unit_of[places[key]] for place in unit for key in tags_read(rules[place].tag))
        for unit in dict.fromkeys(unit_of.values())
    }
    return (tuple(rules[place] for place in unit) for unit in TopologicalSorter(reads).static_order())


def _is_born(unit: Unit, nothing: State) -> bool:
    """Whether a tag may be on, or be about to be, before any event that it reads."""
    timed = any(isinstance(part, Timed) for rule in unit for part in _parts(rule.tag))
    return timed or any(show(rule, nothing, 0).value for rule in unit)


def _filters(service: Service, layout: Layout, playbook: Playbook) -> Iterable[tuple[str, Condition, Check]]:
    named = (
        ("eligibility", service.eligible),
        ("applicability", service.applicable),
        ("suitability", service.suitable),
    )
    for code, condition in named:
        if condition is not None:
            yield code, condition, compile_condition(condition, layout, playbook)


def _reversed_by(playbook: Playbook) -> dict[str, tuple[Reversal, ...]]:
    found: dict[str, tuple[Reversal, ...]] = {}
    for event in playbook.events.values():
        if event.reverses is not None:
            target = event.reverses.event
            found[target] = (*found.get(target, ()), Reversal(event=event.key, by=event.reverses.by))
    return found


def _parts(tag: Tag) -> Iterable[Condition]:
    return (part for condition in conditions_of_tag(tag) for part in parts_of(condition))


def tags_read(tag: Tag) -> Iterable[str]:
    """The keys of the tags that a tag reads, in one order everywhere."""
    return dict.fromkeys(part.tag for part in _parts(tag) if isinstance(part, TagTest | RfmTest))


def _sources(unit: Unit) -> Iterable[Source]:
    """What a unit reads beside events, each once."""
    found: dict[Source, None] = {}
    for part in (part for rule in unit for part in _parts(rule.tag)):
        if isinstance(part, TagTest | RfmTest):
            found["tag", part.tag] = None
        elif isinstance(part, PersonaTest):
            found["persona", part.scheme] = None
        elif isinstance(part, JourneyTest):
            found["journey", part.journey] = None
    return found


def _readers(reads: Sequence[Sequence[Source]]) -> dict[Source, tuple[int, ...]]:
    found: dict[Source, list[int]] = {}
    for rank, sources in enumerate(reads):
        for source in sources:
            found.setdefault(source, []).append(rank)
    return {source: tuple(ranks) for source, ranks in found.items()}


def _touches(
    playbook: Playbook, layout: Layout, units: tuple[Unit, ...], moved: tuple[tuple[Scheme, ...], tuple[Route, ...]]
) -> dict[str, Touch]:
    schemes, routes = moved
    types = {TRAIT_SET, *OPINION_TYPES} | set(playbook.events)
    types |= {event for spec in layout.streams for event in spec.events}
    types |= {event for route in routes for event in route.touched} | {scheme.persona.event for scheme in schemes}
    types |= {reversal.event for each in layout.reversals for those in each.values() for reversal in those}
    touches = {}
    for event in sorted(types):
        reversals = tuple(_takes_back(playbook, layout, event))
        meant = {event} | {each.event for each in reversals}
        touches[event] = Touch(
            streams=tuple(i for i, spec in enumerate(layout.streams) if event in spec.events),
            journeys=tuple(route for route in routes if event in route.touched),
            schemes=tuple(s for s in schemes if any(_moves(s, each) for each in meant)),
            tags=tuple(r for r, unit in enumerate(units) if any(_reads(rule, meant) for rule in unit)),
            reversals=reversals,
        )
    return touches


def _aggregates(tag: Tag) -> Iterable[Aggregate]:
    for condition in conditions_of_tag(tag):
        yield from aggregates_in(condition)
    if tag.value_of is not None:
        yield tag.value_of
    if tag.rfm is not None:
        yield from rfm_aggregates(tag.rfm)


def _reads(rule: TagRule, events: Container[str]) -> bool:
    read = any(event in events for each in _aggregates(rule.tag) for event in each.events)
    return read or (TRAIT_SET in events and any(isinstance(part, OfTraits) for part in _parts(rule.tag)))


def _moves(scheme: Scheme, event: str) -> bool:
    if event == scheme.persona.event:
        return True
    conditions = conditions_of_persona(scheme.persona)
    read = any(event in each.events for condition in conditions for each in aggregates_in(condition))
    parts = (part for condition in conditions for part in parts_of(condition))
    return read or (event == TRAIT_SET and any(isinstance(part, OfTraits) for part in parts))


def _takes_back(playbook: Playbook, layout: Layout, event: str) -> Iterable[Reversal]:
    """What an event of this type takes back: (reversed type, property), each once."""
    declared = playbook.events.get(event)
    found: dict[Reversal, None] = {}
    if declared is not None and declared.reverses is not None:
        found[declared.reverses] = None
    for reversals in layout.reversals:
        for kind, those in sorted(reversals.items()):
            found.update({Reversal(event=kind, by=each.by): None for each in those if each.event == event})
    return found
