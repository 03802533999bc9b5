"""A store opens only where nothing acknowledged can be lost."""

from pathlib import Path

import asyncpg
import pytest

from service.store import Limits, StoreError, StoreRefused, Unavailable, migrate, schema
from service.store.sqlite import engine_for
from tests.databases import Cluster
from tests.store.given import Opening


@pytest.mark.anyio
async def test_ready_means_answering_with_the_newest_schema(database_url: str, opening: Opening) -> None:
    store = await opening(database_url)
    assert not await store.ready()
    migrate(database_url)
    assert await store.ready()
    await store.write(lambda unit: unit._sql.fetch("UPDATE alembic_version SET version_num = '2999_newer'"))
    assert await store.ready(), "a deployment has migrated, and this process still serves"
    migrate(database_url)  # an older program starts again: nothing to do


@pytest.mark.anyio
async def test_safe_settings_are_in_force_on_every_connection(sqlite_url: str, opening: Opening) -> None:
    migrate(sqlite_url)
    store = await opening(sqlite_url)
    for run in (store.write, store.read):
        found = [
            await run(lambda unit, name=name: unit._sql.fetch(f"PRAGMA {name}"))  # type: ignore[misc]  # bound early
            for name in ("journal_mode", "synchronous", "foreign_keys", "page_size")
        ]
        assert found == [[("wal",)], [(2,)], [(1,)], [(4096,)]]


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///:memory:"])
async def test_a_database_in_memory_is_refused(url: str, opening: Opening) -> None:
    with pytest.raises(StoreRefused):
        await opening(url, may_lose=True)


@pytest.mark.anyio
async def test_a_file_that_cannot_have_a_log_is_refused(tmp_path: Path, opening: Opening) -> None:
    url = f"sqlite:///file:{tmp_path}/lantern.db?vfs=unix-none&uri=true"  # no shared memory: no WAL
    with pytest.raises(StoreRefused, match="journal_mode"):
        await opening(url)
    await opening(url, may_lose=True)


@pytest.mark.anyio
@pytest.mark.parametrize("value", ["off", "local", "remote_write"])
async def test_a_server_that_may_lose_commits_is_refused(postgres_url: str, value: str, opening: Opening) -> None:
    stranger = await asyncpg.connect(postgres_url)
    name = postgres_url.rpartition("/")[2]
    await stranger.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = {value}')
    await stranger.close()
    with pytest.raises(StoreRefused, match="synchronous_commit"):
        await opening(postgres_url)
    await opening(postgres_url, may_lose=True)


@pytest.mark.anyio
async def test_another_encoding_is_refused(postgres_cluster: Cluster, opening: Opening) -> None:
    postgres_cluster.run("CREATE DATABASE latin TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C' LOCALE_PROVIDER libc")
    with pytest.raises(StoreRefused, match="LATIN1"):
        await opening(postgres_cluster.url("latin"), may_lose=True)
    postgres_cluster.drop("latin")


@pytest.mark.anyio
async def test_timeouts_and_isolation_are_set(postgres_url: str, opening: Opening) -> None:
    migrate(postgres_url)
    store = await opening(postgres_url, limits=Limits(statement_seconds=5, lock_seconds=2, idle_seconds=7))
    names = ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "jit"]
    for run, isolation, read_only in ((store.write, "read committed", "off"), (store.read, "repeatable read", "on")):
        found = [
            str((await run(lambda unit, name=name: unit._sql.fetch(f"SHOW {name}")))[0][0])  # type: ignore[misc]  # bound early
            for name in (*names, "transaction_isolation", "transaction_read_only")
        ]
        assert found == ["5s", "2s", "7s", "off", isolation, read_only]


@pytest.mark.anyio
@pytest.mark.parametrize("url", ["postgresql://nobody@127.0.0.1:1/none", "sqlite:////nowhere/at/all/lantern.db"])
async def test_a_database_that_is_not_there_is_unavailable(url: str, opening: Opening) -> None:
    with pytest.raises(Unavailable):
        await opening(url)
    with pytest.raises(Unavailable):
        migrate(url)


def test_migrations_must_be_somewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(schema, "_FOLDERS", (tmp_path,))
    with pytest.raises(StoreError, match="No migrations"):
        migrate(f"sqlite:///{tmp_path}/lantern.db")


def test_parameters_stay_out_of_error_messages(tmp_path: Path) -> None:
    assert engine_for(f"sqlite:///{tmp_path}/x.db", begin="BEGIN").hide_parameters
