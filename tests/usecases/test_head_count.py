"""The head count of a tag that is being written: what publishing it would give, told before anything is saved."""

import asyncio
from typing import Any

import pytest

from service.core.calendar import DAY
from service.usecases import crowd as drawing
from service.usecases import head_count as counting
from service.usecases.app import App
from service.usecases.definition import put_definition
from service.usecases.head_count import head_count
from service.usecases.preview import preview
from tests.usecases.given import NOON, STAFF, Clock, Json, event, put_in_force, send

pytestmark = pytest.mark.anyio
TWICE = {"name": "来过两次", "when": {"count": {"event": "order_paid"}, "gte": 2}}
SILENT = {
    "name": "沉睡",
    "when": {
        "all": [{"count": {"event": "order_paid"}, "gte": 1}, {"since_last": {"event": "order_paid"}, "gte": "7d"}]
    },
}


async def some_people(app: App) -> None:
    """Of nine the first three order twice, one of these takes one order back; the last never orders."""
    await put_in_force(app)
    for n in range(1, 9):
        await send(app, event(f"a{n}", f"member:{n}", t=NOON - n * DAY, order_id=f"a{n}", amount=10))
    for n in (1, 2, 3):
        await send(app, event(f"b{n}", f"member:{n}", t=NOON - 1, order_id=f"b{n}", amount=10))
    await send(app, event("c3", "member:3", "order_refunded", order_id="b3"))
    await send(app, event("m9", "member:9", "menu_viewed"))


async def counted(app: App, key: str, value: Json) -> Json:
    found: Json = await head_count(app, key, value)
    count: Json = found["count"]
    return count


async def test_everybody_is_counted_while_they_are_few(app: App) -> None:
    await some_people(app)
    found: Json = await head_count(app, "twice", TWICE)
    assert found["count"] == {
        "people": 9, "looked_at": 9, "match": 2, "complete": True, "estimate": 2, "low": 2, "high": 2,
    }  # fmt: skip
    assert found["text"] == "来过两次：order_paid次数 ≥ 2 次"
    assert found["problems"] == []
    assert (await counted(app, "silent", SILENT))["match"] == 2


async def test_it_is_what_the_preview_says(app: App) -> None:
    await some_people(app)
    for key, tag in (("twice", TWICE), ("silent", SILENT)):
        found: Json = await head_count(app, key, tag)
        await put_definition(app, STAFF, f"tags/{key}", tag, None)
        shown: Json = await preview(app)
        assert shown["tags"][key]["enter"] == found["count"]["match"]


async def test_time_goes_on(app: App, clock: Clock) -> None:
    await some_people(app)
    clock.now += 7 * DAY
    assert (await counted(app, "silent", SILENT))["match"] == 8


async def test_what_staff_said_counts(app: App) -> None:
    await some_people(app)
    await put_definition(app, STAFF, "tags/twice", TWICE, None)
    await send(app, event("s1", "member:8", "tag_set", tag="twice"), actor=STAFF)
    assert (await counted(app, "twice", TWICE))["match"] == 3


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nine people are many, four of them a sample, and long logs are read one by one."""
    monkeypatch.setattr(drawing, "SAMPLED", 4)
    monkeypatch.setattr(drawing, "FEW", 8)
    monkeypatch.setattr(counting, "FEW", 8)
    monkeypatch.setattr(counting, "PAGE", 2)
    monkeypatch.setattr("service.usecases.ahead.LONG", 1)


BUYER = {"when": {"count": {"event": "order_paid"}, "gte": 1}}


@pytest.mark.usefixtures("many")
async def test_of_many_a_sample_is_looked_at(app: App) -> None:
    """Spread over all of them, whenever they came; what was seen is certain, the rest an estimate."""
    await some_people(app)
    count: Any = (await head_count(app, "buyer", BUYER))["count"]
    assert (count["people"], count["looked_at"], count["match"]) == (9, 3, 2)
    assert (count["complete"], count["estimate"]) == (False, 6)
    assert (count["low"], count["high"]) == (2, 8), "two have it, one has not"


@pytest.mark.usefixtures("many")
async def test_the_same_people_are_looked_at_for_a_while(app: App, clock: Clock) -> None:
    """Drawing them reads an index of everybody, so it is not done at each key that is pressed."""
    await some_people(app)
    first: Any = await head_count(app, "buyer", BUYER)
    for n in range(20):
        await send(app, event(f"n{n}", f"member:new{n}", t=NOON - DAY))
    assert (await head_count(app, "buyer", BUYER))["count"] == first["count"]
    clock.now += drawing.LASTS
    later: Any = await head_count(app, "buyer", BUYER)
    assert (later["count"]["people"], later["count"]["looked_at"]) == (29, 3)


@pytest.mark.usefixtures("many")
async def test_of_many_no_more_are_looked_at_than_there_is_time_for(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    await some_people(app)
    monkeypatch.setattr(counting, "PATIENCE", -1)
    count: Any = (await head_count(app, "buyer", BUYER))["count"]
    assert (count["looked_at"], count["estimate"], count["low"], count["high"]) == (0, 0, 0, 9), "nothing is known yet"
    monkeypatch.setattr(counting, "FEW", 9)
    assert (await counted(app, "buyer", BUYER))["looked_at"] == 3


async def test_who_no_longer_waits_is_not_counted_for(app: App) -> None:
    await some_people(app)
    asked = 0

    async def wanted() -> bool:
        nonlocal asked
        asked += 1
        return False

    found: Json = await head_count(app, "buyer", BUYER, wanted)
    assert (asked, found["count"], found["problems"]) == (1, None, [])
    assert not app.crowd.turn.locked()


async def test_one_is_counted_for_at_a_time(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many type: no more than one thread of the interpreter, and one connection, is taken from recording."""
    await some_people(app)
    monkeypatch.setattr(counting, "PAGE", 2)
    inside = most = 0

    async def wanted() -> bool:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        await asyncio.sleep(0)
        inside -= 1
        return True

    await asyncio.gather(*(head_count(app, "buyer", BUYER, wanted) for _ in range(4)))
    assert most == 1


async def test_the_first_of_a_sample_are_a_sample() -> None:
    """Ids follow the clock: those of the first half stand among those of the second."""
    ids = [(NOON + n * DAY) // 1000 << 20 for n in range(2_000)]
    mixed = sorted(ids, key=drawing._mixed)
    early = sum(each < ids[1_000] for each in mixed[:400])
    assert 160 < early < 240


async def test_nobody_is_there(app: App) -> None:
    await put_in_force(app)
    found: Json = await head_count(app, "twice", TWICE)
    assert found["count"] == {
        "people": 0, "looked_at": 0, "match": 0, "complete": True, "estimate": 0, "low": 0, "high": 0,
    }  # fmt: skip


async def test_test_people_do_not_count(app: App) -> None:
    await some_people(app)
    await send(app, event("t1", "member:1", "test_profile_set", on=True))
    assert (await counted(app, "twice", TWICE))["people"] == 8


async def test_mistakes_are_named(app: App) -> None:
    found: Json = await head_count(app, "twice", {"when": {"sum": {"event": "order_paid"}, "gte": 1}})
    assert (found["count"], [each["pointer"] for each in found["problems"]]) == (None, ["/tags/twice/when/sum"])


async def test_the_rest_of_a_draft_may_stand_in_the_way(app: App) -> None:
    await put_definition(app, STAFF, "events/order_paid", {"properties": 3}, None)
    found: Json = await head_count(app, "twice", TWICE)
    assert found["count"] is None
    assert [each["pointer"] for each in found["problems"]] == ["/events/order_paid/properties"]
