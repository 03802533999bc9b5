"""Items that could not be admitted: list, repair, replay, dismiss."""

from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples, paths
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.events import Event, Receipt
from service.api.schemas.fields import Word
from service.api.schemas.operations import Cursor, Quarantined, QuarantinePage
from service.usecases import quarantine

area = Area("quarantine", "待修复数据", "items that wait to be repaired")
Number = Annotated[str, Path(description="编号 · id", pattern=f"^{paths.Digits.regex}$")]
After = Annotated[Cursor | None, Query(description="上一页的 next_cursor · next_cursor of the last page")]
Limit = Annotated[int, Query(ge=1, le=500, description="每页最多几条 · how many at most")]
Status = Annotated[Literal["open", "replayed", "dismissed"] | None, Query(description="状态 · status")]
Source = Annotated[Word | None, Query(description="来源 · source")]


@area.get("/v1/quarantine", "列出待修复数据 · List bad items", needs="quarantine:read", gives=QuarantinePage)
async def list_quarantine(
    call: Call, cursor: After = None, limit: Limit = 100, status: Status = None, source: Source = None
) -> Response:
    """没有被接受的数据，保留原样和原因。Items that were not admitted, as they came, with the reasons."""
    return answer(await quarantine.page(call.lantern, cursor or None, limit, status, source))


@area.get(
    "/v1/quarantine/{id:digits}",
    "查看一条 · View a bad item",
    needs="quarantine:read",
    gives=Quarantined,
    refuses=(404,),
)
async def view_quarantined(call: Call, id: Number) -> Response:  # noqa: A002 - the name on the wire
    """原样数据与全部问题。The item as it came, and everything that is wrong with it."""
    return answer(await quarantine.get(call.lantern, id))


@area.put(
    "/v1/quarantine/{id:digits}",
    "修复 · Repair a bad item",
    needs="quarantine:write",
    takes=Event,
    gives=Quarantined,
    refuses=(404, 409),
    examples=examples.REPAIRED,
)
async def repair_quarantined(call: Call, id: Number) -> Response:  # noqa: A002 - the name on the wire
    """保存改好的事件；原样数据仍保留，重放后才生效。Keep a mended form beside the original, to be replayed."""
    return answer(await quarantine.repair(call.lantern, call.actor, id, await call.tree()))


@area.post(
    "/v1/quarantine/{id:digits}:replay",
    "重放 · Replay a bad item",
    needs="quarantine:write",
    gives=Receipt,
    refuses=(404, 409),
)
async def replay_quarantined(call: Call, id: Number) -> Response:  # noqa: A002 - the name on the wire
    """把改好的事件（或原样数据）再上报一次。Record the mended form, or the original if it is admissible by now."""
    return answer(await quarantine.replay(call.lantern, call.actor, id))


@area.post(
    "/v1/quarantine/{id:digits}:dismiss",
    "忽略 · Dismiss a bad item",
    needs="quarantine:write",
    gives=Quarantined,
    refuses=(404, 409),
)
async def dismiss_quarantined(call: Call, id: Number) -> Response:  # noqa: A002 - the name on the wire
    """不再处理，仍可查到。Put it aside for good; it stays listed."""
    return answer(await quarantine.dismiss(call.lantern, id))
