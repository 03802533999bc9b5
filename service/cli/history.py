"""Importing a file of events, line by line, in batches; running it again after a stop counts nothing twice."""

import asyncio
import gzip
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from service.cli.running import Clock, progress
from service.core.problem import Problem
from service.core.wire import parse_json
from service.settings import Settings
from service.usecases.app import App
from service.usecases.keys import PRESETS, Actor
from service.usecases.refer import record_with_referrals

Json = dict[str, object]
Send = Callable[[Sequence[bytes]], Awaitable[Json]]
BATCH, BYTES = 500, 1_000_000
TRIES = 8


class HistoryError(Exception):
    """The import could not go on; running it again continues."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where the events go: to a running service by URL and key, or straight into the database."""

    url: str | None
    key: str
    backfill: bool


async def import_file(file: Path, settings: Settings, clock: Clock, target: Target) -> Json:
    """Send every line; answers how many were accepted and so on, and the first lines that were rejected."""
    totals: Counter[str] = Counter()
    rejected: list[Json] = []
    size, done = sum(1 for _ in _lines(file)), 0
    async with _sender(settings, clock, target) as send:
        with progress(f"导入 · importing {file.name}") as step:
            for batch in _batches(_lines(file)):
                numbers, lines = zip(*batch, strict=True)
                _count(await send(lines), numbers, totals, rejected)
                done += len(batch)
                step(done, size)
    return {"lines": done, **totals, "first_rejected": rejected}


def _lines(file: Path) -> Iterator[tuple[int, bytes]]:
    """The lines with something in them, each with its number in the file."""
    with gzip.open(file) if file.suffix == ".gz" else file.open("rb") as handle:
        for number, line in enumerate(handle, 1):
            text = line.removeprefix(BOM_UTF8).strip()
            if text:
                yield number, text


def _batches(lines: Iterable[tuple[int, bytes]]) -> Iterator[list[tuple[int, bytes]]]:
    """As many as one request may hold: 500, and less than a mebibyte."""
    batch: list[tuple[int, bytes]] = []
    room = BYTES
    for number, line in lines:
        if batch and (len(batch) == BATCH or len(line) >= room):
            yield batch
            batch, room = [], BYTES
        batch.append((number, line))
        room -= len(line) + 1
    if batch:
        yield batch


def _count(answer: Json, numbers: Sequence[int], totals: Counter[str], rejected: list[Json]) -> None:
    summary, results = answer["summary"], answer["results"]
    if isinstance(summary, dict) and isinstance(results, list):
        totals.update(summary)
        bad = [each for each in results if each["status"] in ("rejected", "conflict")]
        rejected += [{"line": numbers[each["index"]], **each["problem"]} for each in bad[: 10 - len(rejected)]]


@asynccontextmanager
async def _sender(settings: Settings, clock: Clock, target: Target) -> AsyncGenerator[Send]:
    if target.url is None:
        app = await App.open(settings, clock)
        try:
            yield lambda batch: _record(app, batch, backfill=target.backfill)
        finally:
            await app.close()
        return
    headers = {"Authorization": f"Bearer {target.key}", "Content-Type": "application/json"}
    async with httpx.AsyncClient(base_url=target.url, headers=headers, timeout=120, trust_env=False) as client:
        yield lambda batch: _post(client, batch, backfill=target.backfill)


async def _record(app: App, batch: Sequence[bytes], *, backfill: bool) -> Json:
    actor = Actor(key_id="import", name="import", kind="system", scopes=PRESETS["admin"], source=None)
    return await record_with_referrals(app, actor, [_parsed(line) for line in batch], backfill=backfill)


def _parsed(line: bytes) -> object:
    found = parse_json(line)
    return None if isinstance(found, Problem) else found


async def _post(client: httpx.AsyncClient, batch: Sequence[bytes], *, backfill: bool) -> Json:
    """Send a batch; a busy or restarting service is waited for."""
    lines = [b"null" if len(line) > BYTES or isinstance(parse_json(line), Problem) else line for line in batch]
    body = b'{"backfill":' + (b"true" if backfill else b"false") + b',"events":[' + b",".join(lines) + b"]}"
    for attempt in range(TRIES):
        try:
            answer = await client.post("/v1/events", content=body)
        except httpx.TransportError:
            await asyncio.sleep(2**attempt / 4)
            continue
        if answer.status_code == httpx.codes.OK:
            found: Json = answer.json()
            return found
        if answer.status_code not in (httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.TOO_MANY_REQUESTS):
            message = f"HTTP {answer.status_code}: {answer.text[:500]}"
            raise HistoryError(message)
        await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
    message = "服务没有回应，请稍后重新运行 · the service does not answer; run it again later"
    raise HistoryError(message)
