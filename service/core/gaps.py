"""Sources that have fallen silent against their own rhythm: what they do not say may have happened all the same."""

from collections.abc import Iterable, Mapping
from itertools import pairwise

from service.core.calendar import HOUR

BUSY, LONGER = 24, 2  # hours in which a source was heard before it has a rhythm; and how much longer than ever before


def silent_since(hours: Iterable[int], now: int) -> int | None:
    """Since when a source has been silent for twice as long as ever before; None if it is not, or has no rhythm.

    `hours`: those (counted from 1970) in which it was heard lately, in any order.
    """
    heard = sorted(set(hours))
    if len(heard) < BUSY:
        return None
    longest = max(after - before for before, after in pairwise(heard))
    end = (heard[-1] + 1) * HOUR
    return end if now - end > LONGER * longest * HOUR else None


def gap_of(sources: Iterable[str], silent: Mapping[str, int]) -> int | None:
    """Since when all the sources that complete a stage have been silent; None while one of them speaks."""
    found = [silent.get(source) for source in sources]
    known = [each for each in found if each is not None]
    return max(known) if known and len(known) == len(found) else None
