"""With whom and what use cases are tested: a clock that is told the time, actors, events as the door reads them."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from service.core.calendar import write_instant
from service.core.wire import parse_json
from service.settings import Settings
from service.usecases.app import App
from service.usecases.failures import Clash
from service.usecases.follow import changes
from service.usecases.keys import PRESETS, Actor
from service.usecases.playbook import put_draft
from service.usecases.publish import publish
from service.usecases.record import record

Json = dict[str, Any]
PATIENCE = 300.0  # what waits so long has failed, however slow the machine is
NOON = 1_790_049_600_000_000  # 2026-09-22T12:00:00+08:00, a Tuesday
SYSTEM = Actor(key_id="k1", name="pos", kind="system", scopes=PRESETS["admin"], source=None)
STAFF = Actor(key_id="k2", name="lily", kind="staff", scopes=PRESETS["admin"], source=None)
RICH = (Path(__file__).parents[1] / "rich.yaml").read_text(encoding="utf-8")
PLAIN = """
playbook: plain
events:
  order_paid: {properties: {order_id: string, amount: number}}
  order_refunded: {properties: {order_id: string}, reverses: {event: order_paid, by: order_id}}
  menu_viewed: {}
  order_ready: {properties: {order_id: string}}
tags:
  buyer: {when: {count: {event: order_paid}, gte: 1}}
  fresh: {when: {count: {event: order_paid, within: 1h}, gte: 1}}
  lapsing: {when: {all: [{tag: buyer}, {since_last: {event: order_paid}, gte: 1d}]}}
  hundred: {when: {count: {event: order_paid}, gte: 100}}
  vip: {kind: manual}
personas:
  tier:
    score: {kind: value, event: order_paid, property: amount, half_life: 30d}
    classes: [{class: high_end, enter: p60, leave: p40}, {class: mass}]
    undetermined_below: {count: {event: order_paid}, lt: 1}
journeys:
  pickup:
    key: order_id
    enter: {event: order_paid}
    abandon_after: 2d
    stages:
      - {stage: pay, phase: in_sale, completed_by: {event: order_paid}}
      - {stage: ready, phase: in_sale, completed_by: {event: order_ready}, expected_within: 10m, stalled_after: 30m}
services:
  tasting: {kind: core, service_level: personalised, value: 30}
  reminder: {kind: related, service_level: standard, value: 1}
contact_policy: {at_most: 1, within: 7d, quiet_after: {outcome: dismissed, for: 14d}}
"""


@dataclass(slots=True)
class Clock:
    """A clock that stands still until it is told otherwise."""

    now: int = NOON

    def __call__(self) -> int:
        return self.now


def event(event_id: str, who: str = "member:1", kind: str = "order_paid", t: int = NOON, **given: object) -> Json:
    """An event as a client writes it; what is no field of it becomes a property."""
    fields = {name: given.pop(name) for name in ("source", "channel", "scenario", "identities") if name in given}
    name = {} if "identities" in fields else {"identity": who}
    found = {"event_id": event_id, "type": kind, "occurred_at": write_instant(t), "source": "pos"} | name | fields
    return found | {"properties": given}


def wire(events: Sequence[object]) -> list[object]:
    """As the door reads them."""
    found = parse_json(json.dumps(events).encode())
    assert isinstance(found, list)
    return found


async def send(app: App, *events: Mapping[str, object], actor: Actor = SYSTEM, backfill: bool = False) -> list[Json]:
    """Record events in one request; the results."""
    answer: Json = await record(app, actor, wire(events), backfill=backfill)
    results: list[Json] = answer["results"]
    return results


def statuses(results: Sequence[Json]) -> list[str]:
    return [each["status"] for each in results]


async def put_in_force(app: App, text: str = PLAIN, **more: object) -> None:
    """Publish a playbook, with other sections on top of it."""
    tree = YAML(typ="safe").load(text)
    for section, added in more.items():
        tree[section] = tree.get(section, {}) | added
    await put_draft(app, STAFF, json.dumps(tree).encode(), "application/json", None)
    try:
        await publish(app, STAFF, "", None)
    except Clash as clash:  # it would change many people, and that is meant
        await publish(app, STAFF, "", None, confirm=int(clash.en.rpartition(" ")[2]))


@asynccontextmanager
async def opened(url: str, clock: Callable[[], int], **settings: Any) -> AsyncGenerator[App]:
    """The service without its doors, on a migrated database."""
    app = await App.open(Settings(database_url=url, **settings), clock)
    try:
        yield app
    finally:
        await app.close()


async def until(met: Callable[[], Awaitable[bool]]) -> None:
    """Wait until it is so."""
    async with asyncio.timeout(PATIENCE):
        while not await met():  # noqa: ASYNC110 - what happens elsewhere sets no event here
            await asyncio.sleep(0.01)


@dataclass(slots=True)
class Listener:
    """Follows the feed."""

    app: App
    cursor: str | None = None

    async def news(self) -> list[Json]:
        """Everything that was said since the last time, in each profile's order."""
        found = list[Json]()
        while True:
            page: Json = await changes(self.app, self.cursor, 1000)
            found += page["items"]
            self.cursor = page["next_cursor"]
            if not page["items"]:
                return found
