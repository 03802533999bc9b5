"""A publication or a calibration comes into force: no read is stale, everybody is told once, and the work ends."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.util import await_

from service.core.calendar import DAY, HOUR, MINUTE
from service.usecases import intake_rows
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.due import refold_stale
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, Clock, Json, Listener, event, opened, put_in_force, send
from tests.usecases.told import heard, seen, settle

BIG = {"big": {"when": {"max": {"event": "order_paid", "property": "amount"}, "gte": 5}}}


async def buyers(app: App, name: str, amounts: Sequence[int]) -> list[str]:
    names = [f"{name}:m{place}" for place in range(len(amounts))]
    await send(app, *(event("e1", who, amount=amount) for who, amount in zip(names, amounts, strict=True)))
    return names


async def tags(app: App, who: str) -> list[str]:
    shown: Json = await look(app, who)
    return [each["key"] for each in shown["tags"]]


async def classes(app: App, names: Sequence[str]) -> list[str]:
    found: list[Json] = [await look(app, who) for who in names]
    return [each["personas"]["tier"]["class"] for each in found]


async def agree(app: App, names: Sequence[str]) -> None:
    """Who listened knows what is shown; the facts are those of the log."""
    told = heard(await Listener(app).news())
    for who in names:
        shown: Json = await look(app, who)
        assert told[shown["profile_id"]] == seen(shown)
    found: Json = await verify(app)
    assert (found["stale"], found["differences"]) == (0, 0)


@pytest.mark.anyio
async def test_no_read_after_a_publication_is_stale(home: str, clock: Clock) -> None:
    async with opened(home, clock) as app, opened(home, clock) as other:
        await put_in_force(app)
        names = await buyers(app, "member", [1, 5, 9])
        assert await tags(other, names[1]) == ["buyer", "fresh"]
        await put_in_force(app, tags=BIG)
        for each in (app, other):
            assert [await tags(each, who) for who in names] == [
                ["buyer", "fresh"], ["buyer", "fresh", "big"], ["buyer", "fresh", "big"],
            ]  # fmt: skip
        (result,) = await send(other, event("e2", names[1], "menu_viewed"))
        assert [each["key"] for each in result["changes"]] == ["big"], "who is touched is told at once"


@pytest.mark.anyio
async def test_everybody_is_told_once_and_then_it_is_over(app: App) -> None:
    await put_in_force(app)
    names = await buyers(app, "member", range(1, 121))
    listener = Listener(app)
    await listener.news()
    await put_in_force(app, tags=BIG)
    looked_at = [await refold_stale(app, 50) for _ in range(5)]
    assert looked_at == [50, 50, 20, 0, 0]
    said = await listener.news()
    assert len({each["profile_id"] for each in said}) == len(said) == 116
    assert {(each["key"], each["on"], each["cause"]) for each in said} == {("big", True, "definitions")}
    await agree(app, names)


@pytest.mark.anyio
async def test_two_sweepers_tell_everybody_once(home: str, clock: Clock) -> None:
    async with opened(home, clock) as app, opened(home, clock) as other:
        await put_in_force(app)
        names = await buyers(app, "member", range(1, 121))
        await put_in_force(app, tags=BIG)
        await asyncio.gather(*(settle(each) for each in (app, other)))
        said = [each["key"] for each in await Listener(app).news()]
        assert said.count("big") == 116
        shown: list[Json] = [await look(app, who) for who in names]
        assert {each["version"] for each in shown} == {2}
        await agree(app, names)


@pytest.mark.anyio
async def test_what_another_sweeper_has_ended_meanwhile_is_left_alone(
    app: App, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking whether there is work and taking it the other may have done all of it."""
    await put_in_force(app)
    names = await buyers(app, "member", [1, 9])
    await put_in_force(app, tags=BIG)
    assert await refold_stale(app, 1) == 1
    look_for_work = app.read

    async def and_then(work: Any) -> Any:
        found = await look_for_work(work)
        monkeypatch.setattr(app, "read", look_for_work)
        await settle(app)
        return found

    monkeypatch.setattr(app, "read", and_then)
    assert await refold_stale(app, 1) == 0
    await agree(app, names)


@asynccontextmanager
async def held_up(monkeypatch: pytest.MonkeyPatch, app: App, made: Json) -> AsyncGenerator[None]:
    """While the context lasts, an event is being recorded: its transaction has read the definitions and is open."""
    begun, go_on = asyncio.Event(), asyncio.Event()

    def keep_intake(*given: Any) -> None:
        begun.set()
        await_(go_on.wait())
        intake_rows.keep_intake(*given)

    monkeypatch.setattr("service.usecases.group.keep_intake", keep_intake)
    sent = asyncio.create_task(send(app, made))
    await begun.wait()
    monkeypatch.setattr("service.usecases.group.keep_intake", intake_rows.keep_intake)
    try:
        yield
    finally:
        go_on.set()
    assert [each["status"] for each in await sent] == ["accepted"]


@pytest.mark.anyio
async def test_who_was_being_recorded_meanwhile_is_found_later(
    postgres_home: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The work goes through all profiles while a transaction under the old definitions is still open."""
    async with opened(postgres_home, clock) as app, opened(postgres_home, clock) as other:
        await put_in_force(app)
        names = await buyers(app, "member", [1, 9])
        async with held_up(monkeypatch, app, event("e1", "member:late", amount=9)):
            await put_in_force(other, tags=BIG)
            await settle(other)
        assert "big" in await tags(other, "member:late")
        clock.now += 2 * MINUTE
        await settle(other)
        await agree(other, [*names, "member:late"])


@pytest.mark.anyio
async def test_the_first_calibration_reaches_back(app: App, clock: Clock) -> None:
    await put_in_force(app)
    names = await buyers(app, "member", range(1, 11))
    assert set(await classes(app, names)) == {"undetermined"}
    clock.now = NOON + DAY
    made: Json = await calibrate(app)
    assert (made["number"], made["schemes"]["tier"]["profiles"]) == (1, 10)
    assert await classes(app, names) == ["mass"] * 5 + ["high_end"] * 5
    shown: Json = await look(app, names[9], NOON)
    assert (shown["personas"]["tier"]["class"], shown["personas"]["tier"]["since"]) == (
        "high_end",
        "2026-09-22T04:00:00Z",
    )
    await settle(app)
    await agree(app, names)


@pytest.mark.anyio
async def test_a_later_calibration_is_told_to_everybody_whom_it_moves(app: App, clock: Clock) -> None:
    await put_in_force(app)
    names = await buyers(app, "member", range(1, 11))
    await calibrate(app)
    await settle(app)
    names += await buyers(app, "newcomer", [1] * 10)
    clock.now = NOON + DAY
    await calibrate(app)
    moved = await classes(app, names)
    assert moved.count("high_end") > 5
    await settle(app)
    await agree(app, names)
    before: Json = await look(app, names[4], NOON + HOUR)
    assert before["personas"]["tier"]["class"] == "mass", "what was so before is not moved by a later calibration"


@pytest.mark.anyio
async def test_an_event_that_knew_nothing_of_the_calibration_is_read_again(
    postgres_home: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it was being recorded, a calibration came into force an instant before it: the fold must have seen it."""
    behind = Clock()
    async with opened(postgres_home, clock) as app, opened(postgres_home, behind) as other:
        await put_in_force(app)
        names = await buyers(app, "member", range(1, 11))
        await calibrate(app)
        await settle(app)
        names += await buyers(app, "newcomer", [1] * 10)
        clock.now, behind.now = NOON + DAY, NOON + DAY - MINUTE
        async with held_up(monkeypatch, app, event("e2", names[4], "menu_viewed", clock.now)):
            await calibrate(other)
        found: Json = await verify(other)
        assert found["differences"] == 0
        behind.now = clock.now = NOON + DAY + 2 * MINUTE
        await settle(other)
        await agree(other, names)
        await send(other, event("e3", names[4], "menu_viewed", clock.now))
        await agree(other, names)
