"""A file of events is imported line by line: each counts once, whatever stands in the others (D8)."""

import asyncio
import gzip
import json
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest

from service.cli import history
from service.cli.history import HistoryError, Target, import_file
from service.settings import Settings
from service.usecases.follow import changes
from tests.usecases.given import Clock, Json, event, opened, put_in_force

HERE = Target(url=None, key="", backfill=False)
SEVERAL = 2 * history.BATCH + 7
AGAIN = b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nContent-Length: 0\r\n\r\n"
NEVER = b"HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"
UNHEARD = b""


def some(count: int = SEVERAL) -> list[bytes]:
    return [json.dumps(event(f"e{number}", f"member:m{number % 9}")).encode() for number in range(count)]


def written(file: Path, lines: Sequence[bytes]) -> Path:
    text = b"\n".join(lines)
    file.write_bytes(gzip.compress(text) if file.suffix == ".gz" else text)
    return file


async def bring(url: str, file: Path, target: Target = HERE) -> Json:
    return await import_file(file, Settings(database_url=url), Clock(), target)


async def kept(url: str) -> int:
    async with opened(url, Clock()) as app:
        return await app.store.read(lambda unit: unit.events.count())


@pytest.mark.anyio
@pytest.mark.parametrize("name", ["events.jsonl", "events.jsonl.gz"])
async def test_every_line_counts_once(home: str, tmp_path: Path, name: str) -> None:
    file = written(tmp_path / name, some())
    first = await bring(home, file)
    assert (first["lines"], first["accepted"], first["first_rejected"]) == (SEVERAL, SEVERAL, [])
    assert await kept(home) == SEVERAL
    again = await bring(home, file)
    assert (again["lines"], again["accepted"], again["duplicate"]) == (SEVERAL, 0, SEVERAL)
    assert await kept(home) == SEVERAL


@pytest.mark.anyio
async def test_bad_lines_are_named_by_their_place_and_stop_nobody(home: str, tmp_path: Path) -> None:
    lines = some()
    lines[3], lines[700], lines[701] = b'{"event_id": ', b'"a word"', lines[5].replace(b"{}", b'{"cups": 2}')
    found = await bring(home, written(tmp_path / "events.jsonl", lines))
    assert (found["accepted"], found["rejected"], found["conflict"]) == (SEVERAL - 3, 2, 1)
    assert [each["line"] for each in found["first_rejected"]] == [4, 701, 702]
    assert found["first_rejected"][2]["code"] == "same_id_other_content"
    assert await kept(home) == SEVERAL - 3


@pytest.mark.anyio
async def test_lines_are_numbered_as_an_editor_numbers_them(sqlite_home: str, tmp_path: Path) -> None:
    lines = [b"\xef\xbb\xbf" + some(1)[0], b"", b"  ", b"no json", *some(3)[1:]]
    found = await bring(sqlite_home, written(tmp_path / "events.jsonl", lines))
    assert (found["lines"], found["accepted"]) == (4, 3)
    assert [each["line"] for each in found["first_rejected"]] == [4]


@pytest.mark.anyio
async def test_only_the_first_ten_bad_lines_are_named(sqlite_home: str, tmp_path: Path) -> None:
    found = await bring(sqlite_home, written(tmp_path / "events.jsonl", [b"x"] * SEVERAL))
    assert found["rejected"] == SEVERAL
    assert [each["line"] for each in found["first_rejected"]] == list(range(1, 11))


@pytest.mark.anyio
@pytest.mark.parametrize("backfill", [True, False])
async def test_history_is_marked_as_such(sqlite_home: str, tmp_path: Path, *, backfill: bool) -> None:
    async with opened(sqlite_home, Clock()) as app:
        await put_in_force(app)
        await bring(sqlite_home, written(tmp_path / "h.jsonl", some(5)), Target(url=None, key="", backfill=backfill))
        page: Json = await changes(app, None, 100)
    assert {each.get("cause") for each in page["items"]} == {"backfill" if backfill else None}


# ---- to a running service, of which only the wire is there


@asynccontextmanager
async def answering(*words: bytes) -> AsyncGenerator[tuple[str, list[Json]]]:
    """Answers these one after the other, then 200; an empty one hangs up. Keeps what it was sent."""
    left, heard = list(words), list[Json]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError):  # the client has hung up
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                size = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length"))
                heard.append(json.loads(await reader.readexactly(int(size.partition(b":")[2]))))
                said = left.pop(0) if left else receipt(heard[-1])
                writer.write(said)
                await writer.drain()
                if not said:
                    break
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
        server.close()


def receipt(sent: Json) -> bytes:
    results = [{"index": place, "status": "accepted"} for place, _ in enumerate(sent["events"])]
    body = json.dumps({"results": results, "summary": {"accepted": len(results)}}).encode()
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.mark.anyio
@pytest.mark.parametrize("backfill", [True, False])
async def test_a_busy_or_restarting_service_is_waited_for(tmp_path: Path, *, backfill: bool) -> None:
    lines = [*some(), b"no json"]
    async with answering(AGAIN, UNHEARD, AGAIN) as (url, heard):
        found = await bring("", written(tmp_path / "events.jsonl", lines), Target(url=url, key="k", backfill=backfill))
    assert (found["lines"], found["accepted"]) == (SEVERAL + 1, SEVERAL + 1)
    assert {each["backfill"] for each in heard} == {backfill}
    assert heard[0] == heard[1] == heard[2] == heard[3], "the same batch until it is heard"
    sent = [each for batch in heard[3:] for each in batch["events"]]
    assert sent == [*map(json.loads, lines[:-1]), None]


@pytest.mark.anyio
async def test_a_service_that_refuses_ends_the_import(tmp_path: Path) -> None:
    async with answering(NEVER) as (url, heard):
        with pytest.raises(HistoryError, match="403"):
            await bring("", written(tmp_path / "events.jsonl", some()), Target(url=url, key="k", backfill=False))
    assert len(heard) == 1


@pytest.mark.anyio
async def test_long_lines_go_in_smaller_requests(tmp_path: Path) -> None:
    lines = [json.dumps(event(f"e{number}", note="长" * 3_000)).encode() for number in range(300)]
    long = b'"' + b"x" * history.BYTES + b'"'
    async with answering() as (url, heard):
        file = written(tmp_path / "events.jsonl", [b"\xef\xbb\xbf" + lines[0], *lines[1:], long])
        await bring("", file, Target(url=url, key="k", backfill=False))
    assert [each for batch in heard for each in batch["events"]] == [*map(json.loads, lines), None]
    assert all(len(json.dumps(batch)) < 2**20 for batch in heard)
