"""The service is killed again and again under load: what was acknowledged is there, once, nothing is half done (D1)."""

import asyncio
import json
import os
import random
import time
from pathlib import Path

import pytest

from tests.durability.clients import Client, Memory
from tests.durability.processes import run, service, until_ready
from tests.durability.proof import prove
from tests.usecases.given import Clock, opened, put_in_force

KILLS = int(os.environ.get("LANTERN_TEST_KILLS", "15"))
CLIENTS = 4
PEOPLE = [f"member:m{number}" for number in range(12)]


@pytest.mark.anyio
async def test_kill_9_under_load(home: str, tmp_path: Path) -> None:
    clock = Clock(time.time_ns() // 1000)
    async with opened(home, clock) as app:
        await put_in_force(app)
    chance, memory, stopping = random.Random(KILLS), Memory(), asyncio.Event()
    loading: list[asyncio.Task[None]] = []
    with service(home, tmp_path / "words") as (served, url):
        for kill in range(KILLS + 1):
            memory.answered.clear()
            served.start()
            await asyncio.to_thread(until_ready, served, url)
            if not kill:
                clients = [Client(number, [url], PEOPLE, clock.now, memory, stopping) for number in range(CLIENTS)]
                loading = [asyncio.create_task(each.run()) for each in clients]
            await asyncio.sleep(chance.uniform(0, 0.05))
            if kill % 4:  # in the midst of it, not only at its beginning
                await memory.answered.wait()
                await asyncio.sleep(chance.uniform(0.05, 0.5))
            if kill < KILLS:
                assert served.kill(), "it runs until it is killed"
            for each in loading:
                assert not each.done() or each.result() is None
        stopping.set()
        await asyncio.gather(*loading)
        served.stop()
    assert memory.unheard >= KILLS, "every kill met somebody who was waiting"
    assert len(memory.acknowledged) > 2 * KILLS
    clock.now = time.time_ns() // 1000
    async with opened(home, clock) as app:
        await prove(app, memory)
    found = json.loads(run(home, "verify", "--json"))
    assert (found["profiles"], found["differences"]) == (len(PEOPLE), 0)
