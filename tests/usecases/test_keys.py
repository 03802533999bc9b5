"""The secret of a key is in the answer that made it and nowhere else."""

from hashlib import sha256

import pytest

from service.usecases.app import App
from service.usecases.keys import authenticate, create_key, ensure_first_key, list_keys
from tests.usecases.given import Json


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
