"""Rows for tests, and ways to wait inside a unit of work."""

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable
from dataclasses import fields
from typing import TypeAlias, TypeVar, get_type_hints

from hypothesis import strategies as st
from sqlalchemy.util import await_

from service.store import ChangeRow, Conflict, EventRow, ProfileRow, Store, Unit

T = TypeVar("T")
Opening: TypeAlias = Callable[..., Awaitable[Store]]  # Store.open, closed by the fixture of the same name
LEAST, MOST = -(2**63), 2**63 - 1
TEXTS = ["", "门店·上海", "𠮷野家😀", 'O\'Reilly \\ "quoted" %s :x $1 ?1', "line\nbreak\ttab", "é e\u0301", "\u200b"]
BYTES = [b"", b"\x00", bytes(range(256)), "断点".encode()]


def an_event(root: int = 1, event_id: str = "e1", **other: object) -> EventRow:
    values: dict[str, object] = {"source": "pos", "type": "order_paid", "t": 10, "occurred_at": 10, "received_at": 11}
    values |= {"layer": "import", "fingerprint": b"f", "payload": b"{}"}
    return EventRow(root=root, event_id=event_id, **(values | other))  # type: ignore[arg-type]  # named by the caller


def a_profile(profile: int = 1, version: int = 1, facts: bytes = b"", **other: object) -> ProfileRow:
    values: dict[str, object] = {"standing": b"", "plan": b"p1", "newest": 0, "derived_at": 0, "due_at": None}
    return ProfileRow(profile=profile, version=version, facts=facts, **(values | other))  # type: ignore[arg-type]  # same


def a_change(profile: int = 1, version: int = 1, **other: object) -> ChangeRow:
    values: dict[str, object] = {"at": 0, "kind": "tag", "key": "vip", "body": b"{}"}
    return ChangeRow(profile=profile, version=version, **(values | other))  # type: ignore[arg-type]  # same


_KINDS: dict[object, st.SearchStrategy[object]] = {
    int: st.sampled_from([LEAST, -1, 0, 2**53 + 1, MOST]) | st.integers(LEAST, MOST),
    # What the door lets through: no NUL, no lone surrogates.
    str: st.sampled_from(TEXTS) | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    bytes: st.sampled_from(BYTES) | st.binary(max_size=64),
    bool: st.booleans(),
    int | None: st.none() | st.integers(LEAST, MOST),
    str | None: st.none() | st.sampled_from(TEXTS),
    bytes | None: st.none() | st.sampled_from(BYTES),
}


def any_row(row: type[T]) -> st.SearchStrategy[T]:
    """Any row of this type."""
    return st.builds(row, **{name: _KINDS[hint] for name, hint in get_type_hints(row).items()})


def exactly(row: object) -> list[tuple[type, object]]:
    """The values with their types: 1 is not True here."""
    values = [getattr(row, field.name) for field in fields(row)]  # type: ignore[arg-type]  # every row is a dataclass
    return [(type(value), value) for value in values]


def wait_for(store: Store, awaitable: Callable[[], Awaitable[T]], loop: asyncio.AbstractEventLoop) -> T:
    """Inside a unit: let something else happen while the transaction stays open."""
    if store.dialect == "postgresql":
        return await_(awaitable())

    async def there() -> T:
        return await awaitable()

    return asyncio.run_coroutine_threadsafe(there(), loop).result()


def pause(store: Store, seconds: float) -> None:
    """Inside a unit: keep the transaction open for a while."""
    if store.dialect == "postgresql":
        await_(asyncio.sleep(seconds))
    else:
        time.sleep(seconds)


async def stubbornly(store: Store, work: Callable[[Unit], T]) -> tuple[T, int]:
    """Run the work until there is no conflict; the answer, and how many conflicts there were."""
    conflicts = 0
    while True:
        try:
            return await store.write(work), conflicts
        except Conflict:
            conflicts += 1


def sqlite_file(url: str) -> sqlite3.Connection:
    return sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
