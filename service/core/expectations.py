"""How long a stage takes: as the playbook says, or as was learned from everybody who went through it.

What is learned has two levels. Late: longer than nine of ten of those who went on had taken. Stalled: of those who have
waited that long and not left, fewer than a fifth still went on (the Aalen-Johansen estimate over buckets of durations;
Aalen and Johansen 1978, Scand. J. Statist. 5). Both are sums of counts, so they can be added up from anywhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import TypeVar

from service.core.steps import EDGES, bucket_of

ENOUGH, FOLLOWED = 30, 3  # who have gone on; and how many times the usual length the oldest must have been followed
SCALE = 10**15  # a chance is an integer of this
HOPE = SCALE // 5
LATE, USUAL, SOON = 900, 500, 100  # of a thousand who went on
LOOKS = (250, 500, 750, 900, 950, 990)  # where hope is told, of a thousand who went on
PERMILLE = 1000
Learned = TypeVar("Learned")  # of a stage


@dataclass(frozen=True, slots=True, kw_only=True)
class StageCalibration:
    """What was learned of one stage: microseconds after its entry, and of how many visits.

    `stalled` is None where hope never falls so low. `soon`, `usual` and `late` are the first, fifth and ninth decile of
    those who went on, each the end of its bucket. `hopes` are told at `ages` (p25, p50, p75, p90, p95, p99 of them): of
    a thousand who have waited so long, how many still go on.
    """

    soon: int
    usual: int
    late: int
    stalled: int | None
    went_on: int
    left: int
    waiting: int
    ages: tuple[int, ...] = ()
    hopes: tuple[int, ...] = ()


@dataclass(slots=True)
class Visits:
    """Visits of a stage by bucket of their length: those that went on, that left, and that still wait."""

    went_on: list[int] = field(default_factory=lambda: [0] * len(EDGES))
    left: list[int] = field(default_factory=lambda: [0] * len(EDGES))
    waiting: list[int] = field(default_factory=lambda: [0] * len(EDGES))
    followed: int = 0  # for how long the oldest visit has been followed


def learn(visits: Visits) -> StageCalibration | None:
    """What visits teach; None while there are too few, or they were not followed for long enough."""
    went_on = sum(visits.went_on)
    if went_on < ENOUGH:
        return None
    soon, usual, late = (_quantile(visits.went_on, went_on, permille) for permille in (SOON, USUAL, LATE))
    if visits.followed < FOLLOWED * late:
        return None
    hope = hopes(visits)
    hopeless = next((place for place, each in enumerate(hope) if each < HOPE), None)
    ages = tuple(_quantile(visits.went_on, went_on, permille) for permille in LOOKS)
    return StageCalibration(
        soon=soon, usual=usual, late=late, stalled=None if hopeless is None else EDGES[hopeless],
        went_on=went_on, left=sum(visits.left), waiting=sum(visits.waiting),
        ages=ages, hopes=tuple((hope[bucket_of(age)] * PERMILLE + SCALE // 2) // SCALE for age in ages),
    )  # fmt: skip


def hopes(visits: Visits) -> list[int]:
    """By bucket, the chance (of `SCALE`) that a visit that has lasted until its beginning still goes on."""
    hope, risk, found = 0, 0, []
    for went_on, left, waiting in list(zip(visits.went_on, visits.left, visits.waiting, strict=True))[::-1]:
        risk += went_on + left + waiting
        if risk:
            hope = (went_on * SCALE + (risk - went_on - left) * hope) // risk
        found.append(hope)
    return found[::-1]


def _quantile(counts: Sequence[int], number: int, permille: int) -> int:
    """The end of the bucket in which the nearest rank lies."""
    rank = -(-permille * number // PERMILLE)
    place = next(place for place, total in enumerate(accumulate(counts)) if total >= rank)
    return EDGES[min(place + 1, len(EDGES) - 1)]


def learned_of(journey: str, names: Sequence[str], learned: Mapping[str, Learned]) -> Learned | None:
    """What was learned of a stage. `names`: what it is and was called."""
    return next((learned[f"{journey}/{name}"] for name in names if f"{journey}/{name}" in learned), None)


def limits(given: tuple[int | None, int | None], found: StageCalibration | None) -> tuple[int | None, int | None, bool]:
    """After how long a stage is late and stalled, and whether that was learned.

    What the playbook says of being late stands, and so does what it says of being stalled; where it says only when a
    stage is late, it is not stalled before.
    """
    late, stalled = given
    if stalled is not None or found is None or found.stalled is None:
        expected = late if late is not None or found is None else found.late
        return expected, stalled if stalled is not None else late, False
    expected = found.late if late is None else late
    return expected, max(found.stalled, expected), True


def usual(found: StageCalibration | None) -> tuple[int, int]:
    """Between which buckets (where they begin) eight of ten of those who went on did so: rounded away from each other.

    Both deciles are told as the ends of their buckets, so the first one lies in the bucket before. Twice 0: not known.
    """
    if found is None:
        return 0, 0
    return bucket_of(found.soon - 1), min(bucket_of(found.late - 1) + 1, len(EDGES) - 1)
