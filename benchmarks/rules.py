"""Cost of an event with 1,000 rules / with 100, when the same ten rules read an event of its type; on SQLite."""

from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack

from benchmarks import clocks
from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import ACTOR, BATCH, Clock, World, body, opened, opened_body, publish
from service.core.calendar import DAY, MINUTE, write_instant
from service.usecases.app import App
from service.usecases.record import record

NAME = "rules"
AIM = Aim(bound=1.2)
FEW, MANY, EACH = 100, 1_000, 10
TYPES = FEW // EACH  # every event is of one of these types, whatever else the playbook knows
PEOPLE = 500
START = 1_760_000_000_000_000


def playbook(rules: int) -> dict[str, object]:
    """Ten rules for each event type: counts, sums, averages, silence, values; on what happened, not on what did not."""
    types = [f"e{number}" for number in range(rules // EACH)]
    tags = {f"{kind}_r{number}": rule for kind in types for number, rule in enumerate(_rules(kind))}
    properties = {"amount": "number", "items": "integer"}
    return {"playbook": "rules", "events": {kind: {"properties": properties} for kind in types}, "tags": tags}


def _rules(kind: str) -> list[dict[str, object]]:
    def over(**more: object) -> dict[str, object]:
        return {"event": kind, **more}

    amount = over(property="amount")
    conditions: list[dict[str, object]] = [
        {"count": over(within="7d"), "gte": 2},
        {"count": over(within="30d"), "gte": 4},
        {"count": over(), "gte": 5},
        {"sum": amount | {"within": "90d"}, "gte": 500},
        {"max": over(property="items"), "gte": 5},
        {"avg": amount | {"within": "30d"}, "gte": 40},
        {"active_days": over(within="30d"), "gte": 3},
        {"all": [{"count": over(), "gte": 1}, {"since_last": over(), "gte": "14d"}]},
        {"count": over(where={"property": "amount", "gt": 80}, within="30d"), "gte": 1},
    ]
    values = [{"value": str(bound), "when": {"sum": amount, "gte": bound}} for bound in (1000, 300, 1)]
    rules: list[dict[str, object]] = [{"when": condition} for condition in conditions]
    return [*rules, {"values": values}]


def event(number: int) -> dict[str, object]:
    """The same events for both playbooks: everybody in turn, a day between two events of one person."""
    return {
        "event_id": f"r{number}", "identity": f"member:p{number % PEOPLE}",
        "type": f"e{(number // PEOPLE + number) % TYPES}",
        "occurred_at": write_instant(START + number // PEOPLE * DAY + number % PEOPLE * MINUTE),
        "properties": {"amount": number * 37 % 100, "items": number % 7},
    }  # fmt: skip


async def run(world: World) -> AsyncGenerator[Row]:
    """One row."""
    each = world.size(3, 2)
    async with AsyncExitStack() as stack:
        works: dict[str, Work] = {}
        for rules in (FEW, MANY):
            app, clock = await stack.enter_async_context(opened(world.empty("sqlite")))
            await publish(app, playbook(rules))
            past = world.size(20, 6)
            for number in range(past):
                await _batch(app, clock, number)
            works[str(rules)] = _work(app, clock, past)
        found = await interleaved(world.rounds, each, works, Progress(NAME))
    what = f"event with {MANY:,} rules / with {FEW}, ten read its type"
    yield Row(name=NAME, what=what, on="sqlite", values=ratios(found[str(MANY)], found[str(FEW)]), aim=AIM)


def _work(app: App, clock: Clock, past: int) -> Work:
    async def work(step: int) -> float:
        begun = clocks.own()
        await _batch(app, clock, past + step)
        return clocks.own() - begun

    return work


async def _batch(app: App, clock: Clock, number: int) -> None:
    """One event of everybody."""
    clock.at = START + (number + 1) * DAY
    events = [event(place) for place in range(number * PEOPLE, (number + 1) * PEOPLE)]
    for start in range(0, PEOPLE, BATCH):
        await record(app, ACTOR, opened_body(body(events[start : start + BATCH])))
