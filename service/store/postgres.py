"""PostgreSQL: a pool of connections, and each transaction a task of its own that no caller can leave half way."""

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.engine.interfaces import AdaptedConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from service.store.errors import DATABASE_ERRORS, StoreRefused, translate
from service.store.limits import Limits
from service.store.unit import Unit, perform

T = TypeVar("T")
_CONNECT_SECONDS = 10
_STATEMENTS = 500  # prepared and kept by each connection; the store has fewer texts
_SETTINGS = {
    "application_name": "lantern",
    "jit": "off",
    # A plan that is kept from the days when a table was small would scan it whole until the next ANALYZE.
    "enable_seqscan": "off",
}
_SAFE = {
    "synchronous_commit": {"on", "remote_apply"},
    "fsync": {"on"},
    "full_page_writes": {"on"},
}


def engine_for(url: str, *, connections: int, settings: Mapping[str, str]) -> AsyncEngine:
    """The URL goes to asyncpg as it is, so that libpq's spelling (sslmode, socket folders) works."""
    connect_args = {
        "dsn": "postgresql://" + url.partition("://")[2],
        "timeout": _CONNECT_SECONDS,
        "server_settings": {**_SETTINGS, **settings},
        "prepared_statement_cache_size": _STATEMENTS,
    }
    engine = create_async_engine(
        "postgresql+asyncpg://",
        connect_args=connect_args,
        pool_size=connections,
        max_overflow=0,
        isolation_level="READ COMMITTED",
        hide_parameters=True,
    )
    event.listen(engine.sync_engine, "checkout", _replace_closed)
    return engine


def _replace_closed(connection: AdaptedConnection, *_entry: object) -> None:
    """After a restart of the server nobody should meet the connections that it closed; asking costs no round trip."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


class Postgres:
    dialect = "postgresql"

    def __init__(self, url: str, limits: Limits) -> None:
        milliseconds = {
            "statement_timeout": limits.statement_seconds * 1000,
            "lock_timeout": limits.lock_seconds * 1000,
            "idle_in_transaction_session_timeout": limits.idle_seconds * 1000,
        }
        settings = {name: str(value) for name, value in milliseconds.items()}
        self._writer = engine_for(url, connections=limits.connections, settings=settings)
        self._reader = self._writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._running: set[asyncio.Task[object]] = set()

    async def check(self, *, may_lose: bool) -> None:
        """Refuse a server that would lose what was acknowledged, or garble it."""
        found = await self._run(self._reader, _settings)
        if found["server_encoding"] != "UTF8":
            raise StoreRefused(f"The database's encoding is {found['server_encoding']}; it must be UTF8.")
        unsafe = {name: found[name] for name, good in _SAFE.items() if found[name] not in good}
        if unsafe and not may_lose:
            raise StoreRefused(f"PostgreSQL could lose acknowledged data here: {unsafe}.")

    async def write(self, work: Callable[[Unit], T]) -> T:
        return await self._run(self._writer, partial(perform, work=work))

    async def read(self, work: Callable[[Unit], T]) -> T:
        return await self._run(self._reader, partial(perform, work=work))

    async def close(self) -> None:
        """Wait for the work that has begun, also for the work of cancelled callers."""
        if self._running:
            await asyncio.wait(self._running)
        await self._writer.dispose()

    async def _run(self, engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
        """A caller that is cancelled leaves; a transaction that has begun is finished all the same."""
        task = asyncio.create_task(_connected(engine, work))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(task)


async def _connected(engine: AsyncEngine, work: Callable[[Connection], T]) -> T:
    try:
        connection = await engine.connect()
    except DATABASE_ERRORS as error:
        raise translate(error) from error
    try:
        return await connection.run_sync(work)
    finally:
        await asyncio.shield(connection.close())


def _settings(connection: Connection) -> dict[str, str]:
    names = (*_SAFE, "server_encoding")
    return {name: str(connection.exec_driver_sql(f"SHOW {name}").scalar()) for name in names}
