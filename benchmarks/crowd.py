"""Many more people by SQL: copies of those that are there, with all that is kept of them, or their rows alone."""

import asyncio
import sqlite3
from collections.abc import Sequence
from dataclasses import fields

import asyncpg

from service.store import (
    BreakpointRow,
    EnrollmentRow,
    EventRow,
    IdentityRow,
    PersonaRow,
    ProfileRow,
    StepRow,
    TagRow,
)

APART = 10**16  # between the numbers of a person and of his copy; farther than any two people are from each other
TABLES = {
    "identities": IdentityRow, "events": EventRow, "profiles": ProfileRow, "tags": TagRow, "personas": PersonaRow,
    "enrollments": EnrollmentRow, "breakpoints": BreakpointRow, "steps": StepRow,
}  # fmt: skip
NUMBERS = "n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k < {})"


async def execute(url: str, statements: Sequence[str]) -> None:
    """Run statements, all of them or none."""
    if url.startswith("sqlite"):
        await asyncio.to_thread(_on_sqlite, url.removeprefix("sqlite:///"), statements)
        return
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            for statement in statements:
                await connection.execute(statement)
    finally:
        await connection.close()
    await _analyze(url)


def _on_sqlite(path: str, statements: Sequence[str]) -> None:
    connection = sqlite3.connect(path)
    try:
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        connection.close()


async def _analyze(url: str) -> None:
    """What the server does by itself after a minute."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("VACUUM ANALYZE")
    finally:
        await connection.close()


def only(people: int) -> list[str]:
    """Leave so many profiles: what else is kept of the others does no harm, nobody asks for it."""
    return [f"DELETE FROM profiles WHERE profile NOT IN (SELECT profile FROM profiles ORDER BY profile LIMIT {people})"]


def copies(times: int) -> list[str]:
    """So many copies of everybody, with all that is kept of him."""
    return [_copied(table, row, times) for table, row in TABLES.items()]


def _copied(table: str, row: type, times: int) -> str:
    names = [field.name for field in fields(row)]
    shifted = {name: f"{name} - k * {APART}" for name in ("root", "profile")} | {"identity": "identity || '-' || k"}
    columns = ", ".join(f'"{name}"' for name in names)
    chosen = ", ".join(shifted.get(name, f'"{name}"') for name in names)
    numbers = NUMBERS.format(times)
    return f"INSERT INTO {table} ({columns}) WITH RECURSIVE {numbers} SELECT {chosen} FROM {table} CROSS JOIN n"


def waiting(people: int, of: int, due_at: int) -> list[str]:
    """The rows of so many more profiles, each a copy of one of `of` rows, due a second apart from an instant on."""
    names = [field.name for field in fields(ProfileRow)]
    own = {"profile": f"k * {of} + place", "due_at": f"{due_at} + 1000000 * (k * {of} + place)"}
    columns = ", ".join(f'"{name}"' for name in names)
    chosen = ", ".join(own.get(name, f'"{name}"') for name in names)
    few = f"SELECT *, ROW_NUMBER() OVER (ORDER BY profile) AS place FROM profiles ORDER BY profile LIMIT {of}"
    numbers = NUMBERS.format(people // of)
    return [
        f"INSERT INTO profiles ({columns}) WITH RECURSIVE {numbers} SELECT {chosen} FROM ({few}) AS few CROSS JOIN n"
    ]
