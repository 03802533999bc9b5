"""One event, however often and by however many it is sent, happens once (D4, D6)."""

import asyncio
import os
import random

import pytest

from service.usecases.app import App
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, STAFF, Clock, Json, Listener, event, opened, put_in_force, send, statuses

ROUNDS = int(os.environ.get("LANTERN_TEST_ROUNDS", "12"))
CLIENTS = 16


async def orders(app: App, who: str) -> int:
    shown: Json = await look(app, who)
    found: int = shown["personas"]["tier"]["because"]["orders"]
    return found


@pytest.mark.anyio
async def test_of_sixteen_who_send_the_same_one_is_heard(home: str, clock: Clock) -> None:
    """Through two services at once, a person who is new each time: there is no row to lock yet."""
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        for number in range(ROUNDS):
            who = f"member:m{number}"
            same = event("e1", who, amount=1)
            sent = [send((one, two)[client % 2], same, same) for client in range(CLIENTS)]
            found = [each for results in await asyncio.gather(*sent) for each in results]
            assert sorted(statuses(found)) == ["accepted"] + ["duplicate"] * (2 * CLIENTS - 1)
            assert {each["version"] for each in found} == {1}
            assert [len(each["changes"]) for each in found if each["status"] == "duplicate"] == [0] * (2 * CLIENTS - 1)
            assert await orders(one, who) == 1
        assert (await verify(one))["differences"] == 0
        said = await Listener(one).news()
        assert len(said) == len({(each["profile_id"], each["key"]) for each in said}) == 2 * ROUNDS


@pytest.mark.anyio
async def test_of_sixteen_versions_of_one_event_one_is_kept(home: str, clock: Clock) -> None:
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        for number in range(ROUNDS):
            who = f"member:m{number}"
            sent = [send((one, two)[client % 2], event("e1", who, amount=client + 1)) for client in range(CLIENTS)]
            found = [each for results in await asyncio.gather(*sent) for each in results]
            assert sorted(statuses(found)) == ["accepted"] + ["conflict"] * (CLIENTS - 1)
            winner = statuses(found).index("accepted") + 1
            assert {each["problem"]["code"] for each in found if each["status"] == "conflict"} == {
                "same_id_other_content"
            }
            shown: Json = await look(one, who)
            assert shown["personas"]["tier"]["because"]["average"] == winner
            (again,) = await send(two, event("e1", who, amount=winner))
            assert again["status"] == "duplicate"


@pytest.mark.anyio
async def test_one_id_of_two_people_is_two_events(app: App) -> None:
    await put_in_force(app)
    results = await send(app, event("e1", "member:1"), event("e1", "member:2"), event("e1", "member:1", source="app"))
    assert statuses(results) == ["accepted"] * 3
    assert (await orders(app, "member:1"), await orders(app, "member:2")) == (0, 0)
    await send(app, event("e2", "member:1", amount=1), event("e2", "member:2", amount=1))
    assert (await orders(app, "member:1"), await orders(app, "member:2")) == (1, 1)


@pytest.mark.anyio
async def test_whoever_did_not_hear_the_answer_asks_again(app: App) -> None:
    """The caller goes away at any moment; what was begun is finished, and asking again changes nothing more (D4)."""
    await put_in_force(app)
    chance = random.Random(5)
    versions = set[int]()
    for number in range(5 * ROUNDS):
        asked = asyncio.create_task(send(app, event(f"e{number}", t=NOON + number, amount=1)))
        await asyncio.sleep(chance.uniform(0, 0.006))
        asked.cancel()
        await asyncio.wait([asked])
        (result,) = await send(app, event(f"e{number}", t=NOON + number, amount=1))
        versions.add(result["version"])
        assert result["status"] in ("accepted", "duplicate")
        assert await orders(app, "member:1") == number + 1
    assert versions == set(range(1, 5 * ROUNDS + 1)), "each event was one version"
    assert app.committer.waiting == 0
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_an_event_sent_after_a_restart_is_still_known(home: str, clock: Clock) -> None:
    for status in ("accepted", "duplicate", "duplicate"):
        async with opened(home, clock) as app:
            if status == "accepted":
                await put_in_force(app)
            (result,) = await send(app, event("e1"))
            assert (result["status"], result["version"]) == (status, 1)
        clock.now += 30 * 24 * 3600 * 1_000_000


@pytest.mark.anyio
async def test_it_is_the_same_event_with_whatever_key_it_is_sent(app: App) -> None:
    await put_in_force(app)
    assert statuses(await send(app, event("e1"), actor=STAFF)) == ["accepted"]
    assert statuses(await send(app, event("e1"))) == ["duplicate"]
