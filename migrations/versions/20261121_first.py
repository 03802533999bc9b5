"""The first schema."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261121_first"
down_revision = None
branch_labels = None
depends_on = None

INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
BYTES = sa.LargeBinary()
HALF_FULL: dict[str, Any] = {"postgresql_with": {"fillfactor": 50}}  # room for the next version beside the last


def integer(name: str, *, null: bool = False) -> sa.Column[int]:
    return sa.Column(name, INTEGER, nullable=null, autoincrement=name == "id")


def text(name: str, *, null: bool = False) -> sa.Column[str]:
    return sa.Column(name, TEXT, nullable=null)


def data(name: str, *, null: bool = False) -> sa.Column[bytes]:
    return sa.Column(name, BYTES, nullable=null)


def integers(*names: str) -> list[sa.Column[int]]:
    return [integer(name) for name in names]


def texts(*names: str) -> list[sa.Column[str]]:
    return [text(name) for name in names]


def blobs(*names: str) -> list[sa.Column[bytes]]:
    return [data(name) for name in names]


def table(name: str, key: str, *columns: sa.schema.SchemaItem, **options: Any) -> None:  # noqa: ANN401 - what create_table takes
    op.create_table(name, *columns, sa.PrimaryKeyConstraint(*key.split(), name=f"pk_{name}"), **options)


def unique(name: str, column: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(column, name=f"uq_{name}_{column}")


def index(name: str, *columns: str) -> None:
    op.create_index("_".join(["ix", name, *columns]), name, columns)


def circumstances() -> list[sa.Column[str]]:
    return [text(name, null=True) for name in ("channel", "touchpoint", "scenario", "place", "staff", "cls")]


def upgrade() -> None:
    log()
    facts()
    derived()
    feed()
    intake()
    decisions()
    sharing()
    definitions()


def log() -> None:
    table(
        "identities",
        "identity",
        text("identity"),
        *integers("root", "profile"),
        unique("identities", "root"),
    )
    index("identities", "profile")
    table(
        "links",
        "left right",
        *integers("left", "right", "t", "occurred_at"),
        *texts("source", "event_id", "refused"),
        integer("limits"),
    )
    index("links", "right")
    refused = sa.text("refused <> ''")
    op.create_index("ix_links_refused", "links", ["left", "right"], sqlite_where=refused, postgresql_where=refused)
    table(
        "events",
        "root source event_id",
        integer("root"),
        *texts("source", "event_id", "type"),
        *integers("t", "occurred_at", "received_at"),
        text("layer"),
        *blobs("fingerprint", "payload"),
    )
    index("events", "root", "t")


def facts() -> None:
    table(
        "profiles",
        "profile",
        *integers("profile", "version"),
        *blobs("facts", "standing", "plan"),
        *integers("newest", "derived_at"),
        integer("due_at", null=True),
        sa.Column("test", sa.Boolean(), nullable=False),
        **HALF_FULL,
    )
    index("profiles", "due_at", "profile")
    index("profiles", "plan")
    test = sa.text("test")
    op.create_index("ix_profiles_test", "profiles", ["profile"], sqlite_where=test, postgresql_where=test)
    table(
        "checkpoints",
        "profile count",
        *integers("profile", "count", "t", "occurred_at"),
        *texts("source", "event_id"),
        *blobs("plan", "facts"),
    )
    if op.get_context().dialect.name == "postgresql":  # small and packed already: compressing costs and gains nothing
        op.execute("ALTER TABLE profiles ALTER COLUMN facts SET STORAGE EXTERNAL")
        op.execute("ALTER TABLE checkpoints ALTER COLUMN facts SET STORAGE EXTERNAL")


def derived() -> None:
    table(
        "tags",
        "profile tag",
        integer("profile"),
        text("tag"),
        text("value", null=True),
        integer("number", null=True),
        integer("since"),
        data("because"),
    )
    index("tags", "tag", "profile", "value", "number")
    table("personas", "profile scheme", integer("profile"), text("scheme"), text("cls"), integer("since"))
    index("personas", "scheme", "cls", "profile")
    table(
        "enrollments",
        "profile journey key",
        integer("profile"),
        *texts("journey", "key", "status"),
        text("stage", null=True),
        *integers("stage_since", "entered_at", "health"),
        text("lit"),
        sa.Column("closed", sa.Boolean(), nullable=False),
        data("body"),
    )
    index("enrollments", "journey", "status", "stage", "profile")
    index("enrollments", "journey", "entered_at", "lit", "status", "health", "profile")
    table(
        "breakpoints",
        "profile journey key stage kind number",
        integer("profile"),
        *texts("journey", "key", "stage", "kind"),
        *integers("number", "since"),
        integer("resolved_at", null=True),
        sa.Column("with_run", sa.Boolean(), nullable=False),
        text("resolved_by", null=True),
        integer("withdrawn_at", null=True),
        *circumstances(),
    )
    index("breakpoints", "since")
    index("breakpoints", "journey", "since")
    open_ = sa.text("resolved_at IS NULL AND withdrawn_at IS NULL")
    op.create_index(
        "ix_breakpoints_open", "breakpoints", ["journey", "stage", "kind", "profile"],
        sqlite_where=open_, postgresql_where=open_,
    )  # fmt: skip
    table("cohort_days", "journey day slot", text("journey"), *integers("day", "slot", "version"))
    table(
        "cohort_cells",
        "journey day lit status",
        text("journey"),
        integer("day"),
        *texts("lit", "status"),
        *integers("version", "n", "health"),
    )
    table(
        "notes",
        "profile journey key stage kind number at by",
        integer("profile"),
        *texts("journey", "key", "stage", "kind"),
        *integers("number", "at"),
        text("by"),
        text("assigned_to", null=True),
        text("text", null=True),
    )
    table(
        "steps",
        "profile journey key t source event_id kind stage",
        integer("profile"),
        *texts("journey", "key"),
        *integers("t", "occurred_at"),
        *texts("source", "event_id", "kind", "stage"),
        integer("entered_at"),
        text("type"),
        text("after", null=True),
        integer("after_at", null=True),
        text("waited", null=True),
        *(integer(name, null=True) for name in ("waited_at", "bucket")),
        integer("late"),
        integer("rating", null=True),
        *circumstances(),
    )
    index("steps", "journey", "kind", "t")
    index("steps", "journey", "waited", "kind", "bucket")


def feed() -> None:
    table("heads", "partition", integer("partition"), integer("position"), **HALF_FULL)
    table(
        "changes",
        "partition position",
        *integers("profile", "version", "at"),
        *texts("kind", "key"),
        data("body"),
        *integers("partition", "position"),
    )


def intake() -> None:
    table(
        "quarantine",
        "id",
        *integers("id", "received_at"),
        *texts("source", "layer", "code"),
        *blobs("problem", "item"),
        text("status"),
        data("repaired", null=True),
        sqlite_autoincrement=True,
    )
    table(
        "counts",
        "hour source outcome writer",
        *texts("source", "outcome"),
        *integers("n", "last_at", "hour", "writer"),
    )
    table(
        "undeclared",
        "type source writer",
        *texts("type", "source"),
        *integers("n", "first_at", "last_at"),
        data("samples"),
        integer("writer"),
    )


def decisions() -> None:
    table("decisions", "decision", integer("decision"), integer("profile", null=True), integer("at"), data("body"))
    index("decisions", "profile", "at")
    table(
        "offers",
        "root journey key stage kind number service",
        integer("root"),
        *texts("journey", "key", "stage", "kind"),
        integer("number"),
        text("service"),
        *integers("decision", "at"),
    )
    table(
        "outcomes",
        "decision service outcome",
        integer("decision"),
        *texts("service", "outcome"),
        integer("occurred_at"),
        data("body"),
    )


def sharing() -> None:
    table(
        "shares",
        "share",
        text("share"),
        data("digest"),
        text("kind"),
        integer("root"),
        *texts("journey", "key"),
        *integers("created_at", "expires_at"),
        integer("revoked_at", null=True),
        unique("shares", "digest"),
    )
    index("shares", "root")
    table("visits", "share day", text("share"), *integers("day", "n"))
    index("visits", "day")
    table("referrals", "share friend", *texts("share", "friend"), integer("at"))
    index("referrals", "at")


def definitions() -> None:
    table(
        "playbooks",
        "version",
        integer("version"),
        data("body"),
        text("media_type"),
        integer("published_at"),
        *texts("published_by", "note"),
    )
    table(
        "drafts",
        "draft",
        data("body"),
        *texts("media_type", "etag"),
        integer("saved_at"),
        text("saved_by"),
        text("approved_by", null=True),
        integer("draft"),
    )
    table(
        "jobs",
        "job",
        *texts("job", "kind", "status"),
        *integers("cursor", "done", "total", "worked"),
        integer("again_at", null=True),
        integer("created_at"),
        text("created_by"),
        integer("updated_at"),
        data("body"),
    )
    table("calibrations", "number", integer("number"), integer("effective_from"), data("body"))
    table(
        "keys",
        "key_id",
        text("key_id"),
        data("digest"),
        *texts("name", "kind", "preset", "scopes"),
        text("source", null=True),
        integer("created_at"),
        integer("expires_at", null=True),
        integer("revoked_at", null=True),
        unique("keys", "digest"),
    )
    table("sessions", "digest", data("digest"), text("key_id"), *integers("created_at", "seen_at"))


def downgrade() -> None:
    for name in (
        *(
            "sessions",
            "keys",
            "calibrations",
            "jobs",
            "drafts",
            "playbooks",
            "referrals",
            "visits",
            "shares",
            "outcomes",
            "offers",
            "decisions",
            "undeclared",
            "counts",
            "quarantine",
        ),
        *(
            "changes",
            "heads",
            "steps",
            "notes",
            "cohort_cells",
            "cohort_days",
            "breakpoints",
            "enrollments",
            "personas",
            "tags",
            "checkpoints",
            "profiles",
        ),
        *("events", "links", "identities"),
    ):
        op.drop_table(name)
