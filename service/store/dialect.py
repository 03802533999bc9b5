"""What PostgreSQL and SQLite are told differently: many rows in one statement, or one statement for each row."""

import json
from collections.abc import Callable, Collection, Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from operator import attrgetter
from typing import TypeAlias, TypeVar, cast, get_type_hints

from sqlalchemy import Connection, Executable
from sqlalchemy.engine.interfaces import DBAPICursor

from service.store import statements
from service.store.errors import DATABASE_ERRORS, VALUE_ERRORS, translate

R = TypeVar("R")
Value: TypeAlias = int | str | bytes | bool | None
Values: TypeAlias = tuple[Value, ...]


class Sql:
    """The statements of one transaction.

    The first error discards the connection: nothing that follows can be committed, whoever swallowed the error.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._postgres = connection.dialect.name == "postgresql"

    @property
    def postgres(self) -> bool:
        """Whether this is PostgreSQL."""
        return self._postgres

    def insert_new(self, row: type[R], rows: Iterable[R]) -> set[Values]:
        """Insert the rows whose key is not there yet, and answer their keys."""
        key = statements.key(row)
        returning = statements.quoted(key) if self._postgres else ""
        text = statements.insert(row, "DO NOTHING", returning, postgres=self._postgres)
        given = _tuples(row, rows)
        return set(self._returning(text, given)) if self._postgres else self._effective(text, given, len(key))

    def upsert(self, row: type[R], rows: Iterable[R], merge: Mapping[str, str] | None = None) -> None:
        """Insert or overwrite; the last of several rows with one key wins, unless `merge` says how to combine them."""
        given = _tuples(row, rows if merge else _last(row, rows))
        replacing = statements.replacing(row, tuple((merge or {}).items()))
        self._count(statements.insert(row, replacing, "", postgres=self._postgres), given)

    def bump(self, row: type[R], rows: Iterable[R], merge: Mapping[str, str]) -> list[R]:
        """Upsert in the order given, and answer the rows as they are now."""
        returning = statements.quoted(statements.names(row))
        replacing = statements.replacing(row, tuple(merge.items()))
        text = statements.insert(row, replacing, returning, postgres=self._postgres)
        return made(row, self._returning(text, _tuples(row, rows)))

    def insert(self, row: type[R], rows: Iterable[R]) -> None:
        """Insert rows that cannot be there yet; if one is, somebody else was first."""
        self._count(statements.insert(row, "", "", postgres=self._postgres), _tuples(row, rows))

    def update(self, row: type, names: tuple[str, ...], given: Sequence[Values], also: str = "") -> int:
        """Set the named columns where the first of them matches; `also` may compare with the given row `r`."""
        return self._count(statements.update(row, names, also, postgres=self._postgres), given)

    def remove(self, row: type, keys: Iterable[Values]) -> None:
        self._count(statements.remove(row, postgres=self._postgres), list(keys))

    def drop(self, row: type, columns: str, keys: Collection[Value]) -> None:
        """Delete every row that has one of the keys in one of the columns."""
        if keys:
            self.fetch(statements.drop(row, tuple(columns.split()), postgres=self._postgres), self.keys(keys))

    def find(self, row: type[R], keys: Iterable[Values]) -> list[R]:
        return made(row, self._returning(statements.find(row, postgres=self._postgres), list(keys)))

    def among(self, row: type[R], columns: str, keys: Collection[Value], then: str = "", *more: Value) -> list[R]:
        """Every row that has one of the keys in one of the columns; `then` goes on from parameter $2."""
        if not keys:
            return []
        text = statements.among(row, tuple(columns.split()), then, postgres=self._postgres)
        return made(row, self.fetch(text, self.keys(keys), *more))

    def select(self, row: type[R], statement: Executable) -> list[R]:
        with self._guarded():
            return made(row, self._connection.execute(statement).all())

    def first(self, row: type[R], statement: Executable) -> R | None:
        found = self.select(row, statement)
        return found[0] if found else None

    def scalars(self, statement: Executable, parameters: Sequence[Mapping[str, Value]] = ()) -> list[int]:
        with self._guarded():
            return list(self._connection.execute(statement, parameters or None).scalars())

    def run(self, statement: Executable) -> int:
        """Run a statement and answer how many rows it touched."""
        with self._guarded():
            return self._connection.execute(statement).rowcount

    def fetch(self, text: str, *parameters: object) -> list[Values]:
        """Run a text that is spelled for this database."""
        with self._guarded():
            if not self._postgres:
                return cast("list[Values]", self._cursor().execute(text, parameters).fetchall())
            result = self._connection.exec_driver_sql(text, parameters)
            return [tuple(row) for row in result] if result.returns_rows else []

    def spelled(self, text: str) -> str:
        return statements.spelled(text, postgres=self._postgres)

    def keys(self, keys: Collection[Value]) -> object:
        """Keys as this database is given them."""
        return list(keys) if self._postgres else json.dumps(list(keys), ensure_ascii=False)

    def _returning(self, text: str, given: Sequence[Values]) -> list[Values]:
        if not given:
            return []
        if self._postgres:
            return self.fetch(text, *zip(*given, strict=True))
        with self._guarded():
            execute = self._cursor().execute
            return [found for values in given for found in execute(text, values).fetchall()]

    def _count(self, text: str, given: Sequence[Values]) -> int:
        if not given:
            return 0
        with self._guarded():
            if self._postgres:
                return self._connection.exec_driver_sql(text, tuple(zip(*given, strict=True))).rowcount
            cursor = self._cursor()
            cursor.executemany(text, given)
            return cursor.rowcount

    def _effective(self, text: str, given: Sequence[Values], width: int) -> set[Values]:
        """On SQLite a loop that looks at the row count is half again as fast as RETURNING."""
        with self._guarded():
            execute = self._cursor().execute
            return {values[:width] for values in given if execute(text, values).rowcount}

    def _cursor(self) -> DBAPICursor:
        return self._connection.connection.cursor()

    @contextmanager
    def _guarded(self) -> Generator[None]:
        try:
            yield
        except (*DATABASE_ERRORS, *VALUE_ERRORS) as error:
            self._connection.invalidate()
            raise translate(error) from error


def _tuples(row: type, rows: Iterable[object]) -> list[Values]:
    return list(map(_getter(row), rows))


def _last(row: type[R], rows: Iterable[R]) -> Iterable[R]:
    key = attrgetter(*statements.key(row))
    return {key(one): one for one in rows}.values()


def made(row: type[R], found: Iterable[Sequence[Value]]) -> list[R]:
    make, names, flags = cast("Callable[..., R]", row), statements.names(row), _flags(row)
    made = [dict(zip(names, values, strict=True)) for values in found]
    for name in flags:  # SQLite keeps 0 and 1
        made = [values | {name: bool(values[name])} for values in made]
    return [make(**values) for values in made]


@statements.once
def _getter(row: type) -> Callable[[object], Values]:
    return attrgetter(*statements.names(row))


@statements.once
def _flags(row: type) -> tuple[str, ...]:
    return tuple(name for name, hint in get_type_hints(row).items() if hint is bool)
