"""Looking a profile up: by id or identity, now or at another instant."""

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.fields import Instant, Reference
from service.api.schemas.profile import LookupRequest, Profile
from service.usecases.look import look

area = Area("profiles", "查看用户：标签、分层、旅程", "look at profiles: tags, personas, journeys")

WHO = {
    "regular": {"summary": "林晓：高频消费 · Lin, a frequent buyer", "value": examples.LIN},
    "waiting": {"summary": "陈一鸣：卡在取餐 · Chen, stuck at pickup", "value": examples.CHEN},
    "high_end": {"summary": "周慕白：高端用户 · Zhou, high-end", "value": examples.ZHOU},
}
Ref = Annotated[Reference, Path(description="用户编号或标识 · profile id or identity", openapi_examples=WHO)]
At = Annotated[
    Instant | None,
    Query(description="哪一时刻（按事件时间）；不填为现在，将来的时刻回答“若无新事件” · event time; now if absent"),
]


@area.get("/v1/profiles/{ref:path}", "查看用户 · View a profile", needs="profiles:read", gives=Profile, refuses=(404,))
async def view_profile(call: Call, ref: Ref, at: At = None) -> Response:
    """标签、分层、旅程和断点，每一项都带原因。Tags, personas, journeys and breakpoints, each with its reason."""
    return answer(await look(call.lantern, ref, at))


@area.post(
    "/v1/profiles:lookup",
    "按标识查用户 · Look a profile up",
    needs="profiles:read",
    takes=LookupRequest,
    gives=Profile,
    refuses=(404,),
    examples=examples.LOOKUP,
)
async def lookup_profile(call: Call) -> Response:
    """同上，标识放在请求体里：手机号等不出现在网址和日志中。The same, with the identity kept out of URLs and logs."""
    asked = await call.read(LookupRequest)
    return answer(await look(call.lantern, asked.identity, asked.at))
