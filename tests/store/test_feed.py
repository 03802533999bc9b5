import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg
import pytest

from service.store import PARTITIONS, ChangeRow, Store, Unit
from tests.store.given import Opening, a_change, pause, sqlite_file, stubbornly

ROWS = 3_000
WRITERS = 8
BATCH = 15


class AbortedError(Exception):
    """A unit that changes its mind."""


@pytest.mark.anyio
async def test_positions_are_dense_and_pages_are_fair(store: Store) -> None:
    busy = [a_change(8, version) for version in range(1, 101)]
    await store.write(lambda unit: unit.feed.append([*busy, a_change(3, 1)]))
    await store.write(lambda unit: unit.feed.append([a_change(16, 1), a_change(3, 2), a_change(11, 1)]))
    assert await store.read(lambda unit: unit.feed.head()) == [101, 0, 0, 3, 0, 0, 0, 0]
    page = await store.read(lambda unit: unit.feed.after([0] * PARTITIONS, 5))
    assert [(partition, position) for partition, position, _ in page] == [(0, 1), (3, 1), (0, 2), (3, 2), (0, 3)]
    page = await store.read(lambda unit: unit.feed.after([100, 0, 0, 2, 0, 0, 0, 0], 5))
    assert page == [(0, 101, a_change(16, 1)), (3, 3, a_change(11, 1))]
    assert await store.read(lambda unit: unit.feed.after([101, 0, 0, 3, 0, 0, 0, 0], 5)) == []


@pytest.mark.anyio
async def test_nothing_said_moves_nothing(store: Store) -> None:
    await store.write(lambda unit: unit.feed.append([]))
    assert await store.read(lambda unit: unit.feed.head()) == [0] * PARTITIONS


class Reader:
    """Follows the feed as a client does and remembers what it was told."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.vector = [0] * PARTITIONS
        self.told: list[ChangeRow] = []

    async def poll(self) -> None:
        for partition, position, row in await self.store.read(lambda unit: unit.feed.after(self.vector, 200)):
            assert position == self.vector[partition] + 1, "a gap"
            assert row.profile % PARTITIONS == partition
            self.vector[partition] = position
            self.told.append(row)

    async def follow(self, until: int) -> None:
        while len(self.told) < until:
            await self.poll()
            await asyncio.sleep(0.002)
        await self.poll()


async def write(store: Store, writer: int) -> list[ChangeRow]:
    """Say 3,000 / 8 things about a few profiles that nobody else writes to, slowly, and abort every now and then."""
    chance, versions, said = random.Random(writer), defaultdict[int, int](int), list[ChangeRow]()
    while len(said) < ROWS // WRITERS:
        profiles = [writer * 1000 + chance.randrange(20) for _ in range(BATCH)]  # of all partitions
        rows = []
        for profile in profiles:
            versions[profile] += 1
            rows.append(a_change(profile, versions[profile]))
        before, after, abort = chance.uniform(0, 0.002), chance.uniform(0, 0.004), chance.random() < 0.2

        def unit_of_work(unit: Unit) -> None:
            pause(store, before)  # noqa: B023 - it runs before the next round
            unit.feed.append(rows)  # noqa: B023 - the same
            pause(store, after)  # noqa: B023 - the same
            if abort:  # noqa: B023 - the same
                raise AbortedError

        try:
            await stubbornly(store, unit_of_work)
            said += rows
        except AbortedError:
            for profile in profiles:
                versions[profile] -= 1
    return said


@asynccontextmanager
async def an_open_transaction(store: Store, url: str) -> AsyncGenerator[None]:
    """Somebody has written something else and neither commits nor goes away; on SQLite he can only have read."""
    if store.dialect == "sqlite":
        connection = sqlite_file(url)
        connection.execute("BEGIN")
        connection.execute("SELECT count(*) FROM changes").fetchall()
        try:
            yield
        finally:
            connection.close()
        return
    stranger = await asyncpg.connect(url)
    await stranger.execute("BEGIN; INSERT INTO calibrations VALUES (77, 0, ''); SELECT pg_current_xact_id()")
    try:
        yield
    finally:
        await stranger.close()


@pytest.mark.anyio
async def test_a_reader_misses_nothing_and_hears_nothing_twice(store: Store, store_url: str, opening: Opening) -> None:
    """D9: eight writers with delays and aborts, an open transaction elsewhere, 3,000 rows, a reader that polls."""
    stores = [store, await opening(store_url)]
    reader = Reader(store)
    async with an_open_transaction(store, store_url), asyncio.timeout(600), asyncio.TaskGroup() as tasks:
        tasks.create_task(reader.follow(ROWS))
        writers = [tasks.create_task(write(stores[writer % 2], writer)) for writer in range(WRITERS)]
    said = [row for writer in writers for row in writer.result()]
    assert len(reader.told) == len(said) == ROWS
    assert set(reader.told) == set(said)
    versions = defaultdict[int, list[int]](list)
    for row in reader.told:
        versions[row.profile].append(row.version)
    assert all(heard == list(range(1, len(heard) + 1)) for heard in versions.values())


@pytest.mark.anyio
async def test_writers_of_many_profiles_never_deadlock(store: Store) -> None:
    """Partitions are always taken in the same order, whatever the order of the rows."""
    chance = random.Random(3)

    async def say() -> None:
        for _ in range(20):
            rows = [a_change(profile) for profile in chance.sample(range(100), 20)]
            await store.write(lambda unit, rows=rows: unit.feed.append(rows))  # type: ignore[misc]  # bound early

    await asyncio.gather(*(say() for _ in range(WRITERS)))
    assert sum(await store.read(lambda unit: unit.feed.head())) == 20 * 20 * WRITERS
