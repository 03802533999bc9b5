"""Many people at a glance: what is shown of each is what looking at each of them shows."""

import pytest

from service.core.calendar import HOUR
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.due import refold_stale
from service.usecases.glimpse import RUNS, glimpses
from service.usecases.look import look
from tests.usecases.given import NOON, Json, event, put_in_force, send

pytestmark = pytest.mark.anyio
LEVEL = {"level": {"name": "等级", "values": [{"value": "some", "name": "有些", "when": {"tag": "buyer"}}]}}


async def test_it_is_what_looking_at_each_shows(app: App) -> None:
    await put_in_force(app, tags=LEVEL)
    for n in range(5):
        await send(app, event(f"a{n}", "member:1", t=NOON - n * HOUR, order_id=f"o{n}", amount=1))
    await send(app, event("b1", "member:2", "menu_viewed"))
    await calibrate(app)
    while await refold_stale(app):
        pass
    people: list[Json] = [await look(app, who) for who in ("member:2", "member:1")]
    found: list[Json] = await glimpses(app, [each["profile_id"] for each in people])
    for glimpse, person in zip(found, people, strict=True):
        assert glimpse["profile_id"] == person["profile_id"]
        assert glimpse["tags"] == [{"key": each["key"], "value": each["value"]} for each in person["tags"]]
        classes = [(key, each["class"]) for key, each in person["personas"].items()]
        assert [(each["key"], each["class"]) for each in glimpse["personas"]] == [
            each for each in classes if each[1] != "undetermined"
        ]
    assert [len(each["personas"]) for each in found] == [0, 1]
    assert found[0]["runs"] == []
    assert found[1]["runs"] == [{"journey": "pickup", "status": "active", "stage": "ready"}] * RUNS
    assert found[1]["tags"][-1] == {"key": "level", "value": "some"}


async def test_what_the_playbook_has_no_more_is_left_out(app: App) -> None:
    await put_in_force(app)
    await send(app, event("a1", order_id="o1", amount=1))
    person: Json = await look(app, "member:1")
    await put_in_force(app, "playbook: other\n")
    found: list[Json] = await glimpses(app, [person["profile_id"]])
    assert found == [{"profile_id": person["profile_id"], "tags": [], "personas": [], "runs": []}]
