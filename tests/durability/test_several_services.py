"""Three services in processes of their own on one database and the same few people: nothing is lost or wrong (C1)."""

import asyncio
import os
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.durability.clients import Client, Memory
from tests.durability.processes import service, until_ready
from tests.durability.proof import prove
from tests.usecases.given import Clock, opened, put_in_force

REQUESTS = int(os.environ.get("LANTERN_TEST_REQUESTS", "40"))  # of each client
CLIENTS = 8
HOT = [f"member:m{number}" for number in range(4)]


@pytest.mark.anyio
async def test_three_services_on_four_people(postgres_home: str, tmp_path: Path) -> None:
    clock = Clock(time.time_ns() // 1000)
    async with opened(postgres_home, clock) as app:
        await put_in_force(app)
    memory, stopping = Memory(), asyncio.Event()
    with ExitStack() as stack:
        served = [stack.enter_context(service(postgres_home, tmp_path / str(number))) for number in range(3)]
        for each, _ in served:
            each.start()
        for each, url in served:
            await asyncio.to_thread(until_ready, each, url)
        urls = [url for _, url in served]
        clients = [Client(number, urls, HOT, clock.now, memory, stopping, REQUESTS) for number in range(CLIENTS)]
        await asyncio.gather(*(each.run() for each in clients))
        for each, _ in served:
            each.stop()
    assert memory.codes.keys() == {200}, "nobody was turned away"
    assert memory.acknowledged == memory.sent.keys()
    clock.now = time.time_ns() // 1000
    async with opened(postgres_home, clock) as app:
        await prove(app, memory)
