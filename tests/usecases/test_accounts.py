"""Accounts in the real store: never one profile with a person, whatever is said, in whatever order it arrives."""

from itertools import permutations
from typing import Any

import pytest

from service.core.calendar import HOUR, write_instant
from service.usecases.app import App
from service.usecases.failures import Invalid
from service.usecases.look import look
from service.usecases.quarantine import repair, replay
from service.usecases.recommend import DecideRequest, decide
from service.usecases.relate import Statement, conflicts, link
from service.usecases.verify import verify
from tests.usecases.given import NOON, STAFF, Clock, event, put_in_force, send

Json = dict[str, Any]
WITH = {"account": {"type": "account"}, "firm": {"type": "account"}}
LEASE = {
    "lease": {
        "for": "account", "enter": {"event": "order_paid"}, "abandon_after": "9d",
        "stages": [{"stage": "pay", "phase": "in_sale", "completed_by": {"event": "order_paid"}},
                   {"stage": "see", "phase": "after_sale", "completed_by": {"event": "menu_viewed"}}],
    }
}  # fmt: skip


async def refusals(app: App) -> list[tuple[str, ...]]:
    page: Json = await conflicts(app, STAFF, None, 100)
    return [
        (each["reason"]["code"], *sorted(side["identity"] for side in each["identities"])) for each in page["items"]
    ]


@pytest.mark.anyio
async def test_an_account_and_its_people_stay_apart(app: App, clock: Clock) -> None:
    """The same five events in many orders: the same profiles, the same contacts, the same refusals."""
    clock.now = NOON + HOUR
    await put_in_force(app, identities=WITH, journeys=LEASE)
    orders = list(permutations(range(5)))[::17]
    for number, order in enumerate(orders, 1):
        firm, code, who = f"account:{number}", f"firm:{number}", f"member:{number}"
        told = [
            event("e1", firm, t=NOON, order_id="o1", amount=1, contact=who, contact_role="采购"),
            event("e2", t=NOON + 1, kind="menu_viewed", identities=[firm, who]),
            event("e3", t=NOON + 2, identities=[who, code], order_id="o2", amount=1),
            event("e4", t=NOON + 3, identities=[code, firm], order_id="o3", amount=1, contact=who),
            event("e5", who, "menu_viewed", NOON + 4, contact="account:1"),
        ]
        for place in order:
            await send(app, told[place])
        account: Json = await look(app, firm)
        person: Json = await look(app, who)
        assert (account["type"], account["identities"]) == ("account", [firm, code])
        assert account["contacts"] == [
            {"identity": who, "role": "采购", "first_at": write_instant(NOON), "last_at": write_instant(NOON + 3),
             "events": 2},
        ]  # fmt: skip
        assert [(each["journey"], each["status"]) for each in account["journeys"]] == [("lease", "completed")]
        assert (person["type"], person["identities"], person["contacts"]) == ("person", [who], [])
        assert [each["journey"] for each in person["journeys"]] == ["pickup"]
    assert sorted(await refusals(app)) == sorted(
        ("account_and_person", *pair)
        for number in range(1, len(orders) + 1)
        for pair in ((f"account:{number}", f"member:{number}"), (f"firm:{number}", f"member:{number}"))
    )
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_staff_are_told_why_not(app: App) -> None:
    await put_in_force(app, identities=WITH)
    await send(app, event("e1", "account:1"), event("e2", "member:1"))
    refused: Json = await link(app, STAFF, "account:1", Statement(identity="member:1"))
    assert (refused["status"], refused["reason"]["code"]) == ("refused", "account_and_person")
    assert "contact" in refused["reason"]["text_en"]


@pytest.mark.anyio
async def test_what_is_an_account_may_change(app: App, clock: Clock) -> None:
    """A namespace that becomes one of accounts parts from its people, and comes back when it is none any more."""
    clock.now = NOON + HOUR
    both = [event("e1", t=NOON, identities=["account:1", "member:1"], contact="phone:13800138000")]
    touch = [event(f"e{n}", "account:1", "menu_viewed", NOON + n) for n in range(2, 6)]
    await put_in_force(app)
    await send(app, *both)
    joined: Json = await look(app, "member:1")
    assert (joined["identities"], joined["type"]) == (["account:1", "member:1"], "person")
    await put_in_force(app, identities=WITH)
    await send(app, touch[0])
    parted: Json = await look(app, "account:1")
    assert (parted["identities"], parted["type"], len(parted["contacts"])) == (["account:1"], "account", 1)
    assert await refusals(app) == [("account_and_person", "account:1", "member:1")]
    await put_in_force(app)
    await send(app, touch[1])
    again: Json = await look(app, "account:1")
    assert (again["identities"], again["type"], again["contacts"]) == (["account:1", "member:1"], "person", [])
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_whoever_is_misnamed_waits_to_be_repaired(app: App) -> None:
    await put_in_force(app, identities=WITH)
    bad = event("e1", "account:1", contact="account:2")
    (result,) = await send(app, bad)
    assert (result["status"], result["problem"]["code"]) == ("rejected", "contact_is_account")
    number = result["problem"]["quarantine_id"]
    with pytest.raises(Invalid):
        await repair(app, STAFF, number, {**bad, "properties": {"contact": "nobody"}})
    await repair(app, STAFF, number, {**bad, "properties": {"contact": "member:2"}})
    answer: Json = await replay(app, STAFF, number)
    assert answer["results"][0]["status"] == "accepted"
    found: Json = await look(app, "account:1")
    assert [each["identity"] for each in found["contacts"]] == ["member:2"]


@pytest.mark.anyio
async def test_what_is_for_accounts_is_offered_to_accounts(app: App) -> None:
    """Also to one of which nothing is known yet, and to one that wants no personalisation."""
    services = {
        "visit": {"eligible": {"profile_type": "account"}},
        "cup": {"eligible": {"profile_type": "person"}},
    }
    await put_in_force(app, identities=WITH, services=services)
    await send(app, event("e1", "account:1"), event("e2", "member:1"), event("e3", "account:2"))
    await send(app, event("off", "account:2", "personalisation_set", on=False))
    offered = {}
    for who in ("account:1", "account:2", "account:7", "member:1", "member:7"):
        answer: Json = await decide(app, DecideRequest(identity=who, limit=10))
        offered[who] = {each["service"] for each in answer["items"]} & {"visit", "cup"}
    of_accounts = {who: {"visit"} for who in ("account:1", "account:2", "account:7")}
    assert offered == of_accounts | {"member:1": {"cup"}, "member:7": {"cup"}}
