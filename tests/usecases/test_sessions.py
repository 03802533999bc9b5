"""A session stands as long as its key does, no longer than it may, and only its digest is kept."""

import pytest

from service.core.calendar import HOUR, MINUTE, write_instant
from service.usecases.app import App
from service.usecases.keys import create_key, revoke_key
from service.usecases.sessions import IDLE, LONGEST, Session, close_session, find_session, open_session
from tests.usecases.given import NOON, Clock, Json

pytestmark = pytest.mark.anyio


async def logged_in(app: App, **more: object) -> tuple[Json, Session]:
    key: Json = await create_key(app, name="lily", kind="staff", preset="operator", **more)  # type: ignore[arg-type] # as given
    found = await open_session(app, key["secret"])
    assert found is not None
    return key, found


async def test_a_key_opens_a_session(app: App) -> None:
    key, session = await logged_in(app)
    found = await find_session(app, session.token)
    assert found == session
    assert found.actor.key_id == key["key_id"]
    assert found.form == session.form != (await logged_in(app))[1].form
    assert session.token not in session.form


async def test_what_is_no_key_opens_nothing(app: App) -> None:
    assert await open_session(app, "lk_nobody") is None
    assert await open_session(app, "\udcff") is None
    assert await find_session(app, "nobody") is None


async def test_only_the_digest_is_kept(app: App) -> None:
    _, session = await logged_in(app)
    kept = await app.store.read(lambda unit: unit._sql.fetch("SELECT * FROM sessions"))
    assert len(kept) == 1
    assert session.token not in repr(kept)
    assert session.form not in repr(kept)


async def test_a_revoked_key_ends_it_at_once(app: App) -> None:
    key, session = await logged_in(app)
    await revoke_key(app, key["key_id"])
    assert await find_session(app, session.token) is None


async def test_an_expired_key_ends_it(app: App, clock: Clock) -> None:
    _, session = await logged_in(app, expires_at=NOON + HOUR)
    clock.now += HOUR - 1
    assert await find_session(app, session.token) is not None
    clock.now += 1
    assert await find_session(app, session.token) is None


async def test_it_ends_when_nobody_comes(app: App, clock: Clock) -> None:
    _, session = await logged_in(app)
    clock.now += IDLE - 1
    assert await find_session(app, session.token) is not None
    clock.now += IDLE - 1  # counted from the last page
    assert await find_session(app, session.token) is not None
    clock.now += IDLE
    assert await find_session(app, session.token) is None


async def test_it_ends_after_a_day_of_work(app: App, clock: Clock) -> None:
    _, session = await logged_in(app)
    while clock.now < NOON + LONGEST - HOUR:
        clock.now += HOUR
        assert await find_session(app, session.token) is not None, write_instant(clock.now)
    clock.now += HOUR
    assert await find_session(app, session.token) is None


async def test_pages_in_one_minute_are_noted_once(app: App, clock: Clock) -> None:
    _, session = await logged_in(app)
    for seconds, seen in ((59, NOON), (60, NOON + MINUTE)):
        clock.now = NOON + seconds * 1_000_000
        await find_session(app, session.token)
        assert (await app.store.read(lambda unit: unit._sql.fetch("SELECT seen_at FROM sessions")))[0][0] == seen


async def test_logging_out_ends_it(app: App) -> None:
    _, session = await logged_in(app)
    _, other = await logged_in(app)
    await close_session(app, session.token)
    assert await find_session(app, session.token) is None
    assert await find_session(app, other.token) is not None


async def test_those_that_are_over_are_forgotten(app: App, clock: Clock) -> None:
    await logged_in(app)
    clock.now += LONGEST
    await logged_in(app)
    assert len(await app.store.read(lambda unit: unit._sql.fetch("SELECT 1 FROM sessions"))) == 1
