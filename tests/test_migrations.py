"""The one chain on both databases: up, down, up, no drift, several starters at once, killed half way."""

import asyncio
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from service.store import Store, Unit, migrate
from service.store.schema import chain, on, revisions
from service.store.tables import metadata

ROOT = Path(__file__).parent.parent
MIGRATIONS = ROOT / "migrations"
STARTER = """
import sys
from pathlib import Path
from service.store import migrate
print("ready", flush=True)
sys.stdin.readline()
migrate(sys.argv[1], folder=Path(sys.argv[2]))
"""


def tables(url: str) -> set[str]:
    found: set[str] = set()
    on(url, lambda connection: found.update(inspect(connection).get_table_names()))
    return found


def indexes(connection: Connection) -> dict[str, list[tuple[str | None, list[str | None]]]]:
    inspector = inspect(connection)
    return {
        name: sorted((index["name"], index["column_names"]) for index in inspector.get_indexes(name))
        for name in inspector.get_table_names()
    }


def start(url: str, folder: Path = MIGRATIONS) -> subprocess.Popen[str]:
    """A program of its own that waits for a line and then migrates."""
    command = [sys.executable, "-c", STARTER, url, str(folder)]
    pipe = subprocess.PIPE
    process = subprocess.Popen(command, cwd=ROOT, stdin=pipe, stdout=pipe, stderr=pipe, text=True)
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def go(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        assert process.stdin
        process.stdin.write("go\n")
        process.stdin.flush()


def test_up_down_up(database_url: str) -> None:
    migrate(database_url)
    before: list[object] = []
    on(database_url, lambda connection: before.append(indexes(connection)))
    migrate(database_url, "base")
    assert tables(database_url) == {"alembic_version"}
    migrate(database_url)
    migrate(database_url)
    assert tables(database_url) == {*metadata.tables, "alembic_version"}
    on(database_url, lambda connection: before.append(indexes(connection)))
    assert before[0] == before[1]


def test_the_tables_are_what_the_migrations_make(database_url: str) -> None:
    def compare(connection: Connection) -> None:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []

    migrate(database_url)
    on(database_url, compare)


@pytest.mark.anyio
async def test_storage_and_order_are_set_on_postgresql(postgres_url: str) -> None:
    """What the comparison does not see: fill factor, storage, and bytewise text in every column."""
    migrate(postgres_url)
    store = await Store.open(postgres_url)

    def look(unit: Unit) -> list[object]:
        options = "SELECT relname, reloptions FROM pg_class WHERE relkind = 'r' AND reloptions IS NOT NULL ORDER BY 1"
        storage = "SELECT attrelid::regclass::text FROM pg_attribute WHERE attname = 'facts' AND attstorage = 'e'"
        linguistic = (
            "SELECT attrelid::regclass::text FROM pg_attribute JOIN pg_class ON attrelid = pg_class.oid "
            "WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND attcollation = 100"
        )
        return [unit._sql.fetch(options), sorted(unit._sql.fetch(storage)), unit._sql.fetch(linguistic)]

    found = await store.read(look)
    await store.close()
    assert found == [
        [("heads", ["fillfactor=50"]), ("profiles", ["fillfactor=50"])],
        [("checkpoints",), ("profiles",)],
        [("alembic_version",)],  # Alembic's own
    ]


def test_four_starters_at_once(database_url: str) -> None:
    starters = [start(database_url) for _ in range(4)]
    go(starters)
    words = [starter.communicate(timeout=300)[1] for starter in starters]
    assert [starter.returncode for starter in starters] == [0] * 4, words
    assert tables(database_url) == {*metadata.tables, "alembic_version"}


def test_the_first_to_come_are_waited_for(sqlite_url: str) -> None:
    """SQLite does not wait when somebody else is busy with a file that has no log yet: we do."""
    first = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None, check_same_thread=False)
    first.execute("PRAGMA user_version = 1")
    first.execute("BEGIN IMMEDIATE")
    timer = threading.Timer(0.3, lambda: first.execute("COMMIT"))
    timer.start()
    migrate(sqlite_url)
    timer.join()
    first.close()
    assert tables(sqlite_url) == {*metadata.tables, "alembic_version"}


def test_killed_half_way(database_url: str, tmp_path: Path) -> None:
    """The half that was done is undone, whoever comes next finds the beginning and nobody's lock."""
    folder = shutil.copytree(MIGRATIONS, tmp_path / "migrations", ignore=shutil.ignore_patterns("__pycache__"))
    [first] = (folder / "versions").glob("*_first.py")
    text = first.read_text(encoding="utf-8")
    slow = '    derived()\n    print("half", flush=True)\n    __import__("time").sleep(60)\n'
    first.write_text(text.replace("    derived()\n", slow, 1), encoding="utf-8")
    starter = start(database_url, folder)
    go([starter])
    assert starter.stdout
    assert starter.stdout.readline() == "half\n"
    os.kill(starter.pid, signal.SIGKILL)
    starter.communicate(timeout=300)
    migrate(database_url)
    assert tables(database_url) == {*metadata.tables, "alembic_version"}


def test_revisions_are_named_by_date() -> None:
    names = [path.stem for path in (MIGRATIONS / "versions").glob("*.py")]
    assert all(re.fullmatch(r"\d{8}_[a-z0-9_]+", name) for name in names)
    assert sorted(names, reverse=True) == revisions(chain())


@pytest.mark.anyio
async def test_it_can_be_called_beside_a_running_event_loop(database_url: str) -> None:
    migrate(database_url)
    await asyncio.to_thread(migrate, database_url)


def test_the_sql_can_be_read(postgres_url: str) -> None:
    """`alembic upgrade head --sql` gives what a reviewer or a linter reads."""
    alembic = [sys.executable, "-m", "alembic"]
    shown = subprocess.run([*alembic, "upgrade", "head", "--sql"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "CREATE TABLE profiles" in shown.stdout
    checked = subprocess.run(
        [*alembic, "-x", f"url={postgres_url}", "upgrade", "head"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stderr
    checked = subprocess.run(
        [*alembic, "-x", f"url={postgres_url}", "check"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
