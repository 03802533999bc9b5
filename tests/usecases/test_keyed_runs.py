"""Keyed runs leave the facts when they are over; nothing of them may be lost, said twice, or outlive its undoing."""

import asyncio

import pytest

from service.core.calendar import DAY, HOUR, MINUTE
from service.usecases import folding
from service.usecases.app import App
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, Clock, Json, Listener, event, put_in_force, send
from tests.usecases.told import heard, seen, settle


async def at(app: App, clock: Clock, now: int) -> None:
    clock.now = now
    await settle(app)


async def runs(app: App, who: str = "member:1") -> list[tuple[str, str, int]]:
    """Key, status and number of breakpoints, as a look shows them; checked against what a listener knows."""
    shown: Json = await look(app, who)
    told = heard(await Listener(app).news())
    assert told[shown["profile_id"]] == seen(shown)
    assert (await verify(app))["differences"] == 0
    return [(each["key"], each["status"], len(each["breakpoints"])) for each in shown["journeys"]]


@pytest.mark.anyio
async def test_a_refund_undoes_the_run_that_the_order_began(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    assert await runs(app) == [("o1", "active", 0)]
    await at(app, clock, NOON + HOUR)
    assert await runs(app) == [("o1", "active", 1)]
    (result,) = await send(app, event("e2", kind="order_refunded", t=clock.now, order_id="o1"))
    assert await runs(app) == []
    assert [each["kind"] for each in result["changes"] if each.get("gone")] == ["journey", "breakpoint"]


@pytest.mark.anyio
async def test_a_refund_undoes_also_a_run_that_is_over(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    await at(app, clock, NOON + 3 * DAY)
    await send(app, event("e2", kind="menu_viewed", t=clock.now))
    assert await runs(app) == [("o1", "dropped", 2)]
    await send(app, event("e3", kind="order_refunded", t=clock.now, order_id="o1"))
    assert await runs(app) == []


@pytest.mark.anyio
async def test_a_late_event_undoes_a_stall(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    await at(app, clock, NOON + HOUR)
    assert await runs(app) == [("o1", "active", 1)]
    await send(app, event("e2", kind="order_ready", t=NOON + 5 * MINUTE, order_id="o1"))
    assert await runs(app) == [("o1", "completed", 0)]


@pytest.mark.anyio
async def test_a_completed_run_closes_without_a_word_and_stays_seen(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    await send(app, event("e2", kind="order_ready", t=NOON, order_id="o1"))
    for day in range(3, 6):
        clock.now = NOON + day * DAY
        await send(app, event(f"e{day}", kind="menu_viewed", t=clock.now))
        assert await runs(app) == [("o1", "completed", 0)]
    said = [each for each in await Listener(app).news() if each["kind"] == "journey"]
    assert [each["status"] for each in said] == ["active", "completed"]


@pytest.mark.anyio
async def test_a_run_that_is_over_is_not_said_again_when_the_log_is_read_again(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    clock.now = NOON + 3 * DAY
    await send(app, event("e2", kind="menu_viewed", t=clock.now))
    await send(app, event("e3", kind="menu_viewed", t=clock.now + 1))
    listener = Listener(app)
    await listener.news()
    await send(app, event("e4", kind="order_ready", t=clock.now, order_id="o1"))
    await send(app, event("e5", kind="menu_viewed", t=NOON - DAY))
    assert [each["key"] for each in await listener.news() if each["kind"] == "journey"] == ["pickup:o1"], (
        "it went on once"
    )
    assert await runs(app) == [("o1", "completed", 2)]


@pytest.mark.anyio
@pytest.mark.parametrize("key", ["a|b", "a|b|c|d", "x:y", "单号 1", " "])
async def test_any_text_may_be_a_key(app: App, clock: Clock, key: str) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id=key))
    await at(app, clock, NOON + 3 * DAY)
    await send(app, event("e2", kind="menu_viewed", t=clock.now))
    assert await runs(app) == [(key, "dropped", 2)]
    await send(app, event("e3", kind="order_refunded", t=clock.now, order_id=key))
    assert await runs(app) == []


@pytest.mark.anyio
async def test_a_checkpoint_does_not_forget_runs_that_are_over(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A late event makes the log be read from a checkpoint; what follows may speak of a run that was over before it."""
    monkeypatch.setattr(folding, "CHECKPOINT_EVERY", 3)
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    clock.now = NOON + 9 * DAY
    await send(app, *(event(f"v{day}", kind="menu_viewed", t=NOON + day * DAY) for day in range(3, 8)))
    await send(app, event("e2", t=NOON + 8 * DAY, order_id="o1"))
    before = await runs(app)
    await send(app, event("late", kind="menu_viewed", t=NOON + 7 * DAY + 1))
    assert await runs(app) == before


@pytest.mark.anyio
async def test_a_checkpoint_keeps_the_steps_before_it_and_after(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "CHECKPOINT_EVERY", 3)
    await put_in_force(app)
    clock.now = NOON + HOUR
    await send(app, event("e1", order_id="o1"))
    await send(app, *(event(f"v{n}", kind="menu_viewed", t=NOON + n * MINUTE) for n in range(1, 6)))
    await send(app, event("e2", kind="order_ready", t=NOON + 20 * MINUTE, order_id="o1"))
    before = await steps(app)
    assert [each[:2] for each in before] == [("entered", "pay"), ("lit", "pay"), ("lit", "ready")]
    await send(app, event("late", kind="menu_viewed", t=NOON + 10 * MINUTE))
    assert await steps(app) == before
    await send(app, event("e3", kind="order_ready", t=NOON + 8 * MINUTE, order_id="o1"))
    assert next(each[2] - NOON for each in await steps(app) if each[1] == "ready") == 8 * MINUTE


async def steps(app: App, who: str = "member:1") -> list[tuple[str, str, int]]:
    profile = int(str((await look(app, who))["profile_id"]), 16)
    rows = await app.read(lambda unit, _: unit.steps.since(profile, -1))
    return sorted(((row.kind, row.stage, row.t) for row in rows), key=lambda each: (each[2], each[0]))


@pytest.mark.anyio
async def test_a_checkpoint_does_not_forget_an_event_seen_twice(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(folding, "CHECKPOINT_EVERY", 3)
    await put_in_force(app)
    clock.now = NOON + 9 * DAY
    await send(app, event("e1", "openid:1", identities=["openid:1", "openid:2"], amount=1))
    await send(app, *(event(f"v{day}", "openid:1", "menu_viewed", NOON + day * DAY) for day in range(1, 6)))
    await send(app, event("e1", "openid:2", t=NOON + 6 * DAY, amount=1))
    await send(app, event("v7", "openid:1", "menu_viewed", NOON + 7 * DAY))
    await send(app, event("late", "openid:1", "menu_viewed", NOON + 5 * DAY + 1))
    shown: Json = await look(app, "openid:2")
    assert shown["personas"]["tier"]["because"]["orders"] == 1
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_a_checkpoint_does_not_outlive_a_cut(app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    """The log is shorter after a cut: what was kept of the longer one holds the other's orders."""
    monkeypatch.setattr(folding, "CHECKPOINT_EVERY", 3)
    await put_in_force(app)
    clock.now = NOON + 9 * DAY
    await send(app, *(event(f"a{day}", "openid:1", t=NOON + day * DAY, amount=1) for day in (1, 2)))
    await send(app, *(event(f"b{day}", "openid:2", t=NOON + day * DAY, amount=1) for day in (3, 4)))
    await send(app, event("link", "openid:1", "identity_linked", NOON + 5 * DAY, identity="openid:2"))
    await send(app, event("v6", "openid:1", "menu_viewed", NOON + 6 * DAY))
    await send(app, event("cut", "openid:1", "identity_unlinked", NOON + 7 * DAY, identity="openid:2"))
    await send(app, event("late", "openid:1", "menu_viewed", NOON + 6 * DAY + 1))
    shown: Json = await look(app, "openid:1")
    assert shown["personas"]["tier"]["because"]["orders"] == 2
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_another_playbook_takes_its_journeys_with_it(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    await put_in_force(
        app, "playbook: bare\nevents: {order_paid: {}}\ntags: {buyer: {when: {count: {event: order_paid}, gte: 1}}}"
    )
    await settle(app)
    assert await runs(app) == []


@pytest.mark.anyio
async def test_a_run_that_ends_in_one_request_is_over_for_the_next_of_its_group(app: App, clock: Clock) -> None:
    """Requests that are committed together are folded one after the other: what one closes stays closed."""
    await put_in_force(app)
    clock.now = NOON + 9 * DAY
    first = [event("e1", order_id="o1"), event("e2", kind="menu_viewed", t=NOON + 4 * DAY)]
    second = [event("e3", t=NOON + 5 * DAY, order_id="o1")]
    third = [event("e4", kind="order_ready", t=NOON + 6 * DAY, order_id="o1")]
    await asyncio.gather(send(app, *first), send(app, *second), send(app, *third))
    assert await runs(app) == [("o1", "completed", 2)]
    shown: Json = await look(app, "member:1")
    assert shown["journeys"][0]["entered_at"] == "2026-09-22T04:00:00Z"


@pytest.mark.anyio
async def test_a_run_in_the_facts_that_one_request_ends_is_over_for_the_next(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    clock.now = NOON + 9 * DAY
    first = [event("e2", kind="menu_viewed", t=NOON + 4 * DAY)]
    second = [event("e3", t=NOON + 5 * DAY, order_id="o1")]
    await asyncio.gather(send(app, *first), send(app, *second))
    assert await runs(app) == [("o1", "dropped", 2)]
