"""The change feed: what became so, profile by profile, without gaps."""

from typing import Annotated

from fastapi import Query
from starlette.responses import Response

from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.operations import ChangePage, Cursor
from service.usecases.follow import changes

area = Area("sync", "变更流", "the change feed")
After = Annotated[Cursor | None, Query(description="上一页的 next_cursor；不填从头读 · next_cursor of the last page")]
Limit = Annotated[int, Query(ge=1, le=500, description="每页最多几条 · how many at most")]


@area.get("/v1/changes", "读取变更 · Follow changes", needs="changes:read", gives=ChangePage)
async def follow_changes(call: Call, cursor: After = None, limit: Limit = 100) -> Response:
    """说的是现在的状态，不是增量；没有新变更时也返回 next_cursor。States, not deltas; the cursor is always returned."""
    return answer(await changes(call.lantern, cursor or None, limit))
