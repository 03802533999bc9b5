"""How good personas are: the top fifth by score, asked of a real service over HTTP, against what they spend later.

`python -m benchmarks.quality --data cdnow|retail [--database sqlite|postgresql] [--url URL] [--sample N] [--refunds …]`
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote

import httpx
from rich.console import Console

from benchmarks import replay_data
from benchmarks.oracle_time import instant
from benchmarks.quality_flips import flips
from benchmarks.quality_people import BOUGHT, CUTS, REFUNDED, Person, capture, people_of
from benchmarks.quality_rivals import lifetime_value, rfm
from benchmarks.replay_api import calibrate, define
from benchmarks.replay_poison import text
from benchmarks.replay_service import Service, databases, running
from benchmarks.rounds import Progress
from benchmarks.table import Aim, Row, show

BATCH, CONNECTIONS, READERS = 500, 4, 16
ATTEMPTS = 60
ENTER, LEAVE = "p80", "p65"
BANDS = ("p80", "p70", LEAVE, "p60")  # where the class is left; the first is no band (docs/decisions/0018)
JSON = {"Content-Type": "application/json"}
AGAINST_RFM, AGAINST_LIFETIMES, FLIPS = Aim(bound=1.0, at_least=True), Aim(bound=0.99, at_least=True), Aim(bound=0.6)


def playbook(data: str) -> dict[str, Any]:
    """Orders and refunds, and one scheme: the defaults of a value score, the best fifth."""
    money: dict[str, Any] = {"type": "money", "unit": "fen"} if data == "cdnow" else {"type": "money"}
    properties = {"amount": money, "order_id": "string"}
    refunds = {"properties": properties, "reverses": {"event": BOUGHT, "by": "order_id"}}
    scheme = {
        "score": {"kind": "value", "event": BOUGHT, "property": "amount", "half_life": "180d"},
        "classes": [{"class": "high_end", "enter": ENTER, "leave": LEAVE}, {"class": "mass"}],
    }
    return {
        "playbook": "quality",
        "events": {BOUGHT: {"properties": properties}, REFUNDED: refunds},
        "personas": {"tier": scheme},
    }


def told(events: Sequence[Mapping[str, Any]], *, as_orders: bool) -> list[dict[str, Any]]:
    """The events with what the playbook declares. A refund is an order of less than nothing, or takes one back."""
    found = []
    for each in events:
        kept = {name: value for name, value in each["properties"].items() if name in {"amount", "order_id"}}
        found.append({**each, "type": BOUGHT if as_orders else each["type"], "properties": kept})
    return found


# ---- the service


async def scores(client: httpx.AsyncClient, data: str, people: Mapping[str, Person]) -> dict[str, float]:
    """Send everything up to the cut, calibrate, and read everybody's score."""
    await define(client, text(playbook(data)))
    events = sorted((event for one in people.values() for event in one.events), key=lambda e: instant(e["occurred_at"]))
    bodies = [f'{{"events": {text(events[at : at + BATCH])}}}' for at in range(0, len(events), BATCH)]
    progress = Progress(f"quality {data}")

    async def send(body: str) -> None:
        answer = await _answered(lambda: client.post("/v1/events", content=body.encode(), headers=JSON))
        assert answer["summary"]["rejected"] == 0, answer

    await _each(bodies, send, CONNECTIONS, lambda left: progress.say(f"send, {left} batches left"))
    await calibrate(client)
    found: dict[str, float] = {}

    async def read(name: str) -> None:
        answer = await _answered(lambda: client.get(f"/v1/profiles/{quote(name, safe='')}"))
        found[name] = float(answer["personas"]["tier"]["score"])

    await _each(list(people), read, READERS, lambda left: progress.say(f"read, {left} people left"))
    progress.clear()
    return found


async def _each(things: Sequence[str], work: Callable[[str], Any], lanes: int, say: Callable[[int], None]) -> None:
    waiting = list(reversed(things))

    async def lane() -> None:
        while waiting:
            say(len(waiting))
            await work(waiting.pop())

    async with asyncio.TaskGroup() as group:
        for _ in range(lanes):
            group.create_task(lane())


async def _answered(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - an answer is JSON
    """Ask until the service is not busy."""
    for _ in range(ATTEMPTS):
        answer: httpx.Response = await ask()
        if answer.status_code != 503:
            assert answer.is_success, answer.text[:2000]
            return answer.json()
        await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
    message = f"refused {ATTEMPTS} times"
    raise RuntimeError(message)


async def _asked(service: Service, data: str, people: Mapping[str, Person]) -> dict[str, float]:
    async with service.client() as client:
        return await scores(client, data, people)


# ---- what is found


def judged(data: str, people: Mapping[str, Person], found: Mapping[str, float], database: str) -> list[Row]:
    """The share of later spending that each ranking captures, and how often classes change."""
    cut = CUTS[data]
    edge = instant(cut.at)
    ours = capture(people, found)
    rivals = {
        "RFM quintile sum": (capture(people, rfm(people)), AGAINST_RFM),
        "BG/NBD + gamma-gamma": (capture(people, lifetime_value(people, edge, cut.days)), AGAINST_LIFETIMES),
    }

    def row(what: str, value: float, aim: Aim | None = None, on: str = "core") -> Row:
        return Row(name=data, what=what, on=on, values=[value], aim=aim, digits=3)

    rows = [row(f"later spending of the top fifth, of {len(people):,} people", ours, on=database)]
    for name, (theirs, aim) in rivals.items():
        rows += [row(f"  by {name}", theirs), row(f"captured / by {name}", ours / theirs, aim, database)]
    banded = flips(playbook(data), people, edge, BANDS)
    without = banded[0]
    for bound, each in zip(BANDS, banded, strict=True):
        rows += [
            row(f"  changes of class per 100 people and year, leave {bound}", each.all),
            row("    people in the class at the cut", each.share),
        ]
        if each is not without:
            wanted = FLIPS if bound == LEAVE else None
            rows += [
                row(f"changes of class, enter {ENTER} and leave {bound} / no band", each.all / without.all, wanted),
                row("    of people who did nothing just then", each.unmoved / without.unmoved),
            ]
    return rows


def main() -> None:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", choices=sorted(CUTS), required=True)
    parser.add_argument("--database", choices=["sqlite", "postgresql"], default="sqlite")
    parser.add_argument("--url", help="a PostgreSQL server where databases may be created; without it one is started")
    parser.add_argument("--sample", type=int, metavar="N", help="only N people: quick, and too few to judge")
    refunds = "a refund is an order of less than nothing, or takes back the order that it names"
    parser.add_argument("--refunds", choices=["orders", "reversals"], default="orders", help=refunds)
    options = parser.parse_args()
    known = people_of(replay_data.load(options.data).sample(options.sample))
    people = {
        name: Person(events=told(one.events, as_orders=options.refunds == "orders"), orders=one.orders, spent=one.spent)
        for name, one in known.items()
    }
    with ExitStack() as stack:
        urls, folder = stack.enter_context(databases(options.database, options.url))
        service = stack.enter_context(running(urls[0], folder))
        found = asyncio.run(_asked(service, options.data, people))
    rows = judged(options.data, people, found, options.database)
    show(Console(width=None if sys.stdout.isatty() else 140), rows, "Shares and ratios of shares; nothing of time.")
    sys.exit(any("miss" in row.verdict for row in rows))


if __name__ == "__main__":
    main()
