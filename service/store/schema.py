"""The schema: the one Alembic chain, brought to a database by one starter at a time."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from service.store import postgres, sqlite
from service.store.errors import DATABASE_ERRORS, StoreError, translate

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (_PACKAGE / "migrations", _PACKAGE.parent / "migrations")  # installed in a wheel; in a checkout
_LOCK = 0x4C616E74  # "Lant"
_WAIT_SECONDS = 0.1


def migrate(url: str, revision: str = "head", *, folder: Path | None = None) -> None:
    """Bring the schema to the revision, up or down; a schema newer than this code is left as it is."""
    try:
        on(url, partial(_move, chain(folder), revision))
    except DATABASE_ERRORS as error:
        raise translate(error) from error


def chain(folder: Path | None = None) -> Config:
    """Alembic's configuration, made in code: no file needs to be found where the service runs."""
    found = next((path for path in (folder, *_FOLDERS) if path and (path / "env.py").is_file()), None)
    if found is None:
        raise StoreError(f"No migrations in {' or '.join(map(str, _FOLDERS))}.")
    config = Config()
    config.set_main_option("script_location", str(found).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def on(url: str, work: Callable[[Connection], None]) -> None:
    """Do the work on a connection of its own, while no other starter does."""
    if url.startswith("sqlite"):
        _on_sqlite(url, work)
        return
    with ThreadPoolExecutor(1) as thread:  # the caller may have an event loop of its own
        thread.submit(asyncio.run, _on_postgres(url, work)).result()


def _on_sqlite(url: str, work: Callable[[Connection], None]) -> None:
    """One transaction for all revisions; it is the lock, too. Foreign keys stay off while tables are made anew."""
    engine = sqlite.engine_for(url, begin="BEGIN IMMEDIATE")
    try:
        with engine.begin() as connection:
            work(connection)
    finally:
        engine.dispose()


async def _on_postgres(url: str, work: Callable[[Connection], None]) -> None:
    """One transaction for each revision, under a lock of the session."""
    engine = postgres.engine_for(url, connections=1, settings={"statement_timeout": "0"})
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_lock)
            await connection.run_sync(work)
    finally:
        await engine.dispose()


def _lock(connection: Connection) -> None:
    # Asking again and again, not waiting: a waiting statement would hold up CREATE INDEX CONCURRENTLY of the other.
    while not connection.exec_driver_sql(f"SELECT pg_try_advisory_lock({_LOCK})").scalar():
        connection.commit()
        time.sleep(_WAIT_SECONDS)
    # A DDL statement that waits makes everybody behind it wait.
    connection.exec_driver_sql("SET lock_timeout = '10s'")
    connection.commit()


def _move(config: Config, revision: str, connection: Connection) -> None:
    outside = connection.in_transaction()
    current = MigrationContext.configure(connection).get_current_revision()
    if not outside:
        connection.rollback()  # the reading has begun one, and Alembic would leave its end to us
    if current and current not in revisions(config):
        return
    config.attributes["connection"] = connection
    down = revision == "base" or revision.startswith("-")
    (command.downgrade if down else command.upgrade)(config, revision)


def revisions(config: Config) -> list[str]:
    """All revisions of the chain, the newest first."""
    return [script.revision for script in ScriptDirectory.from_config(config).walk_revisions()]
