"""Lighting a stage: once, by whoever may, and a refusal changes nothing."""

import asyncio
import importlib
import random
from typing import Any

import pytest

from service.core.calendar import DAY, MINUTE
from service.store import Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Failure, Invalid, Unknown
from service.usecases.follow import changes
from service.usecases.light import Lighting, light, light_by_token
from service.usecases.look import look
from service.usecases.progress import progress, progress_by_token
from service.usecases.verify import verify
from tests.usecases.cups import CUP, begun, owner_of, share_of, stages_of
from tests.usecases.given import NOON, SYSTEM, Clock, event, send, statuses

pytestmark = pytest.mark.anyio
PHOTO, CHEERS = Lighting(journey="cup", stage="photo"), Lighting(journey="cup", stage="cheers", helper="member:2")


async def lights(app: App, lighting: Lighting = PHOTO, who: str = "member:1") -> Any:
    return await light(app, SYSTEM, who, lighting)


async def facts(app: App) -> list[tuple[int, bytes]]:
    def read(unit: Unit) -> list[tuple[int, bytes]]:
        return [(row.profile, row.facts) for row in unit.profiles.scan(-1, 100)]

    return await app.store.read(read)


async def test_a_user_lights_his_stage_once(app: App, clock: Clock) -> None:
    await begun(app)
    clock.now += MINUTE
    found = await lights(app)
    assert (found["status"], found["run"]["percent"]) == ("accepted", 50)
    before = await facts(app)
    clock.now += MINUTE
    assert (await lights(app))["status"] == "already"
    assert await facts(app) == before
    stage = (await stages_of(app))["photo"]
    assert (stage["state"], stage["lit_by"], stage["at"]) == ("lit", "user", "2026-09-22T04:02:00Z")
    shown: Any = await look(app, "member:1")
    (run,) = shown["journeys"]
    assert (run["stage"], run["progress"]) == ("order", 0.5)
    told: Any = await changes(app, None, 100)
    assert "cup" in [each["key"] for each in told["items"] if each["profile_id"] == found["profile_id"]][-1]
    assert (await verify(app))["differences"] == 0


async def test_at_once_is_once(app: App) -> None:
    await begun(app)
    found = await asyncio.gather(*(lights(app) for _ in range(8)))
    assert sorted(each["status"] for each in found) == ["accepted", *["already"] * 7]


async def test_friends_help_each_once_and_never_oneself(app: App, clock: Clock) -> None:
    await begun(app, "member:1", "member:2", "member:3")
    clock.now += MINUTE
    await send(app, event("k", "phone:+8613800138000", "menu_viewed", identities=["member:2", "phone:+8613800138000"]))
    assert (await lights(app, CHEERS))["run"]["stages"][2]["friends"] == {"wanted": 2, "helped": 1, "open": True}
    assert (await lights(app, CHEERS))["status"] == "already"
    other_name = Lighting(journey="cup", stage="cheers", helper="phone:+8613800138000")
    assert (await lights(app, other_name))["status"] == "already"
    third = Lighting(journey="cup", stage="cheers", helper="member:3")
    assert (await lights(app, third))["status"] == "accepted"
    stage = (await stages_of(app))["cheers"]
    assert (stage["state"], stage["lit_by"], stage["friends"]["helped"]) == ("lit", "friends", 2)
    assert (await lights(app, Lighting(journey="cup", stage="cheers", helper="member:1")))["status"] == "already"


REFUSED: list[tuple[Lighting, type[Failure], str]] = [
    (Lighting(journey="nothing", stage="photo"), Unknown, "unknown_journey"),
    (Lighting(journey="cup", stage="nothing"), Unknown, "unknown_stage"),
    (Lighting(journey="cup", stage="order"), Clash, "not_for_users"),
    (Lighting(journey="cup", stage="cheers"), Clash, "friends_only"),
    (Lighting(journey="cup", stage="photo", helper="member:2"), Clash, "user_only"),
    (Lighting(journey="cup", stage="cheers", helper="member:1"), Clash, "not_oneself"),
    (Lighting(journey="cup", stage="cheers", helper="member:99"), Unknown, "unknown_profile"),
    (Lighting(journey="bag", stage="show"), Clash, "no_open_run"),
    (Lighting(journey="cup", stage="photo", key="another"), Clash, "no_open_run"),
]


@pytest.mark.parametrize(("lighting", "failure", "code"), REFUSED)
async def test_a_refusal_says_why_and_changes_nothing(
    app: App, lighting: Lighting, failure: type[Failure], code: str
) -> None:
    await begun(app, "member:1", "member:2")
    before = await facts(app)
    with pytest.raises(failure) as raised:
        await lights(app, lighting)
    assert raised.value.code == code
    assert await facts(app) == before


async def test_of_several_runs_one_is_named(app: App, clock: Clock) -> None:
    await begun(app)
    await send(app, event("o1", order_id="a"), event("o2", order_id="b"))
    clock.now += MINUTE
    with pytest.raises(Invalid, match="key_needed"):
        await lights(app, Lighting(journey="bag", stage="show"))
    found = await lights(app, Lighting(journey="bag", stage="show", key="a"))
    assert (found["status"], found["run"]["status"], found["run"]["key"]) == ("accepted", "completed", "a")
    clock.now += 3 * DAY
    with pytest.raises(Clash, match="no_open_run"):
        await lights(app, Lighting(journey="bag", stage="show", key="b"))


AGAIN: dict[str, Any] = {"enter": {"event": "menu_viewed"}, "re_entry": "after_exit", "stages": CUP["stages"][:3]}
SHORT: dict[str, Any] = {"enter": {"event": "menu_viewed"}, "ends_after": "1d", "stages": CUP["stages"][:3]}


async def test_what_is_offered_is_not_refused(app: App, clock: Clock) -> None:
    """Of runs that are completed and over, or that another one has followed, nothing can be lit any more."""
    await begun(app, "member:1", "member:2", again=AGAIN, short=SHORT)
    await send(app, event("v9", kind="menu_viewed", t=clock.now))
    clock.now += 2 * DAY
    link = (await share_of(app, journey="short"))["token"]
    found: Any = await progress(app, "member:1")
    offered = set()
    for run in found["journeys"]:
        for stage in run["stages"]:
            helper = "member:2" if stage["friends"] else None
            wish = Lighting(journey=run["journey"], stage=stage["stage"], key=run["key"], helper=helper)
            if stage["can_light"] or (stage["friends"] and stage["friends"]["open"]):
                assert (await lights(app, wish))["status"] == "accepted"
                offered.add((run["journey"], stage["stage"]))
            elif stage["stage"] != "browse" and run["journey"] != "cup":
                with pytest.raises(Clash, match="no_open_run"):
                    await lights(app, wish)
    assert offered == {(journey, stage) for journey in ("cup", "again") for stage in ("photo", "cheers")}
    shared: Any = await progress_by_token(app, link)
    assert shared["journeys"][0]["stages"][2]["friends"]["open"] is False


async def test_a_run_that_ends_meanwhile_is_no_fault(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the verdict and the look at what became of it somebody else may end the run."""
    await begun(app)
    await send(app, event("o1", order_id="a"))
    say_each = importlib.import_module("service.usecases.light").say_each

    async def and_then(app: App, *more: Any) -> Any:
        told = await say_each(app, *more)
        await send(app, event("x1", kind="left", order_id="a"))
        return told

    monkeypatch.setattr("service.usecases.light.say_each", and_then)
    found = await lights(app, Lighting(journey="bag", stage="show", key="a"))
    assert (found["status"], found["run"]) == ("accepted", None)


async def test_what_was_overtaken_is_told_and_can_be_tried_again(app: App, clock: Clock, monkeypatch: Any) -> None:
    """Between the verdict and the commit the run is left: nothing is lit, and nobody is told that it was."""
    await begun(app, "member:1", "member:2")
    clock.now += MINUTE
    say_each = importlib.import_module("service.usecases.light").say_each

    async def too_late(app: App, *more: Any) -> Any:
        await send(app, event("x1", kind="left", t=clock.now - 1))
        return await say_each(app, *more)

    with monkeypatch.context() as overtaken:
        overtaken.setattr("service.usecases.light.say_each", too_late)
        with pytest.raises(Clash, match="overtaken"):
            await lights(app)
    with pytest.raises(Clash, match="no_open_run"):
        await lights(app)


async def test_who_is_gone_meanwhile_is_told(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    await begun(app)

    async def nobody(*_: Any) -> Any:
        return [Unknown("unknown_profile", "", "")]

    monkeypatch.setattr("service.usecases.light.say_each", nobody)
    with pytest.raises(Unknown, match="unknown_profile"):
        await lights(app)


async def test_an_owner_token_lights_for_its_owner_and_helps_his_friends(app: App) -> None:
    await begun(app, "member:1", "member:2")
    mine, theirs = await owner_of(app), await owner_of(app, "member:2")
    found: Any = await light_by_token(app, mine, PHOTO)
    assert found["status"] == "accepted"
    share = (await share_of(app))["token"]
    wish = Lighting(journey="cup", stage="cheers")
    assert await light_by_token(app, theirs, wish, share) == {"status": "accepted"}
    assert await light_by_token(app, theirs, wish, share) == {"status": "already"}
    for token, lighting, link, code in (
        (mine, wish, share, "not_oneself"),
        (share, PHOTO, None, "unknown_link"),
        (theirs, wish, theirs, "unknown_link"),
        (theirs, Lighting(journey="bag", stage="show"), share, "unknown_stage"),
    ):
        with pytest.raises(Failure, match=code):
            await light_by_token(app, token, lighting, link)
    assert (await stages_of(app))["cheers"]["friends"]["helped"] == 1


async def test_no_name_of_a_helper_is_kept_with_whom_he_helped(app: App) -> None:
    await begun(app, "member:1", "member:2")
    await lights(app, CHEERS)

    def read(unit: Unit) -> bytes:
        (row,) = unit.identities.find(["member:1"]).values()
        (helper,) = unit.identities.find(["member:2"]).values()
        kept = b"".join(each.payload for each in unit.events.of_roots([row.root]))
        kept += b"".join(each.facts for each in unit.profiles.load([row.profile]).values())
        assert f"{helper.root:016x}".encode() not in kept
        return kept

    assert b"member:2" not in await app.store.read(read)


async def test_in_any_order_and_twice_the_same_facts(app: App) -> None:
    """Law 1, through the door: shuffled, repeated, one by one or together."""
    await begun(app, "member:0")
    seen = set()
    for seed in range(6):
        who = f"member:5{seed}"
        lit = [
            event("v", who, "menu_viewed"),
            event("l1", who, "stage_lit", NOON + MINUTE, journey="cup", stage="photo"),
            *(
                event(f"h{n}", who, "stage_lit", NOON + 2 * MINUTE, journey="cup", stage="cheers", friend=f"{n:016x}")
                for n in (1, 1, 2, 3)
            ),
        ]
        chance = random.Random(seed)
        told = chance.sample([*lit, *lit[:3]], len(lit) + 3)
        while told:
            part, told = told[: chance.randint(1, 3)], told[3:] if len(told) > 3 else told[1:]
            assert set(statuses(await send(app, *part))) <= {"accepted", "duplicate"}
        await send(app, *lit)
        found: Any = await look(app, who)
        seen.add(str([(each["journey"], each["stages"]) for each in found["journeys"]]))
    assert len(seen) == 1
    shown = {len(packed) for _, packed in await facts(app)}
    assert len(shown) <= 2
