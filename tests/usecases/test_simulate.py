"""Simulating says what recording would say, and keeps nothing."""

import random

import pytest

from service.core.calendar import HOUR
from service.store import Unit
from service.store.tables import metadata
from service.usecases.app import App
from service.usecases.look import look
from service.usecases.simulate import simulate
from tests.usecases.given import RICH, SYSTEM, Clock, Json, event, put_in_force, send, wire
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
            sent = {**each, "identity": f"member:{seed}"}
            foreseen: Json = await simulate(app, SYSTEM, wire([sent]))
            (result,) = await send(app, sent)
            (promised,) = foreseen["results"]
            known = ("profile_id", "version") if promised.get("profile_id") else ()  # a newcomer has none yet
            for name in ("status", "changes", *known):
                assert promised.get(name) == result.get(name), name
            shown: Json = await look(app, f"member:{seed}")
            (profile,) = foreseen["profiles"]
            assert {name: profile[name] for name in ("tags", "personas", "journeys", "traits")} == {
                name: shown[name] for name in ("tags", "personas", "journeys", "traits")
            }
