"""A playbook compiled once: what each event type touches, so that an event costs what it touches, not what exists."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from graphlib import TopologicalSorter

from service.core.condition import Check, compile_condition, parts_of
from service.core.facts import State
from service.core.journeys import Route, compile_journey
from service.core.layout import Layout, lay_out
from service.core.personas import Scheme, compile_scheme
from service.core.playbook.conditions import (
    AggregateTest,
    Condition,
    JourneyTest,
    PersonaTest,
    Reversal,
    TagTest,
    TraitTest,
)
from service.core.playbook.definitions import Playbook, Service, Tag
from service.core.tags import TagRule, compile_tag, show

TRAIT_SET = "trait_set"
OPINION_TYPES = frozenset({"tag_set", "tag_removed", "tag_released"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Touch:
    """What an event type touches. Tags stand as ranks: places in the order of evaluation."""

    streams: tuple[int, ...] = ()
    journeys: tuple[Route, ...] = ()
    schemes: tuple[Scheme, ...] = ()
    tags: tuple[int, ...] = ()
    reversals: tuple[Reversal, ...] = ()


NOTHING_TOUCHED = Touch()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The compiled playbook. `rules` stand in order of evaluation: a tag comes after the tags that it reads."""

    version: int
    playbook: Playbook
    layout: Layout
    rules: tuple[TagRule, ...]
    ranks: Mapping[str, int]
    schemes: tuple[Scheme, ...]
    routes: tuple[Route, ...]
    touches: Mapping[str, Touch]
    born: tuple[int, ...]  # tags that show something of a profile without any event
    readers: Mapping[tuple[str, str], tuple[int, ...]]  # ("tag" | "persona" | "journey", key) → tags that read it
    by_place: Mapping[int, int]  # a tag's place in the playbook → its rank
    reversed_by: Mapping[str, tuple[Reversal, ...]]  # event type → the declared reversals that can take it back
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
    places = {key: place for place, key in enumerate(playbook.tags)}
    order = list(TopologicalSorter({key: _tags_read(tag) for key, tag in playbook.tags.items()}).static_order())
    rules = tuple(
        compile_tag(places[key], playbook.tags[key], layout, playbook, pure=_is_pure(playbook.tags[key]))
        for key in order
    )
    schemes = tuple(compile_scheme(i, each, layout, playbook) for i, each in enumerate(playbook.personas.values()))
    routes = tuple(compile_journey(i, each, layout.money) for i, each in enumerate(playbook.journeys.values()))
    empty = State(layout)
    return Plan(
        version=version,
        playbook=playbook,
        layout=layout,
        rules=rules,
        ranks={key: rank for rank, key in enumerate(order)},
        schemes=schemes,
        routes=routes,
        touches=_touches(playbook, layout, rules, schemes, routes),
        born=tuple(rank for rank, rule in enumerate(rules) if show(rule, empty, 0)[0]),
        readers=_readers(rules),
        by_place={rule.index: rank for rank, rule in enumerate(rules)},
        reversed_by=_reversed_by(playbook),
        filters={key: tuple(_filters(service, layout, playbook)) for key, service in playbook.services.items()},
    )


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
    return (part for value in tag.values for part in parts_of(value.when))


def _tags_read(tag: Tag) -> Iterable[str]:
    return dict.fromkeys(part.tag for part in _parts(tag) if isinstance(part, TagTest))  # in one order everywhere


def _is_pure(tag: Tag) -> bool:
    return not any(isinstance(part, TagTest | PersonaTest | JourneyTest) for part in _parts(tag))


def _readers(rules: tuple[TagRule, ...]) -> dict[tuple[str, str], tuple[int, ...]]:
    found: dict[tuple[str, str], list[int]] = {}
    for rank, rule in enumerate(rules):
        sources: dict[tuple[str, str], None] = {}
        for part in _parts(rule.tag):
            if isinstance(part, TagTest):
                sources["tag", part.tag] = None
            elif isinstance(part, PersonaTest):
                sources["persona", part.scheme] = None
            elif isinstance(part, JourneyTest):
                sources["journey", part.journey] = None
        for source in sources:
            found.setdefault(source, []).append(rank)
    return {source: tuple(ranks) for source, ranks in found.items()}


def _touches(
    playbook: Playbook,
    layout: Layout,
    rules: tuple[TagRule, ...],
    schemes: tuple[Scheme, ...],
    routes: tuple[Route, ...],
) -> dict[str, Touch]:
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
            tags=tuple(rank for rank, rule in enumerate(rules) if any(_reads(rule, each) for each in meant)),
            reversals=reversals,
        )
    return touches


def _reads(rule: TagRule, event: str) -> bool:
    return any(_is_read(part, event) for part in _parts(rule.tag))


def _is_read(part: Condition, event: str) -> bool:
    """Whether a condition reads events of a type directly, or traits when it is the type that sets them."""
    if isinstance(part, AggregateTest):
        return event in part.aggregate.events
    return isinstance(part, TraitTest) and event == TRAIT_SET


def _moves(scheme: Scheme, event: str) -> bool:
    below = scheme.persona.undetermined_below
    return event == scheme.persona.event or any(_is_read(part, event) for part in parts_of(below))


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
