"""Nobody is his own friend: who opens his own link on a phone that nobody knows yet, and logs in later, brought nobody.

What he did is kept; it counts again if it turns out that they are two after all.
"""

from typing import Any

import pytest

from service.core.calendar import HOUR, MINUTE
from service.store import Unit
from service.usecases.app import App
from service.usecases.light import Lighting, light
from service.usecases.look import look
from service.usecases.refer import record_with_referrals
from service.usecases.shares import list_shares, top_shares
from service.usecases.timeline import timeline
from service.usecases.tokens import friend_of
from service.usecases.verify import verify
from service.usecases.why import why
from tests.usecases.cups import begun, share_of, stages_of
from tests.usecases.given import NOON, SYSTEM, Clock, event, send, statuses, wire

pytestmark = pytest.mark.anyio
LATER = NOON + HOUR
LOGGED_IN = event("in", kind="menu_viewed", t=LATER, identities=["member:1", "openid:a"])
TWO_AFTER_ALL = event("two", kind="identity_unlinked", t=LATER + MINUTE, identity="openid:a")


async def sign_ups(app: App) -> tuple[int, list[int]]:
    """Of all his links, as he sees them; and of the links that bring most, as staff see them."""
    listed: Any = await list_shares(app, "member:1")
    top: Any = await top_shares(app, 30, 10)
    return listed["reach"]["sign_ups"], [each["sign_ups"] for each in top["items"]]


async def is_advocate(app: App, at: int | None = None) -> bool:
    shown: Any = await look(app, "member:1", at)
    return "advocate" in [each["key"] for each in shown["tags"]]


async def told(app: App, type_: str) -> int:
    """How many events of a type his timeline shows."""
    page: Any = await timeline(app, "member:1", 100)
    return sum(each["type"] == type_ for each in page["items"])


async def test_who_turns_out_to_be_the_sharer_was_not_brought(app: App, clock: Clock) -> None:
    await begun(app)
    made, other = await share_of(app), await share_of(app)
    for who, link in (("member:2", made), ("openid:a", other)):
        joined = event(f"j-{who}", who, "referred", share=link["token"])
        receipt: Any = await record_with_referrals(app, SYSTEM, wire([joined]))
        assert statuses(receipt["results"]) == ["accepted"]
    assert (await sign_ups(app), await is_advocate(app), await told(app, "referral")) == ((2, [1, 1]), True, 2)

    clock.now = LATER + 2 * MINUTE
    await send(app, LOGGED_IN)
    assert (await sign_ups(app), await is_advocate(app), await told(app, "referral")) == ((1, [1]), False, 1)
    assert not await is_advocate(app, LATER - MINUTE)  # told from the log
    story: Any = await why(app, "member:1", "advocate")
    assert (story["on"], story["evidence"][0]["count"]) == (False, 1)
    assert (await verify(app))["differences"] == 0

    await send(app, TWO_AFTER_ALL)
    assert (await sign_ups(app), await is_advocate(app)) == ((2, [1, 1]), True)
    assert (await verify(app))["differences"] == 0


async def test_who_turns_out_to_be_the_owner_did_not_help(app: App, clock: Clock) -> None:
    await begun(app, "member:1", "openid:a", "member:3")
    for helper in ("openid:a", "member:3"):
        await light(app, SYSTEM, "member:1", Lighting(journey="cup", stage="cheers", helper=helper))
    assert (await stages_of(app))["cheers"]["state"] == "lit"
    clock.now = LATER
    await send(app, LOGGED_IN)
    stage = (await stages_of(app))["cheers"]
    assert (stage["state"] == "lit", stage["friends"]["helped"]) == (False, 1)
    assert (await verify(app))["differences"] == 0
    again = Lighting(journey="cup", stage="cheers", helper="member:2")
    await send(app, event("v9", "member:2", "menu_viewed", LATER))
    assert (await light(app, SYSTEM, "member:1", again))["status"] == "accepted"
    assert (await stages_of(app))["cheers"]["state"] == "lit"


async def test_a_system_that_names_him_as_his_own_friend_changes_nothing(app: App, clock: Clock) -> None:
    """Also where the event comes last and nothing else would have the log read."""
    await begun(app)

    def root(unit: Unit) -> int:
        return unit.identities.find(["member:1"])["member:1"].root

    himself = friend_of(await app.store.read(root))
    clock.now = LATER
    said = [
        event(f"r{n}", kind="referral", t=LATER + n, friend=friend) for n, friend in enumerate((himself, "x", himself))
    ]
    assert statuses(await send(app, *said)) == ["accepted"] * 3
    assert (await is_advocate(app), await told(app, "referral")) == (False, 1)
    assert (await verify(app))["differences"] == 0
