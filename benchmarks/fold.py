"""The pure core: an event taken in / an empty decode and encode of the same facts, under the coffee playbook."""

from collections.abc import AsyncGenerator

from benchmarks.core import admitted, copied, grown, open_and_close, plan_of, take_in
from benchmarks.rounds import Progress, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import World, coffee, who
from service.core.event import Event

NAME = "fold"
AIM = Aim(bound=2)
STEPS = 4


async def run(world: World) -> AsyncGenerator[Row]:
    """Two rows: with every section opened, and with all of them copied as they are."""
    plan = plan_of(coffee())
    lives: dict[str, list[Event]] = {}
    for wire, event in zip(world.story.past, admitted(plan, world.story.past), strict=True):
        lives.setdefault(who(wire), []).append(event)
    people, calibrations = grown(plan, lives, int(world.story.now.timestamp() * 1_000_000))
    coming = [
        (people[who(wire)], event)
        for wire, event in zip(world.story.future, admitted(plan, world.story.future), strict=True)
        if who(wire) in people and not plan.touch(event.type).reversals
    ]
    each = len(coming) // ((world.rounds + 1) * STEPS)

    async def absorbed(step: int) -> float:
        return sum(take_in(plan, calibrations, *pair) for pair in coming[step * each : (step + 1) * each])

    async def opened(step: int) -> float:
        return sum(open_and_close(plan, person) for person, _ in coming[step * each : (step + 1) * each])

    async def untouched(step: int) -> float:
        return sum(copied(plan, person) for person, _ in coming[step * each : (step + 1) * each])

    works = {"event": absorbed, "opened": opened, "copied": untouched}
    found = await interleaved(world.rounds, STEPS, works, Progress(NAME))
    what = "decode + absorb + encode + derive / decode + encode of "
    yield Row(name=NAME, what=what + "all sections", on="core", values=ratios(found["event"], found["opened"]), aim=AIM)
    yield Row(name=NAME, what=what + "none, copied", on="core", values=ratios(found["event"], found["copied"]))
