"""What rarely happens and must be right nevertheless: pages that are just full, a table that is away, an odd draft."""

import json

import pytest

from service.core.calendar import DAY, HOUR
from service.store import StoreError
from service.usecases.ahead import Ahead
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.due import refold_stale
from service.usecases.failures import Clash, Unknown
from service.usecases.look import look
from service.usecases.playbook import get_draft, put_draft
from service.usecases.sources import add_event_type, undeclared
from tests.usecases.given import NOON, PLAIN, STAFF, Clock, Json, event, put_in_force, send

NOTHING_AHEAD = Ahead(identities={}, logs={}, over={})
HUMMED = event("e1", kind="song_hummed", song="晴天")


# ---- calibrations


@pytest.mark.anyio
@pytest.mark.parametrize("people", [1, 2, 4, 5])
async def test_a_calibration_learns_from_everybody_once(app: App, monkeypatch: pytest.MonkeyPatch, people: int) -> None:
    """Page by page, the last one full or not."""
    monkeypatch.setattr("service.usecases.calibrate.PAGE", 2)
    await put_in_force(app)
    await send(app, *(event("e1", f"member:{number + 1}", amount=number) for number in range(people)))
    made: Json = await calibrate(app)
    learned = made["schemes"]["tier"]
    assert (learned["profiles"], learned["m0"]) == (people, sum(range(people)) * 10**6 // people)


@pytest.mark.anyio
async def test_unasked_a_calibration_is_made_where_nothing_was_learned_before(app: App, clock: Clock) -> None:
    async def unasked() -> object:
        clock.now += 1
        made: Json = await calibrate(app, force=False)
        return made["made"]

    await put_in_force(app)
    await calibrate(app)
    assert not await unasked(), "nobody has come since"
    await send(app, event("e1", amount=10))
    assert await unasked(), "the first from whom something can be learned"
    assert not await unasked(), "and that is known now"
    await put_in_force(app, PLAIN.replace("  tier:\n", "  rank:\n"))
    assert await unasked(), "of this scheme nothing is known"
    await put_in_force(app, PLAIN.replace("  tier:\n", "  rank:\n").replace("lt: 1}", "lt: 100}"))
    assert not await unasked(), "from nobody nothing is learned: what was stands"


# ---- links


@pytest.mark.anyio
@pytest.mark.parametrize("again", [True, False], ids=["linked again", "linked once"])
async def test_a_link_that_was_said_again_outlives_a_cut_that_arrives_late(
    app: App, clock: Clock, *, again: bool
) -> None:
    """Said of two who are one already it changes nothing, until it turns out what happened in between."""

    async def who() -> list[str]:
        shown: Json = await look(app, "member:1")
        return sorted(shown["identities"])

    clock.now += DAY
    await put_in_force(app)
    await send(app, event("e1"), event("e2", "crm:2"))
    await send(app, event("e3", kind="identity_linked", identity="crm:2"))
    if again:
        await send(app, event("e4", kind="identity_linked", t=NOON + 2 * HOUR, identity="crm:2"))
    assert await who() == ["crm:2", "member:1"]
    await send(app, event("e5", kind="identity_unlinked", t=NOON + HOUR, identity="crm:2"))
    assert await who() == ["crm:2", "member:1"][1 - again :]


# ---- time passes while the database does not answer


@pytest.mark.anyio
@pytest.mark.parametrize("together", [True, False], ids=["read together", "read one by one"])
async def test_nobody_is_put_aside_because_the_database_failed(
    app: App, clock: Clock, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, *, together: bool
) -> None:
    """It is no fault of the profile: the sweep fails as a whole, and is well when the database is."""
    if not together:  # as long logs are
        monkeypatch.setattr("service.usecases.due.read_ahead", lambda *_given, **_more: NOTHING_AHEAD)

    async def run(statement: str) -> None:
        await app.store.write(lambda unit: unit._sql.fetch(statement))

    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    await put_in_force(app, tags={"regular": {"when": {"count": {"event": "order_paid"}, "gte": 1}}})
    (before,) = await app.store.read(lambda unit: unit.profiles.scan(0, 9))
    await run("ALTER TABLE events RENAME TO away")
    try:
        with pytest.raises(StoreError):
            await refold_stale(app)
    finally:
        await run("ALTER TABLE away RENAME TO events")
    assert await app.store.read(lambda unit: unit.profiles.scan(0, 9)) == [before]
    assert f"{before.profile:016x}" not in caplog.text, "nor is it said that he cannot be derived"
    clock.now += 1
    assert await refold_stale(app) == 1
    shown: Json = await look(app, "member:1")
    assert (shown["version"], [tag["key"] for tag in shown["tags"]]) == (2, ["buyer", "fresh", "regular"])


# ---- drafts


@pytest.mark.anyio
async def test_a_value_of_a_type_that_json_does_not_know_is_read_as_its_text(app: App) -> None:
    """YAML takes a day without quotes for a date."""
    written = "playbook: odd\nname: 2026-09-22\ntimezone: !mine Asia/Shanghai\n"
    saved: Json = await put_draft(app, STAFF, written.encode(), "application/yaml", None)
    draft: Json = await get_draft(app)
    assert saved["problems"] == draft["problems"] == []
    assert json.loads(json.dumps(draft["playbook"])) == {
        "playbook": "odd",
        "name": "2026-09-22",
        "timezone": "Asia/Shanghai",
    }
    assert draft["source"] == written


@pytest.mark.anyio
async def test_a_draft_in_json_is_not_rewritten_as_yaml(app: App) -> None:
    await put_in_force(app)
    await send(app, HUMMED)
    before: Json = await get_draft(app)
    with pytest.raises(Clash) as refused:
        await add_event_type(app, STAFF, "song_hummed")
    assert refused.value.code == "draft_not_yaml"
    assert await get_draft(app) == before


@pytest.mark.anyio
async def test_what_is_declared_now_is_listed_no_more(app: App) -> None:
    await put_in_force(app)
    await send(app, HUMMED, event("e2", kind="song_whistled"))
    await put_in_force(app, events={"song_hummed": {"properties": {"song": "string"}}})
    found: Json = await undeclared(app)
    assert [each["type"] for each in found["items"]] == ["song_whistled"]
    with pytest.raises(Unknown):
        await add_event_type(app, STAFF, "song_hummed")
