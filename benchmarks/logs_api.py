"""What is asked of the service about a log."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

import httpx

from benchmarks.logs_data import Case
from benchmarks.replay_poison import text

BATCH, CONNECTIONS, PAGE, ATTEMPTS = 500, 2, 200, 60
JSON = {"Content-Type": "application/json"}
BUSY = 503


async def answered(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - an answer is JSON
    """Ask until the service is not busy."""
    for _ in range(ATTEMPTS):
        answer: httpx.Response = await ask()
        if answer.status_code != BUSY:
            assert answer.is_success, answer.text[:2000]
            return answer.json()
        await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
    message = f"refused {ATTEMPTS} times"
    raise RuntimeError(message)


async def send(client: httpx.AsyncClient, cases: Iterable[Case], say: Callable[[str], None]) -> int:
    """Send cases as history; each event has to be accepted. Answers how many there were."""
    events = [each.told() for case in cases for each in case]
    waiting = [events[at : at + BATCH] for at in range(0, len(events), BATCH)][::-1]

    async def lane() -> None:
        while waiting:
            say(f"send, {len(waiting)} batches left")
            body = text({"events": waiting.pop(), "backfill": True}).encode()
            told = await answered(partial(client.post, "/v1/events", content=body, headers=JSON))
            assert told["summary"]["rejected"] == told["summary"]["conflict"] == 0, told

    async with asyncio.TaskGroup() as group:
        for _ in range(CONNECTIONS):
            group.create_task(lane())
    return len(events)


async def learn(client: httpx.AsyncClient) -> dict[str, Any]:
    """Make the one calibration; answers what was learned, by `journey/stage`."""
    stages: dict[str, Any] = (await answered(partial(client.post, "/v1/calibrations")))["stages"]
    made = (await answered(partial(client.get, "/v1/calibrations")))["items"]
    assert len(made) == 1, "another calibration was made meanwhile, so it is not known which one was in force"
    return stages


async def ask(client: httpx.AsyncClient, journey: str, question: str, span: tuple[int, int]) -> Any:  # noqa: ANN401
    """Ask about everybody in a span."""
    start, end = (datetime.fromtimestamp(at, UTC).isoformat() for at in span)
    return await answered(partial(client.get, f"/v1/journeys/{journey}/{question}", params={"from": start, "to": end}))


async def breakpoints(client: httpx.AsyncClient, journey: str, kind: str) -> Sequence[dict[str, Any]]:
    """All breakpoints of a journey of one kind, whether they stand or not."""
    found: list[dict[str, Any]] = []
    wanted = {"journey": journey, "kind": kind, "limit": str(PAGE)}
    cursor: str | None = ""
    while cursor is not None:
        parameters = {**wanted, "cursor": cursor} if cursor else wanted
        page = await answered(partial(client.get, "/v1/breakpoints", params=parameters))
        found += page["items"]
        cursor = page["next_cursor"]
    return found


def seconds(moment: str) -> float:
    """An instant of an answer, in seconds."""
    return datetime.fromisoformat(moment).timestamp()
