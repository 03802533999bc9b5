"""Fresh, migrated, empty databases: made once, copied for each test."""

import shutil
from collections.abc import AsyncGenerator, Generator, Iterator
from itertools import count
from pathlib import Path

import pytest

from service.store import migrate
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
def _postgres_model(postgres_cluster: Cluster) -> str:
    migrate(postgres_cluster.create("model"))
    return "model"


@pytest.fixture
def sqlite_home(_sqlite_model: Path, tmp_path: Path, _serials: Iterator[int]) -> str:
    return f"sqlite:///{shutil.copy(_sqlite_model, tmp_path / f'home{next(_serials)}.db')}"


@pytest.fixture
def postgres_home(postgres_cluster: Cluster, _postgres_model: str, _serials: Iterator[int]) -> Generator[str]:
    name = f"home_{next(_serials)}"
    postgres_cluster.run(f'CREATE DATABASE "{name}" TEMPLATE "{_postgres_model}"')
    yield postgres_cluster.url(name)
    postgres_cluster.drop(name)


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
