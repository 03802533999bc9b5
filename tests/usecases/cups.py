"""A journey with stages for users and friends, and people who are in it."""

from typing import Any

from service.core.calendar import MINUTE
from service.usecases.app import App
from service.usecases.progress import progress
from service.usecases.shares import Wish, make_owner_token, make_share
from tests.usecases.given import NOON, Clock, event, put_in_force, send

CUP: dict[str, Any] = {
    "name": "第一杯", "enter": {"event": "menu_viewed"}, "exit": {"event": "left"},
    "share": {"title": "看我的第一杯", "path": "/pages/j?x=1"},
    "stages": [
        {"stage": "browse", "phase": "pre_sale", "completed_by": {"event": "menu_viewed"}},
        {"stage": "photo", "phase": "in_sale", "lit_by": "user", "optional": True},
        {"stage": "cheers", "phase": "in_sale", "lit_by": {"friends": 2}, "optional": True},
        {"stage": "order", "phase": "in_sale", "completed_by": {"event": "order_paid"}},
    ],
}  # fmt: skip
KEYED: dict[str, Any] = {
    "key": "order_id", "enter": {"event": "order_paid"}, "abandon_after": "2d", "exit": {"event": "left"},
    "stages": [
        {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "order_paid"}},
        {"stage": "show", "phase": "in_sale", "lit_by": {"by": "user", "verified": True}},
    ],
}  # fmt: skip
TAGS: dict[str, Any] = {"advocate": {"when": {"count": {"event": "referral"}, "gte": 2}}}


async def begun(app: App, *people: str, **more: Any) -> None:
    """The playbook in force, and these people in the journey of one cup."""
    await put_in_force(app, journeys={"cup": CUP, "bag": KEYED} | more, tags=TAGS)
    people = people or ("member:1",)
    await send(app, *[event(f"v{n}", who, "menu_viewed") for n, who in enumerate(people)])
    assert isinstance(app.clock, Clock)
    app.clock.now += MINUTE  # whatever they do next comes after it


async def share_of(app: App, who: str = "member:1", journey: str = "cup", **more: Any) -> Any:
    return await make_share(app, who, Wish(journey=journey, **more))


async def owner_of(app: App, who: str = "member:1", minutes: int = 15) -> str:
    made: Any = await make_owner_token(app, who, minutes)
    token: str = made["token"]
    return token


async def stages_of(app: App, who: str = "member:1", journey: str = "cup") -> dict[str, Any]:
    found: Any = await progress(app, who)
    (run,) = [each for each in found["journeys"] if each["journey"] == journey]
    return {each["stage"]: each for each in run["stages"]}


AT = NOON
