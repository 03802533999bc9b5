"""Definitions as they were published, the one draft, and the calibrations in force."""

from dataclasses import asdict
from typing import cast

from sqlalchemy import delete, select, update

from service.store import tables
from service.store.dialect import Sql
from service.store.errors import Conflict
from service.store.rows import CalibrationRow, DraftRow, PlaybookRow
from service.store.tables import DraftCell

_MARKER = (
    "SELECT COALESCE((SELECT MAX(version) FROM playbooks), 0), COALESCE((SELECT MAX(number) FROM calibrations), 0)"
)


class Playbooks:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._newest_first = select(tables.playbooks).order_by(tables.playbooks.c.version.desc())

    def newest(self) -> PlaybookRow | None:
        return self._sql.first(PlaybookRow, self._newest_first.limit(1))

    def get(self, version: int) -> PlaybookRow | None:
        return self._sql.first(PlaybookRow, select(tables.playbooks).where(tables.playbooks.c.version == version))

    def marker(self) -> tuple[int, int]:
        """The newest version and the newest calibration's number, 0 where there is none: cheap to ask each time."""
        newest, learned = self._sql.fetch(_MARKER)[0]
        return cast("int", newest), cast("int", learned)

    def versions(self, limit: int) -> list[PlaybookRow]:
        """The newest first."""
        return self._sql.select(PlaybookRow, self._newest_first.limit(limit))

    def publish(self, row: PlaybookRow) -> None:
        if not self._sql.insert_new(PlaybookRow, [row]):
            raise Conflict

    def draft(self) -> DraftRow | None:
        columns = [column for column in tables.drafts.c if column.name != "draft"]
        return self._sql.first(DraftRow, select(*columns))

    def put_draft(self, row: DraftRow, expected_etag: str | None) -> bool:
        """Keep the draft; False if the one that is there is not the expected one (None: whatever is there)."""
        if expected_etag is None:
            self._sql.upsert(DraftCell, [DraftCell(**asdict(row), draft=1)])
            return True
        table = tables.drafts
        return self._sql.run(update(table).where(table.c.etag == expected_etag).values(asdict(row))) == 1

    def remove_draft(self, expected_etag: str | None = None) -> bool:
        """Throw the draft away; False if the one that is there is not the expected one (None: whatever is there)."""
        table = tables.drafts
        expected = [] if expected_etag is None else [table.c.etag == expected_etag]
        return self._sql.run(delete(table).where(*expected)) == 1


class Calibrations:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def all(self) -> list[CalibrationRow]:
        return self._sql.select(CalibrationRow, select(tables.calibrations).order_by(tables.calibrations.c.number))

    def add(self, row: CalibrationRow) -> None:
        """Keep it; it is never changed, so a number that is taken is a conflict."""
        if not self._sql.insert_new(CalibrationRow, [row]):
            raise Conflict
