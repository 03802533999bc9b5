"""Who is who may change until the lock is ours: an event never goes to a profile that has just gone into another."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.util import await_

from service.usecases import identify, intake_rows
from service.usecases.app import App
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import Clock, Json, event, opened, put_in_force, send, statuses

Results = list[Json]
LINK = event("link", "openid:1", "identity_linked", identity="openid:2")


@asynccontextmanager
async def held_up(
    monkeypatch: pytest.MonkeyPatch, place: str, work: Callable[..., Any], sending: Coroutine[Any, Any, Results]
) -> AsyncGenerator[asyncio.Task[Results]]:
    """While the context lasts, what is sent has come as far as this work, and its transaction is open."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    def hold(*given: Any) -> Any:
        found = work(*given)
        if not begun.is_set():
            begun.set()
            await_(go_on.wait())
        return found

    monkeypatch.setattr(place, hold)
    sent = asyncio.create_task(sending)
    await begun.wait()
    try:
        yield sent
    finally:
        go_on.set()


async def one_person(app: App, orders: int) -> None:
    shown: Json = await look(app, "openid:2")
    assert shown["identities"] == ["openid:1", "openid:2"]
    assert shown["personas"]["tier"]["because"]["orders"] == orders
    found: Json = await verify(app)
    assert (found["stale"], found["differences"]) == (0, 0)


@pytest.mark.anyio
async def test_a_merge_between_finding_a_profile_and_its_lock(
    postgres_home: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(postgres_home, clock) as one, opened(postgres_home, clock) as two:
        await put_in_force(one)
        await send(one, event("e1", "openid:1", amount=1), event("e2", "openid:2", amount=1))
        sending = send(one, event("e3", "openid:2", amount=1))
        async with held_up(
            monkeypatch, "service.usecases.dedupe.find_or_create", identify.find_or_create, sending
        ) as sent:
            (linked,) = await send(two, LINK)
        (result,) = await sent
        assert (result["status"], result["profile_id"]) == ("accepted", linked["profile_id"])
        await one_person(two, 3)


@pytest.mark.anyio
async def test_a_merge_waits_for_the_first_event_of_somebody_only_spoken_of(
    postgres_home: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """He has an identity and no profile's row yet: nothing but the identity can be locked."""
    async with opened(postgres_home, clock) as one, opened(postgres_home, clock) as two:
        await put_in_force(one)
        await send(one, event("e1", "openid:1", amount=1))
        await send(one, event("cut", "openid:1", "identity_unlinked", clock.now - 1, identity="openid:2"))
        sending = send(one, event("e2", "openid:2", amount=1))
        async with held_up(monkeypatch, "service.usecases.group.keep_intake", intake_rows.keep_intake, sending) as sent:
            linking = asyncio.create_task(send(two, LINK))
            await asyncio.wait([linking], timeout=0.5)
        assert statuses([*await sent, *await linking]) == ["accepted"] * 2
        await one_person(two, 2)
