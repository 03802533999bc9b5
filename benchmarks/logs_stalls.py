"""How good learned stalls are: alarms of the service on cases it has not learned from, against what became of them.

A visit of a stage begins with its first event and goes on with the first event of a later one; an explicit end ends it
too. Positive is what never goes on; an alarm is a breakpoint `stalled` of the service. A visit is judged if it was
followed for half as long again as 99 of 100 of those took that were learned from and went on.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.logs_count import Told
from benchmarks.logs_data import Case

ENOUGH, LONGER = 0.99, 1.5
BINS = 10
PERMILLE, MICRO = 1000, 1_000_000
EXACT = 0.001  # seconds
Visited = tuple[str, str]  # the run, and the stage that is waited for


@dataclass(frozen=True, slots=True)
class Visit:
    """A stage of a case, from its first event: which is waited for, when it went on, or came to an explicit end."""

    run: str
    waits_for: str
    at: int
    went_on: int | None
    ended: int | None


@dataclass(frozen=True, slots=True)
class Judged:
    """What came out: visits, those that never went on, alarms, right alarms; and how far hope was off."""

    visits: int
    lost: int
    alarms: int
    right: int
    off: float
    looks: int

    @property
    def precision(self) -> float:
        """Right alarms of all alarms."""
        return self.right / self.alarms if self.alarms else 0.0

    @property
    def recall(self) -> float:
        """Visits that never went on, of which there was an alarm."""
        return self.right / self.lost if self.lost else 0.0


def visits(journey: Told, cases: Iterable[Case]) -> list[Visit]:
    """The visits of all stages but the last one."""
    return [visit for case in cases for visit in _visits(journey, case)]


def _visits(journey: Told, case: Case) -> list[Visit]:
    places = {kind: place for place, types in enumerate(journey.stages.values()) for kind in types}
    names = list(journey.stages)
    found: list[Visit] = []
    last, since = -1, 0
    for each in case:
        ended = each.type in journey.leave
        place = places.get(each.type, -1)
        if (not ended and place <= last) or last == len(names) - 1:
            continue
        if last >= 0:
            run = each.properties[journey.key]
            found.append(Visit(run, names[last + 1], since, None if ended else each.at, each.at if ended else None))
        if ended:
            return found
        last, since = place, each.at
    if 0 <= last < len(names) - 1:
        found.append(Visit(case[0].properties[journey.key], names[last + 1], since, None, None))
    return found


def followed(train: Sequence[Visit], test: Sequence[Visit], end: int) -> list[Visit]:
    """The visits that were followed for long enough to be judged."""
    took: dict[str, list[int]] = defaultdict(list)
    for visit in train:
        if visit.went_on is not None:
            took[visit.waits_for].append(visit.went_on - visit.at)
    usual = {stage: sorted(each)[min(int(ENOUGH * len(each)), len(each) - 1)] for stage, each in took.items()}
    return [each for each in test if each.waits_for in usual and end - each.at >= LONGER * usual[each.waits_for]]


def judge(journey: str, found: Sequence[Visit], alarms: Mapping[Visited, float], learned: Mapping[str, Any]) -> Judged:
    """Hold the alarms of the service, and the hope that it learned, against what happened."""
    raised = [visit for visit in found if (visit.run, visit.waits_for) in alarms]
    looks = [look for visit in found for look in _looks(visit, learned.get(f"{journey}/{visit.waits_for}"))]
    return Judged(
        visits=len(found),
        lost=sum(visit.went_on is None for visit in found),
        alarms=len(raised),
        right=sum(visit.went_on is None for visit in raised),
        off=_off(looks),
        looks=len(looks),
    )


def _looks(visit: Visit, learned: Mapping[str, Any] | None) -> Iterable[tuple[float, bool]]:
    """What was hoped of a visit at each age at which it still waited, and whether it did go on."""
    over = visit.went_on if visit.went_on is not None else visit.ended
    for age, hope in zip(learned["ages"], learned["hopes"], strict=True) if learned else ():
        if over is None or over - visit.at > age / MICRO:
            yield hope / PERMILLE, visit.went_on is not None


def _off(looks: Iterable[tuple[float, bool]]) -> float:
    """The expected calibration error: in bins of hope, how far the mean is from what happened."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for hope, came in looks:
        bins[min(int(hope * BINS), BINS - 1)].append((hope, came))
    far = [abs(sum(hope for hope, _ in each) - sum(came for _, came in each)) for each in bins.values()]
    return sum(far) / max(sum(map(len, bins.values())), 1)


def expected(journey: str, found: Iterable[Visit], learned: Mapping[str, Any]) -> dict[Visited, float]:
    """The alarms that there have to be: as soon as a visit lasts longer than what was learned of its stage allows."""
    alarms: dict[Visited, float] = {}
    for visit in found:
        known = learned.get(f"{journey}/{visit.waits_for}")
        if known is None or known["stalled"] is None:
            continue
        at = visit.at + max(known["stalled"], known["late"]) / MICRO
        over = visit.went_on if visit.went_on is not None else visit.ended
        if over is None or at < over:
            alarms[visit.run, visit.waits_for] = at
    return alarms


def compare(
    wanted: Mapping[Visited, float], got: Mapping[Visited, float], test: Iterable[Visit]
) -> tuple[int, list[str]]:
    """How many alarms about these visits there are, and which are missing, too many, or at another time."""
    runs = {visit.run for visit in test}
    told = {visited: at for visited, at in got.items() if visited[0] in runs}
    both = wanted.keys() | told.keys()
    wrong = [visited for visited in both if abs(wanted.get(visited, 0) - told.get(visited, 0)) > EXACT]
    return len(both), sorted(f"{each}: {wanted.get(each)}, the service says {told.get(each)}" for each in wrong)
