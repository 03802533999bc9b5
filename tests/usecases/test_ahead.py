"""What is read ahead for many profiles gives what each of them alone would: short logs at once, long ones in turn."""

import pytest

from service.core.calendar import DAY, HOUR
from service.usecases import ahead
from service.usecases.app import App
from service.usecases.due import refold_stale
from service.usecases.look import look
from service.usecases.preview import preview
from service.usecases.verify import verify
from tests.usecases.given import NOON, Clock, Json, Listener, event, opened, put_in_force, send
from tests.usecases.told import heard, seen, settle

BIG = {"big": {"when": {"max": {"event": "order_paid", "property": "amount"}, "gte": 5}}}


@pytest.mark.anyio
@pytest.mark.parametrize("together", [1, 4, 10_000])
async def test_everybody_is_folded_anew(
    home: str, clock: Clock, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(ahead, "LONG", together)
    async with opened(home, clock) as app:
        await put_in_force(app)
        names = [f"member:m{place}" for place in range(1, 4)]
        for number, who in enumerate(names, 1):
            orders = [event(f"e{n}", who, order_id=f"o{n}", amount=n * number) for n in range(1, 4)]
            await send(app, *orders)
        clock.now = NOON + 3 * DAY  # all runs are over, and have left the facts
        await settle(app)
        await send(app, event("late", names[0], "order_ready", NOON + HOUR, order_id="o2"))
        await put_in_force(app, tags=BIG)
        found: Json = await preview(app, 10, ())
        assert found["profiles"] == 3
        while await refold_stale(app):
            pass
        await _agree(app, names)


async def _agree(app: App, names: list[str]) -> None:
    told = heard(await Listener(app).news())
    shown: list[Json] = [await look(app, who) for who in names]
    assert [told[each["profile_id"]] for each in shown] == [seen(each) for each in shown]
    assert [[each["key"] for each in one["tags"]].count("big") for one in shown] == [0, 1, 1]
    assert [len(one["journeys"]) for one in shown] == [3, 3, 3]
    checked: Json = await verify(app)
    assert (checked["stale"], checked["differences"]) == (0, 0)
