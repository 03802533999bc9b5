"""When tags that are on change, if nothing happens: found by looking at the future, and only at what they rest on."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from service.core.calibration import Calibration
from service.core.facts import State
from service.core.fold import next_due, pass_silence
from service.core.measures import FOREVER
from service.core.plan import Plan, Source
from service.core.tags import Shown, moved_on

FORESIGHT = 2_000  # instants looked ahead


def ends_of(
    plan: Plan, state: State, places: Collection[int], calibrations: Sequence[Calibration], at: int
) -> Mapping[int, int]:
    """For each of these tags, which are on, when it shows something else; FOREVER if it does not."""
    mixed = {place for place in places if not plan.rules[place].pure}
    ends = _foresee(plan, state, mixed, calibrations, at) if mixed else {}
    return ends | {place: _end(plan, state, place) for place in places if place not in mixed}


def _end(plan: Plan, state: State, place: int) -> int:
    """Of a tag that reads events alone. What the facts hold may be early where the calendar goes to and fro."""
    until = state.marks[place].until
    if until == FOREVER:
        return FOREVER
    unit = plan.units[plan.ranks[place]]
    until, changes = moved_on(unit, state, [_shown(state, rule.index, until) for rule in unit], FORESIGHT)
    return until if changes else FOREVER


def _shown(state: State, place: int, until: int) -> Shown:
    mark = state.marks.get(place)
    return Shown(mark.value if mark else 0, state.values.get(place), until, 0)


def _foresee(
    plan: Plan, state: State, places: set[int], calibrations: Sequence[Calibration], at: int
) -> dict[int, int]:
    """Of tags that read tags, personas or journeys: by passing through the future."""
    calibrations = [each for each in calibrations if each.effective_from <= at] or calibrations[:1]
    plan, future = _narrowed(plan, state.copy(), {plan.ranks[place] for place in places})
    before = {place: (state.marks[place].value, state.values.get(place)) for place in places}
    ends = dict.fromkeys(places, FOREVER)
    for _ in range(FORESIGHT):
        passed, at = at, max(next_due(plan, future, calibrations, at), at)
        if at == FOREVER or not any(end == FOREVER for end in ends.values()):
            break
        pass_silence(plan, future, at, calibrations, passed=passed)
        for place, end in ends.items():
            mark = future.marks.get(place)
            if end == FOREVER and before[place] != (mark.value if mark else 0, future.values.get(place)):
                ends[place] = at
    return ends


def _narrowed(plan: Plan, future: State, ranks: Collection[int]) -> tuple[Plan, State]:
    """A plan and a state of nothing but what these units rest on: the rest may change for ever and be of no concern."""
    units, sources = _rests_on(plan, ranks)
    for place in [place for place in future.marks if plan.ranks[place] not in units]:
        del future.marks[place]
    for index in [index for index in future.standings if ("persona", plan.schemes[index].persona.key) not in sources]:
        del future.standings[index]
    for owner in [owner for owner in future.enrollments if ("journey", _journey(plan, owner)) not in sources]:
        del future.enrollments[owner]
    readers = {source: tuple(rank for rank in plan.readers[source] if rank in units) for source in sources}
    return replace(plan, readers=readers), future


def _journey(plan: Plan, owner: tuple[int, str]) -> str:
    return plan.routes[owner[0]].journey.key


def _rests_on(plan: Plan, ranks: Iterable[int]) -> tuple[set[int], set[Source]]:
    """The units, all that they read, and all that those read; and every source of any of them."""
    units, sources, queue = set(ranks), set[Source](), [*ranks]
    while queue:
        for source in plan.reads[queue.pop()]:
            sources.add(source)
            rank = plan.ranks[plan.places[source[1]]] if source[0] == "tag" else None
            if rank is not None and rank not in units:
                units.add(rank)
                queue.append(rank)
    return units, sources
