"""Rows that can be derived again at any time, kept so that they can be searched."""

from collections.abc import Collection, Iterable
from typing import Generic, TypeAlias, TypeVar, cast

from service.store.dialect import Sql
from service.store.rows import PersonaRow, TagRow
from service.store.run_rows import BreakpointRow, EnrollmentRow, StepRow

TagKey: TypeAlias = tuple[int, str]
PersonaKey: TypeAlias = tuple[int, str]
EnrollmentKey: TypeAlias = tuple[int, str, str]
BreakpointKey: TypeAlias = tuple[int, str, str, str, str, int]
StepKey: TypeAlias = tuple[int, str, str, int, str, str, str, str]
R = TypeVar("R", TagRow, PersonaRow, EnrollmentRow, BreakpointRow, StepRow)


class _Derived(Generic[R]):
    row: type[R]

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def put(self, rows: Iterable[R]) -> None:
        """Keep the rows as they are now, new or not."""
        self._sql.upsert(self.row, rows)

    def remove_profiles(self, profiles: Collection[int]) -> None:
        self._sql.drop(self.row, "profile", profiles)

    def of_profiles(self, profiles: Collection[int]) -> list[R]:
        """The rows of several profiles, in no order."""
        return self._sql.among(self.row, "profile", profiles)


class Tags(_Derived[TagRow]):
    row = TagRow

    def remove(self, keys: Iterable[TagKey]) -> None:
        self._sql.remove(TagRow, keys)

    def of_profile(self, profile: int) -> list[TagRow]:
        return self._sql.among(TagRow, "profile", [profile], "ORDER BY tag")


class Personas(_Derived[PersonaRow]):
    row = PersonaRow

    def remove(self, keys: Iterable[PersonaKey]) -> None:
        self._sql.remove(PersonaRow, keys)

    def of_profile(self, profile: int) -> list[PersonaRow]:
        return self._sql.among(PersonaRow, "profile", [profile], "ORDER BY scheme")


class Enrollments(_Derived[EnrollmentRow]):
    row = EnrollmentRow

    def find(self, keys: Iterable[EnrollmentKey]) -> list[EnrollmentRow]:
        """Those of the (profile, journey, key) that exist."""
        return self._sql.find(EnrollmentRow, keys)

    def of_profile(self, profile: int, limit: int) -> list[EnrollmentRow]:
        """The newest first."""
        order = "ORDER BY entered_at DESC, journey, key LIMIT $2"
        return self._sql.among(EnrollmentRow, "profile", [profile], order, limit)

    def over(self, profile: int, limit: int) -> list[EnrollmentRow]:
        """The runs that are over, the newest first."""
        order = "AND closed ORDER BY entered_at DESC, journey, key LIMIT $2"
        return self._sql.among(EnrollmentRow, "profile", [profile], order, limit)

    def keyed_over(self, profiles: Collection[int]) -> list[EnrollmentRow]:
        """The keyed runs of all these profiles that are over."""
        return self._sql.among(EnrollmentRow, "profile", profiles, "AND closed AND key <> ''")

    def remove(self, keys: Iterable[EnrollmentKey]) -> None:
        self._sql.remove(EnrollmentRow, keys)

    def given_up(self) -> list[tuple[str, str, int]]:
        """Of the runs that silence has dropped: journey, the stage that was current, and for how long."""
        text = (
            "SELECT e.journey, e.stage, b.since - e.stage_since FROM enrollments e JOIN breakpoints b "
            "ON b.profile = e.profile AND b.journey = e.journey AND b.key = e.key AND b.kind = 'dropped' "
            "WHERE e.status = 'dropped' AND b.resolved_at IS NULL AND b.withdrawn_at IS NULL "
            "AND NOT EXISTS (SELECT 1 FROM steps s WHERE s.profile = e.profile AND s.journey = e.journey "
            "AND s.key = e.key AND s.kind = 'left') AND e.profile NOT IN (SELECT profile FROM profiles WHERE test)"
        )
        return cast("list[tuple[str, str, int]]", self._sql.fetch(text))


class Breakpoints(_Derived[BreakpointRow]):
    row = BreakpointRow

    def remove(self, keys: Iterable[BreakpointKey]) -> None:
        self._sql.remove(BreakpointRow, keys)

    def of_profile(self, profile: int) -> list[BreakpointRow]:
        return self._sql.among(BreakpointRow, "profile", [profile], "ORDER BY since, journey, key, stage, kind, number")


class Steps(_Derived[StepRow]):
    row = StepRow

    def remove(self, keys: Iterable[StepKey]) -> None:
        self._sql.remove(StepRow, keys)

    def since(self, profile: int, t: int) -> list[StepRow]:
        """Those of a profile from an instant on."""
        return self._sql.among(StepRow, "profile", [profile], "AND t >= $2", t)

    def waits(self) -> list[tuple[str, str, str, int, int]]:
        """How many waits ended in each bucket, by journey, stage and the kind of step; not of test profiles."""
        text = (
            "SELECT journey, waited, kind, bucket, count(*) FROM steps WHERE waited IS NOT NULL "
            "AND profile NOT IN (SELECT profile FROM profiles WHERE test) GROUP BY journey, waited, kind, bucket"
        )
        return cast("list[tuple[str, str, str, int, int]]", self._sql.fetch(text))

    def sources(self, since: int) -> list[tuple[str, str, str, int]]:
        """How often each source has lit each stage since then."""
        text = (
            "SELECT journey, stage, source, count(*) FROM steps WHERE kind = 'lit' AND t >= $1 "
            "AND profile NOT IN (SELECT profile FROM profiles WHERE test) GROUP BY journey, stage, source"
        )
        return cast("list[tuple[str, str, str, int]]", self._sql.fetch(self._sql.spelled(text), since))

    def first_waits(self) -> list[tuple[str, str, int]]:
        """By journey and stage, since when the oldest wait that ended has been followed."""
        text = (
            "SELECT journey, waited, min(waited_at) FROM steps WHERE waited IS NOT NULL "
            "AND profile NOT IN (SELECT profile FROM profiles WHERE test) GROUP BY journey, waited"
        )
        return cast("list[tuple[str, str, int]]", self._sql.fetch(text))

    def last(self, profile: int, journey: str, key: str, upto: int) -> StepRow | None:
        """The newest step of a run up to an instant."""
        then = "AND journey = $2 AND key = $3 AND t <= $4 "
        order = "ORDER BY t DESC, occurred_at DESC, source DESC, event_id DESC LIMIT 1"
        found = self._sql.among(StepRow, "profile", [profile], then + order, journey, key, upto)
        return found[0] if found else None
