"""How many people stand where in the journeys, and what is broken there; test people count nowhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, func, literal, select, tuple_

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import BreakpointRow

Where: TypeAlias = ColumnElement[bool]
Place: TypeAlias = tuple[int, int, str, str, str, str, int]  # since, profile, journey, key, stage, kind, number


@dataclass(frozen=True, slots=True, kw_only=True)
class RunsCell:
    """How many runs of a journey have a status at a stage."""

    journey: str
    status: str
    stage: str | None
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreaksCell:
    """How many breakpoints of a kind are open at a stage."""

    journey: str
    stage: str
    kind: str
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BreaksWanted:
    """Which breakpoints: what is None does not matter. `since` is the earliest instant at which they opened."""

    journey: str | None = None
    stage: str | None = None
    kind: str | None = None
    open: bool | None = None
    since: int | None = None


class Overview:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def runs(self, journeys: Sequence[str]) -> list[RunsCell]:
        """By journey, status and stage. Runs that are over and left the facts count as well."""
        kept = tables.enrollments.c
        cells = select(kept.journey, kept.status, kept.stage, func.count().label("n"))
        cells = cells.where(kept.journey.in_(journeys), kept.profile.not_in(_test_people()))
        return self._sql.select(RunsCell, cells.group_by(kept.journey, kept.status, kept.stage))

    def breaks(self, journeys: Sequence[str]) -> list[BreaksCell]:
        """Those that are open, by journey, stage and kind."""
        kept = tables.breakpoints.c
        cells = select(kept.journey, kept.stage, kept.kind, func.count().label("n"))
        cells = cells.where(kept.journey.in_(journeys), *_wanted(BreaksWanted(open=True)))
        return self._sql.select(BreaksCell, cells.group_by(kept.journey, kept.stage, kept.kind))

    def breaks_page(self, wanted: BreaksWanted, before: Place | None, limit: int) -> list[BreakpointRow]:
        """The newest first; from the second page on those before the last of the page before."""
        kept = tables.breakpoints.c
        order = [kept.since, kept.profile, kept.journey, kept.key, kept.stage, kept.kind, kept.number]
        found = select(tables.breakpoints).where(*_wanted(wanted))
        if before is not None:
            found = found.where(tuple_(*order) < tuple_(*map(literal, before)))
        return self._sql.select(BreakpointRow, found.order_by(*(each.desc() for each in order)).limit(limit))


def _test_people() -> Select[tuple[int]]:
    return select(tables.profiles.c.profile).where(tables.profiles.c.test)


def _wanted(wanted: BreaksWanted) -> Iterator[Where]:
    """What never was and what befell test people is nobody's breakpoint."""
    kept = tables.breakpoints.c
    yield kept.withdrawn_at.is_(None)
    yield kept.profile.not_in(_test_people())
    for name in ("journey", "stage", "kind"):
        value = getattr(wanted, name)
        if value is not None:
            yield kept[name] == value
    if wanted.open is not None:
        yield kept.resolved_at.is_(None) if wanted.open else kept.resolved_at.is_not(None)
    if wanted.since is not None:
        yield kept.since >= wanted.since
