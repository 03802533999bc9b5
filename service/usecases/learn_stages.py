"""Learning how long stages take, from the steps that are kept and from the runs that still wait."""

from collections.abc import Iterator, Mapping, Sequence

from service.core.calendar import DAY
from service.core.calibration import Calibration
from service.core.enrollment import ACTIVE, NO_STAGE
from service.core.expectations import StageCalibration, Visits, learn
from service.core.facts import State
from service.core.plan import Plan
from service.core.steps import EDGES, bucket_of
from service.store import Unit

WENT_ON = ("lit", "reached")
LATELY, OFTEN = 28 * DAY, 20
BUCKETS = 1  # by how many buckets what was learned must have moved to be worth a calibration


def waits(plan: Plan, state: State, at: int) -> Iterator[tuple[str, int]]:
    """The stages (`journey/stage`) at which a profile waits, and for how long."""
    for each in state.enrollments.values():
        if each.status == ACTIVE and each.current != NO_STAGE:
            journey = plan.routes[each.journey].journey
            yield f"{journey.key}/{journey.stages[each.current].key}", max(at - each.current_since, 0)


def learn_stages(unit: Unit, waiting: Mapping[str, Sequence[int]], now: int) -> dict[str, StageCalibration]:
    """What is known of every stage of which enough is known. Waits that somebody gave up in silence count as left."""
    visits: dict[str, Visits] = {}
    for journey, stage, kind, bucket, number in unit.steps.waits():
        found = visits.setdefault(f"{journey}/{stage}", Visits())
        (found.went_on if kind in WENT_ON else found.left)[bucket] += number
    for journey, stage, waited in unit.enrollments.given_up():
        visits.setdefault(f"{journey}/{stage}", Visits()).left[bucket_of(waited)] += 1
    for key, lengths in waiting.items():
        found = visits.setdefault(key, Visits())
        for length in lengths:
            found.waiting[bucket_of(length)] += 1
    for journey, stage, first in unit.steps.first_waits():
        visits.setdefault(f"{journey}/{stage}", Visits()).followed = now - first
    return {key: learned for key, each in sorted(visits.items()) if (learned := learn(each)) is not None}


def completing_sources(unit: Unit, now: int) -> dict[str, list[str]]:
    """By `journey/stage`, the sources that lately lit it in one of twenty cases or more."""
    counts: dict[str, dict[str, int]] = {}
    for journey, stage, source, number in unit.steps.sources(now - LATELY):
        counts.setdefault(f"{journey}/{stage}", {})[source] = number
    return {
        key: sorted(source for source, number in found.items() if OFTEN * number >= sum(found.values()))
        for key, found in sorted(counts.items())
    }


def worth_stages(last: Calibration | None, found: Mapping[str, StageCalibration]) -> bool:
    """Whether more is known of a stage than before, or something else."""
    known = {} if last is None else last.stages
    return any(key not in known or _far(known[key], each) for key, each in found.items())


def worth_sources(last: Calibration | None, found: Mapping[str, Sequence[str]]) -> bool:
    """Whether others complete a stage than before: else whoever took over from a source would never be listened to."""
    known = {} if last is None else {key: [*each] for key, each in last.sources.items()}
    return last is not None and known != found


def _end(stalled: int | None) -> int:
    """Where hope never falls so low, it stalls later than anywhere else."""
    return EDGES[-1] if stalled is None else stalled


def _far(old: StageCalibration, new: StageCalibration) -> bool:
    pairs = (old.late, new.late), (_end(old.stalled), _end(new.stalled))
    return any(abs(bucket_of(was) - bucket_of(now)) > BUCKETS for was, now in pairs)
