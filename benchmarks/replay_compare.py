"""Read every profile at every instant, and hold the answer against the oracle's."""

import asyncio
import multiprocessing
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

import httpx

from benchmarks import oracle
from benchmarks.oracle_book import Book, Calibration, Loose
from benchmarks.oracle_time import instant, written
from benchmarks.replay_data import RawEvent

Difference = tuple[str, Any, Any]  # where, the oracle's side, the service's side
Found = tuple[str, str, list[Difference]]  # identity, at, differences
Chunk = list[tuple[str, list[RawEvent], list[tuple[int, Any]]]]  # identity, events, (status, body) at each instant
CHUNK = 40
RUNS_OVER = 20  # of keyed runs that are over, the newest must be shown
ROUNDED = 0.00051
OK, NOT_FOUND = 200, 404


def differences(wanted: oracle.Answer | None, status: int, body: Loose) -> list[Difference]:
    """List what differs; None means that nothing had happened yet."""
    if wanted is None:
        quiet = status == NOT_FOUND or (status == OK and not body["journeys"] and not body["traits"])
        return [] if quiet else [("before the first event", "404 or nothing", (status, body))]
    if status != OK:
        return [("status", OK, (status, body))]
    try:
        got = normal(body)
    except (KeyError, TypeError, ValueError) as error:
        return [("shape", "the contract", f"{type(error).__name__} {error}: {str(body)[:400]}")]
    return list(_unequal("", _told(wanted, got["journeys"].keys()), got))


def normal(body: Loose) -> dict[str, Any]:
    """Bring an answer of the service into the oracle's shape."""
    journeys = {(one["journey"], one["key"]): _enrollment(one) for one in body["journeys"]}
    return {
        "listed twice": len(body["tags"])
        - len({one["key"] for one in body["tags"]})
        + len(body["journeys"])
        - len(journeys),
        "traits": dict(body["traits"]),
        "tags": {
            one["key"]: {
                "value": one["value"],
                "since": _instant(one["since"]),
                "until": _instant(one["until"]),
                "source": one["source"],
            }
            for one in body["tags"]
        },
        "personas": {
            name: {**{part: one.get(part) for part in ("class", "score", "position")}, "since": _instant(one["since"])}
            for name, one in body["personas"].items()
        },
        "journeys": journeys,
    }


def _told(wanted: oracle.Answer, shown: Collection[tuple[str, str | None]]) -> oracle.Answer:
    """Add what only a list can get wrong, and leave out old runs that the answer may leave out."""
    tags = {name: {**one, "source": "rule"} for name, one in wanted["tags"].items()}
    runs = wanted["journeys"]
    over = sorted(run["entered_at"] for (_, key), run in runs.items() if key is not None and run["status"] != "active")
    told = {
        id_: run
        for id_, run in runs.items()
        if id_ in shown or id_[1] is None or run["status"] == "active" or run["entered_at"] > _oldest(over)
    }
    return {**wanted, "tags": tags, "journeys": told, "listed twice": 0}


def _oldest(over: Sequence[str]) -> str:
    """Find the entry of the newest keyed run that is over and need not be shown."""
    return over[-RUNS_OVER - 1] if len(over) > RUNS_OVER else ""


def _enrollment(one: Mapping[str, Any]) -> dict[str, Any]:
    stages = {part["stage"]: [part["state"], _instant(part.get("at"))] for part in one["stages"]}
    health = one["health"]
    return {
        "status": one["status"],
        "stage": one["stage"],
        "entered_at": _instant(one["entered_at"]),
        "stages": {name: part if part[0] == "lit" else [part[0], None] for name, part in stages.items()},
        "breakpoints": sorted(
            [part["kind"], part["stage"], _instant(part["since"]) or "", _instant(part["resolved_at"]) or ""]
            for part in one["breakpoints"]
        ),
        "pace": one["pace"] if one["status"] == "active" else None,
        "progress": round(float(one["progress"]), 3),
        "health": {name: health[name] for name in ("score", "continuity", "timeliness", "quality")},
    }


def _instant(text: str | None) -> str | None:
    return None if text is None else written(instant(text))


def _unequal(path: str, wanted: Loose, got: Loose) -> Iterator[Difference]:
    if isinstance(wanted, dict) and isinstance(got, dict):
        for name in sorted(wanted.keys() | got.keys(), key=str):
            if name not in wanted and path.startswith("/personas/"):
                continue  # an undetermined class has no score to compare
            yield from _unequal(f"{path}/{name}", wanted.get(name), got.get(name))
    elif isinstance(wanted, float) and isinstance(got, int | float) and abs(wanted - got) < ROUNDED:
        return  # parts of health, and progress, may be shown with three decimals or with more
    elif wanted != got:
        yield path, wanted, got


def judge(playbook: str, calibrations: Sequence[Calibration], ats: Sequence[str], chunk: Chunk) -> list[Found]:
    """Work out the answers for some profiles and compare; runs in a process of its own."""
    book = Book(playbook)
    moments = [instant(at) for at in ats]
    found = []
    for identity, events, answers in chunk:
        wanted = oracle.expected(book, events, calibrations, moments)
        for at, one, (status, body) in zip(ats, wanted, answers, strict=True):
            unequal = differences(one, status, body)
            if unequal:
                found.append((identity, at, unequal))
    return found


@contextmanager
def processes(count: int = 2) -> Iterator[Executor]:
    """Start worker processes for the oracle."""
    with ProcessPoolExecutor(count, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield pool


async def compare_all(
    client: httpx.AsyncClient,
    profiles: Mapping[str, list[RawEvent]],
    asked: tuple[str, Sequence[Calibration], Sequence[str]],
    tick: Callable[[int], None],
) -> list[Found]:
    """Read and judge all profiles, a few chunks at a time."""
    playbook, calibrations, ats = asked
    waiting = [list(profiles)[place : place + CHUNK] for place in range(0, len(profiles), CHUNK)]
    found: list[Found] = []
    loop = asyncio.get_running_loop()

    async def lane(pool: Executor) -> None:
        while waiting:
            names = waiting.pop()
            answers = [[await _read(client, name, at) for at in ats] for name in names]
            chunk: Chunk = [(name, profiles[name], got) for name, got in zip(names, answers, strict=True)]
            found.extend(await loop.run_in_executor(pool, judge, playbook, calibrations, ats, chunk))
            tick(len(names))

    with processes() as pool:
        async with asyncio.TaskGroup() as group:
            for _ in range(6):
                group.create_task(lane(pool))
    return found


async def _read(client: httpx.AsyncClient, identity: str, at: str) -> tuple[int, Any]:
    for _ in range(20):
        try:
            answer = await client.get(f"/v1/profiles/{quote(identity, safe='')}", params={"at": at})
        except httpx.TransportError:
            await asyncio.sleep(0.5)
            continue
        if answer.status_code != 503:
            return answer.status_code, answer.json()
        await asyncio.sleep(float(answer.headers.get("Retry-After", "1")))
    return 0, "no answer after 20 tries"
