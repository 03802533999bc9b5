"""Many clients on few people: nothing is lost, nothing counts twice, first events race for nothing (C1, T2-T4)."""

import asyncio
import os
import random
from collections import Counter

import pytest

from service.core.calendar import HOUR
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, Clock, Json, event, opened, put_in_force, send

EACH = int(os.environ.get("LANTERN_TEST_EACH", "40"))  # requests of each client
CLIENTS = 8
HOT = [f"member:m{number}" for number in range(4)]


@pytest.mark.anyio
async def test_eight_clients_on_four_people_count_exactly(home: str, clock: Clock) -> None:
    """Two services on one database; some events come late, so that the log is read again in between."""
    clock.now = NOON + HOUR
    counts, paid = Counter[str](), Counter[str]()

    async def client(number: int) -> None:
        chance = random.Random(number)
        for turn in range(EACH):
            who, amount = chance.choice(HOT), chance.randint(1, 9)
            made = event(
                f"{number}.{turn}",
                who,
                t=NOON + chance.randrange(HOUR),
                amount=amount,
                order_id=f"o{chance.randint(1, 3)}",
            )
            (result,) = await send((one, two)[turn % 2], made)
            assert result["status"] == "accepted"
            counts[who] += 1
            paid[who] += amount

    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        await asyncio.gather(*map(client, range(CLIENTS)))
        for who in HOT:
            shown: Json = await look(one, who)
            because = shown["personas"]["tier"]["because"]
            assert because["orders"] == counts[who]
            assert because["average"] == pytest.approx(paid[who] / counts[who], abs=1e-6)
            assert shown["version"] <= counts[who]
        found: Json = await verify(one)
        assert (found["profiles"], found["differences"]) == (len(HOT), 0)


@pytest.mark.anyio
async def test_first_events_of_one_person_race_for_nothing(home: str, clock: Clock) -> None:
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        for number in range(EACH):
            who = f"openid:o{number}"
            sent = [send((one, two)[each % 2], event(f"e{each}", who, amount=1)) for each in range(CLIENTS)]
            results = [each for found in await asyncio.gather(*sent) for each in found]
            assert {each["status"] for each in results} == {"accepted"}
            assert len({each["profile_id"] for each in results}) == 1
            shown: Json = await look(two, who)
            assert shown["personas"]["tier"]["because"]["orders"] == CLIENTS
        assert (await verify(one))["differences"] == 0


@pytest.mark.anyio
async def test_links_race_with_events_and_with_each_other(home: str, clock: Clock) -> None:
    """Eight names become one person while all of them are busy; nothing falls between the profiles."""
    names = [f"openid:o{number}" for number in range(CLIENTS)]
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        for turn in range(EACH // 4):
            own = [f"{name}.{turn}" for name in names]
            links = [
                event(f"l{number}", own[number], "identity_linked", NOON + number, identity=own[number + 1])
                for number in range(CLIENTS - 1)
            ]
            buys = [event(f"b{number}", name, t=NOON + number, amount=1) for number, name in enumerate(own)]
            sending = [*links, *buys, *buys]
            random.Random(turn).shuffle(sending)
            await asyncio.gather(*(send((one, two)[place % 2], each) for place, each in enumerate(sending)))
            shown: Json = await look(one, own[0])
            assert shown["identities"] == sorted(own)
            assert shown["personas"]["tier"]["because"]["orders"] == CLIENTS
        assert (await verify(one))["differences"] == 0
