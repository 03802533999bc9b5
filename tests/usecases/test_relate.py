"""Guard rails at work: what is linked, refused, tried again, given back; and nothing that was said is lost."""

import pytest

from service.core.calendar import DAY, HOUR, write_instant
from service.store import LinkRow, Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Invalid, Unknown
from service.usecases.keys import PRESETS, Actor
from service.usecases.look import look
from service.usecases.recommend import DecideRequest, decide
from service.usecases.relate import Statement, conflicts, link, unlink
from service.usecases.simulate import simulate
from service.usecases.verify import verify
from tests.usecases.given import NOON, STAFF, SYSTEM, Clock, Json, event, put_in_force, send, statuses, wire
from tests.usecases.told import settle

PHONE, SPACED = "phone:+8613800138000", "phone:138 0013 8000"


async def company(app: App, who: str) -> list[str]:
    shown: Json = await look(app, who)
    found: list[str] = shown["identities"]
    return found


async def listed(app: App, actor: Actor = STAFF) -> list[Json]:
    page: Json = await conflicts(app, actor, None, 100)
    items: list[Json] = page["items"]
    return items


@pytest.mark.anyio
async def test_every_door_takes_every_spelling(app: App) -> None:
    await put_in_force(app)
    (first,) = await send(app, event("e1", SPACED, amount=1))
    again = await send(app, event("e1", "phone:１３８００１３８０００", amount=1), event("e1", PHONE, amount=2))
    assert statuses(again) == ["duplicate", "conflict"]
    assert await company(app, "phone:138-0013-8000") == await company(app, PHONE) == [PHONE]
    offer: Json = await decide(app, DecideRequest(identity=SPACED))
    tried: Json = await simulate(app, SYSTEM, wire([event("e2", "phone:86 13800138000")]))
    assert first["profile_id"] == offer["profile_id"] == tried["profiles"][0]["profile_id"]
    await send(app, event("e3", "member:1", "identity_linked", identity=SPACED))
    assert await company(app, PHONE) == ["member:1", PHONE]
    await send(app, event("e4", "member:1", "identity_unlinked", NOON + 1, identity="phone:+86-138-0013-8000"))
    assert await company(app, PHONE) == [PHONE]
    with pytest.raises(Invalid, match="identity_masked"):
        await look(app, "phone:138****8000")


@pytest.mark.anyio
async def test_an_event_with_a_bad_identity_waits_to_be_repaired(app: App) -> None:
    """Also if only a further one is bad: keeping it without would lose silently what it said."""
    results = await send(
        app,
        event("e1", "member:null"),
        event("e2", identities=["member:1", "phone:138****8000"]),
        event("e3", "member:1", "identity_linked", identity="unionid:undefined"),
        event("e4", "member:1"),
    )
    assert [each.get("problem", {}).get("code") for each in results] == [
        "identity_blocked", "identity_masked", "identity_blocked", None,
    ]  # fmt: skip
    assert [each["problem"]["pointer"] for each in results[:3]] == [
        "/identity",
        "/identities/1",
        "/properties/identity",
    ]
    assert all("quarantine_id" in each["problem"] for each in results[:3])


@pytest.mark.anyio
async def test_a_phone_never_merges_two_unionids(app: App, clock: Clock) -> None:
    await put_in_force(app)
    clock.now = NOON + DAY
    await send(app, event("e1", identities=["unionid:u1", PHONE]), event("e2", "unionid:u2", t=NOON + DAY))
    await send(app, event("e3", t=NOON + DAY, identities=["unionid:u2", SPACED]))
    assert await company(app, "unionid:u1") == [PHONE, "unionid:u1"]
    assert await company(app, "unionid:u2") == ["unionid:u2"]
    (found,) = await listed(app)
    assert [each["identity"] for each in found["identities"]] == [PHONE, "unionid:u2"]
    assert [each["namespace"] for each in found["identities"]] == ["phone", "unionid"]
    assert (found["reason"]["code"], found["reason"]["namespace"]) == ("too_many", "unionid")
    assert (found["since"], found["source"], found["event_id"]) == (write_instant(NOON + DAY), "pos", "e3")


@pytest.mark.anyio
async def test_a_recycled_number_goes_to_its_new_owner(app: App, clock: Clock) -> None:
    """Unlinked since it changed hands, the newer link is tried again and stands; both are what their own logs say."""
    await put_in_force(app)
    clock.now = NOON + 2 * DAY
    await send(app, event("e1", identities=["unionid:u1", PHONE]), event("t", "unionid:u1", "tag_set", tag="vip"))
    await send(app, event("e3", t=NOON + DAY, identities=["unionid:u2", PHONE]))
    said = Statement(identity=PHONE, reason="号码已换主人", occurred_at=NOON + HOUR)
    answer: Json = await unlink(app, STAFF, "unionid:u1", said)
    assert (answer["status"], answer["reason"]) == ("unlinked", None)
    assert answer["receipt"]["summary"]["accepted"] == 1
    assert await company(app, "unionid:u2") == [PHONE, "unionid:u2"]
    assert await listed(app) == []
    shown: Json = await look(app, "unionid:u1")
    assert shown["identities"] == ["unionid:u1"]
    assert "vip" in {each["key"] for each in shown["tags"]}


@pytest.mark.anyio
async def test_a_later_unionid_merges_its_openids_and_nothing_is_lost(app: App, clock: Clock) -> None:
    await put_in_force(app)
    clock.now = NOON + HOUR
    await send(
        app, event("e1", "openid@a:x", order_id="o1", amount=1), event("e2", "openid@b:y", order_id="o2", amount=1)
    )
    await send(
        app, event("e3", "openid@a:x", "tag_set", tag="vip"), event("e4", "openid@b:y", "trait_set", consent=True)
    )
    for number, name in enumerate(("openid@a:x", "openid@b:y")):
        await send(app, event(f"u{number}", kind="menu_viewed", t=NOON + 1, identities=[name, "unionid:u"]))
    shown: Json = await look(app, "unionid:u")
    assert shown["identities"] == ["openid@a:x", "openid@b:y", "unionid:u"]
    assert [each["key"] for each in shown["journeys"]] == ["o1", "o2"]
    assert "vip" in {each["key"] for each in shown["tags"]}
    assert shown["traits"] == {"consent": True}
    answer: Json = await unlink(app, STAFF, "unionid:u", Statement(identity="openid@b:y"))
    assert answer["status"] == "unlinked"
    one, two = await look(app, "unionid:u"), await look(app, "openid@b:y")
    assert [each["key"] for each in one["journeys"]] == ["o1"]  # type: ignore[attr-defined]  # JSON
    assert [each["key"] for each in two["journeys"]] == ["o2"]  # type: ignore[attr-defined]  # JSON
    assert (one["traits"], two["traits"]) == ({}, {"consent": True})


@pytest.mark.anyio
async def test_staff_link_and_are_told_why_not(app: App, clock: Clock) -> None:
    await send(app, event("e1", "unionid:u1"), event("e2", "member:1"), event("e3", "unionid:u2"))
    profile = (await look(app, "member:1"))["profile_id"]
    done: Json = await link(app, STAFF, str(profile), Statement(identity="unionid:u1", reason="到店核对"))
    assert (done["status"], done["reason"]) == ("linked", None)
    clock.now += 1
    refused: Json = await link(app, STAFF, "unionid:u2", Statement(identity="member:1"))
    assert (refused["status"], refused["reason"]["code"]) == ("refused", "too_many")
    assert refused["receipt"]["summary"]["accepted"] == 1
    assert await company(app, "unionid:u1") == ["member:1", "unionid:u1"]
    (new,) = [await link(app, STAFF, "unionid:u2", Statement(identity="crm:7"))]
    assert new["status"] == "linked"
    with pytest.raises(Unknown):
        await link(app, STAFF, "member:nobody_yet", Statement(identity="member:2"))
    with pytest.raises(Invalid):
        await link(app, STAFF, "member:1", Statement(identity="member:1"))
    with pytest.raises(Clash, match="not_linked"):
        await unlink(app, STAFF, "member:1", Statement(identity="unionid:u2"))


@pytest.mark.anyio
async def test_a_cut_of_the_past_does_not_undo_what_was_said_since(app: App, clock: Clock) -> None:
    clock.now = NOON + DAY
    await send(
        app, event("e1", identities=["member:1", PHONE]), event("e2", t=NOON + HOUR, identities=["member:1", PHONE])
    )
    answer: Json = await unlink(app, STAFF, "member:1", Statement(identity=PHONE, occurred_at=NOON + 1))
    assert (answer["status"], answer["reason"]["code"]) == ("linked", "linked_since")
    assert (await unlink(app, STAFF, "member:1", Statement(identity=PHONE)))["status"] == "unlinked"


@pytest.mark.anyio
async def test_a_number_that_too_many_have_links_nobody(app: App, clock: Clock) -> None:
    """The hotline of a shop: with the twenty-first owner it lets go of all, and one more costs one row."""
    clock.now = NOON + DAY
    people = [f"member:{n}" for n in range(1, 24)]
    await send(app, *(event("e1", t=NOON + n, identities=[name, PHONE]) for n, name in enumerate(people[:20])))
    assert await company(app, PHONE) == ["member:1", PHONE]
    for name in people[20:]:
        await send(app, event("e1", t=NOON + HOUR, identities=[name, PHONE]))
        assert await company(app, "member:1") == ["member:1"]
    found = await listed(app)
    assert {each["reason"]["code"] for each in found} == {"shared"}
    assert len(found) == 23
    for name in people[:3]:
        await unlink(app, STAFF, name, Statement(identity=name))
    assert await company(app, PHONE) == ["member:4", PHONE]
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_other_limits_shape_everybody_anew(app: App, clock: Clock) -> None:
    """By touch and by the sweep; the wider ones join what was refused, the narrower ones part it again."""
    await put_in_force(app)
    clock.now += 2
    await send(app, *(event("e1", identities=[f"crm:{n}", "unionid:u"], t=NOON + n) for n in (1, 2)))
    assert (await company(app, "unionid:u"), await company(app, "crm:2")) == (["crm:1", "unionid:u"], ["crm:2"])
    clock.now += HOUR
    await put_in_force(app, identities={"crm": {"at_most": 2}})
    await send(app, event("e2", "unionid:u", t=NOON + HOUR))
    assert await company(app, "crm:2") == ["crm:1", "crm:2", "unionid:u"]
    assert await listed(app) == []
    clock.now += HOUR
    await put_in_force(app)
    await settle(app)
    assert (await company(app, "unionid:u"), await company(app, "crm:2")) == (["crm:1", "unionid:u"], ["crm:2"])
    assert len(await listed(app)) == 1
    assert await verify(app) | {"profiles": 0} == {"profiles": 0, "stale": 0, "differences": 0, "examples": []}


@pytest.mark.anyio
async def test_conflicts_come_page_by_page_and_without_values_for_whom_they_do_not_concern(app: App) -> None:
    await send(app, *(event(f"e{n}", identities=["unionid:u0", f"unionid:u{n}"]) for n in range(1, 6)))
    seen, cursor = list[Json](), None
    while True:
        page: Json = await conflicts(app, STAFF, cursor, 2)
        seen += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == await listed(app)
    assert len(seen) == 5
    blind = Actor(key_id="k", name="n", kind="staff", scopes=PRESETS["operator"] - {"profiles:read"}, source=None)
    assert {side["identity"] for each in await listed(app, blind) for side in each["identities"]} == {None}
    for cursor in ("x", "1", "1.x", "-1.2", "f" * 40 + ".1"):
        with pytest.raises(Invalid, match="bad_cursor"):
            await conflicts(app, STAFF, cursor, 2)


@pytest.mark.anyio
async def test_saying_it_again_costs_no_more_and_changes_nothing(app: App, clock: Clock) -> None:
    clock.now = NOON + HOUR
    await send(
        app, event("e1", identities=["unionid:u1", PHONE]), event("e2", t=NOON + 1, identities=["unionid:u2", PHONE])
    )

    def links(unit: Unit) -> list[LinkRow]:
        roots = [row.root for row in unit.identities.find(["unionid:u1", "unionid:u2", PHONE]).values()]
        return unit.links.of_roots(roots)

    before = await app.store.read(links)
    await send(
        app,
        event("e3", t=NOON + 2, identities=["unionid:u1", PHONE]),
        event("e4", t=NOON + 2, identities=["unionid:u2", PHONE]),
    )
    assert await app.store.read(links) == before
    await send(app, event("e0", t=NOON - 1, identities=["unionid:u2", PHONE]))
    assert await company(app, "unionid:u2") == [PHONE, "unionid:u2"]
    assert await company(app, "unionid:u1") == ["unionid:u1"]
