"""Who came by whose link: each person once, never oneself, and the token is kept nowhere."""

import importlib
import json
from typing import Any

import pytest

from service.core.calendar import DAY, MINUTE
from service.core.wire import parse_json
from service.store import Unit
from service.usecases.app import App
from service.usecases.look import look
from service.usecases.refer import record_with_referrals
from service.usecases.shares import list_shares, revoke_share
from service.usecases.tokens import new_token
from tests.usecases.cups import begun, owner_of, share_of
from tests.usecases.given import SYSTEM, Clock, Json, event, wire

pytestmark = pytest.mark.anyio


async def send(app: App, *events: Any) -> list[Json]:
    receipt: Any = await record_with_referrals(app, SYSTEM, wire(events))
    found: list[Json] = receipt["results"]
    return found


async def reach(app: App, who: str = "member:1") -> tuple[int, int]:
    """Sign-ups of all his links, and events on his own log."""
    listed: Any = await list_shares(app, who)

    def read(unit: Unit) -> int:
        (row,) = unit.identities.find([who]).values()
        roots = [each.root for each in unit.identities.of_profiles([row.profile])[row.profile]]
        return sum(each.type == "referral" for each in unit.events.of_roots(roots))

    return listed["reach"]["sign_ups"], await app.store.read(read)


async def test_a_friend_counts_once_whatever_he_does_and_however_often_it_is_sent(app: App) -> None:
    await begun(app)
    made, other = await share_of(app), await share_of(app)
    joined = event("j1", "member:2", "referred", share=made["token"])
    for _ in range(3):
        await send(app, joined)
    await send(app, event("j2", "member:2", "order_paid", share=made["token"]))
    await send(app, event("j3", "member:2", "order_paid", share=other["token"]))
    assert await reach(app) == (1, 1)
    await send(app, event("j4", "member:3", "joined", share=other["token"]), event("j5", "member:3", "joined"))
    assert await reach(app) == (2, 2)
    shown: Any = await look(app, "member:1")
    assert "advocate" in [each["key"] for each in shown["tags"]]


async def test_the_same_person_under_another_name_is_no_new_friend(app: App) -> None:
    await begun(app)
    made = await share_of(app)
    await send(app, event("j1", "member:2", "referred", share=made["token"]))
    names = ["phone:+8613800138000", "member:2"]
    await send(app, event("j2", "phone:+8613800138000", "referred", identities=names, share=made["token"]))
    await send(app, event("j3", "phone:+8613800138000", "referred", share=made["token"]))
    assert await reach(app) == (1, 1)


async def test_most_events_carry_no_link(app: App) -> None:
    await begun(app)
    assert [each["status"] for each in await send(app, event("j1", "member:2"))] == ["accepted"]


async def test_nobody_brings_himself(app: App) -> None:
    await begun(app)
    made = await share_of(app)
    await send(app, event("j1", "member:1", "referred", share=made["token"]))
    assert await reach(app) == (0, 0)


@pytest.mark.parametrize("known", ["member:1", "member:2"])
async def test_who_turns_out_to_be_somebody_else_meanwhile_counts_as_him(
    app: App, monkeypatch: Any, known: str
) -> None:
    """Between the event and its being counted he logs in: as the sharer himself, or as a friend who came before."""
    await begun(app)
    made = await share_of(app)
    await send(app, event("j1", "member:2", "referred", share=made["token"]))
    record = importlib.import_module("service.usecases.refer").record

    async def and_then(*given: Any, **more: Any) -> Any:
        told = await record(*given, **more)
        await record(app, SYSTEM, wire([event("m", kind="menu_viewed", identities=[known, "openid:a"])]))
        return told

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr("service.usecases.refer.record", and_then)
        await send(app, event("j2", "openid:a", "referred", share=made["token"]))
    assert await reach(app) == (1, 1)


async def test_what_no_longer_counts(app: App, clock: Clock) -> None:
    await begun(app)
    over, gone, good = await share_of(app, lasts=DAY), await share_of(app), await share_of(app)
    await revoke_share(app, "member:1", gone["share_id"])
    clock.now += 2 * DAY
    mine = await owner_of(app)
    tokens = (over["token"], gone["token"], mine, new_token("share"))
    told = [event(f"j{n}", f"member:{n + 2}", "referred", t=clock.now, share=token) for n, token in enumerate(tokens)]
    bad = {**event("j9", "member:9", "referred", share=good["token"]), "occurred_at": 7}
    assert [each["status"] for each in await send(app, *told, bad)] == [*["accepted"] * 4, "rejected"]
    assert await reach(app) == (0, 0)


async def test_the_owner_may_be_gone(app: App) -> None:
    await begun(app)
    made = await share_of(app)
    await app.store.write(lambda unit: unit._sql.fetch("DELETE FROM identities WHERE identity = 'member:1'"))
    assert (await send(app, event("j1", "member:2", "referred", share=made["token"])))[0]["status"] == "accepted"


async def test_no_token_is_stored(app: App) -> None:
    await begun(app)
    token, stranger = (await share_of(app))["token"], new_token("share")
    shared = f'"properties":{{"share":"{token}","share":"{token}"}}'
    twice = f'{{"event_id":"t1","event_id":"t1",{shared}}}'
    odd = f'{{"event_id":"t2","properties":{{"share":"{token}"}}}}'
    plain = [event("j1", "member:2", "referred", share=token), event("j2", "member:2", "joined", share=stranger)]
    plain += [event("j3", "member:2", "joined", share="0.4"), event("j4", "member:2", "joined", share=3)]
    text = f"[{twice},{odd},{json.dumps(plain)[1:]}"
    items = parse_json(text.encode())
    assert isinstance(items, list)
    receipt: Any = await record_with_referrals(app, SYSTEM, [*items, 7, {"properties": 7}])
    statuses = [each["status"] for each in receipt["results"]]
    assert statuses == ["rejected", "rejected", *["accepted"] * 4, "rejected", "rejected"]

    def dump(unit: Unit) -> str:
        tables = ("events", "quarantine", "shares", "referrals", "profiles", "changes", "undeclared")
        return str([unit._sql.fetch(f"SELECT * FROM {table}") for table in tables])

    kept = await app.store.read(dump)
    assert token not in kept
    assert stranger not in kept
    assert await reach(app) == (1, 1)


async def test_a_crash_between_heals_when_it_is_sent_again(app: App, monkeypatch: Any, clock: Clock) -> None:
    await begun(app)
    made = await share_of(app)
    joined = event("j1", "member:2", "referred", share=made["token"])

    async def crash(*_: Any) -> Any:
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        broken.setattr("service.usecases.refer.say_each", crash)
        with pytest.raises(KeyboardInterrupt):
            await send(app, joined)
    assert await reach(app) == (1, 0)
    clock.now += MINUTE
    assert (await send(app, joined))[0]["status"] == "duplicate"
    assert await reach(app) == (1, 1)
