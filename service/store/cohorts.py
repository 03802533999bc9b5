"""How the runs that were entered on one day stand, added up once and kept until one of them changes.

Days are counted from 1970 in UTC. Whoever changes a run bumps the version of its day in the same transaction, in a row
of his own, so that writers do not wait for each other; sums are good while they carry the version of the day.
"""

import os
from collections.abc import Collection, Iterable
from typing import cast

from service.store.dialect import Sql
from service.store.run_rows import CohortCell, CohortDay

SLOTS = 16
SLOT = os.getpid() % SLOTS


class Cohorts:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def touch(self, days: Collection[tuple[str, int]]) -> None:
        """Say that runs of a journey entered on a day have changed."""
        rows = [CohortDay(journey=journey, day=day, slot=SLOT, version=1) for journey, day in sorted(set(days))]
        self._sql.upsert(CohortDay, rows, {"version": "cohort_days.version + 1"})

    def versions(self, journey: str, first: int, last: int) -> dict[int, int]:
        """The version of each day from `first` to `last` that has any runs."""
        text = (
            "SELECT day, CAST(sum(version) AS BIGINT) FROM cohort_days "
            "WHERE journey = $1 AND day >= $2 AND day <= $3 GROUP BY day"
        )
        return dict(cast("list[tuple[int, int]]", self._sql.fetch(self._sql.spelled(text), journey, first, last)))

    def cells(self, journey: str, first: int, last: int) -> list[CohortCell]:
        """What was added up of these days, whether or not it still is so."""
        return self._sql.among(CohortCell, "journey", [journey], "AND day >= $2 AND day <= $3", first, last)

    def keep(self, cells: Iterable[CohortCell]) -> None:
        """Keep the sums of days, instead of what was kept of them."""
        listed = list(cells)
        for journey, day in sorted({(each.journey, each.day) for each in listed}):
            text = "DELETE FROM cohort_cells WHERE journey = $1 AND day = $2"
            self._sql.fetch(self._sql.spelled(text), journey, day)
        self._sql.upsert(CohortCell, listed)
