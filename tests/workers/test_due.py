"""Time passes: what silence changes is said once, changes no facts, and is seen at once also where no worker runs."""

import asyncio
import random
from collections.abc import Mapping, Sequence

import pytest

from service.core.calendar import DAY, HOUR, MINUTE, SECOND
from service.store.profiles import Profiles
from service.usecases.app import App
from service.usecases.due import rederive_due
from service.usecases.look import look
from service.usecases.verify import verify
from tests.usecases.given import NOON, Clock, Json, Listener, event, opened, put_in_force, send
from tests.usecases.told import heard, seen

PEOPLE = 60
# What is said of somebody who orders once and never comes back, in the order in which it happens.
LIFE: Mapping[str, Sequence[object]] = {
    "buyer": [True],
    "fresh": [True, False],
    "lapsing": [True],
    "pickup": [("active", "on_time"), ("active", "late"), ("dropped", None)],
    "stalled": [None, "resolved"],
    "dropped": [None],
}


def lives(items: Sequence[Json]) -> dict[str, dict[str, list[object]]]:
    """Everything said of each profile, thing by thing."""
    found: dict[str, dict[str, list[object]]] = {}
    for item in items:
        name, said = item["key"], item.get("on")
        if item["kind"] == "journey":
            name, said = item["journey"], (item["status"], item["pace"])
        if item["kind"] == "breakpoint":
            name, said = item["breakpoint"], item["resolved_at"] and "resolved"
        found.setdefault(item["profile_id"], {}).setdefault(name, []).append(said)
    return found


async def facts(app: App) -> list[bytes]:
    return await app.store.read(lambda unit: [row.facts for row in unit.profiles.scan(0, 1000)])


async def order(app: App, chance: random.Random) -> list[str]:
    names = [f"member:m{number}" for number in range(PEOPLE)]
    await send(app, *(event("e1", who, t=NOON - chance.randrange(MINUTE), order_id=f"o{who[-1]}") for who in names))
    return names


@pytest.mark.anyio
async def test_two_workers_say_every_change_once(home: str, clock: Clock) -> None:
    """They race through three days in small steps, in small batches; one loses its transaction now and then."""
    chance = random.Random(3)
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        names = await order(one, chance)
        before = await facts(one)
        steps = [NOON + minutes * MINUTE for minutes in range(1, 66)] + [NOON + hours * HOUR for hours in range(2, 50)]
        for clock.now in steps:
            racing = [rederive_due(each, 7) for each in (one, two, one, two)]
            while any(await asyncio.gather(*racing)):
                racing = [rederive_due(each, 7) for each in (one, two)]
        said = await Listener(one).news()
        assert list(lives(said).values()) == [LIFE] * PEOPLE
        assert await facts(one) == before
        told = heard(said)
        for who in names:
            shown: Json = await look(two, who)
            assert told[shown["profile_id"]] == seen(shown)
        found: Json = await verify(two)
        assert (found["profiles"], found["differences"]) == (PEOPLE, 0)


@pytest.mark.anyio
async def test_a_worker_that_was_away_says_how_it_is_now(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await order(app, random.Random(1))
    clock.now = NOON + 9 * DAY
    assert [await rederive_due(app, 50) for _ in range(3)] == [50, PEOPLE - 50, 0]
    for life in lives(await Listener(app).news()).values():
        assert life == {**LIFE, "pickup": [("active", "on_time"), ("dropped", None)], "stalled": ["resolved"]}


@pytest.mark.anyio
async def test_events_race_with_the_worker(home: str, clock: Clock) -> None:
    """Whoever is first says it; the other finds it said."""
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        names = await order(one, random.Random(2))
        clock.now = NOON + 3 * HOUR
        coming = [send(two, event("e2", who, "menu_viewed", clock.now)) for who in names]
        await asyncio.gather(rederive_due(one, 1000), rederive_due(two, 1000), *coming)
        for life in lives(await Listener(one).news()).values():
            assert (life["fresh"], life["stalled"]) == ([True, False], [None])
        assert (await verify(one))["differences"] == 0


@pytest.mark.anyio
async def test_what_time_has_ended_is_gone_at_the_next_read(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    first: Json = await look(app, "member:1")
    until = next(each["until"] for each in first["tags"] if each["key"] == "fresh")
    assert until == "2026-09-22T05:00:01Z", "an hour and the rest of its bucket"
    for moment, tags, pace in (
        (NOON + HOUR + SECOND - 1, ["buyer", "fresh"], "late"), (NOON + HOUR + SECOND, ["buyer"], "late"),
        (NOON + DAY - 1, ["buyer"], "late"), (NOON + DAY, ["buyer", "lapsing"], "late"),
    ):  # fmt: skip
        clock.now = moment
        shown: Json = await look(app, "member:1")
        assert ([each["key"] for each in shown["tags"]], shown["journeys"][0]["pace"]) == (tags, pace)
    assert len(await Listener(app).news()) == 3, "nobody has said anything since the order"


@pytest.mark.anyio
async def test_the_worker_says_it_at_the_very_instant(app: App, clock: Clock) -> None:
    """`due_at` may be early, never late: as soon as a look shows that something has ended, the worker can tell."""
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    listener, said = Listener(app), list[Json]()
    for after in (0, 10 * MINUTE, 30 * MINUTE, HOUR + SECOND, DAY, 2 * DAY):
        for clock.now in (NOON + after - 1, NOON + after):
            while await rederive_due(app):
                pass
            said += await listener.news()
            shown: Json = await look(app, "member:1")
            assert heard(said)[shown["profile_id"]] == seen(shown), clock.now - NOON
    assert list(lives(said).values()) == [LIFE]


@pytest.mark.anyio
async def test_a_tick_finds_nothing_twice(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    assert await rederive_due(app) == 0
    clock.now = NOON + HOUR + MINUTE
    assert [await rederive_due(app) for _ in range(3)] == [1, 0, 0]
    shown: Json = await look(app, "member:1")
    assert shown["version"] == 2


@pytest.mark.anyio
async def test_who_was_due_until_somebody_was_faster_is_left_alone(app: App, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking who is due and having his lock another worker may have derived him: that is no new version."""
    await put_in_force(app)
    await send(app, event("e1"))
    monkeypatch.setattr(Profiles, "due", lambda self, _at, limit: [row.profile for row in self.scan(0, limit)])
    assert await rederive_due(app) == 1
    shown: Json = await look(app, "member:1")
    assert shown["version"] == 1


@pytest.mark.anyio
async def test_one_broken_profile_does_not_stop_time_for_the_others(
    app: App, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """His facts cannot be read; he is put aside for a while, with a word in the log."""
    await put_in_force(app)
    await order(app, random.Random(1))
    (broken,) = await app.store.read(lambda unit: unit.profiles.scan(0, 1))
    await app.store.write(
        lambda unit: unit._sql.fetch(
            "UPDATE profiles SET facts = substr(facts, 1, 20) WHERE profile = " + str(broken.profile)
        )
    )
    clock.now = NOON + 2 * HOUR
    while await rederive_due(app, 10):
        pass
    told = lives(await Listener(app).news())
    assert [life["fresh"] for life in told.values()].count([True, False]) == PEOPLE - 1
    assert f"{broken.profile:016x}" in caplog.text
    caplog.clear()
    assert await rederive_due(app, 10) == 0
    clock.now += 2 * HOUR
    await rederive_due(app, 10)
    assert f"{broken.profile:016x}" in caplog.text, "he is tried again"
