"""Administration: keys, and the verification that state equals the fold of the log."""

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.fields import Reference
from service.api.schemas.operations import Key, KeyList, KeyRequest, NewKey, Verification
from service.usecases.keys import create_key, list_keys, revoke_key
from service.usecases.verify import verify

area = Area("admin", "密钥与复核", "keys and verification")
KeyId = Annotated[Reference, Path(description="密钥编号 · key id")]
Limit = Annotated[int, Query(ge=1, le=10_000, description="最多复核几个用户 · profiles to verify at most")]


@area.get("/v1/keys", "列出密钥 · List keys", needs="keys:write", gives=KeyList)
async def show_keys(call: Call) -> Response:
    """全部密钥，不含密钥本身。All keys, without their secrets."""
    return answer(await list_keys(call.lantern))


@area.post(
    "/v1/keys",
    "创建密钥 · Create a key",
    needs="keys:write",
    takes=KeyRequest,
    gives=NewKey,
    status=201,
    examples=examples.KEY,
)
async def make_key(call: Call) -> Response:
    """密钥只在这次应答中出现。The secret is in this answer and nowhere else."""
    asked = await call.read(KeyRequest)
    return answer(await create_key(call.lantern, **asked.model_dump()), 201)


@area.delete("/v1/keys/{key_id}", "吊销密钥 · Revoke a key", needs="keys:write", gives=Key, refuses=(404, 409))
async def drop_key(call: Call, key_id: KeyId) -> Response:
    """几秒内在所有进程失效。It stops within seconds in every process."""
    revoked = await revoke_key(call.lantern, key_id)
    call.keyring.forget()
    return answer(revoked)


@area.get("/v1/verify", "复核 · Verify", needs="verify:read", gives=Verification)
async def verify_profiles(call: Call, limit: Limit = 1000) -> Response:
    """按日志重算用户，逐字节比对；differences 应为 0。Fold profiles again and compare byte by byte."""
    return answer(await verify(call.lantern, limit=limit))
