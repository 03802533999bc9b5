"""Journeys compiled: patterns as functions, and the ways through the stages."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from service.core.event import Event
from service.core.playbook.conditions import ACCOUNT
from service.core.playbook.definitions import AFTER_EXIT, Journey, Pattern
from service.core.ways import Graph, Way, compile_ways, graph_of
from service.core.where import Frame, Matcher, compile_where
from service.core.wire import plain

FEEDBACK = "feedback_given"
STAGE_LIT = "stage_lit"
KEY_LIMIT = 200

Patterns = Sequence[tuple[str, Matcher]]
RunId = tuple[int, str]  # the journey's place, and the key


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A journey compiled: patterns as functions. `touched` are the event types that can change anything."""

    index: int
    journey: Journey
    enter: Patterns
    leave: Patterns
    completes: tuple[Patterns, ...]
    fails: tuple[Patterns, ...]
    complains: tuple[Patterns, ...]
    mends: tuple[Patterns, ...]
    goal: Patterns
    graph: Graph
    way: Callable[[Sequence[int]], Way]
    rated: bool
    touched: frozenset[str]
    accounts: frozenset[str]

    def concerns(self, event: Event) -> bool:
        """Whether an event is of the type of profile that takes this journey, and no rating of another one."""
        rated = event.scalar("journey") if event.type == FEEDBACK else None
        return (event.under in self.accounts) == (self.journey.of == ACCOUNT) and rated in (None, self.journey.key)

    def key_of(self, event: Event) -> str | None:
        """Which enrollment an event speaks of; None: of none."""
        lights = event.type == STAGE_LIT and event.scalar("journey") is not None
        if lights and event.scalar("journey") != self.journey.key:
            return None
        if self.journey.by is None:
            return ""
        found = event.scalar("key" if lights else self.journey.by)
        return None if found is None or found == "" else str(plain(found))[:KEY_LIMIT]

    def runs_of(self, event: Event, known: Iterable[RunId]) -> set[RunId]:
        """Which runs an event may touch: the one of its key; where a journey may be entered again, any of it."""
        if self.journey.re_entry == AFTER_EXIT:
            return {run for run in known if run[0] == self.index}
        key = self.key_of(event)
        return set() if key is None else {(self.index, key)}


def compile_journey(index: int, journey: Journey, frame: Frame) -> Route:
    """A journey as functions."""

    def patterns(of: Sequence[Pattern]) -> Patterns:
        return [(each.event, compile_where(each.where, frame)) for each in of]

    completes = tuple(patterns(stage.completed_by) for stage in journey.stages)
    fails = tuple(patterns(stage.fails_on) for stage in journey.stages)
    complains = tuple(patterns(stage.dissatisfied_by) for stage in journey.stages)
    mends = tuple(patterns(stage.made_good_by) for stage in journey.stages)
    enter, leave, goal = patterns(journey.enter), patterns(journey.exit), patterns(journey.goal)
    asks = any(stage.feedback for stage in journey.stages)
    rated = asks or journey.by is not None or any(event == FEEDBACK for group in completes for event, _ in group)
    groups = (enter, leave, goal, *completes, *fails, *complains, *mends)
    touched = {event for group in groups for event, _ in group} | ({FEEDBACK} if rated else set())
    touched |= {STAGE_LIT} if any(stage.lit_by for stage in journey.stages) else set()
    graph = graph_of(journey)
    return Route(
        index=index, journey=journey, enter=enter, leave=leave, completes=completes, fails=fails, complains=complains,
        mends=mends, goal=goal, graph=graph, way=compile_ways(graph), rated=rated, touched=frozenset(touched),
        accounts=frame.accounts,
    )  # fmt: skip


def matches(patterns: Patterns, event: Event) -> bool:
    """Whether an event is one of these."""
    return any(kind == event.type and holds(event) for kind, holds in patterns)
