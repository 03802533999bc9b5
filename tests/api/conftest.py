"""Services to knock at."""

from collections.abc import Generator

import pytest

from tests.api.serving import Door, opened, with_keys
from tests.browser.conftest import chromium as chromium


@pytest.fixture(scope="module")
def door(tmp_path_factory: pytest.TempPathFactory) -> Generator[Door]:
    """One service on SQLite for all tests of a module, with a key for every kind of caller."""
    with opened(f"sqlite:///{tmp_path_factory.mktemp('door') / 'lantern.db'}", bench=True) as plain:
        yield with_keys(plain)


@pytest.fixture
def either_door(database_url: str) -> Generator[Door]:
    """A fresh service, on each database in turn."""
    with opened(database_url) as plain:
        yield with_keys(plain)
