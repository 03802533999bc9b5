"""The loops run beside the service, survive whatever a round meets, and end when they are told to."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence

import pytest

from service.core.calendar import DAY, HOUR
from service.store import Conflict, ProfileRow
from service.store.profiles import Profiles
from service.usecases import due
from service.usecases.app import App
from service.usecases.calibrate import ENOUGH, calibrate, calibrations
from service.usecases.failures import Busy, Clash
from service.workers import loop, run
from tests.usecases.given import NOON, PLAIN, Clock, Json, Listener, event, opened, put_in_force, send, until


@pytest.fixture
def lapses(app: App) -> Callable[[], Awaitable[bool]]:
    async def said() -> bool:
        return any(each["key"] == "fresh" and not each["on"] for each in await Listener(app).news())

    return said


@pytest.mark.anyio
async def test_what_is_due_is_said_by_itself(app: App, clock: Clock, lapses: Callable[[], Awaitable[bool]]) -> None:
    await put_in_force(app)
    async with run(app):
        await send(app, event("e1"))
        await asyncio.sleep(0.1)
        assert not await lapses()
        clock.now = NOON + 2 * HOUR
        await until(lapses)


@pytest.mark.anyio
async def test_a_round_that_fails_does_not_end_the_loop(
    app: App, clock: Clock, lapses: Callable[[], Awaitable[bool]], monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = [OSError(), ZeroDivisionError(), Busy("busy", "", "")]

    async def rederive_due(which: App, limit: int) -> int:
        if failures:
            raise failures.pop()
        return await due.rederive_due(which, limit)

    monkeypatch.setattr("service.workers.loop.rederive_due", rederive_due)
    monkeypatch.setattr(loop, "IDLE", 0.01)
    await put_in_force(app)
    await send(app, event("e1"))
    clock.now = NOON + 2 * HOUR
    async with run(app):
        await until(lapses)
    assert not failures


@pytest.mark.anyio
async def test_a_page_that_is_never_free_is_taken_in_parts(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if of any four profiles one were always being written by somebody else."""
    lock, room = Profiles.lock, 3

    def contended(self: Profiles, wanted: Sequence[int]) -> dict[int, ProfileRow]:
        if len(wanted) > room:
            raise Conflict
        return lock(self, wanted)

    await put_in_force(app)
    await send(app, *(event("e1", f"member:m{number}") for number in range(20)))
    clock.now = NOON + 2 * HOUR
    monkeypatch.setattr(Profiles, "lock", contended)
    assert await loop.due_round(app) == 0
    news = await Listener(app).news()
    assert len({each["profile_id"] for each in news if each["key"] == "fresh" and not each["on"]}) == room
    room = 0
    with pytest.raises(Busy):
        await loop.due_round(app)


@pytest.mark.anyio
async def test_after_a_publication_all_are_told_and_live_requests_go_first(app: App) -> None:
    await put_in_force(app)
    await send(app, *(event("e1", f"member:m{number}") for number in range(120)))
    await put_in_force(app, PLAIN.replace("hundred:", "once: {when: {count: {event: order_paid}, eq: 1}}\n  hundred:"))
    app.committer._waiting += 1
    assert (await loop.stale_round(app), await told(app)) == (0.05, 0)
    app.committer._waiting -= 1
    async with run(app):
        await until(lambda: all_told(app))
    assert await told(app) == 120


async def told(app: App) -> int:
    return sum(each["key"] == "once" for each in await Listener(app).news())


async def all_told(app: App) -> bool:
    return await told(app) >= 120


@pytest.mark.anyio
async def test_calibration_is_daily_and_only_if_something_moved(app: App, clock: Clock) -> None:
    await put_in_force(app)
    assert await loop.calibration_round(app) > 1
    assert await numbers(app) == [], "nobody is there"
    await send(app, *(event("e1", f"member:m{number}", amount=number) for number in range(1, ENOUGH)))
    await loop.calibration_round(app)
    assert await numbers(app) == [], "too few to learn from"
    await send(app, *(event("e1", f"member:m{number}", amount=number) for number in range(ENOUGH, 2 * ENOUGH)))
    await loop.calibration_round(app)
    await loop.calibration_round(app)
    assert await numbers(app) == [1]
    clock.now = NOON + DAY
    await loop.calibration_round(app)
    assert await numbers(app) == [1], "nothing moved"
    await send(app, *(event("e2", f"member:m{number}", amount=900) for number in range(1, 2 * ENOUGH)))
    clock.now = NOON + 2 * DAY
    await loop.calibration_round(app)
    assert await numbers(app) == [1, 2]
    await send(app, *(event("e3", f"member:m{number}", amount=9000) for number in range(1, 2 * ENOUGH)))
    for clock.now, made in ((NOON + 3 * DAY - 1, [1, 2]), (NOON + 3 * DAY, [1, 2, 3])):
        await loop.calibration_round(app)
        assert await numbers(app) == made, "after a day, not before"


@pytest.mark.anyio
async def test_two_workers_calibrate_once(home: str, clock: Clock) -> None:
    """Both find that it is time, both read all profiles; the second sees that nothing has moved since."""
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        await send(one, *(event("e1", f"member:m{number}", amount=number) for number in range(1, 2 * ENOUGH)))
        for day in range(3):
            clock.now = NOON + day * DAY
            await send(one, *(event(f"d{day}", f"member:m{number}", amount=9**day) for number in range(1, 2 * ENOUGH)))
            await asyncio.gather(*(loop.calibration_round(each) for each in (one, two)))
            assert await numbers(one) == list(range(1, day + 2))
        with pytest.raises(Clash):
            await calibrate(two)


async def numbers(app: App) -> list[int]:
    found: Json = await calibrations(app)
    return [each["number"] for each in found["items"]]


@pytest.mark.anyio
async def test_nothing_runs_when_the_context_has_ended(app: App) -> None:
    before = asyncio.all_tasks()
    async with run(app):
        assert len(asyncio.all_tasks() - before) == 4
    assert not asyncio.all_tasks() - before
