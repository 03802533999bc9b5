"""Long work over all profiles: how far it has come."""

from collections.abc import Collection
from dataclasses import asdict

from sqlalchemy import select, update

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import JobRow


class Jobs:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._table = tables.jobs

    def add(self, row: JobRow) -> bool:
        """Keep new work; False if it is known."""
        return bool(self._sql.insert_new(JobRow, [row]))

    def put(self, row: JobRow) -> None:
        """Keep work as it is now, new or not."""
        self._sql.upsert(JobRow, [row])

    def advance(self, row: JobRow, cursor: int, done: int) -> bool:
        """Keep how far work has come; False if somebody else went on with it from where it was, or stopped it."""
        columns = self._table.c
        unmoved = (columns.job == row.job, columns.cursor == cursor, columns.done == done, columns.status == "running")
        return self._sql.run(update(self._table).where(*unmoved).values(asdict(row))) == 1

    def get(self, job: str) -> JobRow | None:
        return self._sql.first(JobRow, select(self._table).where(self._table.c.job == job))

    def lock(self, job: str) -> JobRow | None:
        """The work, kept from others until this transaction ends."""
        found = self._sql.among(JobRow, "job", [job], "FOR UPDATE")
        return found[0] if found else None

    def all(self, limit: int) -> list[JobRow]:
        """The newest first."""
        columns = self._table.c
        newest = select(self._table).order_by(columns.created_at.desc(), columns.job).limit(limit)
        return self._sql.select(JobRow, newest)

    def of(self, kind: str, statuses: Collection[str]) -> list[JobRow]:
        """Work of one kind in one of these states, the oldest first."""
        columns = self._table.c
        found = select(self._table).where(columns.kind == kind, columns.status.in_(sorted(statuses)))
        return self._sql.select(JobRow, found.order_by(columns.created_at, columns.job))
