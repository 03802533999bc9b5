"""Visits of links: gathered in memory and written together, so that a link that goes round costs few writes.

A process that is killed loses the visits of its last seconds: they are an indication, nothing is decided by them.
"""

from collections import Counter

from service.core.calendar import DAY, SECOND
from service.store import Store, StoreError

EVERY = 5 * SECOND
ROOM = 10_000  # links with visits that wait


def day_of(instant: int) -> int:
    """The day of an instant, since 1970, in UTC."""
    return instant // DAY


class Visits:
    """What has been seen since the last writing."""

    def __init__(self) -> None:
        self._waiting: Counter[tuple[str, int]] = Counter()
        self._written_at = 0

    async def note(self, store: Store, share: str, day: int, now: int) -> None:
        """Count one visit; now and then write them all."""
        self._waiting[share, day] += 1
        if now >= self._written_at + EVERY or len(self._waiting) >= ROOM:
            self._written_at = now
            await self.write(store)

    async def write(self, store: Store) -> None:
        """Write what has waited; if the store cannot take it, it waits on."""
        taken, self._waiting = self._waiting, Counter()
        if not taken:
            return
        try:
            await store.write(lambda unit: unit.reach.visit(taken))
        except StoreError:
            self._waiting += taken
