"""Finding profiles by what was derived of them: an expression in, one page of profiles out."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import PersonaRow, ProfileRow
from service.store.span import UNDETERMINED

_OPERATORS = {"gte": "__ge__", "gt": "__gt__", "lte": "__le__", "lt": "__lt__", "eq": "__eq__"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HasTag:
    """A tag is on; with one of these values, if they are given; with a number within all bounds (micro units)."""

    tag: str
    values: tuple[str, ...] | None = None
    numbers: tuple[int, ...] | None = None
    bounds: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class HasClass:
    """The class in a scheme is one of these; nobody who is undetermined needs to have a row."""

    scheme: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HasRun:
    """Some run of a journey that is not over has this status and this current stage."""

    journey: str
    status: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Each:
    """Every part holds."""

    parts: tuple["Wanted", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Some:
    """At least one part holds."""

    parts: tuple["Wanted", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Without:
    """The part does not hold."""

    part: "Wanted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCell:
    """What is shown of a tag where many are listed."""

    profile: int
    tag: str
    value: str | None
    number: int | None


Wanted: TypeAlias = HasTag | HasClass | HasRun | Each | Some | Without
Where: TypeAlias = ColumnElement[bool]


class Search:
    """Whoever was merged into somebody else has a row without identities and is nobody; nor are test people anybody."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def page(self, wanted: Wanted, after: int, limit: int) -> list[ProfileRow]:
        """The profiles beyond `after` for whom it holds, by id."""
        profile = tables.profiles.c.profile
        found = select(tables.profiles).where(profile > after, *_living(), _holds(wanted, after))
        return self._sql.select(ProfileRow, found.order_by(profile).limit(limit))

    def count(self, wanted: Wanted) -> int:
        """For how many profiles it holds."""
        found = select(func.count()).select_from(tables.profiles)
        return self._sql.scalars(found.where(*_living(), _holds(wanted, -1)))[0]

    def waiting(self, plan: bytes) -> int:
        """How many profiles wait to be derived under this plan."""
        kept = tables.profiles.c.plan  # two ranges of an index; no index serves "is another one"
        counted = select(func.count()).select_from(tables.profiles)
        return sum(self._sql.scalars(counted.where(each))[0] for each in (kept < plan, kept > plan))

    def first_due(self) -> int | None:
        """The first instant at which silence changes something of anybody."""
        due = tables.profiles.c.due_at
        found = self._sql.scalars(select(due).where(due.is_not(None)).order_by(due).limit(1))
        return found[0] if found else None

    def tags(self, profiles: Collection[int], keys: Collection[str]) -> list[TagCell]:
        """What these profiles show of these tags."""
        kept = tables.tags.c
        cells = select(kept.profile, kept.tag, kept.value, kept.number)
        return self._sql.select(TagCell, cells.where(kept.profile.in_(profiles), kept.tag.in_(keys)))

    def personas(self, profiles: Collection[int], schemes: Collection[str]) -> list[PersonaRow]:
        """The classes of these profiles in these schemes."""
        kept = tables.personas.c
        rows = select(tables.personas).where(kept.profile.in_(profiles), kept.scheme.in_(schemes))
        return self._sql.select(PersonaRow, rows)


def _living() -> list[Where]:
    return [exists().where(tables.identities.c.profile == tables.profiles.c.profile), ~tables.profiles.c.test]


def _holds(wanted: Wanted, after: int) -> Where:
    match wanted:
        case HasTag():
            return _among(select(tables.tags.c.profile).where(*_tag(wanted)), after)
        case HasClass():
            return _class(wanted, after)
        case HasRun():
            return _among(select(tables.enrollments.c.profile).where(*_run(wanted)), after)
        case Each():
            return and_(true(), *(_holds(part, after) for part in wanted.parts))
        case Some():
            return or_(false(), *(_holds(part, after) for part in wanted.parts))
        case Without():
            return not_(_holds(wanted.part, after))


def _among(found: Select[tuple[int]], after: int) -> Where:
    """A set that does not depend on the row asked about: the database may walk it, or look into it."""
    (profile,) = found.selected_columns
    return tables.profiles.c.profile.in_(found.where(profile > after))


def _tag(wanted: HasTag) -> list[Where]:
    kept = tables.tags.c
    found: list[Where] = [kept.tag == wanted.tag]
    if wanted.values is not None or wanted.numbers is not None:
        texts = and_(kept.number.is_(None), kept.value.in_(wanted.values or ()))
        found.append(or_(texts, kept.number.in_(wanted.numbers or ())))
    return found + [getattr(kept.number, _OPERATORS[op])(bound) for op, bound in wanted.bounds]


def _class(wanted: HasClass, after: int) -> Where:
    kept = tables.personas.c
    rows = select(kept.profile).where(kept.scheme == wanted.scheme)
    named = [each for each in wanted.classes if each != UNDETERMINED]
    found = [_among(rows.where(kept.cls.in_(named)), after)] if named else []
    if UNDETERMINED in wanted.classes:
        found.append(not_(_among(rows.where(kept.cls != UNDETERMINED), after)))
    return or_(false(), *found)


def _run(wanted: HasRun) -> list[Where]:
    kept = tables.enrollments.c
    found: list[Where] = [kept.journey == wanted.journey, not_(kept.closed)]
    if wanted.status is not None:
        found.append(kept.status == wanted.status)
    if wanted.stage is not None:  # of a completed run the row names the furthest stage; it is at none
        found += [kept.stage == wanted.stage, kept.status != "completed"]
    return found
