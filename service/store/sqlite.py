"""SQLite: one writer thread and a few readers over one file."""

import asyncio
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection, DBAPICursor
from sqlalchemy.pool import ConnectionPoolEntry

from service.store.errors import DATABASE_ERRORS, StoreRefused, translate
from service.store.unit import Unit, perform

T = TypeVar("T")
_BUSY_SECONDS = 30  # another process may be writing
_PAUSE_SECONDS = 0.01
_SAFE = {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def engine_for(url: str, *, begin: str, connections: int = 1, pragmas: tuple[str, ...] = ()) -> Engine:
    """Transactions that begin when they say so: the driver alone would leave the first SELECT outside."""
    if make_url(url).database in {None, "", ":memory:"}:
        raise StoreRefused("SQLite needs a file: every connection to a database in memory would see another one.")
    connect_args = {"isolation_level": None, "timeout": _BUSY_SECONDS, "check_same_thread": False}
    engine = create_engine(url, connect_args=connect_args, pool_size=connections, max_overflow=0, hide_parameters=True)

    @event.listens_for(engine, "connect")
    def _settle(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        _write_ahead(cursor)
        for pragma in ("synchronous = FULL", *pragmas):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _write_ahead(cursor: DBAPICursor) -> None:
    """Only the first connection to a new file changes anything; SQLite does not wait for another that does the same."""
    end = time.monotonic() + _BUSY_SECONDS
    while True:
        try:
            cursor.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


class Sqlite:
    dialect = "sqlite"

    def __init__(self, url: str, readers: int) -> None:
        self._writer = engine_for(url, begin="BEGIN IMMEDIATE", pragmas=("foreign_keys = ON",))
        pragmas = ("foreign_keys = ON", "query_only = ON")
        self._reader = engine_for(url, begin="BEGIN", connections=readers, pragmas=pragmas)
        self._write_thread = ThreadPoolExecutor(1, "store-write")
        self._read_threads = ThreadPoolExecutor(readers, "store-read")

    async def check(self, *, may_lose: bool) -> None:
        """Refuse a file that would lose what was acknowledged."""
        found = await _run(self._write_thread, self._writer, _pragmas)
        if found != _SAFE and not may_lose:
            raise StoreRefused(f"SQLite could lose acknowledged data here: it has {found} and needs {_SAFE}.")

    async def write(self, work: Callable[[Unit], T]) -> T:
        return await _run(self._write_thread, self._writer, partial(perform, work=work))

    async def read(self, work: Callable[[Unit], T]) -> T:
        return await _run(self._read_threads, self._reader, partial(perform, work=work))

    async def close(self) -> None:
        """Wait for the work that has begun, also for the work of cancelled callers."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        for threads in (self._write_thread, self._read_threads):
            threads.shutdown()
        for engine in (self._reader, self._writer):
            engine.dispose()


async def _run(threads: ThreadPoolExecutor, engine: Engine, work: Callable[[Connection], T]) -> T:
    """A caller that is cancelled leaves; a transaction that has begun is finished all the same."""
    return await asyncio.get_running_loop().run_in_executor(threads, _connected, engine, work)


def _connected(engine: Engine, work: Callable[[Connection], T]) -> T:
    try:
        connection = engine.connect()
    except DATABASE_ERRORS as error:
        raise translate(error) from error
    with connection:
        return work(connection)


def _pragmas(connection: Connection) -> dict[str, object]:
    return {name: connection.exec_driver_sql(f"PRAGMA {name}").scalar() for name in _SAFE}
