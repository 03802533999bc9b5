"""Clients that send events over HTTP and send them again until they are heard; they remember what they were told."""

import asyncio
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx

from service.core.calendar import HOUR
from tests.durability.processes import KEY
from tests.usecases.given import PATIENCE, Json, event

Key = tuple[str, str, str]  # identity, source, event_id
HEADERS = {"Authorization": f"Bearer {KEY}"}


def key_of(each: Json) -> Key:
    return each["identity"], each["source"], each["event_id"]


@dataclass(slots=True)
class Memory:
    """What was sent, and what was answered."""

    sent: dict[Key, Json] = field(default_factory=dict)
    statuses: dict[Key, Counter[str]] = field(default_factory=dict)
    codes: Counter[int] = field(default_factory=Counter)
    unheard: int = 0
    answered: asyncio.Event = field(default_factory=asyncio.Event)

    def keep(self, events: Sequence[Json], answer: Json) -> None:
        for each, result in zip(events, answer["results"], strict=True):
            self.statuses.setdefault(key_of(each), Counter())[result["status"]] += 1

    @property
    def acknowledged(self) -> set[Key]:
        return {key for key, found in self.statuses.items() if found["accepted"] + found["duplicate"]}


@dataclass(slots=True)
class Client:
    """One client: his own sequence of events about people whom others write about, too."""

    number: int
    urls: Sequence[str]
    people: Sequence[str]
    now: int
    memory: Memory
    stopping: asyncio.Event
    most: int = 1_000_000
    turn: int = 0

    async def run(self) -> None:
        chance = random.Random(self.number)
        async with httpx.AsyncClient(headers=HEADERS, timeout=60, trust_env=False) as http:
            while self.turn < self.most and not self.stopping.is_set():
                self.turn += 1
                await self.deliver(http, self.batch(chance))

    def batch(self, chance: random.Random) -> list[Json]:
        """A few events; some have been sent by others, too, with the same content."""
        found = []
        for place in range(chance.randint(1, 4)):
            shared = chance.random() < 0.2
            name = f"shared.{chance.randrange(40)}" if shared else f"{self.number}.{self.turn}.{place}"
            own = random.Random(name)
            kind = own.choice(
                ["order_paid", "order_paid", "order_paid", "order_ready", "menu_viewed", "order_refunded"]
            )
            about: Json = {} if kind == "menu_viewed" else {"order_id": f"o{own.randrange(5)}"}
            if kind == "order_paid":
                about |= {"amount": own.randint(1, 9)}
            late = shared or own.random() < 0.1
            moment = self.now - HOUR + (own.randrange(HOUR) if late else self.turn * 10_000)
            found.append(event(name, own.choice(self.people), kind, moment, **about))
        return found

    async def deliver(self, http: httpx.AsyncClient, events: list[Json]) -> None:
        """Until it is heard, whatever happens; the same request again and again."""
        self.memory.sent |= {key_of(each): each for each in events}
        url = self.urls[self.turn % len(self.urls)]
        async with asyncio.timeout(PATIENCE):
            while True:
                answer = await self.ask(http, url, events)
                if answer is not None:
                    self.memory.keep(events, answer)
                    return
                await asyncio.sleep(0.05)

    async def ask(self, http: httpx.AsyncClient, url: str, events: list[Json]) -> Json | None:
        try:
            answer = await http.post(f"{url}/v1/events", json={"events": events})
        except httpx.TransportError:
            self.memory.unheard += 1
            return None
        self.memory.codes[answer.status_code] += 1
        self.memory.answered.set()
        assert answer.status_code in (200, 503), answer.text
        found: Any = answer.json()
        return found if answer.status_code == httpx.codes.OK else None
