"""What can go wrong in the store.

StoreError
├── Conflict      somebody else was first: run the whole unit again
├── Unavailable   the database cannot serve now: try later
└── StoreRefused  this database must not be used as it is
"""

import sqlite3

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError


class StoreError(Exception):
    """The database refused a statement."""

    def __init__(self, message: str | None = None) -> None:
        super().__init__(message or self.__class__.__doc__)


class Conflict(StoreError):  # noqa: N818 - its name is part of the interface: it is an answer, not a fault
    """Somebody else was first; run the unit again."""


class Unavailable(StoreError):  # noqa: N818 - the same
    """The database cannot serve now; try again later."""


class StoreRefused(StoreError):  # noqa: N818 - the same
    """The database is not fit to keep what it is given."""


DATABASE_ERRORS = (SQLAlchemyError, sqlite3.Error, OSError)
# What a driver raises for a value that does not fit, before it reaches the database.
VALUE_ERRORS = (OverflowError, UnicodeError)

_RACES = {"40001", "40P01", "23505", "SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY"}
_OUTAGES = ("08", "25P03", "3D000", "53", "55P03", "57", "58")
_SQLITE_OUTAGES = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN", "SQLITE_NOMEM")


def translate(error: BaseException) -> StoreError:
    """The driver's error in the store's words; its own words may quote people's data and stay in `__cause__`."""
    if isinstance(error, StoreError):
        return error
    origin = error.orig if isinstance(error, DBAPIError) else error
    code = getattr(origin, "sqlstate", None) or getattr(origin, "sqlite_errorname", None) or type(origin).__name__
    if code in _RACES or code == "InvalidCachedStatementError":
        return Conflict(f"{Conflict.__doc__} ({code})")
    if _is_outage(error, code):
        return Unavailable(f"{Unavailable.__doc__} ({code})")
    return StoreError(f"{StoreError.__doc__} ({code})")


def _is_outage(error: BaseException, code: str) -> bool:
    if isinstance(error, PoolTimeoutError | OSError):
        return True
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    return code.startswith(_SQLITE_OUTAGES if code.startswith("SQLITE_") else _OUTAGES)
