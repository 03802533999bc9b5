"""Progress is read from the facts: nothing is folded again for it."""

from typing import Any

import pytest

from service.usecases.app import App
from service.usecases.failures import Unknown
from service.usecases.light import Lighting, light
from service.usecases.progress import progress, progress_by_token
from tests.usecases.cups import begun, owner_of, share_of
from tests.usecases.given import NOON, SYSTEM, event, send

pytestmark = pytest.mark.anyio


async def test_no_log_is_read(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    await begun(app)
    tokens = (await owner_of(app), (await share_of(app))["token"])

    def never(*_: object) -> None:
        pytest.fail("the log was folded again")

    monkeypatch.setattr("service.usecases.look.refold", never)
    found: Any = await progress(app, "member:1")
    assert [each["journey"] for each in found["journeys"]] == ["cup"]
    for token in tokens:
        assert (await progress_by_token(app, token))["journeys"]


async def test_what_goes_on_comes_first_and_the_newest_of_it(app: App) -> None:
    await begun(app)
    await send(app, event("o1", order_id="a", t=NOON + 1), event("o2", order_id="b", t=NOON + 2))
    await send(app, event("x1", kind="left", order_id="b", t=NOON + 3))
    await light(app, SYSTEM, "member:1", Lighting(journey="bag", stage="show", key="a"))
    found: Any = await progress(app, "member:1")
    told = [(each["journey"], each["status"]) for each in found["journeys"] if each["journey"] != "pickup"]
    assert told == [
        ("bag", "completed"), ("cup", "completed"), ("bag", "ended"),
    ]  # fmt: skip


async def test_somebody_of_whom_nothing_is_known_is_told(app: App) -> None:
    with pytest.raises(Unknown, match="unknown_profile"):
        await progress(app, "member:404")
