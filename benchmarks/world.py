"""Where a benchmark runs: fresh databases, filled with two thirds of a coffee chain's month; the rest is to come."""

import json
import shutil
import time
from collections.abc import AsyncGenerator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any, cast

from benchmarks import clocks
from benchmarks.rounds import Progress
from service.cli.coffee.month import month
from service.cli.demo import playbook_file
from service.core.calendar import read_instant
from service.core.wire import parse_json
from service.settings import Settings
from service.store import PlaybookRow, migrate
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.due import refold_stale
from service.usecases.keys import Actor, ensure_first_key
from service.usecases.record import record
from service.usecases.source import read_source
from tests.databases import Cluster

Event = Mapping[str, object]
KEY = "bench-key-0123456789abcdef"
BATCH = 500
AHEAD = timedelta(days=10)
ACTOR = Actor(key_id="bench", name="bench", kind="system", scopes=frozenset(), source=None)


class Clock:
    """The time of the App: told by the benchmark, so that months pass in seconds."""

    def __init__(self) -> None:
        self.at = 0

    def __call__(self) -> int:
        return self.at


@dataclass(slots=True, kw_only=True)
class World:
    """What all benchmarks of one run share."""

    folder: Path
    cluster: Cluster | None
    databases: Sequence[str]
    rounds: int
    quick: bool
    templates: dict[str, str] = field(default_factory=dict)
    made: int = 0
    story: "Story" = field(init=False)

    def __post_init__(self) -> None:
        self.story = Story(self.size(4_000, 700))

    def size(self, full: int, quick: int) -> int:
        """How many, depending on how long the run may take."""
        return quick if self.quick else full

    def processor(self, url: str) -> clocks.Clock:
        """CPU time of this process, and of the database's if they are others."""
        database = clocks.of_database(self.cluster, url)
        return lambda: clocks.own() + database()

    def empty(self, kind: str) -> str:
        """Make a database with the schema and nothing in it."""
        self.made += 1
        if kind == "sqlite":
            url = f"sqlite:///{self.folder / f'bench{self.made}.db'}"
        else:
            assert self.cluster is not None
            url = self.cluster.create(f"bench{self.made}")
        migrate(url)
        return url

    async def filled(self, kind: str) -> str:
        """Make a database that has seen the story up to now."""
        if kind not in self.templates:
            self.templates[kind] = await self._fill(kind)
        return self._copy(kind, self.templates[kind])

    async def _fill(self, kind: str) -> str:
        url, past = self.empty(kind), self.story.past
        progress = Progress(f"filling {kind}")
        async with opened(url) as (app, clock):
            clock.at = instant(past[0])
            await publish(app, coffee())
            await ensure_first_key(app)
            for batch in batches(past):
                clock.at = instant(batch[-1])
                await record(app, ACTOR, read(batch))
                progress.say(str(batch[-1]["occurred_at"]))
            clock.at = time.time_ns() // 1000
            await calibrate(app)
            while await refold_stale(app):
                progress.say("calibrated")
        progress.clear()
        return url

    def _copy(self, kind: str, template: str) -> str:
        self.made += 1
        if kind == "sqlite":
            copy = self.folder / f"bench{self.made}.db"
            shutil.copyfile(template.removeprefix("sqlite:///"), copy)
            return f"sqlite:///{copy}"
        assert self.cluster is not None
        name = f"bench{self.made}"
        self.cluster.run(f'CREATE DATABASE "{name}" TEMPLATE "{template.rpartition("/")[2]}"')
        return self.cluster.url(name)


class Story:
    """The month of a coffee chain that ends in ten days: twenty days are past, ten are still to come."""

    def __init__(self, people: int) -> None:
        self.people = people
        self.now = datetime.now(UTC).replace(microsecond=0)

    @cached_property
    def events(self) -> list[Event]:
        """All of it in order, each event once."""
        end = self.now + AHEAD
        found = {str(event["event_id"]): event for event in month(people=self.people, end=end)}
        return sorted(found.values(), key=instant)

    @property
    def past(self) -> list[Event]:
        """What has happened."""
        now = self.now.timestamp() * 1_000_000
        return [event for event in self.events if instant(event) < now]

    @property
    def future(self) -> list[Event]:
        """What is still to come, each event under one identity: who belongs together is known by now."""
        return [alone(event) for event in self.events[len(self.past) :]]


def alone(event: Event) -> Event:
    """The event under its first identity only."""
    names = event.get("identities")
    if not isinstance(names, list):
        return event
    kept = {name: value for name, value in event.items() if name != "identities"}
    return {**kept, "identity": names[0]}


def who(event: Event) -> str:
    """Whose event it is: the month writes the person's number into the event's id."""
    return str(event["event_id"]).split("-")[1]


def instant(event: Event) -> int:
    """When an event happened."""
    found = read_instant(str(event["occurred_at"]))
    assert found is not None
    return found


def coffee() -> object:
    """The example playbook as plain values, but for its drawing of lots: twins have other ids, and are to be equal."""
    tree = cast("dict[str, Any]", read_source(playbook_file().read_bytes(), "application/yaml").tree)
    return {**tree, "tags": {key: tag for key, tag in tree["tags"].items() if key != "pilot_group"}}


async def publish(app: App, playbook: object) -> None:
    """Put a playbook in force. As JSON, because YAML takes long to read."""
    row = PlaybookRow(
        version=1, body=json.dumps(playbook, ensure_ascii=False).encode(), media_type="application/json",
        published_at=app.clock(), published_by="bench", note="",
    )  # fmt: skip
    await app.write(lambda unit, _: unit.playbooks.publish(row))
    await app.read(lambda _unit, definitions: definitions)


@asynccontextmanager
async def opened(url: str) -> AsyncGenerator[tuple[App, Clock]]:
    """Open the service's inside on a database, without its HTTP door."""
    clock = Clock()
    app = await App.open(Settings(database_url=url, bootstrap_key=KEY), clock)
    try:
        yield app, clock
    finally:
        await app.close()


def batches(events: Sequence[Event], size: int = BATCH) -> Iterator[Sequence[Event]]:
    """The events in groups, in order; the last group may be smaller."""
    return (events[start : start + size] for start in range(0, len(events), size))


def body(events: Iterable[Event], **more: object) -> bytes:
    """A request's body."""
    return json.dumps({**more, "events": list(events)}, ensure_ascii=False).encode()


def read(events: Iterable[Event]) -> list[object]:
    """Events as the door reads them."""
    return opened_body(body(events))


def opened_body(text: bytes) -> list[object]:
    """The items in a body."""
    found = parse_json(text)
    assert isinstance(found, dict)
    items = found["events"]
    assert isinstance(items, list)
    return items
