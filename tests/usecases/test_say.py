"""What is said of somebody: recorded as an event under the actor's key, once, and only if it can mean something."""

import asyncio
from dataclasses import replace
from typing import Any, cast

import pytest

from service.core.calendar import DAY, HOUR
from service.store import Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Failure, Forbidden, Invalid, Unknown
from service.usecases.keys import Actor
from service.usecases.look import look
from service.usecases.say import Saying, event_id_of, only_staff, say
from service.usecases.search import Query, search
from service.usecases.set_tags import TagSaying, set_tags
from service.usecases.verify import verify
from tests.usecases.given import NOON, PLAIN, RICH, STAFF, SYSTEM, Clock, Json, event, opened, put_in_force, send

USER = replace(SYSTEM, key_id="k3", name="page", kind="user")
MORE: dict[str, Any] = {
    "tags": {
        "level": {"kind": "manual", "values": [{"value": "gold"}, {"value": "silver"}]},
        "spent": {"value_of": {"sum": {"event": "order_paid", "property": "amount"}}},
        "rfm": {"rfm": {"event": "order_paid", "property": "amount"}},
    }
}


def set_(tag: str = "vip", ref: str = "member:1", **more: Any) -> Saying:
    value = {"value": more.pop("value")} if "value" in more else {}
    return Saying(ref=ref, kind=more.pop("kind", "tag_set"), properties={"tag": tag, **value}, **more)


async def told(app: App, saying: Saying, actor: Actor = STAFF) -> Json:
    receipt = await say(app, actor, saying)
    (result,) = cast("list[Json]", receipt["results"])
    assert receipt["summary"][result["status"]] == 1  # type: ignore[index]  # it is JSON
    return result


async def shown(app: App, ref: str = "member:1") -> dict[str, Json]:
    found: Json = await look(app, ref)
    return {tag["key"]: tag for tag in found["tags"]}


async def problem(app: App, saying: Saying, failure: type[Failure]) -> tuple[str, str, str]:
    with pytest.raises(failure) as raised:
        await say(app, STAFF, saying)
    (found,) = raised.value.problems
    return found.code, found.pointer, found.en


async def events_of(app: App, kind: str) -> list[Any]:
    def read(unit: Unit) -> list[Any]:
        return [row for row in unit.events.of_roots([r.root for r in roots(unit)]) if row.type == kind]

    def roots(unit: Unit) -> list[Any]:
        return [row for rows in unit.identities.of_profiles(profiles(unit)).values() for row in rows]

    def profiles(unit: Unit) -> list[int]:
        return [row.profile for row in unit.profiles.scan(-1, 100)]

    return await app.store.read(read)


@pytest.mark.anyio
@pytest.mark.parametrize(("actor", "layer"), [(STAFF, "manual"), (SYSTEM, "import"), (USER, "user")])
async def test_the_layer_follows_from_the_key(app: App, actor: Actor, layer: str) -> None:
    await put_in_force(app)
    await send(app, event("e1", kind="menu_viewed"))
    result = await told(app, set_(until=NOON + DAY), actor)
    (change,) = result["changes"]
    assert (change["key"], change["on"], change["source"], change["because"]["layer"]) == ("vip", True, layer, layer)
    assert (await shown(app))["vip"]["until"] == "2026-09-23T04:00:00Z"
    (row,) = await events_of(app, "tag_set")
    assert (row.layer, row.source) == (layer, actor.name)


@pytest.mark.anyio
async def test_removed_released_hidden(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1", amount=5))
    for kind, expected in (
        ("tag_removed", None),
        ("tag_released", False),
        ("tag_hidden", True),
        ("tag_unhidden", False),
    ):
        clock.now += HOUR
        await told(app, set_("buyer", kind=kind))
        found = (await shown(app)).get("buyer")
        assert (found and found.get("hidden", False)) == expected, kind
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_pins_and_wishes(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", kind="menu_viewed"))
    said = {"scheme": "tier", "class": "high_end", "reason": "老客户"}
    pinned = await told(app, Saying(ref="member:1", kind="persona_pinned", properties=said))
    assert pinned["changes"][0]["class"] == "high_end"
    clock.now += HOUR
    freed = await told(app, Saying(ref="member:1", kind="persona_released", properties={"scheme": "tier"}))
    assert freed["changes"][0]["class"] == "undetermined"
    off = Saying(ref="member:1", kind="personalisation_set", properties={"on": False})
    assert (await told(app, off))["status"] == "accepted"


def test_only_staff_pins() -> None:
    only_staff(STAFF)
    for actor in (SYSTEM, USER):
        with pytest.raises(Forbidden) as raised:
            only_staff(actor)
        assert raised.value.code == "staff_only"


@pytest.mark.anyio
async def test_names_that_are_not_there(app: App) -> None:
    await put_in_force(app, **MORE)
    await send(app, event("e1", kind="menu_viewed"))
    assert await problem(app, set_("vipp"), Unknown) == (
        "unknown_tag", "?tag", "there is no such tag; did you mean vip?",
    )  # fmt: skip
    tiers = {"scheme": "tierr", "class": "mass", "reason": "r"}
    code, pointer, said = await problem(app, Saying(ref="member:1", kind="persona_pinned", properties=tiers), Unknown)
    assert (code, pointer) == ("unknown_persona", "?scheme")
    assert said.endswith("did you mean tier?")
    classes = {"scheme": "tier", "class": "high", "reason": "r"}
    code, pointer, _ = await problem(app, Saying(ref="member:1", kind="persona_pinned", properties=classes), Invalid)
    assert (code, pointer) == ("unknown_class", "/class")
    assert (await problem(app, set_("level", value="golden"), Invalid))[:2] == ("unknown_value", "/value")
    assert (await problem(app, set_("level"), Invalid))[:2] == ("value_missing", "/value")
    assert (await problem(app, set_("spent"), Invalid))[:2] == ("value_missing", "/value")
    for said in ("a lot", "1e3", "--5", "1.1234567", "٥", ""):
        assert (await problem(app, set_("spent", value=said), Invalid))[:2] == ("not_a_number", "/value")
    for said in ("9-9-9", "5-4", "junk"):
        assert (await problem(app, set_("rfm", value=said), Invalid))[:2] == ("not_quintiles", "/value")
    assert (await problem(app, set_("vip", value="x"), Invalid))[:2] == ("value_not_allowed", "/value")
    assert (await problem(app, set_(until=NOON), Invalid))[:2] == ("until_has_passed", "/until")
    assert await events_of(app, "tag_set") == []
    await told(app, set_("level", value="gold"))
    await told(app, set_("spent", value="-12.5"))
    assert {key: tag["value"] for key, tag in (await shown(app)).items()} == {"level": "gold", "spent": -12.5}
    found: Json = await search(app, Query(where={"tag": "spent", "lt": -12}, limit=9, count=True))
    assert found["total"] == 1, "a number that somebody set is found like one that was counted"
    for kind in ("tag_removed", "tag_released"):  # nobody has to say which value he takes back
        await told(app, set_("level", kind=kind))


@pytest.mark.anyio
async def test_nobody_is_refused_or_created_as_the_playbook_says(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    stranger = set_(ref="member:9", may_create=True)
    for saying in (stranger, set_(ref="0" * 16, may_create=True)):
        with pytest.raises(Unknown) as raised:
            await say(app, STAFF, saying)
        assert raised.value.code == "unknown_profile"
    await put_in_force(app, "unknown_profiles: create\n" + PLAIN)
    with pytest.raises(Unknown):
        await say(app, STAFF, set_(ref="member:9", kind="tag_removed"))
    with pytest.raises(Unknown):
        await say(app, STAFF, set_(ref="0" * 16, may_create=True))
    assert (await told(app, stranger))["version"] == 1
    assert set(await shown(app, "member:9")) == {"vip"}


@pytest.mark.anyio
async def test_the_same_key_has_one_effect(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", kind="menu_viewed"))
    first = await told(app, set_(event_id=event_id_of("k-1"), until=NOON + DAY))
    assert (first["status"], first["event_id"]) == ("accepted", "key:k-1")
    clock.now += 2 * DAY  # the end has passed in the meantime, and so has the instant
    again = await told(app, set_(event_id=event_id_of("k-1"), until=NOON + DAY))
    assert (again["status"], again["changes"]) == ("duplicate", [])
    ref = str(first["profile_id"])
    assert (await told(app, set_(ref=ref, event_id=event_id_of("k-1"), until=NOON + DAY)))["status"] == "duplicate"
    for other in (set_(event_id=event_id_of("k-1")), set_("buyer", event_id=event_id_of("k-1"))):
        with pytest.raises(Clash) as raised:
            await say(app, STAFF, other)
        assert raised.value.code == "idempotency_key_reused"
    assert len(await events_of(app, "tag_set")) == 1


def test_long_keys_fit() -> None:
    assert event_id_of(None) is None
    keys = ["k", "k" * 124, "k" * 125, "k" * 128, "j" * 128]
    found = [str(event_id_of(key)) for key in keys]
    assert len(set(found)) == len(keys)
    assert max(map(len, found)) <= 128


@pytest.mark.anyio
async def test_a_key_counts_for_the_whole_profile(app: App, clock: Clock) -> None:
    """Also under another identity, which was linked in the meantime."""
    await put_in_force(app)
    await send(app, event("e1", "member:1", kind="menu_viewed"), event("e2", "crm@sf:2", kind="menu_viewed"))
    await told(app, set_(ref="crm@sf:2", event_id="key:a"))
    clock.now += HOUR
    await send(app, event("e3", "member:1", "identity_linked", t=clock.now, identity="crm@sf:2"))
    assert (await told(app, set_(ref="member:1", event_id="key:a")))["status"] == "duplicate"


@pytest.mark.anyio
async def test_two_at_once_with_one_key(home: str) -> None:
    """Whoever comes second finds that it had been said, at whatever instant."""
    ticks = iter(range(NOON, NOON + 10**6))
    async with opened(home, lambda: next(ticks)) as app:
        await put_in_force(app)
        await send(app, event("e1", kind="menu_viewed"))
        same = [told(app, set_(event_id="key:a")) for _ in range(5)]
        found = [each["status"] for each in await asyncio.gather(*same)]
        assert sorted(found) == ["accepted", *["duplicate"] * 4]
        differing = await asyncio.gather(
            *(say(app, STAFF, set_(tag, event_id="key:b")) for tag in ("vip", "buyer")), return_exceptions=True
        )
        assert sum(isinstance(each, Clash) for each in differing) == 1


# ---- many at once


def item(tag: str = "vip", identity: str = "member:1", **more: Any) -> TagSaying:
    return TagSaying(identity=identity, tag=tag, **more)


async def results(app: App, *items: Any) -> list[Json]:
    found = await set_tags(app, STAFF, items)
    told = cast("list[Json]", found["results"])
    assert [each["index"] for each in told] == list(range(len(items)))
    assert sum(cast("dict[str, int]", found["summary"]).values()) == len(items)
    return told


@pytest.mark.anyio
async def test_each_item_stands_for_itself(app: App) -> None:
    await put_in_force(app, **MORE)
    await send(app, event("e1", kind="menu_viewed"), event("e2", "member:2", kind="menu_viewed"))
    found = await results(
        app,
        item(event_id="i1"),
        item("level", value="gold", reason="synced"),
        item("nope"),
        item("level"),
        item(identity="member:9"),
        item(until=NOON),
        item("level", identity="member:2", remove=True),
        item(event_id="i1"),
        item("level", event_id="i1", value="gold"),
        item("level", remove=True, value="gold"),
        item("vip", remove=True, until=NOON + HOUR),
    )
    assert [each["status"] for each in found] == [
        "set", "set", "rejected", "rejected", "rejected", "rejected", "set", "duplicate", "rejected", "rejected",
        "rejected",
    ]  # fmt: skip
    codes = {
        each["index"]: (each["problem"]["code"], each["problem"]["pointer"]) for each in found if "problem" in each
    }
    assert codes == {
        2: ("unknown_tag", "/tag"), 3: ("value_missing", "/value"), 4: ("unknown_profile", "/identity"),
        5: ("until_has_passed", "/until"), 8: ("same_id_other_content", "/event_id"),
        9: ("not_with_remove", "/value"), 10: ("not_with_remove", "/until"),
    }  # fmt: skip
    assert set(await shown(app)) == {"vip", "level"}
    assert [each["status"] for each in await results(app, item("nope"))] == ["rejected"]


@pytest.mark.anyio
async def test_the_last_of_a_request_wins(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", kind="menu_viewed"))
    for end, on in ((True, False), (False, True)):
        clock.now += HOUR
        await results(app, *(item(remove=bool(place % 2) is end) for place in range(20)))
        assert ("vip" in await shown(app)) == on


@pytest.mark.anyio
async def test_strangers_are_created_in_bulk(app: App) -> None:
    await put_in_force(app, "unknown_profiles: create\n" + PLAIN)
    found = await results(app, item(identity="member:8"), item(identity="member:8", remove=True), item())
    assert [each["status"] for each in found] == ["set"] * 3
    assert (await verify(app))["profiles"] == 2


@pytest.mark.anyio
async def test_the_setting_is_no_reason_to_fold_anybody_again(app: App) -> None:
    await put_in_force(app, RICH)
    before = await app.read(lambda _unit, found: found.fold_id)
    await put_in_force(app, RICH + "\nunknown_profiles: create\n")
    after = await app.read(lambda _unit, found: (found.fold_id, found.plan.playbook.unknown_profiles))
    assert after == (before, "create")
