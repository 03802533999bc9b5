"""What is published: what says the same is no new version; of chosen definitions all that they need."""

import json
from typing import Any

import pytest

from service.usecases import jobs
from service.usecases.app import App
from service.usecases.definition import in_hand, put_definition
from service.usecases.failures import Failure
from service.usecases.playbook import get_draft, published, put_draft, versions
from service.usecases.preview import preview
from service.usecases.publish import asks_to_confirm, publish
from tests.usecases.given import NOON, PLAIN, STAFF, Json, event, put_in_force, send

YAML, JSON = "application/yaml", "application/json"


async def refused(awaitable: Any, code: str) -> Failure:
    with pytest.raises(Failure) as found:
        await awaitable
    assert found.value.code == code
    return found.value


@pytest.mark.anyio
async def test_before_the_first_version_there_is_an_empty_one(app: App) -> None:
    none: Json = await published(app)
    assert (none["version"], none["playbook"].get("tags"), none["source"]) == (0, None, "")
    assert (await in_hand(app)).tags == {}
    await put_definition(app, STAFF, "tags/buyer", {"when": {"count": {"event": "order_paid"}, "gte": 1}}, None)
    assert list((await in_hand(app)).tags) == ["buyer"], "the draft is what is in hand"
    assert (await published(app))["version"] == 0


@pytest.mark.anyio
async def test_what_says_the_same_is_no_new_version(app: App) -> None:
    await put_in_force(app)  # as JSON
    await put_draft(app, STAFF, b"# in other words\n" + PLAIN.encode(), YAML, None)
    await refused(publish(app, STAFF, "", None), "nothing_changed")
    await refused(publish(app, STAFF, "", None, definitions=["tags/buyer", "personas/tier"]), "nothing_changed")
    assert (await published(app))["version"] == 1
    assert dict(await jobs.jobs(app))["items"] == []


@pytest.mark.anyio
async def test_nothing_is_not_false(app: App) -> None:
    """Python takes 0 for false; a playbook does not. Nor is the order of its definitions nothing."""
    when = {"last": {"event": "menu_viewed", "property": "how"}, "eq": False}
    await put_in_force(app, tags={"plainly": {"when": when}})
    await put_definition(app, STAFF, "tags/plainly", {"when": {**when, "eq": 0}}, None)
    assert (await publish(app, STAFF, "", None))["version"] == 2
    draft: Json = await get_draft(app)
    turned = {**draft["playbook"], "tags": dict(reversed(draft["playbook"]["tags"].items()))}
    await put_draft(app, STAFF, json.dumps(turned).encode(), JSON, None)
    assert (await publish(app, STAFF, "in turn", None))["version"] == 3
    listed: Json = await versions(app)
    assert [(each["version"], each["note"]) for each in listed["items"]] == [(3, "in turn"), (2, ""), (1, "")]


@pytest.mark.anyio
async def test_what_darkens_a_lit_stage_is_confirmed(app: App) -> None:
    await put_in_force(app, PLAIN)
    await send(app, event("e1", order_id="o1"), event("e2", kind="order_ready", t=NOON + 1, order_id="o1"))
    darker = PLAIN.replace("completed_by: {event: order_ready}", "completed_by: {event: menu_viewed}")
    await put_draft(app, STAFF, darker.encode(), "application/yaml", None)
    tried: Json = await preview(app, 50)
    assert tried["journeys"]["pickup"]["dark"] == 1
    assert asks_to_confirm(tried)
    refusal = await refused(publish(app, STAFF, "darker", None), "confirm_needed")
    assert "有 1 段旅程已经点亮的阶段会熄灭" in refusal.zh
    assert (await publish(app, STAFF, "darker", None, confirm=tried["would_move"]))["version"] == 2
