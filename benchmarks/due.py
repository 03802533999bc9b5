"""Deriving 200 due profiles when 1,000,000 others have something to come / when 1,000 have; same people, same instants.

The others are rows copied by SQL, all due later: what is measured is whether finding and deriving the few that are due
depends on how many wait.
"""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from benchmarks.crowd import execute, waiting
from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import Clock, World, opened
from service.core.calendar import DAY
from service.usecases.app import App
from service.usecases.due import rederive_due

NAME = "due"
AIM = Aim(bound=1.2)
DUE, FEW, COPIED = 200, 1_000, 100  # copied: rows of so many people, again and again
LATER = 3_650 * DAY


async def run(world: World) -> AsyncGenerator[Row]:
    """One row for each database."""
    for kind in world.databases:
        yield await _on(world, kind)


async def _on(world: World, kind: str) -> Row:
    many, works = world.size(1_000_000, 100_000), dict[str, Work]()
    now = int(world.story.now.timestamp() * 1_000_000)
    async with AsyncExitStack() as stack:
        apps = []
        for others in (FEW, many):
            Progress(NAME).say(f"{others:,} others on {kind}")
            url = await world.filled(kind)
            await execute(url, waiting(others, COPIED, now + LATER))
            app, clock = await stack.enter_async_context(opened(url))
            clock.at = now
            apps.append(app)
            works[str(others)] = _work(world, url, app, clock)
        found = await interleaved(world.rounds, world.size(4, 2), works, Progress(f"{NAME} {kind}"))
        left = [await app.read(lambda unit, _: unit.profiles.due(now + LATER, 1_000_000)) for app in apps]
        assert left[0] == left[1], "the same people do not have the same to come"
    what = f"{DUE} due profiles among {many:,} others / among {FEW:,}"
    return Row(name=NAME, what=what, on=kind, values=ratios(found[str(many)], found[str(FEW)]), aim=AIM)


def _work(world: World, url: str, app: App, clock: Clock) -> Work:
    spent = world.processor(url)

    async def work(_step: int) -> float:
        waiting_now = await app.read(lambda unit, _: unit.profiles.due(clock.at + LATER // 2, DUE))
        rows = await app.read(lambda unit, _: unit.profiles.load(waiting_now))
        clock.at = max(clock.at, *(row.due_at or 0 for row in rows.values()))
        begun = spent()
        done = await rederive_due(app, DUE)
        cost = spent() - begun
        assert done == DUE, f"{done} were due"
        return cost

    return work
