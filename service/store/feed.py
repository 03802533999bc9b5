"""The change feed: dense positions in a few partitions, given last, so that nobody can read past an open writer."""

from collections.abc import Sequence
from typing import TypeAlias, cast

from sqlalchemy import select

from service.store import tables
from service.store.dialect import Sql, made
from service.store.rows import ChangeRow
from service.store.statements import names, quoted
from service.store.tables import HeadRow, PlacedChange

PARTITIONS = 8
Placed: TypeAlias = tuple[int, int, ChangeRow]

_COLUMNS = quoted(("partition", "position", *names(ChangeRow)))
_PARTS = " UNION ALL ".join(
    f"SELECT * FROM (SELECT {_COLUMNS}, position - ${partition + 1} AS distance FROM changes"  # noqa: S608 - our own names
    f" WHERE partition = {partition} AND position > ${partition + 1} ORDER BY position LIMIT $9) AS p{partition}"
    for partition in range(PARTITIONS)
)
# Distance from the reader's own place, not position: no partition waits for another to be read to its end.
_AFTER = f"{_PARTS} ORDER BY distance, partition LIMIT $9"


class Feed:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def append(self, rows: Sequence[ChangeRow]) -> None:
        """Say what changed. This must be the last write of the transaction: it keeps other writers waiting."""
        parts: dict[int, list[ChangeRow]] = {}
        for row in rows:
            parts.setdefault(row.profile % PARTITIONS, []).append(row)
        # Sorted, so that two writers meet in the same order.
        steps = [HeadRow(partition=partition, position=len(parts[partition])) for partition in sorted(parts)]
        placed: list[PlacedChange] = []
        for head in self._sql.bump(HeadRow, steps, {"position": "heads.position + excluded.position"}):
            part = parts[head.partition]
            first = head.position - len(part) + 1
            placed += [_placed(row, head.partition, position) for position, row in enumerate(part, first)]
        self._sql.insert(PlacedChange, placed)

    def after(self, vector: Sequence[int], limit: int) -> list[Placed]:
        """What was said after these positions, one for each partition; a page takes from all partitions alike."""
        found = self._sql.fetch(self._sql.spelled(_AFTER), *vector, limit)
        rows = made(ChangeRow, [values[2:-1] for values in found])
        return [(cast("int", values[0]), cast("int", values[1]), row) for values, row in zip(found, rows, strict=True)]

    def head(self) -> list[int]:
        """The position that each partition has reached."""
        reached = {row.partition: row.position for row in self._sql.select(HeadRow, select(tables.heads))}
        return [reached.get(partition, 0) for partition in range(PARTITIONS)]


def _placed(row: ChangeRow, partition: int, position: int) -> PlacedChange:
    return PlacedChange(
        profile=row.profile,
        version=row.version,
        at=row.at,
        kind=row.kind,
        key=row.key,
        body=row.body,
        partition=partition,
        position=position,
    )
