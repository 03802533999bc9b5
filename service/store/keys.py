"""Keys that open the API: only their digests are kept."""

from sqlalchemy import func, select, update

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import KeyRow


class Keys:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._table = tables.keys

    def by_digest(self, digest: bytes) -> KeyRow | None:
        return self._sql.first(KeyRow, select(self._table).where(self._table.c.digest == digest))

    def get(self, key_id: str) -> KeyRow | None:
        return self._sql.first(KeyRow, select(self._table).where(self._table.c.key_id == key_id))

    def all(self) -> list[KeyRow]:
        return self._sql.select(KeyRow, select(self._table).order_by(self._table.c.created_at, self._table.c.key_id))

    def add(self, row: KeyRow) -> None:
        self._sql.insert(KeyRow, [row])

    def revoke(self, key_id: str, at: int) -> bool:
        """Close the key from `at` on; False if there is none, or it was closed before."""
        columns = self._table.c
        open_key = update(self._table).where(columns.key_id == key_id, columns.revoked_at.is_(None))
        return self._sql.run(open_key.values(revoked_at=at)) == 1

    def any(self) -> bool:
        return bool(self._sql.scalars(select(func.count()).select_from(self._table))[0])
