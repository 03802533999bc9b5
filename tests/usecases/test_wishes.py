"""What the user wishes holds for offers on every channel: hidden tags, and no personalisation at all."""

from dataclasses import replace

import pytest

from service.usecases.app import App
from service.usecases.look import look
from service.usecases.recommend import DecideRequest, decide
from tests.usecases.given import NOON, Clock, Json, event, put_in_force, send

SERVICES = {
    "for_buyers": {"eligible": {"tag": "buyer"}, "value": 9},
    "for_some": {"eligible": {"bucket": {"salt": "s", "percent": 50}}, "value": 5},
}
AT_TILL = DecideRequest(identity="member:1", channel="pos", limit=9)
NOBODY = replace(AT_TILL, identity="member:nobody")


async def offered(app: App, request: DecideRequest) -> list[tuple[str, float]]:
    made: Json = await decide(app, request)
    return [(each["service"], each["score"]) for each in made["items"]]


@pytest.mark.anyio
async def test_without_personalisation_everybody_is_offered_the_same(app: App, clock: Clock) -> None:
    """Whatever he bought, was shown or was promised elsewhere a moment ago."""
    await put_in_force(app, services=SERVICES)
    generic = await offered(app, NOBODY)
    for person in range(6):
        mine = replace(AT_TILL, identity=f"member:m{person}")
        await send(app, event("e1", f"member:m{person}", amount=5))
        assert "for_buyers" in dict(await offered(app, mine))
        await send(app, event("e2", f"member:m{person}", "service_shown", service="tasting"))
        assert "tasting" not in dict(await offered(app, mine))
        await send(app, event("e3", f"member:m{person}", "personalisation_set", on=False))
        for channel in ("pos", "app"):
            assert await offered(app, replace(mine, channel=channel)) == generic, (person, channel)
        clock.now += 1
        await send(app, event("e4", f"member:m{person}", "personalisation_set", t=NOON + person + 1, on=True))
        assert await offered(app, mine) != generic


@pytest.mark.anyio
async def test_a_hidden_tag_offers_nothing_and_is_shown_as_hidden(app: App) -> None:
    await put_in_force(app, services=SERVICES)
    await send(app, event("e1", amount=5), event("e2", kind="tag_hidden", tag="buyer"))
    assert "for_buyers" not in dict(await offered(app, AT_TILL))
    shown: Json = await look(app, "member:1")
    assert [(each["key"], each.get("hidden")) for each in shown["tags"]] == [("buyer", True), ("fresh", None)]
    await send(app, event("e3", kind="tag_unhidden", tag="buyer"))
    assert "for_buyers" in dict(await offered(app, AT_TILL))
