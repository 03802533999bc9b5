"""Everything that a running service has."""

import secrets
from collections.abc import Callable, Sequence
from typing import TypeVar

from service.settings import Settings
from service.store import Conflict, Store, Unavailable, Unit
from service.usecases.batch import Submission
from service.usecases.committer import Committer, stand_back
from service.usecases.crowd import Crowd
from service.usecases.definitions import Definitions, Shelf
from service.usecases.failures import Busy
from service.usecases.group import commit_group
from service.usecases.visits import Visits

T = TypeVar("T")
TRIES = 5


class App:
    """The store, the clock, the definitions in force, and the committer of events."""

    def __init__(self, store: Store, settings: Settings, clock: Callable[[], int]) -> None:
        self.store = store
        self.settings = settings
        self.clock = clock
        self.shelf = Shelf()
        self.visits = Visits()
        self.crowd = Crowd()
        self.writer = secrets.randbits(31)  # tells this process's counters from others'
        self.committer = Committer(self._commit, limit=settings.queue_limit)

    @staticmethod
    async def open(settings: Settings, clock: Callable[[], int]) -> "App":
        """Open a migrated database."""
        store = await Store.open(settings.database_url, may_lose=settings.may_lose_data)
        app = App(store, settings, clock)
        await app.read(lambda _unit, definitions: definitions)
        return app

    async def close(self) -> None:
        """Finish what was accepted, then let go of the database."""
        await self.committer.close()
        await self.visits.write(self.store)
        await self.store.close()

    async def read(self, work: Callable[[Unit, Definitions], T]) -> T:
        """Run the work on one consistent snapshot, with the definitions in force."""
        try:
            return await self.store.read(lambda unit: work(unit, self.shelf.current(unit)))
        except (Unavailable, Conflict):
            raise _busy() from None

    async def write(self, work: Callable[[Unit, Definitions], T]) -> T:
        """Run the work as one transaction; if somebody was faster, run it again."""
        for attempt in range(TRIES):
            try:
                return await self.store.write(lambda unit: work(unit, self.shelf.current(unit)))
            except Conflict:
                await stand_back(attempt)
            except Unavailable:
                break
        raise _busy()

    async def _commit(self, submissions: Sequence[Submission]) -> None:
        now = self.clock()
        await self.store.write(lambda unit: commit_group(unit, self.shelf.current(unit), submissions, now, self.writer))


def _busy() -> Busy:
    return Busy("busy", "系统繁忙，请稍后重试", "busy; try again in a moment")
