"""An in-order event of a profile with 5,000 past events / of one with 50, over the same year; on SQLite and in the core."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack
from itertools import islice

from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import ACTOR, BATCH, Event, World, batches, coffee, instant, opened, publish, read
from service.core.calendar import DAY, MINUTE, write_instant
from service.usecases.record import record

NAME = "past"
AIM = Aim(bound=1.7)
SHORT, LONG = 50, 5_000
START, YEAR = 1_760_000_000_000_000, 365 * DAY
WAY = ("menu_viewed", "cart_added", "order_paid", "order_ready", "order_picked_up")


def life(person: int, events: int) -> Iterator[Event]:
    """A year of so many events, then five minutes between two: one order after the other."""
    number = 0
    while True:
        at = START + (YEAR // events * number if number < events else YEAR + (number - events) * 5 * MINUTE)
        order = f"o{person}-{number // len(WAY)}"
        yield {
            "event_id": f"{person}-{number}", "identity": f"member:{person}", "type": WAY[number % len(WAY)],
            "occurred_at": write_instant(at + person), "channel": "mini_program", "scenario": "office",
            "properties": {"order_id": order, **_content(WAY[number % len(WAY)], number)},
        }  # fmt: skip
        number += 1


def _content(kind: str, number: int) -> dict[str, object]:
    if kind == "order_paid":
        return {"amount": 20 + number % 30, "items": 1 + number % 3, "category": "latte", "milk": "oat"}
    return {"wait_minutes": number % 20} if kind == "order_ready" else {"category": "latte"}


async def run(world: World) -> AsyncGenerator[Row]:
    """One row: everybody's next event in one batch, through the store."""
    people = world.size(20, 5)
    processor = world.processor("sqlite")
    async with AsyncExitStack() as stack:
        works: dict[str, Work] = {}
        for events in (SHORT, LONG):
            app, clock = await stack.enter_async_context(opened(world.empty("sqlite")))
            await publish(app, coffee())
            lives = [life(person, events) for person in range(people)]
            progress = Progress(f"{NAME}: years of {events} events")
            for person, own in enumerate(lives):
                progress.say(f"person {person} of {people}")
                for batch in batches(list(islice(own, events)), BATCH):
                    clock.at = instant(batch[-1])
                    await record(app, ACTOR, read(batch))

            async def work(step: int, app=app, clock=clock, lives=lives) -> float:
                coming = [next(own) for own in lives]
                clock.at, items = instant(coming[-1]), read(coming)
                begun = processor()
                await record(app, ACTOR, items)
                return processor() - begun

            works[str(events)] = work
        found = await interleaved(world.rounds, world.size(20, 20), works, Progress(NAME))
    what = f"in-order event after {LONG:,} / after {SHORT} in the same year"
    yield Row(name=NAME, what=what, on="sqlite", values=ratios(found[str(LONG)], found[str(SHORT)]), aim=AIM)
