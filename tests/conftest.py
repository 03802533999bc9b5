"""What every test may ask for: databases, and the same chance everywhere."""

import os
from collections.abc import Generator, Iterator
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.any_order import shuffle_rows
from tests.databases import Cluster, PostgresMissingError, running_cluster

settings.register_profile("default", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("ci", settings.get_profile("default"), derandomize=True, print_blob=True)
settings.register_profile("deep", settings.get_profile("default"), max_examples=2_000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if os.environ.get("CI") else "default"))


# Core and usecases are reached to the last line by tests of their own. Through doors, pages and browsers they are
# reached again, and unmeasured: to be measured makes a test up to three times as slow.
OUTSIDE = {"api", "browser", "cli", "durability", "pages"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.parent.name in OUTSIDE:
            item.add_marker(pytest.mark.no_cover)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def postgres_cluster() -> Generator[Cluster]:
    """One real server per test process; it starts when the first test asks."""
    try:
        with running_cluster() as cluster:
            yield cluster
    except PostgresMissingError as missing:
        if os.environ.get("LANTERN_TEST_POSTGRES") == "required":
            pytest.fail(f"LANTERN_TEST_POSTGRES=required, but {missing}")
        pytest.skip(str(missing))


@pytest.fixture(scope="session", autouse=True)
def _rows_in_any_order() -> Generator[None]:
    with pytest.MonkeyPatch.context() as patch:
        shuffle_rows(patch)
        yield


@pytest.fixture(scope="session")
def _serial() -> Iterator[int]:
    return count(1)


@pytest.fixture
def postgres_url(postgres_cluster: Cluster, _serial: Iterator[int]) -> Generator[str]:
    """The URL of a fresh, empty PostgreSQL database."""
    name = f"test_{next(_serial)}"
    yield postgres_cluster.create(name)
    postgres_cluster.drop(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of an SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'lantern.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """Both databases in turn: what holds on one holds on the other."""
    url: str = request.getfixturevalue({"sqlite": "sqlite_url", "postgresql": "postgres_url"}[request.param])
    return url
