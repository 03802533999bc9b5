"""Reading somebody's progress as he sees it / reading his profile, inside the service; the same people."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import World, opened
from service.usecases.look import look
from service.usecases.progress import progress
from service.usecases.record import profile_id

NAME = "progress"
AIM = Aim(bound=1.5)
PEOPLE = 200


async def run(world: World) -> AsyncGenerator[Row]:
    """One row for each database."""
    for kind in world.databases:
        yield await _on(world, kind)


async def _on(world: World, kind: str) -> Row:
    async with AsyncExitStack() as stack:
        url = await world.filled(kind)
        app, clock = await stack.enter_async_context(opened(url))
        clock.at = int(world.story.now.timestamp() * 1_000_000)
        rows = await app.read(lambda unit, _: unit.profiles.scan(0, PEOPLE))
        people, spent = [profile_id(row.profile) for row in rows], world.processor(url)

        async def seen(_step: int) -> float:
            begun = spent()
            for person in people:
                await progress(app, person)
            return spent() - begun

        async def looked(_step: int) -> float:
            begun = spent()
            for person in people:
                await look(app, person)
            return spent() - begun

        works: dict[str, Work] = {"progress": seen, "profile": looked}
        found = await interleaved(world.rounds, world.size(4, 1), works, Progress(f"{NAME} {kind}"))
    what = f"progress of {len(people)} people / their profiles"
    return Row(name=NAME, what=what, on=kind, values=ratios(found["progress"], found["profile"]), aim=AIM)
