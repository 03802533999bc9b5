"""Whoever follows the feed misses nothing, hears nothing twice, and each person's story in order (D9)."""

import asyncio
import random

import pytest

from service.core.calendar import HOUR
from service.usecases.app import App
from service.usecases.due import rederive_due
from service.usecases.failures import Invalid
from service.usecases.follow import changes
from tests.usecases.given import NOON, Clock, Json, Listener, event, opened, put_in_force, send

WRITERS = 8
TURNS = 25


async def follow(app: App, stop: asyncio.Event, chance: random.Random) -> list[Json]:
    """Page after page of random sizes while others write, and to the end when they have stopped."""
    heard, cursor = list[Json](), None
    while True:
        last = stop.is_set()
        page: Json = await changes(app, cursor, chance.randint(1, 30))
        assert page["next_cursor"] is not None
        heard += page["items"]
        cursor = page["next_cursor"]
        if last and not page["items"]:
            return heard
        await asyncio.sleep(0)


@pytest.mark.anyio
async def test_followers_hear_everything_once_while_eight_write(home: str, clock: Clock) -> None:
    stop, chance = asyncio.Event(), random.Random(4)

    async def write(number: int) -> None:
        own = random.Random(number)
        for turn in range(TURNS):
            who = [f"member:{own.randint(1, 200)}" for _ in range(own.randint(1, 4))]
            sent = [
                event(f"{number}.{turn}.{place}", each, t=NOON + turn, order_id="o1") for place, each in enumerate(who)
            ]
            await send((one, two)[turn % 2], *sent)
            clock.now += 60_000_000
            if turn % 8 == number:
                await rederive_due(two, 20)

    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        followers = [asyncio.create_task(follow(each, stop, chance)) for each in (one, two, one)]
        await asyncio.gather(*map(write, range(WRITERS)))
        stop.set()
        everything = await Listener(one).news()
        ids = sorted(each["id"] for each in everything)
        assert len(ids) == len(set(ids)) > 500
        for heard in await asyncio.gather(*followers):
            assert sorted(each["id"] for each in heard) == ids
            versions: dict[str, int] = {}
            for each in heard:
                assert each["version"] >= versions.get(each["profile_id"], 0)
                versions[each["profile_id"]] = each["version"]


@pytest.mark.anyio
async def test_each_change_bears_the_version_that_it_made_and_its_cause(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    await send(app, event("e2", kind="tag_set", tag="vip"), backfill=True)
    clock.now = NOON + 2 * HOUR
    await rederive_due(app)
    (last,) = await send(app, event("e3", kind="tag_removed", t=clock.now, tag="vip"))
    said = [(each["key"], each["on"], each["version"], each.get("cause")) for each in await Listener(app).news()]
    assert said == [
        ("buyer", True, 1, None), ("fresh", True, 1, None), ("vip", True, 2, "backfill"),
        ("fresh", False, 3, "time"), ("vip", False, last["version"], None),
    ]  # fmt: skip


@pytest.mark.anyio
async def test_a_cursor_is_ours_or_refused(app: App) -> None:
    page: Json = await changes(app, None, 10)
    assert (page["items"], await Listener(app, page["next_cursor"]).news()) == ([], [])
    for nonsense in ("", "x", "bnVsbA", "WzFd", "W10", "é", page["next_cursor"] + "AAAA"):
        with pytest.raises(Invalid):
            await changes(app, nonsense, 10)
