"""What one group commit does: receipts, merges and cuts, clocks that disagree."""

import asyncio

import pytest

from service.core.calendar import DAY, HOUR, MINUTE
from service.usecases.app import App
from service.usecases.failures import Unknown
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, Clock, Json, Listener, event, put_in_force, send, statuses
from tests.usecases.told import settle


def keys(result: Json) -> list[str]:
    return [each["key"] for each in result.get("changes", ())]


@pytest.mark.anyio
async def test_the_difference_stands_on_the_last_accepted_item_of_each_profile(app: App) -> None:
    await put_in_force(app)
    results = await send(
        app,
        event("e1"),
        event("e2", "member:2"),
        event("e3", kind="menu_viewed"),
        event("e1"),
        event("e4", amount="much"),
    )
    assert statuses(results) == ["accepted", "accepted", "accepted", "duplicate", "rejected"]
    assert [keys(each) for each in results] == [[], ["buyer", "fresh"], ["buyer", "fresh"], [], []]
    assert [each.get("version") for each in results] == [1, 1, 1, 1, None]
    assert results[0]["profile_id"] == results[3]["profile_id"] != results[1]["profile_id"]
    assert results[4]["problem"]["pointer"] == "/properties/amount"


@pytest.mark.anyio
async def test_an_event_of_an_undeclared_type_changes_nothing_and_is_a_version(app: App) -> None:
    await put_in_force(app)
    (first,) = await send(app, event("e1", kind="song_hummed"))
    (second,) = await send(app, event("e2", kind="song_hummed"))
    assert (first["version"], second["version"]) == (1, 2)
    assert keys(first) == keys(second) == []


@pytest.mark.anyio
async def test_a_merge_is_announced_to_the_listeners_of_both(app: App) -> None:
    await put_in_force(app)
    one, two = await send(app, event("e1", "openid:1"), event("e2", "openid:2"))
    (linked,) = await send(app, event("e3", "openid:2", "identity_linked", identity="openid:1"))
    survivor = linked["profile_id"]
    (gone,) = {one["profile_id"], two["profile_id"]} - {survivor}
    assert [each["key"] for each in linked["changes"]] == ["merged"]
    said = [each for each in await Listener(app).news() if each["kind"] == "profile"]
    assert {each["profile_id"] for each in said} == {gone, survivor}
    assert {(each["from"], each["into"]) for each in said} == {(gone, survivor)}
    shown: Json = await look(app, gone)
    assert shown["profile_id"] == survivor, "the merged id stands for the survivor"
    assert shown["identities"] == ["openid:1", "openid:2"]


@pytest.mark.anyio
async def test_a_newcomer_linked_to_somebody_known_is_no_merge_worth_a_word(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", "openid:1"))
    (result,) = await send(app, event("e2", kind="menu_viewed", identities=["openid:1", "unionid:1"]))
    assert (keys(result), result["version"]) == ([], 2)


@pytest.mark.anyio
async def test_a_cut_brings_back_who_was_there_and_his_versions_go_on(app: App) -> None:
    """Whoever follows the feed keeps the highest version he has seen of a profile: it must never fall."""
    await put_in_force(app)
    (one, two) = await send(app, event("e1", "openid:1", order_id="o1"), event("e2", "openid:2", order_id="o2"))
    await send(app, event("e3", "openid:2", "identity_linked", identity="openid:1"))
    assert [each["key"] for each in (await look(app, "openid:1"))["journeys"]] == ["o1", "o2"]  # type: ignore[attr-defined]  # JSON
    await send(app, event("e4", "openid:1", "identity_unlinked", NOON + 1, identity="openid:1"))
    for name, before, own in (("openid:1", one, "o1"), ("openid:2", two, "o2")):
        shown: Json = await look(app, name)
        assert shown["profile_id"] == before["profile_id"]
        assert shown["version"] > before["version"]
        assert [each["key"] for each in shown["journeys"]] == [own], "the other's orders went with him"
    versions: dict[str, int] = {}
    for each in await Listener(app).news():
        assert each["version"] >= versions.get(each["profile_id"], 0)
        versions[each["profile_id"]] = each["version"]
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
@pytest.mark.parametrize("first", [0, 1])
async def test_one_event_seen_under_two_names_at_one_instant_counts_once_and_always_the_same(
    app: App, first: int
) -> None:
    """Nothing but its content tells the two apart; which of them counts must not depend on who came first."""
    await put_in_force(app)
    seen = [event("e1", name, amount=amount) for name, amount in (("openid:1", 10), ("openid:2", 20))]
    await send(app, seen[first])
    await send(app, seen[1 - first])
    await send(app, event("e2", "openid:1", "identity_linked", NOON, identity="openid:2"))
    shown: Json = await look(app, "openid:1")
    because = shown["personas"]["tier"]["because"]
    assert (because["orders"], because["average"]) == (1, 20)


@pytest.mark.anyio
async def test_what_is_from_the_future_counts_as_of_its_arrival(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", t=NOON + 400 * DAY))
    shown: Json = await look(app, "member:1")
    assert [(each["key"], each["since"]) for each in shown["tags"]] == [
        ("buyer", "2026-09-22T04:00:00Z"), ("fresh", "2026-09-22T04:00:00Z"),
    ]  # fmt: skip
    clock.now = NOON + 2 * DAY
    await settle(app)
    assert tags(await look(app, "member:1")) == ["buyer", "lapsing"]


def tags(shown: Json) -> list[str]:
    return [each["key"] for each in shown["tags"]]


@pytest.mark.anyio
async def test_a_clock_that_is_behind_takes_nothing_back(app: App, clock: Clock) -> None:
    """Two processes never agree to the millisecond: what the faster one has said of silence stays said."""
    await put_in_force(app)
    await send(app, event("e1", t=NOON))
    clock.now = NOON + HOUR + MINUTE
    await settle(app)
    clock.now = NOON + HOUR - MINUTE
    await send(app, event("e2", kind="menu_viewed", t=clock.now))
    clock.now = NOON + HOUR + 2 * MINUTE
    await settle(app)
    assert [(each["key"], each["on"]) for each in await Listener(app).news()] == [
        ("buyer", True), ("fresh", True), ("fresh", False),
    ]  # fmt: skip


@pytest.mark.anyio
async def test_nobody_is_there_before_his_first_event(app: App) -> None:
    """An identity that was only named has no profile to look at."""
    await put_in_force(app)
    await send(app, event("e1", "openid:1", "identity_unlinked", identity="openid:2"))
    with pytest.raises(Unknown):
        await look(app, "openid:2")
    (result,) = await send(app, event("e2", "openid:2"))
    assert result["version"] == 1


@pytest.mark.anyio
async def test_requests_committed_together_are_each_told_their_own_difference(app: App) -> None:
    await put_in_force(app)
    one, two, three = await asyncio.gather(
        send(app, event("e1", t=NOON), event("e2", "member:2")),
        send(app, event("e3", kind="tag_set", t=NOON, tag="vip"), event("e4", kind="menu_viewed", t=NOON)),
        send(app, event("e1", t=NOON)),
    )
    assert [keys(each) for each in one] == [["buyer", "fresh"], ["buyer", "fresh"]]
    assert [keys(each) for each in two] == [[], ["vip"]]
    assert [keys(each) for each in three] == [[]]
    assert len({one[0]["version"], two[1]["version"], three[0]["version"]}) == 1
    said = [(each["profile_id"], each["key"]) for each in await Listener(app).news()]
    assert len(said) == len(set(said)) == 5
