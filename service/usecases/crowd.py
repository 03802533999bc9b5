"""A sample of people that is drawn once and looked at again and again, for drawing it reads an index of everybody."""

import asyncio
from dataclasses import dataclass
from math import ceil

from service.core.calendar import MINUTE
from service.store import Unit

SAMPLED, FEW = 2_000, 500  # of many so many are looked at; up to a few all of them, however long it takes
LASTS = 10 * MINUTE
MIXED = 0x9E3779B97F4A7C15  # 2⁶⁴ by the golden ratio: neighbours come far apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """How many people there are, and some of them so mixed that the first of these are a fair sample, too."""

    people: int
    sampled: tuple[int, ...]
    at: int


class Crowd:
    """The sample that one process looks at. `turn`: whoever looks, so that no more than one does at a time."""

    def __init__(self) -> None:
        self.turn = asyncio.Lock()
        self._kept: Drawn | None = None

    def drawn(self, unit: Unit, now: int) -> Drawn:
        """The sample; of few people it is all of them, as of now."""
        kept = self._kept
        if kept is not None and now - kept.at < LASTS:
            return kept
        people = unit.profiles.people()
        ids = unit.profiles.sample(max(ceil(people / SAMPLED), 1), SAMPLED)
        found = Drawn(people=people, sampled=tuple(sorted(ids, key=_mixed)), at=now)
        self._kept = found if people > FEW else None
        return found


def _mixed(profile: int) -> int:
    """Ids follow the clock; in this order whoever came first stands beside whoever came last."""
    return profile * MIXED % 2**64
