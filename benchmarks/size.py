"""The facts of a profile with about 60 events under the coffee playbook, in KB."""

from collections.abc import AsyncGenerator

from benchmarks.core import admitted, grown, plan_of
from benchmarks.rounds import Progress
from benchmarks.table import Aim, Row
from benchmarks.world import World, coffee, instant, who
from service.cli.coffee.month import month
from service.core.event import Event

NAME = "size"
AIM = Aim(bound=1.5)
NEAR = range(55, 66)
KB = 1_000


async def run(world: World) -> AsyncGenerator[Row]:
    """One row, over many people."""
    plan = plan_of(coffee())
    Progress(NAME).say("a month of people")
    story = sorted({str(e["event_id"]): e for e in month(people=world.size(6_000, 1_200))}.values(), key=instant)
    lives: dict[str, list[Event]] = {}
    for wire, event in zip(story, admitted(plan, story), strict=True):
        lives.setdefault(who(wire), []).append(event)
    people, _ = grown(plan, lives, instant(story[-1]))
    sizes = [len(person.facts) / KB for person in people.values() if person.events in NEAR]
    what = f"facts of profiles with {NEAR.start}-{NEAR.stop - 1} events"
    yield Row(name=NAME, what=what, on="core", values=sizes, aim=AIM, unit=" KB")
