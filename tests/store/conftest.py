"""An open, empty store on each database."""

from collections.abc import AsyncGenerator

import pytest

from service.store import Limits, Store, Unit, migrate
from service.store.tables import metadata
from tests.databases import Cluster
from tests.store.given import Opening


@pytest.fixture(scope="session")
def _shared_postgres_url(postgres_cluster: Cluster) -> str:
    """Making a PostgreSQL database takes longer than most tests; emptying one does not."""
    url = postgres_cluster.create("store")
    migrate(url)
    return url


@pytest.fixture(params=["sqlite", "postgresql"])
async def store_url(request: pytest.FixtureRequest) -> str:
    """Both databases in turn, with the newest schema and no rows."""
    if request.param == "sqlite":
        url: str = request.getfixturevalue("sqlite_url")
        migrate(url)
        return url
    url = request.getfixturevalue("_shared_postgres_url")
    store = await Store.open(url, limits=Limits(connections=1))
    await store.write(_empty)
    await store.close()
    return url


@pytest.fixture
async def opening() -> AsyncGenerator[Opening]:
    """Open a store like Store.open, and close it at the end of the test."""
    opened: list[Store] = []

    async def open_one(url: str, *, may_lose: bool = False, limits: Limits | None = None) -> Store:
        opened.append(await Store.open(url, may_lose=may_lose, limits=limits))
        return opened[-1]

    yield open_one
    for one in opened:
        await one.close()


@pytest.fixture
async def store(store_url: str, opening: Opening) -> Store:
    return await opening(store_url)


def _empty(unit: Unit) -> None:
    for table in metadata.sorted_tables:
        unit._sql.fetch(f"DELETE FROM {table.name}")
