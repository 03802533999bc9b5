"""One unit of work is one transaction: all or nothing, whatever happens to it."""

import asyncio
import random

import asyncpg
import pytest
from sqlalchemy import event
from sqlalchemy.util import await_

from service.store import Conflict, Limits, Store, StoreError, TagRow, Unavailable, Unit, migrate
from service.store.postgres import Postgres
from tests.store.given import Opening, a_change, a_profile, an_event, pause, wait_for
from tests.usecases.given import until


class ChangedMindError(Exception):
    pass


async def kept(store: Store) -> int:
    return await store.read(lambda unit: unit.events.count())


@pytest.mark.anyio
async def test_what_the_work_raises_rolls_back_and_is_raised(store: Store) -> None:
    def write(unit: Unit) -> None:
        unit.events.insert([an_event()])
        raise ChangedMindError

    with pytest.raises(ChangedMindError):
        await store.write(write)
    assert await kept(store) == 0


@pytest.mark.anyio
@pytest.mark.parametrize("mistake", ["SELECT nonsense", "INSERT INTO heads VALUES (1, NULL)"])
async def test_a_swallowed_error_is_not_committed_around(store: Store, mistake: str) -> None:
    """A database rolls back by itself after some errors, and what followed would be kept without what went before."""

    def write(unit: Unit) -> None:
        unit.events.insert([an_event(1, "before")])
        with pytest.raises(StoreError):
            unit._sql.fetch(mistake)
        unit.events.insert([an_event(1, "after")])

    def write_no_more(unit: Unit) -> None:
        unit.events.insert([an_event(1, "before")])
        with pytest.raises(StoreError):
            unit._sql.fetch(mistake)

    for work in (write, write_no_more):
        with pytest.raises(StoreError):
            await store.write(work)
        assert await kept(store) == 0


@pytest.mark.anyio
@pytest.mark.parametrize("bad", [an_event(2**63), an_event(1, "lone \ud800")], ids=["beyond 64 bits", "lone surrogate"])
async def test_a_value_that_does_not_fit_is_refused_alike(store: Store, bad: object) -> None:
    with pytest.raises(StoreError):
        await store.write(lambda unit: unit.events.insert([an_event(), bad]))  # type: ignore[list-item]  # a bad row
    assert await kept(store) == 0
    await store.write(lambda unit: unit.events.insert([an_event()]))
    assert await kept(store) == 1


@pytest.mark.anyio
async def test_a_reader_sees_one_moment(store: Store) -> None:
    loop = asyncio.get_running_loop()

    def look_twice(unit: Unit) -> tuple[int, int]:
        before = unit.events.count()
        wait_for(store, lambda: store.write(lambda other: other.events.insert([an_event()])), loop)
        return before, unit.events.count()

    assert await store.read(look_twice) == (0, 0)
    assert await kept(store) == 1


@pytest.mark.anyio
async def test_a_reader_cannot_write(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.read(lambda unit: unit.events.insert([an_event()]))
    assert await kept(store) == 0


@pytest.mark.anyio
async def test_an_answer_means_that_others_see_it(store: Store, store_url: str, opening: Opening) -> None:
    other = await opening(store_url)
    for number in range(20):
        await store.write(lambda unit, number=number: unit.events.insert([an_event(number)]))  # type: ignore[misc]  # bound early
        assert await kept(other) == number + 1


@pytest.mark.anyio
async def test_a_cancelled_caller_leaves_nothing_half_done(store: Store) -> None:
    """Sixty callers leave at random moments: what began is finished, and no connection is left behind (C5).

    On a slow disk most leave before their turn; then more of them come.
    """
    chance, begun, callers = random.Random(1), list[int](), 0

    async def write(number: int) -> None:
        def work(unit: Unit) -> None:
            begun.append(number)
            unit.profiles.save([a_profile(number)])
            pause(store, 0.002)
            unit.events.insert([an_event(number)])

        await store.write(work)

    while callers < 60 or len(begun) <= 10:
        task = asyncio.create_task(write(callers))
        await asyncio.sleep(chance.uniform(0, 0.006))
        task.cancel()
        await asyncio.wait([task])
        callers += 1
    if running := getattr(store._database, "_running", None):
        await asyncio.wait(running)
    assert await store.write(lambda unit: sorted(unit.profiles.lock(range(callers)))) == sorted(begun)
    assert await kept(store) == len(begun)
    if store.dialect == "postgresql":
        idle = "SELECT count(*) FILTER (WHERE state <> 'idle'), count(*) FROM pg_stat_activity WHERE pid IN ("
        own = "SELECT pid FROM pg_stat_activity WHERE application_name = 'lantern' AND datname = current_database()"
        [(busy, connections)] = await store.read(lambda unit: unit._sql.fetch(f"{idle}{own})"))
        assert busy == 1, "the one that asks"
        assert int(str(connections)) <= Limits().connections


@pytest.mark.anyio
async def test_a_broken_connection_is_replaced(postgres_url: str, opening: Opening) -> None:
    migrate(postgres_url)
    store = await opening(postgres_url)

    def write(unit: Unit) -> None:
        unit.events.insert([an_event()])
        unit._sql.fetch("SELECT pg_terminate_backend(pg_backend_pid())")

    for _ in range(3):
        with pytest.raises(Unavailable):
            await store.write(write)
    stranger = await asyncpg.connect(postgres_url)
    own = "FROM pg_stat_activity WHERE application_name = 'lantern' AND datname = current_database()"

    async def gone() -> bool:
        return bool(await stranger.fetchval(f"SELECT count(*) = 0 {own}"))

    await until(gone)
    opened = list[asyncpg.Connection]()
    assert isinstance(store._database, Postgres)
    engine = store._database._writer.sync_engine
    event.listen(engine, "connect", lambda made, _: opened.append(made.driver_connection))
    await asyncio.gather(*(kept(store) for _ in range(4)))
    assert len(await stranger.fetch(f"SELECT pg_terminate_backend(pid) {own}")) == len(opened) > 0

    async def heard() -> bool:
        return all(each.is_closed() for each in opened)

    await until(heard)
    assert await asyncio.gather(*(kept(store) for _ in range(4))) == [0] * 4, "nobody meets a closed connection"
    await stranger.close()


@pytest.mark.anyio
async def test_waiting_has_an_end(postgres_url: str, opening: Opening) -> None:
    migrate(postgres_url)
    store = await opening(postgres_url)
    await store.write(lambda unit: unit.profiles.save([a_profile(1)]))
    hasty = await opening(postgres_url, limits=Limits(statement_seconds=1))
    with pytest.raises(Unavailable):
        await hasty.write(lambda unit: unit._sql.fetch("SELECT pg_sleep(90)"))
    stranger = await asyncpg.connect(postgres_url)
    await stranger.execute("BEGIN; SELECT * FROM profiles FOR UPDATE")
    hasty = await opening(postgres_url, limits=Limits(statement_seconds=900, lock_seconds=1))
    with pytest.raises(Unavailable):
        await hasty.write(lambda unit: unit.profiles.lock([1]))
    await stranger.execute("ROLLBACK")
    await stranger.close()
    assert await store.write(lambda unit: unit.profiles.lock([1])) == {1: a_profile(1)}


@pytest.mark.anyio
async def test_a_deadlock_is_a_conflict(postgres_url: str, opening: Opening) -> None:
    migrate(postgres_url)
    store = await opening(postgres_url)
    await store.write(lambda unit: unit.profiles.save([a_profile(1), a_profile(2)]))
    both = asyncio.Barrier(2)

    async def lock(first: int, second: int) -> bool:
        def work(unit: Unit) -> None:
            unit.profiles.lock([first])
            await_(both.wait())
            unit.profiles.lock([second])

        try:
            await store.write(work)
        except Conflict:
            return True
        return False

    assert sorted(await asyncio.gather(lock(1, 2), lock(2, 1))) == [False, True]


@pytest.mark.anyio
async def test_a_column_may_be_added_or_changed_under_a_running_store(postgres_url: str, opening: Opening) -> None:
    """Statements are kept prepared; a new column must not disturb them, a changed one costs a conflict (trap T15)."""
    migrate(postgres_url)
    store = await opening(postgres_url, limits=Limits(connections=1))
    await store.write(lambda unit: unit.profiles.save([a_profile(1)]))
    await store.read(lambda unit: unit.profiles.load([1]))
    stranger = await asyncpg.connect(postgres_url)
    await stranger.execute("ALTER TABLE profiles ADD COLUMN mood text DEFAULT ''")
    assert await store.read(lambda unit: unit.profiles.load([1])) == {1: a_profile(1)}
    await stranger.execute("ALTER TABLE profiles ALTER COLUMN newest TYPE integer")
    with pytest.raises(Conflict):
        await store.read(lambda unit: unit.profiles.load([1]))
    assert await store.read(lambda unit: unit.profiles.load([1])) == {1: a_profile(1)}
    await stranger.close()


@pytest.mark.anyio
async def test_plans_made_for_small_tables_do_not_scan_large_ones(postgres_url: str, opening: Opening) -> None:
    """PostgreSQL keeps the plan of a prepared statement: the first rows must not teach it to read whole tables."""
    migrate(postgres_url)
    store = await opening(postgres_url, limits=Limits(connections=1))

    def everything(unit: Unit) -> None:
        unit.identities.create([("a:1", 1), ("a:2", 2)])
        unit.identities.assign({1: 1, 2: 2})
        unit.identities.of_profiles([*unit.identities.by_profile_id([1, 2])])
        rows = unit.profiles.lock([1, 2])
        unit.profiles.save([a_profile(number, rows[number].version + 1 if rows else 1) for number in (1, 2)])
        unit.events.insert([an_event(1), an_event(2)])
        unit.events.fingerprints([(1, "pos", "e1"), (2, "pos", "e1")])
        unit.events.of_roots([1, 2], after=0)
        unit.links.of_roots([1, 2])
        unit.tags.put([TagRow(profile=1, tag="vip", value=None, since=1, because=b"")])
        unit.tags.remove([(1, "vip")])
        unit.enrollments.find([(1, "order", "o1")])
        unit.feed.append([a_change(1), a_change(2)])
        unit.feed.after(unit.feed.head(), 10)

    for _ in range(10):
        await store.write(everything)

    def scanned(unit: Unit) -> list[object]:
        everything(unit)
        return list(unit._sql.fetch("SELECT relname FROM pg_stat_xact_user_tables WHERE seq_scan > 0"))

    assert await store.write(scanned) == [("heads",)], "which has eight rows and is read whole"


@pytest.mark.anyio
async def test_a_full_disk_is_an_outage_that_heals(sqlite_url: str, opening: Opening) -> None:
    """SQLite rolls back by itself when the disk is full, and what follows would run outside (trap T14)."""
    migrate(sqlite_url)
    store = await opening(sqlite_url)

    def write(unit: Unit) -> None:
        unit._sql.fetch("PRAGMA max_page_count = 1")
        unit.events.insert([an_event(number, payload=bytes(3_000)) for number in range(100)])

    with pytest.raises(Unavailable):
        await store.write(write)
    assert await kept(store) == 0
    await store.write(lambda unit: unit.events.insert([an_event()]))
    assert await kept(store) == 1
