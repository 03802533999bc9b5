"""How many people stand where in the journeys, and what is broken there; test people count nowhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, func, literal, or_, select, tuple_

from service.store import tables
from service.store.dialect import Sql
from service.store.run_rows import BreakpointRow
from service.store.span import Only, is_of_no_class

Where: TypeAlias = ColumnElement[bool]
Place: TypeAlias = tuple[int, int, str, str, str, str, int]  # since, profile, journey, key, stage, kind, number


@dataclass(frozen=True, slots=True, kw_only=True)
class ActiveCell:
    """How many runs of a journey are on the way, and stand at a stage."""

    journey: str
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
    """Which breakpoints: what is None does not matter. They opened from `since` to before `until`, in circumstances.

    Withdrawn ones never were, and are told only if they are asked for. `was`: journeys, stages and what these were
    called before, as notes name them still.
    """

    journey: str | None = None
    stage: str | None = None
    kind: str | None = None
    open: bool | None = None
    with_run: bool | None = None
    withdrawn: bool = False
    since: int | None = None
    until: int | None = None
    place: str | None = None
    channel: str | None = None
    staff: str | None = None
    cls: str | None = None
    profile: int | None = None
    assigned_to: str | None = None
    was: tuple[tuple[str, str, str], ...] = ()
    only: Only = ()


class Overview:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def active(self, journeys: Sequence[str], only: Only = ()) -> list[ActiveCell]:
        """The runs on the way, by journey and stage; `only`: those that were entered in these circumstances."""
        kept = tables.enrollments.c
        cells = select(kept.journey, kept.stage, func.count().label("n"))
        cells = cells.where(kept.journey.in_(journeys), kept.status == "active", kept.profile.not_in(_test_people()))
        if only:
            entered = tables.steps.c
            same = and_(*(entered[name] == kept[name] for name in ("profile", "journey", "key")))
            here = (_is(entered[name], value) for name, value in only)
            cells = cells.where(exists().where(same, entered.kind == "entered", *here))
        return self._sql.select(ActiveCell, cells.group_by(kept.journey, kept.stage))

    def breaks(self, journeys: Sequence[str], only: Only = ()) -> list[BreaksCell]:
        """Those that are open, by journey, stage and kind; `only` those of these circumstances."""
        kept = tables.breakpoints.c
        cells = select(kept.journey, kept.stage, kept.kind, func.count().label("n"))
        cells = cells.where(kept.journey.in_(journeys), *_wanted(BreaksWanted(open=True, only=only)))
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
    yield kept.withdrawn_at.is_not(None) if wanted.withdrawn else kept.withdrawn_at.is_(None)
    if wanted.profile is None:
        yield kept.profile.not_in(_test_people())
    for name in ("journey", "stage", "kind", "place", "channel", "staff", "cls", "profile", "with_run"):
        value = getattr(wanted, name)
        if value is not None:
            yield _is(kept[name], value)
    yield from (_is(kept[name], value) for name, value in wanted.only)
    if wanted.open is not None:
        yield kept.resolved_at.is_(None) if wanted.open else kept.resolved_at.is_not(None)
    if wanted.since is not None:
        yield kept.since >= wanted.since
    if wanted.until is not None:
        yield kept.since < wanted.until
    if wanted.assigned_to is not None:
        yield _assigned(wanted.assigned_to, wanted.was)


def _is(column: ColumnElement[Any], value: object) -> Where:
    """Who is undetermined is of no class."""
    return column.is_(None) if is_of_no_class(column.name, value) else column == value


def _assigned(to: str, was: Sequence[tuple[str, str, str]]) -> Where:
    """Whether the newest note that gives it to anybody gives it to him."""
    kept, notes = tables.breakpoints.c, tables.notes.c
    same = and_(*(notes[name] == kept[name] for name in ("profile", "journey", "key", "kind", "number")))
    before = (and_(kept.journey == journey, kept.stage == stage, notes.stage == old) for journey, stage, old in was)
    given = select(notes.assigned_to).where(
        same, or_(notes.stage == kept.stage, *before), notes.assigned_to.is_not(None)
    )
    newest = given.order_by(notes.at.desc(), notes.by.desc()).limit(1)
    return newest.correlate(tables.breakpoints).scalar_subquery() == to
