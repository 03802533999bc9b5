"""Simulating says what recording would say, and keeps nothing."""

import random

import pytest

from service.core.calendar import DAY, HOUR
from service.store import Unit
from service.store.tables import metadata
from service.usecases.app import App
from service.usecases.look import look
from service.usecases.simulate import simulate
from tests.usecases.given import NOON, RICH, SYSTEM, Clock, Json, event, put_in_force, send, wire
from tests.usecases.lives import instant, life


def everything(unit: Unit) -> dict[str, list[str]]:
    """Every row of every table."""
    return {
        table.name: sorted(map(repr, unit._sql._connection.execute(table.select()))) for table in metadata.sorted_tables
    }


@pytest.mark.anyio
async def test_simulating_keeps_nothing(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    before = await app.store.read(everything)
    found: Json = await simulate(
        app, SYSTEM, wire([event("e2"), event("e3", "member:new"), event("e4", kind="never_heard_of"), {"bad": "item"}])
    )
    assert found["summary"] == {"accepted": 3, "duplicate": 0, "conflict": 0, "rejected": 1}
    assert await app.store.read(everything) == before


@pytest.mark.anyio
async def test_simulating_says_what_recording_will_say(app: App, clock: Clock) -> None:
    """One event after another of a life without links, some of them late, some twice, some in conflict."""
    await put_in_force(app, RICH)
    for seed in range(3):
        chance = random.Random(seed)
        events = [each for each in life(chance) if "identity" in each and "identity" not in each["properties"]]
        arriving = [*events, *chance.sample(events, len(events) // 4)]
        chance.shuffle(arriving)
        clock.now = max(map(instant, events)) + HOUR
        for each in arriving:
            sent = {**each, "identity": f"member:m{seed}"}
            foreseen: Json = await simulate(app, SYSTEM, wire([sent]))
            (result,) = await send(app, sent)
            (promised,) = foreseen["results"]
            known = ("profile_id", "version") if promised.get("profile_id") else ()  # a newcomer has none yet
            for name in ("status", "changes", *known):
                assert promised.get(name) == result.get(name), name
            shown: Json = await look(app, f"member:m{seed}")
            (profile,) = foreseen["profiles"]
            assert {name: profile[name] for name in ("tags", "personas", "journeys", "traits")} == {
                name: shown[name] for name in ("tags", "personas", "journeys", "traits")
            }


@pytest.mark.anyio
async def test_a_run_that_is_over_is_not_said_again(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    clock.now = NOON + 3 * DAY
    await send(app, event("e2", kind="menu_viewed", t=clock.now))
    await send(app, event("e3", kind="menu_viewed", t=clock.now + 1))
    last = event("e4", kind="tag_set", t=clock.now, tag="vip")
    foreseen: Json = await simulate(app, SYSTEM, wire([last]))
    (result,) = await send(app, last)
    assert [each["key"] for each in result["changes"]] == ["vip"]
    assert foreseen["results"][0]["changes"] == result["changes"]
