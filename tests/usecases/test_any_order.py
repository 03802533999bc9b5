"""The same events, however they arrive, make the same people, the same facts and the same answers (laws 1, 5; S2)."""

import asyncio
import json
import os
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from service.core.calendar import DAY, HOUR
from service.store import CalibrationRow, Unit
from service.usecases import folding
from service.usecases.app import App
from service.usecases.verify import verify
from tests.usecases.given import NOON, RICH, Clock, Json, Listener, opened, put_in_force, send
from tests.usecases.lives import (
    PEOPLE,
    Batch,
    backwards,
    halves,
    in_order,
    instant,
    life,
    of_run,
    persons,
    shuffled,
)
from tests.usecases.told import heard, portrait, seen, settle

LIVES = int(os.environ.get("LANTERN_TEST_LIVES", "10"))
SCORES = 20 * (1 << 20) + 27 * (1 << 20) + NOON * (1 << 20) // (30 * DAY)  # where the scores of these lives lie
Arrival = Callable[[Sequence[Json], random.Random], list[Batch]]
ARRIVALS: tuple[tuple[Arrival, bool], ...] = (  # and whether the batches come all at once
    (in_order, False), (backwards, False), (shuffled, False), (shuffled, True), (halves, True),
)  # fmt: skip


def calibrate(unit: Unit) -> None:
    """Two calibrations that come into force while these lives go on."""
    for number, (at, low, high) in enumerate(((NOON + DAY, -4, 4), (NOON + 9 * DAY, 0, 2)), 1):
        quantiles = [SCORES + (low << 20) + (high - low) * (k << 20) // 1000 for k in range(1, 1001)]
        body = {"schemes": {"tier": {"m0": 20_000_000, "quantiles": quantiles, "profiles": 1000}}, "rfm": {}}
        unit.calibrations.add(CalibrationRow(number=number, effective_from=at, body=json.dumps(body).encode()))


@dataclass(slots=True)
class World:
    """Two services on one database under one clock."""

    apps: list[App]
    clock: Clock

    async def live(self, batches: Sequence[Batch], chance: random.Random, *, at_once: bool) -> None:
        """Send the batches, none before it happened; or all together through both services."""
        self.clock.now = NOON
        if at_once:
            self.clock.now = max(instant(each) for batch in batches for each in batch)
            await asyncio.gather(*(send(chance.choice(self.apps), *batch) for batch in batches))
            return
        for batch in batches:
            self.clock.now = max(self.clock.now, *map(instant, batch))
            results = await send(self.apps[0], *batch, backfill=chance.random() < 0.2)
            assert {each["status"] for each in results} <= {"accepted", "duplicate"}
            if chance.random() < 0.5:
                await settle(self.apps[0])


@pytest.fixture
async def world(home: str, clock: Clock) -> AsyncGenerator[World]:
    async with AsyncExitStack() as stack:
        apps = [await stack.enter_async_context(opened(home, clock)) for _ in range(2)]
        await put_in_force(apps[0], RICH)
        await apps[0].store.write(calibrate)
        yield World(apps, clock)


@pytest.mark.no_cover
@pytest.mark.anyio
@pytest.mark.parametrize("checkpoint", [500, 4], ids=["short pasts", "long pasts"])
async def test_any_arrival_tells_the_same(world: World, checkpoint: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folding, "CHECKPOINT_EVERY", checkpoint)
    app = world.apps[0]
    listener = Listener(app)
    for seed in range(checkpoint, checkpoint + LIVES):
        chance = random.Random(seed)
        events = life(chance)
        who = persons(events)
        end = max(map(instant, events)) + chance.choice([0, HOUR, 3 * DAY, 40 * DAY])
        first: dict[str, object] = {}
        for number, (arrival, at_once) in enumerate(ARRIVALS):
            about = f"seed {seed}, {arrival.__name__}, at once: {at_once}"
            run = f"#{seed}.{number}"
            await world.live(arrival([of_run(run, each) for each in events], chance), chance, at_once=at_once)
            world.clock.now = end
            await settle(app)
            moments = [NOON + DAY // 2, (NOON + end) // 2, end + 2 * DAY]
            found, shown = await portrait(
                app, run, [name for name in PEOPLE if has_events(who.get(name, ()), events)], moments
            )
            assert {name: frozenset(each[0]["identities"]) for name, each in found.items()} == {  # type: ignore[index]  # JSON
                name: who[name] for name in found
            }, about
            first = first or found
            assert found == first, about
            told = heard(await listener.news())
            assert {profile: told.get(profile, {}) for profile in shown} == {
                profile: seen(each) for profile, each in shown.items()
            }, about
    assert (await verify(app)) | {"profiles": 0} == {"profiles": 0, "stale": 0, "differences": 0, "examples": []}


def has_events(group: Sequence[str] | frozenset[str], events: Sequence[Json]) -> bool:
    return any((each.get("identities") or [each["identity"]])[0] in group for each in events)
