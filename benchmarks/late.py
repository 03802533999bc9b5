"""A stream of which 5 % of the events come late / the same stream in order; through the store on SQLite."""

from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from random import Random

from benchmarks import clocks
from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import ACTOR, BATCH, Clock, Event, World, batches, instant, opened, read, who
from service.usecases.app import App
from service.usecases.record import record

NAME = "late"
AIM = Aim(bound=1.4)
SHARE = 0.05


def delayed(groups: Sequence[Sequence[Event]]) -> list[list[Event]]:
    """Move 5 % of the events behind the batch in which the same person's next event comes: late for sure."""
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


@dataclass(slots=True)
class Stream:
    """A database and what it is still to be told."""

    app: App
    clock: Clock
    groups: Sequence[Sequence[Event]]

    async def step(self, number: int) -> float:
        """Tell the next batch."""
        group = self.groups[number]
        self.clock.at, items = max(self.clock.at, *map(instant, group)), read(group)
        begun = clocks.own()
        await record(self.app, ACTOR, items)
        return clocks.own() - begun


async def run(world: World) -> AsyncGenerator[Row]:
    """One row. A late event makes its profile read its log again."""
    groups = list(batches(world.story.future, BATCH))
    works: dict[str, Work] = {}
    async with AsyncExitStack() as stack:
        streams: Mapping[str, Sequence[Sequence[Event]]] = {"in order": groups, "late": delayed(groups)}
        for name, told in streams.items():
            app, clock = await stack.enter_async_context(opened(await world.filled("sqlite")))
            works[name] = Stream(app, clock, told).step
        found = await interleaved(world.rounds, len(groups) // (world.rounds + 1), works, Progress(NAME))
    what = "stream with 5 % late events / in order"
    yield Row(name=NAME, what=what, on="sqlite", values=ratios(found["late"], found["in order"]), aim=AIM)
