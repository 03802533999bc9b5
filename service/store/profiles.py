"""What is known of each profile: its facts under a version, and checkpoints of long pasts."""

from collections.abc import Collection, Iterable, Sequence
from operator import attrgetter
from typing import cast

from sqlalchemy import delete, func, select

from service.store import tables
from service.store.dialect import Sql
from service.store.errors import Conflict
from service.store.rows import CheckpointRow, ProfileRow

_COLUMNS = ("profile", "version", "facts", "standing", "plan", "newest", "derived_at", "due_at", "test")
_PERSON = "NOT test AND EXISTS (SELECT 1 FROM identities WHERE identities.profile = profiles.profile)"
_VALUES = attrgetter(*_COLUMNS)


class Profiles:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._table = tables.profiles

    def lock(self, profiles: Collection[int]) -> dict[int, ProfileRow]:
        """Load, and keep other writers away until this transaction ends; sorted, so that nobody deadlocks."""
        return self._load(profiles, "ORDER BY profile FOR UPDATE")

    def load(self, profiles: Collection[int]) -> dict[int, ProfileRow]:
        return self._load(profiles, "")

    def save(self, rows: Sequence[ProfileRow]) -> None:
        """Keep new versions: version 1 must be the first, any other must follow the one that is there."""
        rows = sorted(rows, key=attrgetter("profile"))
        first = self._sql.insert_new(ProfileRow, [row for row in rows if row.version == 1])
        next_ones = [_VALUES(row) for row in rows if row.version > 1]
        followed = self._sql.update(ProfileRow, _COLUMNS, next_ones, "AND profiles.version = r.version - 1")
        if len(first) + followed != len(rows):
            raise Conflict

    def delete(self, profiles: Collection[int]) -> None:
        self._sql.drop(ProfileRow, "profile", profiles)

    def due(self, at: int, limit: int) -> list[int]:
        due_at, profile = self._table.c.due_at, self._table.c.profile
        return self._sql.scalars(select(profile).where(due_at <= at).order_by(due_at, profile).limit(limit))

    def scan(self, after: int, limit: int) -> list[ProfileRow]:
        profile = self._table.c.profile
        return self._sql.select(ProfileRow, select(self._table).where(profile > after).order_by(profile).limit(limit))

    def plans(self, after: int, limit: int) -> list[tuple[int, bytes]]:
        """The next profiles, each with the plan that it was derived under."""
        text = self._sql.spelled("SELECT profile, plan FROM profiles WHERE profile > $1 ORDER BY profile LIMIT $2")
        return cast("list[tuple[int, bytes]]", self._sql.fetch(text, after, limit))

    def sample(self, every: int, limit: int) -> list[int]:
        """Every so many-th person in the order of their ids, so that everybody is as likely as the next."""
        numbered = f"SELECT profile, ROW_NUMBER() OVER (ORDER BY profile) AS n FROM profiles WHERE {_PERSON}"  # noqa: S608 - our own words
        text = f"SELECT profile FROM ({numbered}) AS numbered WHERE n % $1 = 0 ORDER BY profile LIMIT $2"  # noqa: S608 - the same
        found = self._sql.fetch(self._sql.spelled(text), every, limit)
        return [profile for (profile,) in cast("list[tuple[int]]", found)]

    def people(self) -> int:
        """How many profiles are people: not for testing, and not gone into another."""
        text = f"SELECT COUNT(*) FROM profiles WHERE {_PERSON}"  # noqa: S608 - our own words
        return cast("int", self._sql.fetch(text)[0][0])

    def count(self) -> int:
        return self._sql.scalars(select(func.count()).select_from(self._table))[0]

    def _load(self, profiles: Collection[int], then: str) -> dict[int, ProfileRow]:
        return {row.profile: row for row in self._sql.among(ProfileRow, "profile", profiles, then)}


class Checkpoints:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of_profile(self, profile: int) -> list[CheckpointRow]:
        return self._sql.among(CheckpointRow, "profile", [profile], "ORDER BY count")

    def add(self, rows: Iterable[CheckpointRow]) -> None:
        self._sql.upsert(CheckpointRow, rows)

    def drop_all(self, profiles: Collection[int]) -> None:
        self._sql.drop(CheckpointRow, "profile", profiles)

    def drop(self, profile: int, from_count: int = 0) -> None:
        table = tables.checkpoints
        self._sql.run(delete(table).where(table.c.profile == profile, table.c.count >= from_count))
