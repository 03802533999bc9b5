"""The answer is lost after the commit: the client asks again, is told that it is known; nothing happens twice (D4)."""

import asyncio
import os
import random
import time
from pathlib import Path

import pytest

from tests.durability.clients import Client, Memory
from tests.durability.processes import service, until_ready
from tests.durability.proof import prove
from tests.durability.proxy import cut_wire
from tests.usecases.given import Clock, opened, put_in_force

CUTS = int(os.environ.get("LANTERN_TEST_CUTS", "150"))
CLIENTS = 4
PEOPLE = [f"member:m{number}" for number in range(12)]


@pytest.mark.anyio
async def test_answers_lost_after_the_commit(home: str, tmp_path: Path) -> None:
    clock = Clock(time.time_ns() // 1000)
    async with opened(home, clock) as app:
        await put_in_force(app)
    memory, stopping = Memory(), asyncio.Event()
    with service(home, tmp_path / "words") as (served, url):
        served.start()
        await asyncio.to_thread(until_ready, served, url)
        async with cut_wire(url, random.Random(CUTS), 0.5) as wire:
            clients = [Client(number, [wire.url], PEOPLE, clock.now, memory, stopping) for number in range(CLIENTS)]
            asking = [asyncio.create_task(each.run()) for each in clients]
            while wire.cuts < CUTS:
                await asyncio.sleep(0.01)
                assert not any(each.done() for each in asking)
            stopping.set()
            await asyncio.gather(*asking)
        served.stop()
    assert memory.unheard >= CUTS
    told = [set(found) for found in memory.statuses.values()]
    assert told.count({"duplicate"}) > CUTS / 4, "whoever lost the first answer heard the second"
    assert memory.acknowledged == memory.sent.keys()
    clock.now = time.time_ns() // 1000
    async with opened(home, clock) as app:
        await prove(app, memory)
