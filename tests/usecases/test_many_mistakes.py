"""A playbook with fifty mistakes and more: all of them are told at once, and nothing changes."""

import json
from typing import Any

import pytest

from service.usecases.app import App
from service.usecases.compare import compare
from service.usecases.definition import get_definition, put_definition
from service.usecases.failures import Failure
from service.usecases.look import look
from service.usecases.playbook import check_draft, published, put_draft
from service.usecases.publish import publish
from service.usecases.verify import verify
from tests.core.test_check import OF_RULES, TABLE, of_checking, of_reading, ruined
from tests.usecases.given import STAFF, Json, Listener, event, put_in_force, send


async def everything(app: App) -> tuple[Json, Json, Json]:
    """What is in force, what is shown of somebody, and whether all are what their log says."""
    return dict(await published(app)), dict(await look(app, "member:1")), dict(await verify(app))


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("table", "find"), [(OF_RULES, of_reading), (TABLE, of_checking)], ids=["of reading", "of checking"]
)
async def test_all_mistakes_are_told_at_once_and_nothing_changes(app: App, table: dict[str, Any], find: Any) -> None:
    tree, wanted = ruined(table["good"], table["mistakes"], find)
    assert len(wanted) >= 50
    await put_in_force(app)
    await send(app, event("e1", amount=5))
    listener = Listener(app)
    await listener.news()
    before = await everything(app)
    saved: Json = await put_draft(app, STAFF, json.dumps(tree).encode(), "application/json", None)
    assert {(each["code"], each["pointer"]) for each in saved["problems"]} >= wanted
    checked: Json = await check_draft(app)
    assert (checked["ok"], checked["problems"]) == (False, saved["problems"])
    with pytest.raises(Failure) as refused:
        await publish(app, STAFF, "", None)
    assert refused.value.code == "draft_has_problems"
    assert {(each.code, each.pointer) for each in refused.value.problems} >= wanted
    assert await everything(app) == before
    assert await listener.news() == []
    await send(app, event("e2", amount=5))
    assert (await look(app, "member:1"))["playbook_version"] == 1


@pytest.mark.anyio
async def test_a_holiday_is_a_definition_like_any_other(app: App) -> None:
    """Edited by itself, told when it is dropped, and compared between versions."""
    await put_in_force(app)
    spring = {"name": "春节", "dates": [{"from": "2026-02-15", "to": "2026-02-17"}, "2027-02-05"]}
    await put_definition(app, STAFF, "holidays/spring", spring, None)
    assert (await get_definition(app, "holidays/spring"))["value"] == spring
    found: Json = await compare(app, None, None)
    assert [(each["definition"], each["change"]) for each in found["items"]] == [("holidays/spring", "added")]
    assert found["items"][0]["after"]["text"] == "春节：2026-02-15 至 2026-02-17、2027-02-05"
    assert found["items"][0]["after"]["text_en"] == "spring: 2026-02-15 to 2026-02-17, 2027-02-05"
    gone: Json = await put_draft(app, STAFF, b"playbook: plain", "application/yaml", None)
    assert "/holidays/spring" in gone["removed"]
