"""An in-order event after 5,000 past events / after 50 in the same year: through the store on SQLite, and alone."""

from collections.abc import AsyncGenerator, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from itertools import islice

from benchmarks import clocks
from benchmarks.core import Person, admitted, grown, plan_of, take_in
from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import ACTOR, BATCH, Clock, Event, World, batches, coffee, instant, opened, publish, read
from service.core.calendar import DAY, MINUTE, write_instant
from service.core.calibration import Calibration
from service.core.plan import Plan
from service.usecases.app import App
from service.usecases.record import record

NAME = "past"
AIM = Aim(bound=1.7)
SHORT, LONG = 50, 5_000
START, YEAR = 1_760_000_000_000_000, 365 * DAY
WAY = ("menu_viewed", "cart_added", "order_paid", "order_ready", "order_picked_up")
ALONE = 3  # people in the core
STEPS = 20


def life(person: int, events: int) -> Iterator[Event]:
    """A year of so many events, one order after the other; then five minutes between two, whatever the year was."""
    number = 0
    while True:
        at = START + (YEAR // events * number if number < events else YEAR + (number - events) * 5 * MINUTE)
        kind = WAY[number % len(WAY)]
        yield {
            "event_id": f"{person}-{number}", "identity": f"member:p{person}", "type": kind,
            "occurred_at": write_instant(at + person), "channel": "mini_program", "scenario": "office",
            "properties": {"order_id": f"o{person}-{number // len(WAY)}", **_content(kind, number)},
        }  # fmt: skip
        number += 1


def _content(kind: str, number: int) -> dict[str, object]:
    if kind == "order_paid":
        return {"amount": 20 + number % 30, "items": 1 + number % 3, "category": "latte", "milk": "oat"}
    return {"wait_minutes": number % 20} if kind == "order_ready" else {"category": "latte"}


@dataclass(slots=True)
class Stored:
    """People with a past of one length in a database; each step everybody does one more thing."""

    app: App
    clock: Clock
    lives: list[Iterator[Event]]

    async def fill(self, events: int) -> None:
        """Let them live their year."""
        progress = Progress(f"{NAME}: a year of {events} events")
        for number, own in enumerate(self.lives):
            progress.say(f"person {number} of {len(self.lives)}")
            for batch in batches(list(islice(own, events)), BATCH):
                self.clock.at = instant(batch[-1])
                await record(self.app, ACTOR, read(batch))

    async def step(self, _number: int) -> float:
        coming = [next(own) for own in self.lives]
        self.clock.at, items = instant(coming[-1]), read(coming)
        begun = clocks.own()
        await record(self.app, ACTOR, items)
        return clocks.own() - begun


@dataclass(slots=True)
class InCore:
    """The same without a store."""

    plan: Plan
    lives: list[Iterator[Event]]
    people: dict[str, Person] = field(default_factory=dict)
    calibrations: tuple[Calibration, ...] = ()

    def fill(self, events: int) -> None:
        past = {str(n): list(admitted(self.plan, islice(own, events))) for n, own in enumerate(self.lives)}
        self.people, self.calibrations = grown(self.plan, past, START + YEAR)

    async def step(self, _number: int) -> float:
        coming = admitted(self.plan, [next(own) for own in self.lives])
        pairs = list(zip(self.people.values(), coming, strict=True))
        return sum(take_in(self.plan, self.calibrations, person, event) for person, event in pairs)


async def run(world: World) -> AsyncGenerator[Row]:
    """Two rows: everybody's next event in one batch through the store, and one by one in the core."""
    people = world.size(20, 3)
    plan, playbook = plan_of(coffee()), coffee()
    stored: dict[str, Work] = {}
    core: dict[str, Work] = {}
    async with AsyncExitStack() as stack:
        for events in (SHORT, LONG):
            app, clock = await stack.enter_async_context(opened(world.empty("sqlite")))
            await publish(app, playbook)
            kept = Stored(app, clock, [life(person, events) for person in range(people)])
            await kept.fill(events)
            stored[str(events)] = kept.step
            alone = InCore(plan, [life(person, events) for person in range(ALONE)])
            alone.fill(events)
            core[str(events)] = alone.step
        found = await interleaved(world.rounds, STEPS, stored, Progress(NAME))
        inside = await interleaved(world.rounds, STEPS, core, Progress(NAME))
    what = f"in-order event after {LONG:,} / after {SHORT} in the same year"
    yield Row(name=NAME, what=what, on="sqlite", values=ratios(found[str(LONG)], found[str(SHORT)]), aim=AIM)
    yield Row(name=NAME, what=what, on="core", values=ratios(inside[str(LONG)], inside[str(SHORT)]))
