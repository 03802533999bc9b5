"""Asked to end, a service answers whatever it has begun and takes nothing more; a worker ends well (operations.md)."""

import asyncio
import os
import signal
import time
from pathlib import Path

import httpx
import pytest

from service.core.calendar import HOUR
from service.usecases.app import App
from tests.durability.clients import HEADERS
from tests.durability.processes import program, service, until_ready
from tests.durability.proof import every_event
from tests.usecases.given import PATIENCE, Clock, Json, Listener, event, opened, put_in_force, send, until

REQUESTS = 6
EACH = 400


async def ask(http: httpx.AsyncClient, number: int) -> Json:
    events = [event(f"{number}.{place}", f"member:m{number}.{place}", order_id="o1") for place in range(EACH)]
    answer = await http.post("/v1/events", json={"events": events})
    assert answer.status_code == httpx.codes.OK, answer.text
    found: Json = answer.json()
    return found


@pytest.mark.anyio
async def test_whoever_was_being_served_is_answered(home: str, tmp_path: Path) -> None:
    clock = Clock(time.time_ns() // 1000)
    async with opened(home, clock) as app:
        await put_in_force(app)
    with service(home, tmp_path / "words") as (served, url):
        served.start()
        await asyncio.to_thread(until_ready, served, url)
        async with httpx.AsyncClient(base_url=url, headers=HEADERS, timeout=PATIENCE, trust_env=False) as http:
            asking, waiting = list[asyncio.Task[Json]](), set[asyncio.Task[Json]]()
            while not waiting:  # in the midst of it; if all were answered while this process was held up, once more
                more = [asyncio.create_task(ask(http, len(asking) + number)) for number in range(REQUESTS)]
                asking += more
                _, waiting = await asyncio.wait(more, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.to_thread(served.stop)
            found = await asyncio.gather(*asking)
            with pytest.raises(httpx.TransportError):
                await http.get("/health/live")
    assert [each["summary"]["accepted"] for each in found] == [EACH] * len(asking)
    async with opened(home, clock) as app:
        assert len(await app.store.read(every_event)) == len(asking) * EACH


@pytest.mark.anyio
async def test_a_worker_ends_well(home: str, tmp_path: Path) -> None:
    clock = Clock(time.time_ns() // 1000 - 3 * HOUR)
    with program(home, tmp_path / "words", "worker") as worker:
        async with opened(home, clock) as app:
            await put_in_force(app)
            await send(app, event("e1", t=clock.now))
            worker.start()
            await until(lambda: lapsed(app))
        os.kill(worker.child, signal.SIGTERM)
        await asyncio.to_thread(worker.wait)


async def lapsed(app: App) -> bool:
    return any(each["key"] == "fresh" and not each["on"] for each in await Listener(app).news())
