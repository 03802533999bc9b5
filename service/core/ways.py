"""The way of a run: which path it takes where stages branch and meet again (docs/playbook.md, Journeys).

Stages stand in order: an edge to a later one leads on, an edge to the same or an earlier one leads back. So their order
is an order of the graph without its edges back, and no search is needed.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from service.core.enrollment import NO_STAGE, UNLIT
from service.core.playbook.definitions import Journey

KEPT = 1024  # ways remembered for each journey
Way = tuple[int, ...]  # places of stages, ascending
Route = tuple[int, Way]  # how many required stages of it are unlit, and the way


@dataclass(frozen=True, slots=True, kw_only=True)
class Graph:
    """Which stages may follow each, by place: later ones, and the same or earlier ones. `plain`: a list, one by one."""

    onward: tuple[Way, ...]
    back: tuple[Way, ...]
    required: tuple[bool, ...]
    plain: bool

    def leads_back(self, last: int, stage: int) -> bool:
        """Whether from a stage, or one that may follow it over optional stages, an edge leads back to a stage."""
        if stage in self.back[last]:
            return True
        return any(not self.required[each] and self.leads_back(each, stage) for each in self.onward[last])


def graph_of(journey: Journey) -> Graph:
    """The graph of a journey; a stage that does not say what follows it is followed by the one after it."""
    places = {stage.key: place for place, stage in enumerate(journey.stages)}
    last = len(journey.stages) - 1
    follows = [
        tuple(sorted({places[key] for key in stage.next if key in places}))
        if stage.next is not None
        else (place + 1,) * (place < last)
        for place, stage in enumerate(journey.stages)
    ]
    return Graph(
        onward=tuple(tuple(each for each in found if each > place) for place, found in enumerate(follows)),
        back=tuple(tuple(each for each in found if each <= place) for place, found in enumerate(follows)),
        required=tuple(not stage.optional for stage in journey.stages),
        plain=all(stage.next is None for stage in journey.stages),
    )


def compile_ways(graph: Graph) -> Callable[[Sequence[int]], Way]:
    """The way as a function of when stages were lit."""
    if graph.plain:
        whole = tuple(range(len(graph.required)))
        return lambda _lit: whole
    known = lru_cache(KEPT)(lambda lit: _way(graph, lit))
    return lambda lit: known(tuple(each != UNLIT for each in lit))


def current_of(graph: Graph, way: Way, lit: Sequence[int]) -> int:
    """The first unlit required stage of a way behind the furthest lit stage, else the first of all; or none."""
    furthest = max((place for place, each in enumerate(lit) if each != UNLIT), default=-1)
    unlit = [place for place in way if lit[place] == UNLIT and graph.required[place]]
    return next((place for place in unlit if place > furthest), unlit[0] if unlit else NO_STAGE)


def _way(graph: Graph, lit: tuple[bool, ...]) -> Way:
    """From the first stage to an end, through the furthest lit one, with the fewest required stages unlit.

    Of equals the one whose stages stand first. A lit stage that no path leads to is where its way begins.
    """
    furthest = max((place for place, each in enumerate(lit) if each), default=0)
    ends = _to_an_end(graph, lit)
    there = _from_the_first(graph, lit, furthest)
    return there[:-1] + ends[furthest][1]


def _to_an_end(graph: Graph, lit: tuple[bool, ...]) -> list[Route]:
    found: list[Route] = [(0, ())] * len(lit)
    for place in range(len(lit) - 1, -1, -1):
        cost = int(graph.required[place] and not lit[place])
        then = min((found[each] for each in graph.onward[place]), default=(0, ()))
        found[place] = (cost + then[0], (place, *then[1]))
    return found


def _from_the_first(graph: Graph, lit: tuple[bool, ...], furthest: int) -> Way:
    found: dict[int, Route] = {0: (int(graph.required[0] and not lit[0]), (0,))}
    for place in range(furthest):
        if place not in found:
            continue
        cost, way = found[place]
        for each in graph.onward[place]:
            route = (cost + int(graph.required[each] and not lit[each]), (*way, each))
            found[each] = min(found.get(each, route), route)
    return found[furthest][1] if furthest in found else (furthest,)
