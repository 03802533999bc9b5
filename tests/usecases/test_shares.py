"""Links: good until they expire or are taken back, for one run, and telling nothing of whose it is."""

import random
import re
import string
from typing import Any

import pytest

from service.core.calendar import DAY, MINUTE
from service.store import StoreError, Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Failure, Invalid, Unknown
from service.usecases.light import Lighting, light_by_token
from service.usecases.look import look
from service.usecases.progress import progress, progress_by_token
from service.usecases.refer import record_with_referrals
from service.usecases.relate import Statement, unlink
from service.usecases.shares import (
    MOST,
    SHOWN,
    Wish,
    list_shares,
    list_shares_by_token,
    make_share_by_token,
    revoke_share,
    revoke_share_by_token,
    top_shares,
)
from service.usecases.timeline import timeline
from service.usecases.tokens import TOKEN, digest_of, new_token
from tests.usecases.cups import CUP, begun, owner_of, share_of, stages_of
from tests.usecases.given import NOON, PLAIN, STAFF, SYSTEM, Clock, event, opened, put_in_force, send, wire

pytestmark = pytest.mark.anyio
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}")


async def opens(app: App, token: str) -> Any:
    return await progress_by_token(app, token)


async def is_gone(app: App, token: str) -> bool:
    try:
        await opens(app, token)
    except Unknown as unknown:
        return (unknown.code, unknown.en) == ("unknown_link", "there is no such link, or it is no longer valid")
    return False


async def test_a_share_shows_one_run_and_nobody(app: App) -> None:
    await begun(app)
    await send(app, event("o1", order_id="SECRET-7"), event("t", kind="trait_set", city="上海"))
    made = await share_of(app)
    assert SCENE.fullmatch(made["token"])
    assert TOKEN.fullmatch(made["token"])
    assert (made["title"], made["title_en"], made["path"]) == (
        "看我的第一杯",
        None,
        f"/pages/j?x=1&scene={made['token']}",
    )
    shown = await opens(app, made["token"])
    assert [each["journey"] for each in shown["journeys"]] == ["cup"]
    profile: Any = await look(app, "member:1")
    for secret in ("member", "SECRET", "上海", profile["profile_id"], made["share_id"], "buyer", "undetermined"):
        assert secret not in str(shown)
    keyed = await share_of(app, journey="bag")
    assert keyed["path"] is None
    assert "SECRET" not in str(await opens(app, keyed["token"]))


async def test_only_a_digest_is_kept(app: App) -> None:
    await begun(app)
    token = (await share_of(app))["token"]

    def rows(unit: Unit) -> Any:
        return unit.shares.by_digests([digest_of(token)])

    ((_, row),) = (await app.store.read(rows)).items()
    assert token not in str(row)
    assert len({new_token("share") for _ in range(1000)}) == 1000


async def test_a_link_ends(app: App, clock: Clock) -> None:
    await begun(app)
    first, second = await share_of(app, lasts=DAY), await share_of(app)
    clock.now += DAY - 1
    assert not await is_gone(app, first["token"])
    clock.now += 1
    assert await is_gone(app, first["token"])
    assert (await revoke_share(app, "member:1", second["share_id"]))["status"] == "revoked"
    assert await is_gone(app, second["token"])
    again: Any = await revoke_share(app, "member:1", second["share_id"])
    listed: Any = await list_shares(app, "member:1")
    assert sorted(each["status"] for each in listed["items"]) == ["expired", "revoked"]
    assert again in listed["items"]
    for wrong in ("", "x", "s-", new_token("share"), first["token"][:-1], first["token"] + "1", "s-" + "é" * 30):
        assert await is_gone(app, wrong)


async def test_an_owner_token_is_short_and_its_own(app: App, clock: Clock) -> None:
    await begun(app, "member:1", "member:2")
    mine, theirs = await owner_of(app), await owner_of(app, "member:2")
    shown = await opens(app, mine)
    assert (shown["kind"], [each["journey"] for each in shown["journeys"]]) == ("owner", ["cup"])
    made: Any = await make_share_by_token(app, mine, Wish(journey="cup"))
    listed: Any = await list_shares_by_token(app, mine)
    assert [each["share_id"] for each in listed["items"]] == [made["share_id"]]
    with pytest.raises(Unknown, match="unknown_share"):
        await revoke_share_by_token(app, theirs, made["share_id"])
    assert not await is_gone(app, made["token"])
    assert (await revoke_share_by_token(app, mine, made["share_id"]))["status"] == "revoked"
    for act in (make_share_by_token(app, made["token"], Wish(journey="cup")), list_shares_by_token(app, made["token"])):
        with pytest.raises(Unknown, match="unknown_link"):
            await act
    clock.now += 15 * MINUTE
    assert await is_gone(app, mine)
    fresh = await owner_of(app)
    kept = await app.store.read(lambda unit: unit.shares.by_digests([digest_of(mine), digest_of(fresh)]))
    assert list(kept) == [digest_of(fresh)]


async def test_what_cannot_be_shared_is_refused(app: App) -> None:
    await begun(app)
    await send(app, event("o1", order_id="a"), event("o2", order_id="b"))
    for who, wish, failure, code in (
        ("member:1", Wish(journey="nothing"), Unknown, "unknown_journey"),
        ("member:1", Wish(journey="cup", key="k"), Unknown, "unknown_run"),
        ("member:1", Wish(journey="bag"), Invalid, "key_needed"),
        ("member:1", Wish(journey="bag", key="c"), Unknown, "unknown_run"),
        ("member:9", Wish(journey="cup"), Unknown, "unknown_profile"),
    ):
        with pytest.raises(failure) as raised:
            await share_of(app, who, wish.journey, key=wish.key)
        assert raised.value.code == code
    for share in ("0" * 16, "nothing"):
        with pytest.raises(Unknown, match="unknown_share"):
            await revoke_share(app, "member:1", share)
    assert (await share_of(app, journey="bag", key="b"))["key"] == "b"
    for _ in range(MOST - 1):
        await share_of(app)
    with pytest.raises(Clash, match="too_many_shares"):
        await share_of(app)


async def test_a_run_that_is_over_for_long_is_still_shown(app: App, clock: Clock) -> None:
    await begun(app)
    await send(app, event("o0", order_id="first"))
    before = (await share_of(app, journey="bag"))["token"]
    for number in range(25):
        clock.now += MINUTE
        await send(app, event(f"o{number + 1}", order_id=f"n{number}", t=clock.now))
    await send(app, event("x0", kind="left", order_id="first", t=clock.now))
    ends = [event(f"x{n}", kind="left", order_id=f"n{n}", t=clock.now) for n in range(25)]
    await send(app, *ends)
    after = (await share_of(app, journey="bag", key="first"))["token"]
    for token in (before, after):
        shown = await opens(app, token)
        assert (shown["journeys"][0]["journey"], shown["journeys"][0]["status"]) == ("bag", "ended")


async def test_a_link_follows_its_person(app: App) -> None:
    await begun(app, "member:1", "phone:+8613800138000")
    first, second = await share_of(app), await share_of(app, "phone:+8613800138000")
    await send(app, event("m", "member:1", "menu_viewed", identities=["member:1", "phone:+8613800138000"]))
    assert not await is_gone(app, first["token"])
    assert not await is_gone(app, second["token"])
    listed: Any = await list_shares(app, "member:1")
    assert {each["share_id"] for each in listed["items"]} == {first["share_id"], second["share_id"]}
    profile: Any = await progress(app, "member:1")
    assert (await share_of(app, profile["profile_id"]))["status"] == "open"


PHONE = "phone:+8613800138000"


async def test_what_he_did_on_his_own_page_stays_with_him_if_he_is_cut_in_two(app: App, clock: Clock) -> None:
    await begun(app, "member:1", PHONE)
    await send(app, event("m", "member:1", "menu_viewed", identities=["member:1", PHONE]))
    mine = await owner_of(app, PHONE)
    made: Any = await make_share_by_token(app, mine, Wish(journey="cup"))
    photo, cheers = Lighting(journey="cup", stage="photo"), Lighting(journey="cup", stage="cheers")
    clock.now += MINUTE
    await light_by_token(app, mine, photo)
    joined = event("j1", "member:2", "menu_viewed", t=clock.now, share=made["token"])
    await record_with_referrals(app, SYSTEM, wire([joined]))
    await light_by_token(app, await owner_of(app, "member:2"), cheers, made["token"])
    clock.now += MINUTE
    await unlink(app, STAFF, "member:1", Statement(identity=PHONE))
    for who, links, lit, helped, brought in ((PHONE, [made["share_id"]], "lit", 1, 1), ("member:1", [], "ahead", 0, 0)):
        listed: Any = await list_shares(app, who)
        stages = await stages_of(app, who)
        assert [each["share_id"] for each in listed["items"]] == links
        assert (stages["photo"]["state"], stages["cheers"]["friends"]["helped"]) == (lit, helped)
        told: Any = await timeline(app, who, 20)
        assert sum(each.get("type") == "referral" for each in told["items"]) == brought


async def test_more_links_than_are_listed_are_added_up(app: App, clock: Clock) -> None:
    await begun(app)
    made = await share_of(app)
    await progress_by_token(app, made["token"], visit=True)
    for _ in range(SHOWN):
        clock.now += 1
        await revoke_share(app, "member:1", (await share_of(app))["share_id"])
    listed: Any = await list_shares(app, "member:1")
    assert (len(listed["items"]), listed["reach"]["visits"]) == (SHOWN, 1)


async def test_a_journey_that_is_gone_takes_its_links_along(app: App) -> None:
    await begun(app)
    token = (await share_of(app))["token"]
    await put_in_force(app, PLAIN)
    assert await is_gone(app, token)
    shown: Any = await progress(app, "member:1")
    assert shown["journeys"] == []


async def test_whoever_is_gone_takes_his_links_along(app: App) -> None:
    await begun(app)
    token = (await share_of(app))["token"]
    await app.store.write(lambda unit: unit._sql.fetch("DELETE FROM profiles"))
    assert await is_gone(app, token)
    await app.store.write(lambda unit: unit._sql.fetch("DELETE FROM identities"))
    assert await is_gone(app, token)


async def test_visits_are_counted_and_written_together(app: App, clock: Clock) -> None:
    await begun(app)
    made, mine = await share_of(app), await owner_of(app)
    for _ in range(7):
        await progress_by_token(app, made["token"], visit=True)
        await progress_by_token(app, mine, visit=True)
    await opens(app, made["token"])
    listed: Any = await list_shares(app, "member:1")
    assert (listed["items"][0]["visits"], listed["reach"]) == (7, {"visits": 7, "sign_ups": 0})
    top: Any = await top_shares(app, 30, 10)
    assert [(each["share_id"], each["visits"]) for each in top["items"]] == [(made["share_id"], 7)]
    clock.now += 40 * DAY
    assert (await top_shares(app, 30, 10))["items"] == []


async def test_visits_wait_for_a_store_that_cannot_take_them(app: App, clock: Clock, monkeypatch: Any) -> None:
    await begun(app)
    made = await share_of(app)

    async def refuse(_work: Any) -> None:
        raise StoreError

    with monkeypatch.context() as broken:
        broken.setattr(app.store, "write", refuse)
        await progress_by_token(app, made["token"], visit=True)
    clock.now += MINUTE
    await progress_by_token(app, made["token"], visit=True)
    listed: Any = await list_shares(app, "member:1")
    assert listed["items"][0]["visits"] == 2


async def test_nothing_is_lost_when_the_service_stops(home: str, clock: Clock) -> None:
    async with opened(home, clock) as app:
        await begun(app)
        made = await share_of(app)
        for _ in range(3):
            await progress_by_token(app, made["token"], visit=True)
    async with opened(home, clock) as app:
        listed: Any = await list_shares(app, "member:1")
        assert listed["items"][0]["visits"] == 3


async def test_a_link_of_nobody_is_in_no_list(app: App) -> None:
    await begun(app)
    made = await share_of(app)
    await progress_by_token(app, made["token"], visit=True)
    await app.store.write(lambda unit: unit._sql.fetch("DELETE FROM identities"))
    assert (await top_shares(app, 30, 10))["items"] == []


@pytest.mark.no_cover
async def test_a_million_guesses_find_nothing(sqlite_home: str, clock: Clock) -> None:
    """As the store looks them up: 178 bits are not guessed."""
    async with opened(sqlite_home, clock) as app:
        await begun(app)
        made = await share_of(app)

        letters, draw = string.digits + string.ascii_letters, random.Random(178).choices

        def guess(unit: Unit) -> int:
            hits = 0
            for _ in range(1_000):
                tokens = ("s-" + "".join(draw(letters, k=30)) for _ in range(1_000))
                hits += len(unit.shares.by_digests([digest_of(token) for token in tokens]))
            return hits

        assert re.fullmatch(f"s-[{letters}]{{30}}", made["token"]), "what is guessed is what is given"

        assert await app.store.read(guess) == 0
        assert len(await app.store.read(lambda unit: unit.shares.by_digests([digest_of(made["token"])]))) == 1


async def test_a_failure_has_its_own_words(app: App) -> None:
    await begun(app)
    with pytest.raises(Failure) as raised:
        await opens(app, new_token("share"))
    assert raised.value.zh.startswith("链接不存在或已经失效")
    assert CUP["name"] == "第一杯"
    assert NOON > 0
