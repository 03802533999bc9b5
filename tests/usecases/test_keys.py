"""The secret of a key is in the answer that made it and nowhere else."""

from hashlib import sha256

import pytest

from service.store import migrate
from service.usecases.app import App
from service.usecases.failures import Clash
from service.usecases.keys import authenticate, create_key, ensure_first_key, list_keys, revoke_key
from tests.usecases.given import Clock, Json, opened


@pytest.mark.anyio
async def test_no_secret_is_kept(app: App) -> None:
    first = await ensure_first_key(app)
    made: Json = await create_key(app, name="till", kind="system", preset="intake")
    rows = await app.store.read(lambda unit: unit.keys.all())
    listed = await list_keys(app)
    for secret in (str(first), made["secret"]):
        assert await authenticate(app, secret) is not None
        assert secret not in repr(rows) + repr(listed)
        assert sha256(secret.encode()).digest() in {row.digest for row in rows}


@pytest.mark.anyio
async def test_a_revoked_key_opens_nothing_and_is_revoked_once(app: App) -> None:
    made: Json = await create_key(app, name="till", kind="system", preset="intake")
    gone: Json = await revoke_key(app, made["key_id"])
    assert gone["revoked_at"] is not None
    assert await authenticate(app, made["secret"]) is None
    with pytest.raises(Clash, match="already_revoked"):
        await revoke_key(app, made["key_id"])


@pytest.mark.anyio
async def test_a_key_that_the_settings_name_opens_from_the_first_start_on(sqlite_url: str) -> None:
    migrate(sqlite_url)
    for _ in range(2):
        async with opened(sqlite_url, Clock(), bootstrap_key="lk_chosen") as app:
            assert await ensure_first_key(app) is None, "nothing that would have to be printed"
            found = await authenticate(app, "lk_chosen")
            assert found is not None
            assert found.kind == "staff"
            assert len((await list_keys(app))["items"]) == 1  # type: ignore[arg-type]  # a list on the wire
