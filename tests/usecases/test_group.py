"""What one group commit does: receipts, merges, stamps."""

import pytest

from service.usecases.app import App
from service.usecases.look import look
from tests.usecases.given import HOUR, NOON, Clock, Json, event, feed, put_in_force, send, statuses


def said(result: Json) -> list[tuple[str, object]]:
    return [(each["key"], each.get("on", each.get("status"))) for each in result["changes"]]


@pytest.mark.anyio
async def test_the_difference_stands_on_the_last_accepted_item_of_each_profile(app: App) -> None:
    await put_in_force(app)
    results = await send(
        app,
        event("e1"),
        event("e2", "member:2"),
        event("e3", kind="menu_viewed"),
        event("e1"),
        event("e2", amount="much"),
    )
    assert statuses(results) == ["accepted", "accepted", "accepted", "duplicate", "rejected"]
    assert [len(each.get("changes", ())) for each in results] == [0, 4, 4, 0, 0]
    assert said(results[2]) == said(results[1])
