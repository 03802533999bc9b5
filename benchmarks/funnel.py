"""The same question in plain SQL over the raw events / the funnel of a journey over 1,000,000 runs, on one database.

Rows and events are made by SQL: half of the runs light all three stages, three of ten the first two, others the first.
The plain question groups events by person, as somebody would write it who has only the events.
"""

import asyncio
import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg

from benchmarks.clocks import Clock
from benchmarks.crowd import execute
from benchmarks.rounds import Progress, Work, interleaved, ratios
from benchmarks.table import Aim, Row
from benchmarks.world import World, opened, publish
from service.core.calendar import DAY, HOUR
from service.usecases.app import App
from service.usecases.funnel import funnel
from service.usecases.spans import Asked

NAME = "funnel"
Ask = Callable[..., Awaitable[Sequence[int]]]
AIM = Aim(bound=20, at_least=True)
START = 1_790_049_600_000_000  # 2026-09-22
SPAN = 28 * DAY  # over which they are entered
STAGES = [
    {"stage": name, "phase": "in_sale", "completed_by": {"event": kind}}
    for name, kind in (("one", "a"), ("two", "b"), ("three", "c"))
]
BOOK = {
    "playbook": "bench", "events": {"a": {}, "b": {}, "c": {}},
    "journeys": {"way": {"enter": {"event": "a"}, "stages": STAGES}},
}  # fmt: skip
NUMBERS = "WITH RECURSIVE n(k) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT k + 1 FROM n WHERE k < {runs})"
PAYLOAD = (
    '{"identities":["member:80000001"],"channel":"mini_program","touchpoint":"checkout","place":"sh_jingan",'
    '"properties":{"order_id":"o-2026-0001","amount":38500000,"items":2,"main_category":"latte"}}'
)
PLAIN = """
SELECT count(*), count(b), count(c) FROM (
  SELECT root, min(CASE WHEN type = 'a' THEN t END) AS a, min(CASE WHEN type = 'b' THEN t END) AS b,
         min(CASE WHEN type = 'c' THEN t END) AS c
  FROM events WHERE type IN ('a', 'b', 'c') GROUP BY root
) people WHERE a >= $1 AND a < $2
"""


async def run(world: World) -> AsyncGenerator[Row]:
    """One row for each database."""
    for kind in world.databases:
        yield await _on(world, kind)


async def _on(world: World, kind: str) -> Row:
    runs = world.size(1_000_000, 100_000)
    async with AsyncExitStack() as stack:
        url = world.empty(kind)
        app, clock = await stack.enter_async_context(opened(url))
        clock.at = START
        await publish(app, BOOK)
        Progress(NAME).say(f"{runs:,} runs on {kind}")
        await execute(url, _made(runs, postgres=kind == "postgresql"))
        clock.at = START + SPAN + 7 * DAY
        spent = world.processor(url)
        asked = Asked(journey="way", start=START, end=clock.at)
        plain = await stack.enter_async_context(_asking(url))
        works = {"kept": _kept(app, asked, spent, runs), "plain": _plain(plain, clock.at, spent, runs)}
        found = await interleaved(world.rounds, 1, works, Progress(f"{NAME} {kind}"))
    what = f"{runs:,} runs by plain SQL over events / by the funnel"
    return Row(name=NAME, what=what, on=kind, values=ratios(found["plain"], found["kept"]), aim=AIM, digits=1)


def _kept(app: App, asked: Asked, spent: Clock, runs: int) -> Work:
    async def work(_step: int) -> float:
        begun = spent()
        answer: dict[str, Any] = await funnel(app, asked)
        cost = spent() - begun
        assert [each["reached"]["k"] for each in answer["stages"]] == _expected(runs)
        return cost

    return work


def _plain(ask: Ask, end: int, spent: Clock, runs: int) -> Work:
    async def work(_step: int) -> float:
        begun = spent()
        found = await ask(PLAIN, START, end)
        cost = spent() - begun
        assert list(found) == _expected(runs)
        return cost

    return work


@asynccontextmanager
async def _asking(url: str) -> AsyncGenerator[Ask]:
    """A connection of its own, as a report would have it."""
    if url.startswith("sqlite"):
        kept = sqlite3.connect(url.removeprefix("sqlite:///"), check_same_thread=False)

        async def ask(text: str, *values: int) -> Sequence[int]:
            found: Sequence[int] = await asyncio.to_thread(
                lambda: kept.execute(text.replace("$", "?"), values).fetchone()
            )
            return found

        yield ask
        kept.close()
        return
    connection = await asyncpg.connect(url)

    async def ask_server(text: str, *values: int) -> Sequence[int]:
        return list(await connection.fetchrow(text, *values))

    yield ask_server
    await connection.close()


def _expected(runs: int) -> list[int]:
    return [runs, runs * 8 // 10, runs * 5 // 10]


def _made(runs: int, *, postgres: bool) -> list[str]:
    """The rows of runs as the service keeps them, and the events that they come from."""
    numbers = NUMBERS.format(runs=runs)
    body = f"convert_to('{PAYLOAD}', 'UTF8')" if postgres else f"CAST('{PAYLOAD}' AS BLOB)"
    print_ = f"convert_to('{'f' * 32}', 'UTF8')" if postgres else f"CAST('{'f' * 32}' AS BLOB)"
    entered = f"{START} + (k - 1) * {SPAN // runs}"
    lit = "CASE WHEN k % 10 < 5 THEN 'ooo' WHEN k % 10 < 8 THEN 'oo-' ELSE 'o--' END"
    status = "CASE WHEN k % 10 < 5 THEN 'completed' ELSE 'active' END"
    rows = (
        "INSERT INTO enrollments (profile, journey, key, status, stage, stage_since, entered_at, health, lit, closed, "
        f"body) {numbers} SELECT k, 'way', '', {status}, 'two', {entered}, {entered}, 100, {lit}, "
        f"{'false' if postgres else 0}, {body} FROM n"
    )
    events = [
        "INSERT INTO events (root, source, event_id, type, t, occurred_at, received_at, layer, fingerprint, payload) "
        f"{numbers} SELECT k, 'app', '{kind}' || k, '{kind}', {entered} + {after}, {entered} + {after}, "
        f"{entered} + {after}, 'import', {print_}, {body} FROM n WHERE k % 10 < {share}"
        for kind, after, share in (("a", 0, 10), ("b", HOUR, 8), ("c", 2 * HOUR, 5))
    ]
    days = (
        f"INSERT INTO cohort_days (journey, day, slot, version) SELECT 'way', entered_at / {DAY}, 0, 1 "
        "FROM enrollments GROUP BY 2"
    )
    return [rows, *events, days]
