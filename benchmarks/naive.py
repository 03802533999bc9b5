"""The same service as one would write it first: a transaction for each request, SQLAlchemy, a statement for each row.

It reads, admits and folds with the service's own code, answers after the commit that holds everything, and starts from
the same database. It does less than the service: no identity links, no derived rows but tags, no counts of what came
in. That speaks for it, so the ratio is a lower bound.
"""

import argparse
import json
import os
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import cast

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from sqlalchemy import Connection, Table, create_engine, delete, event, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import create_async_engine
from starlette.concurrency import run_in_threadpool

from service.core.changes import Change, Said, difference
from service.core.due import due_after
from service.core.event import Event
from service.core.facts import State
from service.core.fold import absorb, can_append, pass_silence, refold
from service.core.intake import Admitted, Sender, admit
from service.core.playbook.reserved import RESERVED
from service.core.wire import canonical, parse_json
from service.store import EventRow, Store, new_root
from service.store import tables as t
from service.usecases.definitions import Definitions, Shelf
from service.usecases.keeping import dump
from service.usecases.stored import to_events, to_row

Json = dict[str, object]
Transaction = Callable[[Callable[[Connection], Json]], Awaitable[Json]]
CONNECTIONS = 20
PARTITIONS = 8


class Naive:
    """One event, one transaction."""

    def __init__(self, definitions: Definitions) -> None:
        self.definitions = definitions
        self.types = {**RESERVED, **definitions.plan.playbook.events}
        self.sender = Sender(source=None, default_source="bench", layer="import")

    def read(self, body: bytes, now: int) -> list[Admitted]:
        """Parse and admit; good events only."""
        found = parse_json(body)
        items = found["events"] if isinstance(found, dict) else []
        verdicts = [admit(raw, self.sender, now, self.types) for raw in items] if isinstance(items, list) else []
        return [each for each in verdicts if isinstance(each, Admitted)]

    def record(self, connection: Connection, admitted: Sequence[Admitted], now: int) -> Json:
        """Within the caller's transaction."""
        found = [self._one(connection, each, now) for each in admitted]
        return {"results": found, "summary": {"accepted": sum(each["status"] == "accepted" for each in found)}}

    def _one(self, connection: Connection, admitted: Admitted, now: int) -> Json:
        root, profile = self._who(connection, admitted.identities[0], now)
        row = to_row(root, admitted, now)
        if not _insert_new(connection, t.events, _values(row)):
            return {"event_id": row.event_id, "status": "duplicate"}
        p = t.profiles.c
        old = connection.execute(select(t.profiles).where(p.profile == profile).with_for_update()).mappings().first()
        version = old["version"] + 1 if old else 1
        standing: Json = json.loads(old["standing"]) if old else {"said": {}, "roots": 1}
        before = cast("Said", standing["said"])
        state = self._fold(connection, old["facts"] if old else b"", profile, admitted.event)
        facts, at = state.encode(), max(now, state.newest[0])
        plan, calibrations = self.definitions.plan, self.definitions.calibrations
        silent = pass_silence(plan, state, at, calibrations)
        said, changes = difference(plan, state, at, calibrations, before)
        kept = {
            "version": version, "facts": facts, "plan": self.definitions.fold_id,
            "standing": canonical({"said": said, "roots": standing["roots"]}), "newest": state.newest[0],
            "derived_at": at, "due_at": due_after(state, at, silent),
            "test": state.test,
        }  # fmt: skip
        if old:
            connection.execute(update(t.profiles).where(p.profile == profile).values(kept))
        else:
            connection.execute(insert(t.profiles).values(kept | {"profile": profile}))
        self._say(connection, profile, version, at, changes)
        shown = [change.body for change in changes]
        return {"event_id": row.event_id, "status": "accepted", "version": version, "changes": shown}

    @staticmethod
    def _who(connection: Connection, identity: str, now: int) -> tuple[int, int]:
        i = t.identities.c
        wanted = select(i.root, i.profile).where(i.identity == identity).with_for_update()
        found = connection.execute(wanted).first()
        if found is None:
            root = new_root(now)
            _insert_new(connection, t.identities, {"identity": identity, "root": root, "profile": root})
            found = connection.execute(wanted).one()
        return found.root, found.profile

    def _fold(self, connection: Connection, facts: bytes, profile: int, new: Event) -> State:
        plan, calibrations = self.definitions.plan, self.definitions.calibrations
        state = State(plan.layout, facts)
        if can_append(plan, state, [new]):
            absorb(plan, state, new, calibrations)
            return state
        mine = select(t.identities.c.root).where(t.identities.c.profile == profile)
        roots = connection.execute(mine).scalars().all()
        log = connection.execute(select(t.events).where(t.events.c.root.in_(roots))).mappings()
        return refold(plan, to_events((EventRow(**row) for row in log), roots), calibrations)

    @staticmethod
    def _say(connection: Connection, profile: int, version: int, at: int, changes: Sequence[Change]) -> None:
        partition = profile % PARTITIONS
        for change in changes:
            if change.kind == "tag":
                _tag(connection, profile, at, change)
            place = _next_place(connection, partition)
            row = {"profile": profile, "version": version, "at": at, "kind": change.kind, "key": change.key}
            more = {"body": dump(change.body), "partition": partition, "position": place}
            connection.execute(insert(t.changes).values(row | more))


def _values(row: EventRow) -> Json:
    return {column.name: getattr(row, column.name) for column in t.events.c}


def _insert_new(connection: Connection, table: Table, values: Json) -> bool:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return connection.execute(dialect.insert(table).values(values).on_conflict_do_nothing()).rowcount == 1


def _next_place(connection: Connection, partition: int) -> int:
    dialect, h = postgresql if connection.dialect.name == "postgresql" else sqlite, t.heads.c
    first = dialect.insert(t.heads).values(partition=partition, position=1)
    bumped = first.on_conflict_do_update(index_elements=[h.partition], set_={"position": h.position + 1})
    return int(connection.execute(bumped.returning(h.position)).scalar_one())


def _tag(connection: Connection, profile: int, at: int, change: Change) -> None:
    c = t.tags.c
    connection.execute(delete(t.tags).where(c.profile == profile, c.tag == change.key))
    if change.body["on"]:
        value = change.body["value"]
        kept = {"value": None if value is None else str(value), "since": at, "because": dump(change.body["because"])}
        connection.execute(insert(t.tags).values({"profile": profile, "tag": change.key, **kept}))


def on_sqlite(url: str) -> Transaction:
    """A pool of threads, and a lock so that they need not wait for SQLite's own."""
    engine = create_engine(url, connect_args={"isolation_level": None, "timeout": 30, "check_same_thread": False})
    lock = threading.Lock()

    @event.listens_for(engine, "connect")
    def _durable(connection: DBAPIConnection, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE")

    def run(work: Callable[[Connection], Json]) -> Json:
        with lock, engine.begin() as connection:
            return work(connection)

    return lambda work: run_in_threadpool(run, work)


def on_postgres(url: str) -> Transaction:
    """An asynchronous engine and its pool."""
    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), pool_size=CONNECTIONS)

    async def run(work: Callable[[Connection], Json]) -> Json:
        async with engine.begin() as connection:
            return await connection.run_sync(work)

    return run


def create_app(url: str, secret: str) -> FastAPI:
    """The application."""
    made: list[Naive] = []
    transaction = on_sqlite(url) if url.startswith("sqlite") else on_postgres(url)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncGenerator[None]:
        store = await Store.open(url)
        made.append(Naive(await store.read(Shelf().current)))
        await store.close()
        yield

    app = FastAPI(lifespan=life, openapi_url=None)

    @app.get("/health/ready")
    async def ready() -> Json:
        return {"status": "ready"}

    @app.post("/v1/events")
    async def events(request: Request) -> JSONResponse:
        if request.headers.get("x-api-key") != secret:
            return JSONResponse({"code": "key_invalid"}, 401)
        now = time.time_ns() // 1000
        admitted = made[0].read(await request.body(), now)
        return JSONResponse(await transaction(lambda connection: made[0].record(connection, admitted, now)))

    return app


def main() -> None:
    """Serve."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    app = create_app(os.environ["LANTERN_DATABASE_URL"], os.environ["LANTERN_BOOTSTRAP_KEY"])
    uvicorn.run(app, host="127.0.0.1", port=parser.parse_args().port, log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
