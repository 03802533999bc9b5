"""Bad items are kept with their reason, can be repaired and replayed, and never stand in the way of good ones (D5)."""

import asyncio
import json
from collections.abc import Mapping

import pytest

from service.core.calendar import DAY
from service.usecases.app import App
from service.usecases.failures import Clash, Invalid, Unknown
from service.usecases.look import look
from service.usecases.playbook import get_draft, put_draft
from service.usecases.quarantine import dismiss, get, page, repair, replay
from service.usecases.sources import add_event_type, sources, undeclared
from service.usecases.verify import verify
from tests.usecases.given import NOON, PLAIN, STAFF, Clock, Json, event, put_in_force, send, statuses, wire

DEEPER = json.loads("[" * 20 + "]" * 20)
BAD: tuple[Mapping[str, object], ...] = (
    event("b1", amount="much"), event("b2", "nobody"), {"event_id": "b3"}, {**event("b4"), "when": 1},
    {**event("b5"), "occurred_at": "yesterday"}, {**event("b6"), "occurred_at": "2026-01-02T03:04:05"},
    event("b7", note="a\x00b"), event("b8", note="lone \ud800"), event("b9", deep=[[[[[[[[[[1]]]]]]]]]]),
    event("b11", deeper=DEEPER), event("b10", amount=2**60), event("x" * 200), event("b12", note="n" * 40_000), {},
)  # fmt: skip


async def listed(app: App, **given: object) -> list[Json]:
    found: Json = await page(app, None, 100, **given)  # type: ignore[arg-type]  # the test knows its filters
    items: list[Json] = found["items"]
    return items


@pytest.mark.anyio
async def test_bad_items_are_named_and_kept_and_good_ones_live(app: App) -> None:
    await put_in_force(app)
    sent = [each for number, bad in enumerate(BAD) for each in (event(f"g{number}"), bad)]
    results = await send(app, *sent)
    assert statuses(results) == ["accepted", "rejected"] * len(BAD)
    kept = await listed(app)
    assert [each["id"] for each in kept] == [each["problem"]["quarantine_id"] for each in results[1::2]]
    assert [each["code"] for each in kept] == [each["problem"]["code"] for each in results[1::2]]
    assert all(each["status"] == "open" and each["problems"] for each in kept)
    found: Json = await verify(app)
    assert (found["profiles"], found["differences"]) == (1, 0)


@pytest.mark.anyio
async def test_only_bad_items_are_an_answer_too(app: App) -> None:
    await put_in_force(app)
    assert statuses(await send(app, *BAD)) == ["rejected"] * len(BAD)
    first: Json = await page(app, None, 5)
    rest: Json = await page(app, first["next_cursor"], 100)
    assert len(first["items"]) + len(rest["items"]) == len(BAD)
    assert rest["next_cursor"] is None
    for nonsense in ("x", "0", "-1", "1" * 30):
        with pytest.raises(Invalid):
            await page(app, nonsense, 5)


@pytest.mark.anyio
async def test_a_repaired_item_is_recorded_once(app: App, clock: Clock) -> None:
    await put_in_force(app)
    (bad,) = await send(app, event("e1", amount="18.5 yuan"))
    number = bad["problem"]["quarantine_id"]
    with pytest.raises(Invalid):
        await replay(app, STAFF, number)
    with pytest.raises(Invalid):
        await repair(app, STAFF, number, wire([event("e1", amount="still")])[0])
    mended: Json = await repair(app, STAFF, number, wire([event("e1", amount=18.5)])[0])
    assert mended["repaired"]["properties"] == {"amount": 18.5}
    clock.now = NOON + DAY
    answer: Json = await replay(app, STAFF, number)
    assert answer["summary"] == {"accepted": 1, "duplicate": 0, "conflict": 0, "rejected": 0}
    shown: Json = await look(app, "member:1")
    assert shown["personas"]["tier"]["because"]["average"] == 18.5
    assert shown["tags"][0]["since"] == "2026-09-22T04:00:00Z", "it counts as of when it happened"
    with pytest.raises(Clash):
        await replay(app, STAFF, number)
    assert (await get(app, number))["status"] == "replayed"
    assert statuses(await send(app, event("e1", amount=18.5))) == ["duplicate"], "as if its sender had sent it well"


@pytest.mark.anyio
async def test_two_who_replay_at_once_record_one_event(app: App) -> None:
    await put_in_force(app)
    (bad,) = await send(app, event("e1", amount="much"))
    number = bad["problem"]["quarantine_id"]
    await repair(app, STAFF, number, wire([event("e1", amount=1)])[0])
    results = await asyncio.gather(*(replay(app, STAFF, number) for _ in range(4)), return_exceptions=True)
    assert all(isinstance(each, dict | Clash) for each in results)
    shown: Json = await look(app, "member:1")
    assert (shown["version"], shown["personas"]["tier"]["because"]["orders"]) == (1, 1)


@pytest.mark.anyio
async def test_what_a_new_definition_allows_can_be_replayed_as_it_came(app: App) -> None:
    await put_in_force(app)
    (bad,) = await send(app, event("e1", order_id=7))
    number = bad["problem"]["quarantine_id"]
    await put_in_force(app, PLAIN.replace("order_id: string", "order_id: integer"))
    answer: Json = await replay(app, STAFF, number)
    assert answer["summary"]["accepted"] == 1


@pytest.mark.anyio
async def test_a_dismissed_item_is_done_with(app: App) -> None:
    (bad,) = await send(app, {})
    number = bad["problem"]["quarantine_id"]
    assert (await dismiss(app, number))["status"] == "dismissed"
    for again in (dismiss(app, number), replay(app, STAFF, number), repair(app, STAFF, number, {})):
        with pytest.raises((Clash, Invalid)):
            await again
    assert [len(await listed(app, status=status)) for status in ("open", "dismissed")] == [0, 1]
    assert [len(await listed(app, source=source)) for source in ("pos", "app")] == [1, 0]
    for nobody in ("99", "x", "1" * 30):
        with pytest.raises(Unknown):
            await get(app, nobody)


@pytest.mark.anyio
async def test_an_undeclared_type_is_stored_listed_and_declared_in_one_call(app: App) -> None:
    await put_draft(app, STAFF, PLAIN.replace("tags:", "tags:  # 标签", 1).encode(), "application/yaml", None)
    await send(
        app, event("e1", kind="song_hummed", song="晴天", bars=4), event("e2", kind="song_hummed", bars=4.5, loud=True)
    )
    await send(app, event("e1", kind="song_hummed", song="晴天", bars=4))
    found: Json = await undeclared(app)
    (item,) = [each for each in found["items"] if each["type"] == "song_hummed"]
    assert (item["count"], item["sources"]) == (2, ["pos"])
    assert item["properties"] == {"bars": "number", "loud": "boolean", "song": "string"}
    await add_event_type(app, STAFF, "song_hummed")
    draft: Json = await get_draft(app)
    assert draft["playbook"]["events"]["song_hummed"]["properties"] == item["properties"]
    assert "# 标签" in draft["source"], "comments stay"
    with pytest.raises(Unknown):
        await add_event_type(app, STAFF, "song_whistled")


@pytest.mark.anyio
async def test_sources_are_counted_with_their_problems(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(
        app, event("e1"), event("e1"), event("e1", amount=2), event("e2", amount="much"), event("e3", source="app")
    )
    found: Json = await sources(app)
    by_name = {each["source"]: each for each in found["items"]}
    assert by_name["app"]["last_24h"] == {"accepted": 1, "duplicate": 0, "conflict": 0, "rejected": 0}
    assert by_name["pos"]["last_24h"] == {"accepted": 1, "duplicate": 1, "conflict": 1, "rejected": 1}
    assert [each["count"] for each in by_name["pos"]["top_problems"]] == [1]
    await asyncio.gather(
        *(
            send(app, *(event(f"{turn}.{each}") for each in range(3)), event(f"{turn}", amount="much"))
            for turn in range(2)
        )
    )
    together: Json = await sources(app)
    by_name = {each["source"]: each for each in together["items"]}
    assert by_name["pos"]["last_24h"] == {"accepted": 7, "duplicate": 1, "conflict": 1, "rejected": 3}
    clock.now = NOON + 2 * DAY
    later: Json = await sources(app)
    assert [each["last_24h"]["accepted"] for each in later["items"]] == [0, 0]
