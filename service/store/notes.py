"""What staff say of breakpoints."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from service.store.dialect import Sql
from service.store.run_rows import NoteRow


class Notes:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, rows: Iterable[NoteRow]) -> None:
        self._sql.upsert(NoteRow, rows)

    def of_profiles(self, profiles: Collection[int]) -> list[NoteRow]:
        """Every note on breakpoints of these profiles, the oldest first."""
        return self._sql.among(NoteRow, "profile", profiles, "ORDER BY at, by")

    def move(self, profiles: Mapping[int, int]) -> None:
        """Notes of profiles that went into others go with them."""
        rows = self.of_profiles(profiles.keys())
        self.add([replace(row, profile=profiles[row.profile]) for row in rows])
        self._sql.drop(NoteRow, "profile", profiles.keys())
