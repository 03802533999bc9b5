"""How much the store takes for itself, and how long it lets others wait."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    connections: int = 8  # to PostgreSQL
    readers: int = 4  # threads on SQLite, beside the one that writes
    statement_seconds: int = 30
    lock_seconds: int = 10
    idle_seconds: int = 60  # an open transaction that does nothing
