"""Shares with the interval in which they lie, and whether two of them differ by more than chance.

For people to read; nothing that is kept depends on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt

Z = 1.96  # 95 %


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`k` of `n`, and the 95 % interval (Wilson 1927, J. Am. Stat. Assoc. 22); of nothing it is unknown: 0 to 1."""

    k: int
    n: int
    low: float
    high: float

    @property
    def value(self) -> float | None:
        """The share; None of nothing."""
        return round(self.k / self.n, 4) if self.n else None


def share(k: int, n: int) -> Share:
    """A share with its interval."""
    if not n:
        return Share(k=k, n=n, low=0.0, high=1.0)
    p, square = k / n, Z * Z
    middle = (p + square / (2 * n)) / (1 + square / n)
    half = Z * sqrt(p * (1 - p) / n + square / (4 * n * n)) / (1 + square / n)
    return Share(k=k, n=n, low=round(max(middle - half, 0.0), 4), high=round(min(middle + half, 1.0), 4))


def most_common(counts: Mapping[str, int], top: int | None = None) -> list[tuple[str, int]]:
    """What was counted, most often first; what was counted equally often by name, so that the order is always one."""
    return sorted(counts.items(), key=lambda each: (-each[1], each[0]))[:top]


def differ(one: Share, other: Share) -> bool:
    """Whether two shares differ by more than chance would have it: two proportions, pooled, 95 %."""
    return abs(distance(one, other)) > Z


def distance(one: Share, other: Share) -> float:
    """By how many standard errors the first is above the other; 0 of nothing."""
    if not one.n or not other.n:
        return 0.0
    pooled = (one.k + other.k) / (one.n + other.n)
    spread = sqrt(pooled * (1 - pooled) * (1 / one.n + 1 / other.n))
    return (one.k / one.n - other.k / other.n) / spread if spread else 0.0
