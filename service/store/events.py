"""The log: what happened, kept as it came, under the root that it came under."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import TypeAlias, cast

from sqlalchemy import delete, func, select

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import EventRow

EventKey: TypeAlias = tuple[int, str, str]
_KEY = attrgetter("root", "source", "event_id")


class Events:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def insert(self, rows: Sequence[EventRow]) -> set[EventKey]:
        """Keep what is new, and answer its keys; of several rows with one key the first is kept."""
        return cast("set[EventKey]", self._sql.insert_new(EventRow, sorted(rows, key=_KEY)))

    def find(self, keys: Iterable[EventKey]) -> list[EventRow]:
        """Those of the (root, source, event_id) that exist."""
        return self._sql.find(EventRow, keys)

    def fingerprints(self, keys: Iterable[EventKey]) -> dict[EventKey, bytes]:
        return {_KEY(row): row.fingerprint for row in self._sql.find(EventRow, keys)}

    def of_roots(
        self, roots: Collection[int], *, upto: int | None = None, after: int | None = None, limit: int | None = None
    ) -> list[EventRow]:
        """The events with `after` ≤ t ≤ `upto`, in no order; with a `limit` any so many of them."""
        known = (("AND t >=", after), ("AND t <=", upto), ("LIMIT", limit))
        bounds = [(words, bound) for words, bound in known if bound is not None]
        then = " ".join(f"{words} ${place}" for place, (words, _) in enumerate(bounds, 2))
        return self._sql.among(EventRow, "root", list(roots), then, *(bound for _, bound in bounds))

    def delete(self, roots: Collection[int], *, but: str) -> None:
        """Delete the events of these roots, but for those of one type."""
        table = tables.events
        self._sql.run(delete(table).where(table.c.root.in_(list(roots)), table.c.type != but))

    def count(self) -> int:
        return self._sql.scalars(select(func.count()).select_from(tables.events))[0]
