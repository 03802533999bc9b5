"""Staff in the console: a key typed once becomes a session, which ends with the key, after a while, or at wish."""

import secrets
from dataclasses import dataclass
from hashlib import sha256

from service.core.calendar import HOUR, MINUTE
from service.store import KeyRow, SessionRow, Unit
from service.usecases.app import App
from service.usecases.keys import Actor, actor_of, authenticate, digest_of

IDLE, LONGEST = 2 * HOUR, 12 * HOUR
NOTED = MINUTE  # a page seen is noted this often at most
Found = tuple[SessionRow | None, KeyRow | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """Somebody who is logged in. The token is in his browser and nowhere else."""

    token: str
    actor: Actor

    @property
    def form(self) -> str:
        """What every form of his pages carries, so that no other page can send one in his name."""
        return form_token(self.token)


def form_token(token: str) -> str:
    """Made from what only the browser holds; it does not tell it."""
    return sha256(b"form:" + token.encode(errors="replace")).hexdigest()


async def open_session(app: App, secret: str) -> Session | None:
    """Log in with a key; None if it is not valid."""
    actor = await authenticate(app, secret)
    if actor is None:
        return None
    token, now = secrets.token_urlsafe(24), app.clock()
    row = SessionRow(digest=digest_of(token), key_id=actor.key_id, created_at=now, seen_at=now)

    def work(unit: Unit) -> None:
        unit.sessions.drop_older(now - LONGEST, now - IDLE)
        unit.sessions.add(row)

    await app.write(lambda unit, _: work(unit))
    return Session(token=token, actor=actor)


async def find_session(app: App, token: str) -> Session | None:
    """The session of a browser, if it still stands and its key, too: a revoked key ends it at once."""
    now, digest = app.clock(), digest_of(token)

    def work(unit: Unit) -> Found:
        row = unit.sessions.get(digest)
        return row, None if row is None else unit.keys.get(row.key_id)

    row, key = await app.read(lambda unit, _: work(unit))
    actor = actor_of(key, now)
    if row is None or actor is None or now >= min(row.created_at + LONGEST, row.seen_at + IDLE):
        return None
    if now - row.seen_at >= NOTED:
        await app.write(lambda unit, _: unit.sessions.see(digest, now))
    return Session(token=token, actor=actor)


async def close_session(app: App, token: str) -> None:
    """Log out."""
    await app.write(lambda unit, _: unit.sessions.drop(digest_of(token)))
