"""The words of statements over many rows: one text for each database, made once."""

# ruff: noqa: S608 - every name in these texts comes from the tables, every value is a parameter

from collections.abc import Callable, Iterable
from dataclasses import fields
from functools import cache
from typing import TypeVar, cast

from sqlalchemy import Table

from service.store.tables import TABLES

F = TypeVar("F", bound=Callable[..., object])
_ARRAYS: dict[type, str] = {int: "bigint[]", str: "text[]", bytes: "bytea[]", bool: "boolean[]"}


def once(function: F) -> F:
    """Cache the answers and keep the signature, which functools.cache forgets."""
    return cast("F", cache(function))


@once
def insert(row: type, conflict: str, returning: str, *, postgres: bool) -> str:
    """Insert rows; `conflict` says what happens to those whose key is there already."""
    table, all_names = TABLES[row], names(row)
    values = f"SELECT * FROM {_given(table, all_names)}" if postgres else f"VALUES ({_places(len(all_names))})"
    text = f"INSERT INTO {table.name} ({quoted(all_names)}) {values}"
    text = f"{text} ON CONFLICT ({quoted(key(row))}) {conflict}" if conflict else text
    return f"{text} RETURNING {returning}" if returning else text


@once
def replacing(row: type, merge: tuple[tuple[str, str], ...] = ()) -> str:
    """The conflict clause that overwrites; `merge` names columns that combine old and new instead."""
    sets = {name: f'excluded."{name}"' for name in names(row) if name not in key(row)} | dict(merge)
    return "DO UPDATE SET " + ", ".join(f'"{name}" = {value}' for name, value in sets.items())


@once
def update(row: type, columns: tuple[str, ...], also: str, *, postgres: bool) -> str:
    """Set the named columns of rows found by the first of them."""
    table, on = TABLES[row], columns[0]
    sets = ", ".join(f'"{name}" = r."{name}"' for name in columns[1:])
    given = _given(table, columns) if postgres else _one(columns)
    return f'UPDATE {table.name} SET {sets} FROM {given} WHERE {table.name}."{on}" = r."{on}" {also}'


@once
def remove(row: type, *, postgres: bool) -> str:
    """Delete rows by their keys."""
    table, on = TABLES[row], key(row)
    given = _given(table, on) if postgres else _one(on)
    return f"DELETE FROM {table.name} WHERE ({quoted(on)}) IN (SELECT * FROM {given})"


@once
def find(row: type, *, postgres: bool) -> str:
    """Read rows by their keys."""
    table, on = TABLES[row], key(row)
    given = _given(table, on) if postgres else _one(on)
    columns = ", ".join(f'{table.name}."{name}"' for name in names(row))
    matches = " AND ".join(f'{table.name}."{name}" = r."{name}"' for name in on)
    return f"SELECT {columns} FROM {given} JOIN {table.name} ON {matches}"


@once
def among(row: type, columns: tuple[str, ...], then: str, *, postgres: bool) -> str:
    """Read rows that have one of the keys ($1) in one of the columns."""
    table = TABLES[row]
    text = f"SELECT {quoted(names(row))} FROM {table.name} WHERE {_within(table, columns, postgres=postgres)}"
    return spelled(f"{text} {then}", postgres=postgres)


@once
def drop(row: type, columns: tuple[str, ...], *, postgres: bool) -> str:
    """Delete rows that have one of the keys ($1) in one of the columns."""
    table = TABLES[row]
    return spelled(f"DELETE FROM {table.name} WHERE {_within(table, columns, postgres=postgres)}", postgres=postgres)


def spelled(text: str, *, postgres: bool) -> str:
    """Parameters are written $1, $2; SQLite calls them ?1, ?2 and has no row locks."""
    return text if postgres else text.replace("$", "?").replace(" FOR UPDATE", "")


@once
def names(row: type) -> tuple[str, ...]:
    return tuple(field.name for field in fields(row))


@once
def key(row: type) -> tuple[str, ...]:
    return tuple(TABLES[row].primary_key.columns.keys())


def _within(table: Table, columns: tuple[str, ...], *, postgres: bool) -> str:
    keys = "= ANY($1::" + _array(table, columns[0]) + ")" if postgres else "IN (SELECT value FROM json_each($1))"
    return "(" + " OR ".join(f'"{column}" {keys}' for column in columns) + ")"


def _given(table: Table, columns: tuple[str, ...]) -> str:
    """The rows given to PostgreSQL, as one array for each column."""
    arrays = ", ".join(f"${place}::{_array(table, name)}" for place, name in enumerate(columns, 1))
    return f"unnest({arrays}) AS r({quoted(columns)})"


def _one(columns: tuple[str, ...]) -> str:
    """The row given to SQLite, which is given one after the other."""
    return "(SELECT " + ", ".join(f'?{place} AS "{name}"' for place, name in enumerate(columns, 1)) + ") AS r"


def _array(table: Table, name: str) -> str:
    return _ARRAYS[table.columns[name].type.python_type]


def _places(count: int) -> str:
    return ", ".join(f"?{place}" for place in range(1, count + 1))


def quoted(columns: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in columns)
