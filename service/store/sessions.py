"""Who is logged in to the console."""

from sqlalchemy import delete, or_, select, update

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import SessionRow


class Sessions:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._table = tables.sessions

    def get(self, digest: bytes) -> SessionRow | None:
        return self._sql.first(SessionRow, select(self._table).where(self._table.c.digest == digest))

    def add(self, row: SessionRow) -> None:
        self._sql.insert(SessionRow, [row])

    def see(self, digest: bytes, at: int) -> None:
        """Somebody was here; nothing if he has logged out in the meantime."""
        columns = self._table.c
        self._sql.run(update(self._table).where(columns.digest == digest, columns.seen_at < at).values(seen_at=at))

    def drop(self, digest: bytes) -> None:
        self._sql.run(delete(self._table).where(self._table.c.digest == digest))

    def drop_older(self, created: int, seen: int) -> None:
        """Forget those that began, or were seen, before these instants."""
        columns = self._table.c
        self._sql.run(delete(self._table).where(or_(columns.created_at < created, columns.seen_at < seen)))
