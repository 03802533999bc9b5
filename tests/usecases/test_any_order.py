"""The same events, however they arrive, make the same people, the same facts and the same answers (laws 1 and 5, S2)."""

import asyncio
import json
import os
import random
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack

import pytest

from service.store import CalibrationRow, Unit
from service.usecases import folding
from service.usecases.app import App
from service.usecases.due import rederive_due
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import DAY, HOUR, NOON, RICH, Clock, Json, feed, opened, put_in_force, send
from tests.usecases.lives import (
    PEOPLE,
    Batch,
    backwards,
    history_last,
    in_order,
    instant,
    life,
    of_run,
    persons,
    shuffled,
)

LIVES = int(os.environ.get("LANTERN_TEST_LIVES", "12"))
SCORES = 20 * (1 << 20) + 27 * (1 << 20) + NOON * (1 << 20) // (30 * DAY)  # where the scores of these lives lie
Arrival = Callable[[Sequence[Json], random.Random], list[Batch]]
ARRIVALS: tuple[tuple[Arrival, bool], ...] = (  # and whether the batches come all at once
    (in_order, False), (backwards, False), (shuffled, False), (shuffled, True), (history_last, True),
)  # fmt: skip


def calibrate(unit: Unit) -> None:
    """Two calibrations that come into force while these lives go on."""
    for number, (at, low, high) in enumerate(((NOON + DAY, -4, 4), (NOON + 9 * DAY, 0, 2)), 1):
        quantiles = [SCORES + (low << 20) + (high - low) * (k << 20) // 1000 for k in range(1, 1001)]
        body = {"tier": {"m0": 20_000_000, "quantiles": quantiles, "profiles": 1000}}
        unit.calibrations.add(CalibrationRow(number=number, effective_from=at, body=json.dumps(body).encode()))


@pytest.fixture
async def apps(home: str, clock: Clock) -> AsyncGenerator[list[App]]:
    """Two services on one database."""
    async with AsyncExitStack() as stack:
        found = [await stack.enter_async_context(opened(home, clock)) for _ in range(2)]
        await put_in_force(found[0], RICH)
        await found[0].store.write(calibrate)
        yield found


async def arrive(
    apps: Sequence[App], clock: Clock, batches: Sequence[Batch], chance: random.Random, *, at_once: bool
) -> None:
    """Send the batches, none before it happened; or all together through both services."""
    clock.now = NOON
    if at_once:
        clock.now = max(instant(each) for batch in batches for each in batch)
        await asyncio.gather(*(send(chance.choice(apps), *batch) for batch in batches))
        return
    for batch in batches:
        clock.now = max(clock.now, *map(instant, batch))
        assert {each["status"] for each in await send(apps[0], *batch)} <= {"accepted", "duplicate"}
        if chance.random() < 0.5:
            await settle(apps[0])


async def settle(app: App) -> None:
    """Let the worker do what is due."""
    while await rederive_due(app):
        pass


async def told(app: App, run: str, names: Sequence[str]) -> dict[str, object]:
    """Of each name: who he is, what is shown of him, his facts and his rows; nothing that tells the runs apart."""
    found: dict[str, object] = {}
    for name in names:
        shown: Json = await look(app, name + run)
        profile = int(shown.pop("profile_id"), 16)
        version = shown.pop("version")
        assert version > 0
        kept = await app.store.read(lambda unit, profile=profile: rows_of(unit, profile))
        found[name] = json.loads(json.dumps([shown, *kept], default=str).replace(run, ""))
    return found


def rows_of(unit: Unit, profile: int) -> list[object]:
    """Facts and derived rows."""
    facts = unit.profiles.load([profile])[profile].facts
    tags = [(row.tag, row.value) for row in unit.tags.of_profile(profile)]
    personas = [(row.scheme, row.cls) for row in unit.personas.of_profile(profile) if row.cls != "undetermined"]
    runs = [
        (row.journey, row.key, row.status, row.stage, row.entered_at, row.closed)
        for row in unit.enrollments.of_profile(profile, 1000)
    ]
    breaks = [
        (row.journey, row.key, row.stage, row.kind, row.since, row.resolved_at)
        for row in unit.breakpoints.of_profile(profile)
    ]
    return [facts.hex(), tags, personas, sorted(runs), sorted(breaks, key=str)]


@pytest.mark.anyio
@pytest.mark.parametrize("checkpoint", [500, 4], ids=["short pasts", "long pasts"])
async def test_any_arrival_tells_the_same(
    apps: list[App], clock: Clock, checkpoint: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "CHECKPOINT_EVERY", checkpoint)
    for seed in range(LIVES):
        chance = random.Random(seed)
        events = life(chance)
        known = persons(events)
        end = max(map(instant, events)) + chance.choice([0, HOUR, 3 * DAY, 40 * DAY])
        first: dict[str, object] = {}
        for number, (arrival, at_once) in enumerate(ARRIVALS):
            run = f"#{seed}.{number}"
            batches = arrival([of_run(run, each) for each in events], chance)
            await arrive(apps, clock, batches, chance, at_once=at_once)
            clock.now = end
            await settle(apps[0])
            found = await told(
                apps[0], run, [name for name in PEOPLE if name in known and has_events(known[name], events)]
            )
            first = first or found
            assert found == first, f"seed {seed}, {arrival.__name__}, at once: {at_once}"
    assert (await verify(apps[0]))["differences"] == 0


def has_events(group: frozenset[str], events: Sequence[Json]) -> bool:
    return any((each.get("identities") or [each["identity"]])[0] in group for each in events)
