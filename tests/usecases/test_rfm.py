"""Calibrating quintiles: what is learned of everybody, when it is worth a new calibration, and whom it moves."""

import pytest

from service.core.calendar import DAY
from service.usecases import calibrate as calibrating
from service.usecases.app import App
from service.usecases.calibrate import calibrate, calibrations
from service.usecases.due import rederive_due
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, Clock, Json, Listener, event, put_in_force, send
from tests.usecases.told import settle

RFM = {"name": "RFM", "rfm": {"event": "order_paid", "property": "amount"}}
GOOD = {"when": {"rfm": {"tag": "rfm", "m": {"gte": 4}}}}


async def people(app: App, number: int, amount: int = 10) -> None:
    """The first paid a day ago, the next two days ago, and each more than the one before."""
    for n in range(1, number + 1):
        paid = event("e1", f"member:{n}", t=NOON - n * DAY, amount=n * amount)
        await send(app, paid, event("e2", f"member:{n}", kind="menu_viewed"), backfill=True)


async def shown(app: App, who: str) -> list[str]:
    found: Json = await look(app, who)
    return [f"{each['key']}={each['value']}" for each in found["tags"] if each["key"] in ("rfm", "good")]


@pytest.mark.anyio
async def test_quintiles_are_learned_of_those_who_paid(app: App, clock: Clock) -> None:
    await put_in_force(app, tags={"rfm": RFM, "good": GOOD})
    await people(app, 5)
    await send(app, event("e1", "member:6", kind="menu_viewed"))
    assert await shown(app, "member:1") == []
    made: Json = await calibrate(app)
    learned = made["rfm"]["rfm"]
    assert learned["ages"] == [n * DAY for n in (1, 2, 3, 4)]
    assert learned["counts"] == [1_000_000] * 4
    assert learned["sums"] == [n * 10_000_000 for n in (1, 2, 3, 4)]
    assert learned["profiles"] == 5
    assert [await shown(app, f"member:{n}") for n in (1, 4, 5, 6)] == [
        ["rfm=5-1-1"], ["rfm=2-1-4", "good=None"], ["rfm=1-1-5", "good=None"], []
    ]  # fmt: skip
    await settle(app)
    listener = Listener(app)
    await listener.news()
    clock.now = NOON + 1
    await rederive_due(app)
    aged = [(each["key"], each["value"]) for each in await listener.news() if each["kind"] == "tag"]
    assert ("rfm", "4-1-1") in aged, "a microsecond later his order is older than a fifth of them"
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_without_being_asked_only_what_moved_is_learned_anew(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calibrating, "ENOUGH", 5)
    tree = {"rfm": RFM}
    await put_in_force(app, tags=tree)
    await people(app, 4)
    assert (await calibrate(app, force=False))["made"] is False, "of so few nothing is learned"
    await people(app, 5)
    assert (await calibrate(app, force=False))["made"] is True
    clock.now += 1
    assert (await calibrate(app, force=False))["made"] is False, "nothing has moved"
    await send(app, event("e9", "member:5", amount=500))
    clock.now += 1
    assert (await calibrate(app, force=False))["made"] is True
    kept: Json = await calibrations(app)
    assert [each["number"] for each in kept["items"]] == [1, 2]
