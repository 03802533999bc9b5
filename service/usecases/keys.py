"""Keys: random, stored as SHA-256, shown once, scoped, expiring, revocable, each bound to a source."""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from service.core.calendar import write_instant
from service.store import KeyRow, Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Invalid, Unknown

Json = dict[str, object]
_INTAKE = frozenset({"events:write"})
_APP = _INTAKE | {
    "events:simulate",
    "profiles:read",
    "recommendations:write",
    "tags:write",
    "journeys:light",
    "shares:write",
}
_OPERATOR = _APP | {
    "events:backfill", "changes:read", "playbook:read", "playbook:write", "playbook:publish",
    "quarantine:read", "quarantine:write", "sources:read", "calibrations:read", "identities:read", "identities:write",
    "profiles:search", "profiles:export", "profiles:reset", "journeys:read", "journeys:write", "shares:read",
}  # fmt: skip
_ADMIN = _OPERATOR | {"calibrations:write", "keys:write", "verify:read"}
PRESETS: Mapping[str, frozenset[str]] = {"intake": _INTAKE, "app": _APP, "operator": _OPERATOR, "admin": _ADMIN}
KINDS = ("system", "staff", "user")
PREFIX = "lk_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who acts: a system, a named member of staff, or the user himself through the page that he looks at."""

    key_id: str
    name: str
    kind: str
    scopes: frozenset[str]
    source: str | None


async def authenticate(app: App, secret: str) -> Actor | None:
    """Whose key this is; None for unknown, revoked and expired ones."""
    row = await app.read(lambda unit, _: unit.keys.by_digest(digest_of(secret)))
    return actor_of(row, app.clock())


def actor_of(row: KeyRow | None, now: int) -> Actor | None:
    """Who acts by this key; None for unknown, revoked and expired ones."""
    if row is None or row.revoked_at is not None or (row.expires_at is not None and row.expires_at <= now):
        return None
    return Actor(
        key_id=row.key_id, name=row.name, kind=row.kind, scopes=PRESETS.get(row.preset, frozenset()), source=row.source
    )


def digest_of(secret: str) -> bytes:
    """All that is kept of a secret."""
    return sha256(secret.encode(errors="replace")).digest()


async def create_key(
    app: App, *, name: str, kind: str, preset: str, source: str | None = None, expires_at: int | None = None
) -> Json:
    """Create a key. The secret is in this answer and nowhere else."""
    secret = PREFIX + secrets.token_urlsafe(24)
    row = _row(secret, name=name, kind=kind, preset=preset, source=source, expires_at=expires_at, now=app.clock())
    await app.write(lambda unit, _: unit.keys.add(row))
    return {**_shown(row), "secret": secret}


def _row(
    secret: str, *, name: str, kind: str, preset: str, source: str | None, expires_at: int | None, now: int
) -> KeyRow:
    if preset not in PRESETS:
        raise Invalid("unknown_preset", f"preset 只能是 {', '.join(PRESETS)}", f"preset is one of {', '.join(PRESETS)}")
    if kind not in KINDS:
        raise Invalid("unknown_kind", f"kind 只能是 {', '.join(KINDS)}", f"kind is one of {', '.join(KINDS)}")
    return KeyRow(
        key_id=secrets.token_hex(6), digest=digest_of(secret), name=name, kind=kind, preset=preset,
        scopes=" ".join(sorted(PRESETS[preset])), source=source, created_at=now, expires_at=expires_at, revoked_at=None,
    )  # fmt: skip


def _shown(row: KeyRow) -> Json:
    return {
        "key_id": row.key_id,
        "name": row.name,
        "kind": row.kind,
        "preset": row.preset,
        "scopes": row.scopes.split(),
        "source": row.source,
        "created_at": write_instant(row.created_at),
        "expires_at": None if row.expires_at is None else write_instant(row.expires_at),
        "revoked_at": None if row.revoked_at is None else write_instant(row.revoked_at),
    }


async def list_keys(app: App) -> Json:
    """All keys, without their secrets."""
    rows = await app.read(lambda unit, _: unit.keys.all())
    return {"items": [_shown(row) for row in rows]}


async def revoke_key(app: App, key_id: str) -> Json:
    """Revoke a key; it stops within seconds in every process."""
    now = app.clock()

    def revoke(unit: Unit) -> KeyRow:
        found = next((row for row in unit.keys.all() if row.key_id == key_id), None)
        if found is None:
            raise Unknown("unknown_key", "没有这个密钥", "there is no such key")
        if not unit.keys.revoke(key_id, now):
            raise Clash("already_revoked", "这个密钥已经停用", "this key is revoked already")
        return next(row for row in unit.keys.all() if row.key_id == key_id)

    return _shown(await app.write(lambda unit, _: revoke(unit)))


async def ensure_first_key(app: App) -> str | None:
    """At the first start create the admin key that was given, or generate one and answer it, to be printed once."""
    given = app.settings.bootstrap_key
    secret = given or PREFIX + secrets.token_urlsafe(24)
    now = app.clock()

    def ensure(unit: Unit) -> str | None:
        if given and unit.keys.by_digest(digest_of(given)) is None:
            unit.keys.add(
                _row(given, name="bootstrap", kind="staff", preset="admin", source=None, expires_at=None, now=now)
            )
            return None
        if given or unit.keys.any():
            return None
        unit.keys.add(
            _row(secret, name="bootstrap", kind="staff", preset="admin", source=None, expires_at=None, now=now)
        )
        return secret

    return await app.write(lambda unit, _: ensure(unit))
