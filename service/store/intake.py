"""What came in: items that could not be taken, counts of all, and event types that nobody declared."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import cast

from sqlalchemy import BigInteger, delete, func, insert, select, update
from sqlalchemy import cast as sql_cast

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import CountRow, QuarantineNew, QuarantineRow, UndeclaredRow
from service.store.tables import CountCell, UndeclaredCell


class Quarantine:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._table = tables.quarantine

    def add(self, rows: Sequence[QuarantineNew]) -> list[int]:
        """Keep bad items with their reason, and answer their ids in the same order."""
        if not rows:
            return []
        statement = insert(self._table).returning(self._table.c.id, sort_by_parameter_order=True)
        return self._sql.scalars(statement, [asdict(row) | {"status": "open"} for row in rows])

    def page(self, after: int, limit: int, status: str | None, source: str | None) -> list[QuarantineRow]:
        columns = self._table.c
        statement = select(self._table).where(columns.id > after).order_by(columns.id).limit(limit)
        if status is not None:
            statement = statement.where(columns.status == status)
        if source is not None:
            statement = statement.where(columns.source == source)
        return self._sql.select(QuarantineRow, statement)

    def get(self, id: int) -> QuarantineRow | None:  # noqa: A002 - the column's name
        return self._sql.first(QuarantineRow, select(self._table).where(self._table.c.id == id))

    def update(self, row: QuarantineRow) -> None:
        self._sql.run(update(self._table).where(self._table.c.id == row.id).values(asdict(row)))


class Counts:
    """Every writer counts in rows of its own, so that writers never wait for each other."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._columns = tables.counts.c

    def bump(self, writer: int, hour: int, counts: Mapping[tuple[str, str], tuple[int, int]]) -> None:
        """Add (n, last_at) for each (source, outcome)."""
        cells = [
            CountCell(hour=hour, source=source, outcome=outcome, writer=writer, n=n, last_at=last_at)
            for (source, outcome), (n, last_at) in sorted(counts.items())
        ]
        self._sql.upsert(CountCell, cells, {"n": "counts.n + excluded.n", "last_at": _later("counts.last_at")})

    def since(self, hour: int) -> list[CountRow]:
        """The sums over all writers from this hour on."""
        columns = self._columns
        kept = (columns.source, columns.outcome)
        n = sql_cast(func.sum(columns.n), BigInteger)  # PostgreSQL adds bigints up to a decimal
        statement = select(*kept, n, func.max(columns.last_at)).where(columns.hour >= hour)
        return self._sql.select(CountRow, statement.group_by(*kept).order_by(*kept))

    def hours(self, since: int) -> dict[str, list[int]]:
        """The hours from this one on in which each source said something that was taken in."""
        text = "SELECT DISTINCT source, hour FROM counts WHERE hour >= $1 AND outcome = 'accepted'"
        found: dict[str, list[int]] = {}
        for source, hour in cast("list[tuple[str, int]]", self._sql.fetch(self._sql.spelled(text), since)):
            found.setdefault(source, []).append(hour)
        return found

    def last(self) -> dict[str, int]:
        """When each source was last heard of."""
        found = self._sql.fetch("SELECT source, max(last_at) FROM counts GROUP BY source")
        return dict(cast("list[tuple[str, int]]", found))


class Undeclared:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def see(self, writer: int, rows: Iterable[UndeclaredRow]) -> None:
        """Count event types that the playbook does not know; the first samples stay."""
        cells = [UndeclaredCell(**asdict(row), writer=writer) for row in rows]
        self._sql.upsert(
            UndeclaredCell,
            sorted(cells, key=lambda cell: (cell.type, cell.source)),
            {
                "n": "undeclared.n + excluded.n",
                "first_at": _earlier("undeclared.first_at"),
                "last_at": _later("undeclared.last_at"),
                "samples": "undeclared.samples",
            },
        )

    def all(self) -> list[UndeclaredRow]:
        """One row for each type and source; its samples are those of the writer who saw it first."""
        table = tables.undeclared
        found: dict[tuple[str, str], UndeclaredRow] = {}
        for cell in self._sql.select(UndeclaredCell, select(table).order_by(table.c.first_at, table.c.writer)):
            known = found.get((cell.type, cell.source))
            found[cell.type, cell.source] = UndeclaredRow(
                type=cell.type,
                source=cell.source,
                n=cell.n + (known.n if known else 0),
                first_at=known.first_at if known else cell.first_at,
                last_at=max(cell.last_at, known.last_at) if known else cell.last_at,
                samples=known.samples if known else cell.samples,
            )
        return [found[key] for key in sorted(found)]

    def forget(self, type: str) -> None:  # noqa: A002 - the column's name
        self._sql.run(delete(tables.undeclared).where(tables.undeclared.c.type == type))


def _later(column: str) -> str:
    return _chosen(column, ">")


def _earlier(column: str) -> str:
    return _chosen(column, "<")


def _chosen(column: str, sign: str) -> str:
    given = "excluded." + column.partition(".")[2]
    return f"CASE WHEN {given} {sign} {column} THEN {given} ELSE {column} END"
