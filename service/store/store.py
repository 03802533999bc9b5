"""The store: units of work on the database that the URL names."""

from collections.abc import Callable
from typing import TypeVar

from service.store.errors import StoreError
from service.store.limits import Limits
from service.store.postgres import Postgres
from service.store.schema import chain, revisions
from service.store.sqlite import Sqlite
from service.store.unit import Unit

T = TypeVar("T")


class Store:
    def __init__(self, database: Sqlite | Postgres) -> None:
        self._database = database
        self._older = set(revisions(chain())[1:])
        self.dialect = database.dialect

    @staticmethod
    async def open(url: str, *, may_lose: bool = False, limits: Limits | None = None) -> "Store":
        """Open the database, unless it could lose what was acknowledged; `may_lose` opens it nevertheless."""
        limits = limits or Limits()
        database = Sqlite(url, limits.readers) if url.startswith("sqlite") else Postgres(url, limits)
        store = Store(database)
        try:
            await database.check(may_lose=may_lose)
        except BaseException:
            await store.close()
            raise
        return store

    async def write(self, work: Callable[[Unit], T]) -> T:
        """Run the work as one transaction and answer after its commit.

        Conflict asks to run it again, Unavailable to come back later; whatever the work raises itself rolls back.
        """
        return await self._database.write(work)

    async def read(self, work: Callable[[Unit], T]) -> T:
        """Run the work on one consistent snapshot."""
        return await self._database.read(work)

    async def ready(self) -> bool:
        """Whether the database answers, with this code's schema or, while a deployment goes on, a newer one."""
        try:
            return await self.read(Unit.revision) not in self._older
        except StoreError:
            return False

    async def close(self) -> None:
        await self._database.close()
