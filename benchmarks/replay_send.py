"""Send events over HTTP in shuffled batches of 500, and hold every item of every answer against what it must say."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from benchmarks.replay_data import RawEvent
from benchmarks.replay_poison import bad_item, text

BATCH = 500
CONNECTIONS = 4


@dataclass(frozen=True, slots=True)
class Item:
    """One line of a batch: a good event by its key, or a bad item by its kind."""

    body: str
    key: tuple[str, str, str] | None  # identity, source, event_id
    kind: str = ""
    mark: str = ""


@dataclass(slots=True)
class Ledger:
    """What was answered."""

    accepted: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    duplicates: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    codes: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))  # kind of bad item → codes
    marks: dict[str, str] = field(default_factory=dict)  # mark of a bad item → code
    wrong: list[str] = field(default_factory=list)
    retried: int = 0
    batches: int = 0


def shuffled(events: Iterable[RawEvent], seed: int, first_mark: int) -> list[list[Item]]:
    """Shuffle the events with 5 % sent twice and 1 % bad items, and cut them into batches."""
    random = Random(seed)
    good = [Item(text(one), (one["identity"], one["source"], one["event_id"])) for one in events]
    twice = random.sample(good, len(good) // 20)
    bad = []
    for serial in range(first_mark, first_mark + max(len(good) // 100, 80)):
        key = random.choice(good).key
        kind, mark, body = bad_item(serial, key[0] if key else "")
        bad.append(Item(body, None, kind, mark))
    items = good + twice + bad
    random.shuffle(items)
    return [items[place : place + BATCH] for place in range(0, len(items), BATCH)]


async def send(
    client: httpx.AsyncClient, batches: Sequence[list[Item]], ledger: Ledger, tick: Callable[[], None]
) -> None:
    """Send all batches over a few connections at once."""
    waiting = list(reversed(batches))

    async def lane() -> None:
        while waiting:
            batch = waiting.pop()
            await _one(client, batch, ledger)
            tick()

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(lane())


async def _one(client: httpx.AsyncClient, batch: list[Item], ledger: Ledger) -> None:
    body = ('{"events": [' + ", ".join(item.body for item in batch) + "]}").encode("utf-8")
    for attempt in range(60):
        try:
            answer = await client.post("/v1/events", content=body, headers={"Content-Type": "application/json"})
        except httpx.TransportError:
            ledger.retried += 1
            await asyncio.sleep(0.5)
            continue
        if answer.status_code != 503:
            ledger.batches += 1
            _check(answer, batch, ledger, again=attempt > 0)
            return
        ledger.retried += 1
        await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
    ledger.wrong.append("a batch was refused 60 times")


def _check(answer: httpx.Response, batch: list[Item], ledger: Ledger, *, again: bool) -> None:
    if answer.status_code != 200:
        kinds = sorted({item.kind for item in batch if item.kind})
        ledger.wrong.append(f"HTTP {answer.status_code} for a whole batch with {kinds}: {answer.text[:400]}")
        return
    told = answer.json()
    results = told["results"]
    if [one["index"] for one in results] != list(range(len(batch))):
        ledger.wrong.append(f"indexes are not 0…{len(batch) - 1}")
        return
    counted = Counter(one["status"] for one in results)
    summary = told.get("summary", {})
    if {name: n for name, n in summary.items() if n} != dict(counted):
        ledger.wrong.append(f"summary {summary} but results say {dict(counted)}")
    for item, one in zip(batch, results, strict=True):
        problem = _judge(item, one, ledger, again=again)
        if problem:
            ledger.wrong.append(f"index {one['index']} {item.kind or item.key}: {problem}: {str(one)[:300]}")


def _judge(item: Item, one: dict[str, Any], ledger: Ledger, *, again: bool) -> str:
    """Say what is wrong with the answer for one item, if anything."""
    status = one["status"]
    if item.key is None:
        code = (one.get("problem") or {}).get("code")
        ledger.codes[item.kind][str(code)] += 1
        ledger.marks[item.mark] = str(code)
        return "" if status == "rejected" and code else "a bad item must be rejected with a code"
    if one.get("event_id") != item.key[2]:
        return "another event_id"
    if status == "accepted":
        ledger.accepted[item.key] += 1
        return "accepted twice" if ledger.accepted[item.key] > 1 else ""
    if status == "duplicate":
        ledger.duplicates[item.key] += 1
        if again:  # the first try may have been stored before its answer was lost
            ledger.accepted.setdefault(item.key, 1)
        return "a duplicate has no changes" if one.get("changes") else ""
    return "a good item must be accepted"


def missing(ledger: Ledger, batches: Sequence[list[Item]]) -> list[str]:
    """Find good items that were never accepted, and duplicates that were not told so."""
    sent = Counter(item.key for batch in batches for item in batch if item.key is not None)
    result = [f"never accepted: {key}" for key in sent if ledger.accepted[key] != 1]
    if not ledger.retried:
        result += [f"sent {n} times, duplicate {ledger.duplicates[key]} times: {key}" for key, n in sent.items()
                   if ledger.duplicates[key] != n - 1]  # fmt: skip
    return result
