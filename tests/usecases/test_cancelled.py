"""Callers who leave at any moment leave no connection, no lock and no half-done work behind (C5)."""

import asyncio
import os
import random
from collections.abc import Coroutine

import asyncpg
import pytest

from service.usecases.app import App
from service.usecases.failures import Failure
from service.usecases.follow import changes
from service.usecases.look import look
from service.usecases.recommend import DecideRequest, decide
from service.usecases.verify import verify
from tests.usecases.given import NOON, PATIENCE, Clock, event, opened, put_in_force, send, until

CALLERS = int(os.environ.get("LANTERN_TEST_CALLERS", "400"))
AT_ONCE = 64
MINE = "application_name = 'lantern' AND datname = current_database()"


def call(app: App, number: int) -> Coroutine[object, object, object]:
    who = f"member:m{number % 7}"
    if number % 4 == 0:
        return look(app, who)
    if number % 4 == 1:
        return decide(app, DecideRequest(identity=who))
    if number % 4 == 2:
        return changes(app, None, 5)
    return send(app, event(f"e{number}", who, t=NOON + number, amount=1))


@pytest.mark.anyio
async def test_callers_who_leave(home: str, clock: Clock) -> None:
    chance = random.Random(6)
    async with opened(home, clock) as app:
        await put_in_force(app)
        await send(app, *(event("e", f"member:m{number}") for number in range(7)))
        callers, running = list[asyncio.Task[object]](), set[asyncio.Task[object]]()
        for number in range(CALLERS):
            callers.append(asyncio.create_task(call(app, number)))
            running.add(callers[-1])
            if len(running) >= AT_ONCE:
                await asyncio.sleep(chance.uniform(0, 0.01))
                for leaving in chance.sample(sorted(running, key=id), AT_ONCE // 2):
                    leaving.cancel()
                running -= (await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED))[0]
        ends = await asyncio.gather(*callers, return_exceptions=True)
        bad = [each for each in ends if isinstance(each, Exception) and not isinstance(each, Failure)]
        assert not bad, "who stays is answered"
        assert sum(each.cancelled() for each in callers) > CALLERS / 4
        await until(lambda: idle(app))
        if app.store.dialect == "postgresql":
            await until(lambda: nothing_open(home))
        assert (await asyncio.wait_for(verify(app), PATIENCE))["differences"] == 0
        (result,) = await asyncio.wait_for(send(app, event("last", "member:1", t=NOON + CALLERS)), PATIENCE)
        assert result["status"] == "accepted"


async def idle(app: App) -> bool:
    return app.committer.waiting == 0


async def nothing_open(url: str) -> bool:
    """All connections are back in the pool, none has a transaction open."""
    stranger = await asyncpg.connect(url)
    states = await stranger.fetch(f"SELECT state FROM pg_stat_activity WHERE {MINE}")
    await stranger.close()
    return len(states) <= 8 and {row["state"] for row in states} == {"idle"}
