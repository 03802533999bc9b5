"""The log: what happened, kept as it came, under the root that it came under."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import TypeAlias, cast

from sqlalchemy import func, select

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

    def fingerprints(self, keys: Iterable[EventKey]) -> dict[EventKey, bytes]:
        return {_KEY(row): row.fingerprint for row in self._sql.find(EventRow, keys)}

    def of_roots(self, roots: Collection[int], *, upto: int | None = None, after: int | None = None) -> list[EventRow]:
        """The events with `after` ≤ t ≤ `upto`, in no order."""
        bounds = [(sign, bound) for sign, bound in ((">=", after), ("<=", upto)) if bound is not None]
        then = " ".join(f"AND t {sign} ${place}" for place, (sign, _) in enumerate(bounds, 2))
        return self._sql.among(EventRow, "root", roots, then, *(bound for _, bound in bounds))

    def count(self) -> int:
        return self._sql.scalars(select(func.count()).select_from(tables.events))[0]
