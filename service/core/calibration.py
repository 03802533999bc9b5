"""Calibrations: numbered, immutable snapshots of what was learned from the population; an input of every derivation."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from service.core.expectations import StageCalibration

PERMILLE = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemeCalibration:
    """For one persona scheme: the population's mean order value (micro units), nearest-rank quantiles for 1…1000 ‰."""

    mean: int
    quantiles: tuple[int, ...]
    profiles: int

    def position(self, score: int) -> int:
        """How many of the quantiles a score reaches, 0 to 1000."""
        return bisect_right(self.quantiles, score)


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmCalibration:
    """For one RFM tag: quantiles for 20, 40, 60 and 80 % of ages (microseconds), counts (micro units) and sums."""

    ages: tuple[int, ...]
    counts: tuple[int, ...]
    sums: tuple[int, ...]
    profiles: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """What is in force from `effective_from` until the next one."""

    number: int
    effective_from: int
    schemes: Mapping[str, SchemeCalibration]
    rfm: Mapping[str, RfmCalibration] = field(default_factory=dict)
    stages: Mapping[str, StageCalibration] = field(default_factory=dict)  # by `journey/stage`
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # by `journey/stage`, which complete it


def in_force(calibrations: Sequence[Calibration], at: int) -> Calibration | None:
    """The newest that is effective at an instant; before the first, the first."""
    if not calibrations:
        return None
    place = bisect_right(calibrations, at, key=lambda each: each.effective_from)
    return calibrations[max(place - 1, 0)]


def quintiles(numbers: Sequence[int]) -> tuple[int, ...]:
    """The nearest-rank quantiles for 20, 40, 60 and 80 %; empty without numbers."""
    ordered, count = sorted(numbers), len(numbers)
    return tuple(ordered[-(-fifths * count // 5) - 1] for fifths in range(1, 5)) if count else ()


def quantiles(scores: Sequence[int]) -> tuple[int, ...]:
    """The nearest-rank quantiles of scores for 1…1000 ‰; empty without scores."""
    ordered, count = sorted(scores), len(scores)
    return tuple(ordered[-(-k * count // PERMILLE) - 1] for k in range(1, PERMILLE + 1)) if count else ()
