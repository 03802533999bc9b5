"""The definitions that are kept compiled: many threads ask at once, some of them look at an older snapshot."""

import sys
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from service.store import CalibrationRow, PlaybookRow, Unit
from service.usecases.definitions import Shelf

BODY = b'{"playbook": "p"}'


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a unit of work sees that looks at one moment of the definitions' history."""

    version: int

    @property
    def playbooks(self) -> "Snapshot":
        return self

    @property
    def calibrations(self) -> "Snapshot":
        return self

    def marker(self) -> tuple[int, int]:
        return self.version, 0

    def all(self) -> list[CalibrationRow]:
        return []

    def get(self, version: int) -> PlaybookRow:
        return PlaybookRow(
            version=version, body=BODY, media_type="application/json", published_at=0, published_by="lily", note=""
        )


@pytest.fixture
def _hasty_threads() -> Generator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


def version_seen(shelf: Shelf, version: int) -> int:
    unit: Unit = Snapshot(version)  # type: ignore[assignment]  # as much of a unit as a shelf needs
    return shelf.current(unit).plan.version


@pytest.mark.usefixtures("_hasty_threads")
def test_everybody_gets_the_definitions_of_his_own_snapshot() -> None:
    shelf = Shelf()
    asked = [1 + (place // 40) - (place % 3 == 0) for place in range(3000)]
    asked = [max(version, 1) for version in asked]
    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(lambda version: version_seen(shelf, version), asked)) == asked
    assert shelf.latest_known.plan.version == asked[-1] == max(asked), "what was seen last is never the older one"
