"""The tables: columns are the fields of the rows that they keep."""

from dataclasses import dataclass, fields
from types import NoneType
from typing import Any, get_args, get_type_hints

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.schema import SchemaItem
from sqlalchemy.types import TypeEngine

from service.store.rows import (
    CalibrationRow,
    ChangeRow,
    CheckpointRow,
    CohortCell,
    CohortDay,
    CountRow,
    DecisionRow,
    DraftRow,
    EventRow,
    IdentityRow,
    JobRow,
    KeyRow,
    LinkRow,
    NoteRow,
    OfferRow,
    OutcomeRow,
    PersonaRow,
    PlaybookRow,
    ProfileRow,
    QuarantineRow,
    ReferralRow,
    SessionRow,
    ShareRow,
    TagRow,
    UndeclaredRow,
    VisitRow,
)
from service.store.run_rows import BreakpointRow, EnrollmentRow, StepRow


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadRow:
    """How far a partition of the feed has come."""

    partition: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacedChange(ChangeRow):
    partition: int
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCell(CountRow):
    hour: int
    writer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeclaredCell(UndeclaredRow):
    writer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftCell(DraftRow):
    draft: int  # always 1: there is one draft


# Text compares bytewise on both; SQLite makes a single INTEGER key its rowid.
_TYPES: dict[type, TypeEngine[Any]] = {
    int: BigInteger().with_variant(Integer(), "sqlite"),
    str: Text().with_variant(Text(collation="C"), "postgresql"),
    bytes: LargeBinary(),
    bool: Boolean(),
}

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)
TABLES: dict[type, Table] = {}


def _table(name: str, row: type, key: str, *items: SchemaItem, **options: Any) -> Table:  # noqa: ANN401 - Table's own
    hints = get_type_hints(row)
    columns = [_column(field.name, hints[field.name]) for field in fields(row)]
    TABLES[row] = Table(name, metadata, *columns, PrimaryKeyConstraint(*key.split()), *items, **options)
    return TABLES[row]


def _column(name: str, hint: type) -> Column[object]:
    kind, *none = get_args(hint) or (hint,)
    # Only `id` is given by the database; SQLAlchemy would make every single integer key a serial.
    return Column(name, _TYPES[kind], nullable=NoneType in none, autoincrement=name == "id")


identities = _table("identities", IdentityRow, "identity", UniqueConstraint("root"), Index(None, "profile"))
_REFUSED = text("refused <> ''")  # few of all, and read page by page
links = _table(
    "links", LinkRow, "left right", Index(None, "right"),
    Index("ix_links_refused", "left", "right", sqlite_where=_REFUSED, postgresql_where=_REFUSED),
)  # fmt: skip
events = _table("events", EventRow, "root source event_id", Index(None, "root", "t"))
profiles = _table(
    "profiles",
    ProfileRow,
    "profile",
    Index(None, "due_at", "profile"),
    Index(None, "plan"),
    Index("ix_profiles_test", "profile", sqlite_where=text("test"), postgresql_where=text("test")),  # a few of all
    postgresql_with={"fillfactor": 50},
)
checkpoints = _table("checkpoints", CheckpointRow, "profile count")

tags = _table("tags", TagRow, "profile tag", Index(None, "tag", "profile", "value", "number"))
personas = _table("personas", PersonaRow, "profile scheme", Index(None, "scheme", "cls", "profile"))
enrollments = _table(
    "enrollments", EnrollmentRow, "profile journey key",
    Index(None, "journey", "status", "stage", "profile"),
    Index(None, "journey", "entered_at", "lit", "status", "health", "profile"),  # all that a funnel asks for
)  # fmt: skip
_OPEN = text("resolved_at IS NULL AND withdrawn_at IS NULL")
breakpoints = _table(
    "breakpoints", BreakpointRow, "profile journey key stage kind number", Index(None, "journey", "since"),
    Index(None, "since"),
    Index("ix_breakpoints_open", "journey", "stage", "kind", "profile", sqlite_where=_OPEN, postgresql_where=_OPEN),
)  # fmt: skip
cohort_days = _table("cohort_days", CohortDay, "journey day slot")
cohort_cells = _table("cohort_cells", CohortCell, "journey day lit status")
notes = _table("notes", NoteRow, "profile journey key stage kind number at by")
steps = _table(
    "steps", StepRow, "profile journey key t source event_id kind stage", Index(None, "journey", "kind", "t"),
    Index(None, "journey", "waited", "kind", "bucket"),
)  # fmt: skip

heads = _table("heads", HeadRow, "partition", postgresql_with={"fillfactor": 50})
changes = _table("changes", PlacedChange, "partition position")

# An id that is a cursor must never be given twice, also after the newest row was deleted.
quarantine = _table("quarantine", QuarantineRow, "id", sqlite_autoincrement=True)
counts = _table("counts", CountCell, "hour source outcome writer")
undeclared = _table("undeclared", UndeclaredCell, "type source writer")

decisions = _table("decisions", DecisionRow, "decision", Index(None, "profile", "at"))
offers = _table("offers", OfferRow, "root journey key stage kind number service")
outcomes = _table("outcomes", OutcomeRow, "decision service outcome")

shares = _table("shares", ShareRow, "share", UniqueConstraint("digest"), Index(None, "root"))
visits = _table("visits", VisitRow, "share day", Index(None, "day"))
referrals = _table("referrals", ReferralRow, "share friend", Index(None, "at"))

playbooks = _table("playbooks", PlaybookRow, "version")
drafts = _table("drafts", DraftCell, "draft")
jobs = _table("jobs", JobRow, "job")
calibrations = _table("calibrations", CalibrationRow, "number")
keys = _table("keys", KeyRow, "key_id", UniqueConstraint("digest"))
sessions = _table("sessions", SessionRow, "digest")
