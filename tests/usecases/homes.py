"""Fresh, migrated, empty databases: made once, copied for each test."""

import shutil
from collections.abc import AsyncGenerator, Iterator
from itertools import count
from pathlib import Path

import asyncpg
import pytest

from service.store import migrate
from service.store.tables import metadata
from service.usecases.app import App
from tests.databases import Cluster
from tests.usecases.given import Clock, opened


@pytest.fixture(scope="session")
def _serials() -> Iterator[int]:
    return count(1)


@pytest.fixture(scope="session")
def _sqlite_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("model") / "lantern.db"
    migrate(f"sqlite:///{file}")
    return file


@pytest.fixture(scope="session")
def _postgres_model(postgres_cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> str:
    """Making a PostgreSQL database takes longer than most tests; emptying one does not."""
    url = postgres_cluster.create(tmp_path_factory.mktemp("home").name)
    migrate(url)
    return url


@pytest.fixture
def sqlite_home(_sqlite_model: Path, tmp_path: Path, _serials: Iterator[int]) -> str:
    return f"sqlite:///{shutil.copy(_sqlite_model, tmp_path / f'home{next(_serials)}.db')}"


@pytest.fixture
async def postgres_home(_postgres_model: str) -> str:
    connection = await asyncpg.connect(_postgres_model)
    await connection.execute(";".join(f"DELETE FROM {table.name}" for table in metadata.sorted_tables))
    await connection.close()
    return _postgres_model


@pytest.fixture(params=["sqlite", "postgresql"])
def home(request: pytest.FixtureRequest) -> str:
    """Both databases in turn, with the newest schema and no rows."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_home", "postgresql": "postgres_home"}[request.param])
    return url


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def app(home: str, clock: Clock) -> AsyncGenerator[App]:
    """The service without its doors, on each database in turn."""
    async with opened(home, clock) as found:
        yield found
