"""A stream of which 5 % of the events come late / the same stream in order; through the store on SQLite."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack
from random import Random

from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import ACTOR, BATCH, Event, World, batches, instant, opened, read, who
from service.usecases.record import record

NAME = "late"
AIM = Aim(bound=1.4)
SHARE = 0.05


def delayed(groups: Sequence[Sequence[Event]]) -> list[list[Event]]:
    """Move 5 % of the events into the batch after the one in which the same person's next event comes: late for sure."""
    rng = Random(7)
    place = {id(event): number for number, group in enumerate(groups) for event in group}
    following: dict[int, int] = {}  # event → the batch of the same person's next event
    newest: dict[str, Event] = {}
    for event in (event for group in groups for event in group):
        if who(event) in newest:
            following[id(newest[who(event)])] = place[id(event)]
        newest[who(event)] = event
    possible = [event for group in groups for event in group if following.get(id(event), len(groups)) + 1 < len(groups)]
    total = sum(map(len, groups))
    chosen = {id(event) for event in rng.sample(possible, int(SHARE * total))}
    found: list[list[Event]] = [[event for event in group if id(event) not in chosen] for group in groups]
    for event in (event for group in groups for event in group if id(event) in chosen):
        group = found[following[id(event)] + 1]
        group.insert(rng.randrange(len(group) + 1), event)
    return found


async def run(world: World) -> AsyncGenerator[Row]:
    """One row. A late event makes its profile read its log again."""
    groups = list(batches(world.story.future, BATCH))
    streams = {"in order": groups, "late": delayed(groups)}
    each = len(groups) // (world.rounds + 1)
    async with AsyncExitStack() as stack:
        works: dict[str, Work] = {}
        for name, stream in streams.items():
            app, clock = await stack.enter_async_context(opened(await world.filled("sqlite")))

            async def work(step: int, app=app, clock=clock, stream=stream) -> float:
                clock.at = max(instant(event) for event in groups[step])
                items = read(stream[step])
                begun = processor()
                await record(app, ACTOR, items)
                return processor() - begun

            works[name] = work
        processor = world.processor("sqlite")
        found = await interleaved(world.rounds, each, works, Progress(NAME))
    what = "stream with 5 % late events / in order"
    yield Row(name=NAME, what=what, on="sqlite", values=ratios(found["late"], found["in order"]), aim=AIM)
