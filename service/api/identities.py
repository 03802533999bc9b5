"""Who is who: staff link and unlink identities, and see which links were refused."""

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.fields import Reference
from service.api.schemas.identities import ConflictPage, LinkRequest, Relation, UnlinkRequest
from service.api.schemas.operations import Cursor
from service.usecases import relate
from service.usecases.relate import Statement

area = Area("identities", "标识：关联、解除、冲突", "identities: link, unlink, conflicts")
Ref = Annotated[Reference, Path(description="用户编号或标识 · profile id or identity")]
After = Annotated[Cursor | None, Query(description="上一页的 next_cursor · next_cursor of the last page")]
Limit = Annotated[int, Query(ge=1, le=500, description="每页最多几条 · how many at most")]


@area.get(
    "/v1/identities/conflicts",
    "列出标识冲突 · List refused links",
    needs="identities:read",
    gives=ConflictPage,
)
async def list_conflicts(call: Call, cursor: After = None, limit: Limit = 100) -> Response:
    """没有合并的关联。Links that were said and refused by the guard rails.

    例如两个不同的 unionid、共用或换了主人的手机号；解除其中一方后会自动重新判断。有权查看用户的密钥才能看到标识的值。

    Two unionids, a phone that is shared or has a new owner. Unlink one side, and they are tried again. Values are
    shown to keys that may read profiles.
    """
    return answer(await relate.conflicts(call.lantern, call.actor, cursor or None, limit))


@area.post(
    "/v1/profiles/{ref:path}/identities:link",
    "关联标识 · Link an identity",
    needs="identities:write",
    takes=LinkRequest,
    gives=Relation,
    refuses=(404,),
    examples=examples.LINK,
)
async def link_identity(call: Call, ref: Ref) -> Response:
    """这个用户还有另一个标识。This person also has that identity.

    记录一条 `identity_linked` 事件。违反守则时回答 refused 和原因，事件仍保存，以后会再判断。

    Records an `identity_linked` event. Where a guard rail forbids it the answer is refused, with the reason; the
    statement is kept and tried again whenever its surroundings change.
    """
    asked = await call.read(LinkRequest)
    return answer(await relate.link(call.lantern, call.actor, ref, Statement(**asked.model_dump())))


@area.post(
    "/v1/profiles/{ref:path}/identities:unlink",
    "解除标识 · Unlink an identity",
    needs="identities:write",
    takes=UnlinkRequest,
    gives=Relation,
    refuses=(404, 409),
    examples=examples.UNLINK,
)
async def unlink_identity(call: Call, ref: Ref) -> Response:
    """这个标识是别人的。That identity is somebody else's.

    记录一条 `identity_unlinked` 事件：`occurred_at`（默认现在）之前它的所有关联都作废，两边各自恢复。
    手机号换了主人时，填换主人的时刻，新主人的关联随即生效。

    Records an `identity_unlinked` event: all links of that identity up to `occurred_at` (by default now) are cut, and
    both sides are again what they were. For a phone that changed hands give that instant: the new owner's link stands.
    """
    asked = await call.read(UnlinkRequest)
    return answer(await relate.unlink(call.lantern, call.actor, ref, Statement(**asked.model_dump())))
