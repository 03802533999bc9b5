"""Progress for customers: reading it, lighting a stage, owner tokens and share links."""

from typing import Annotated

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.profiles import PERSON, Ref
from service.api.schemas.progress import (
    LightRequest,
    Lit,
    NewShare,
    OwnerToken,
    OwnerTokenRequest,
    Progress,
    Share,
    ShareRequest,
    Shares,
    TopShares,
)
from service.core.calendar import DAY
from service.usecases.light import Lighting, light
from service.usecases.progress import progress
from service.usecases.shares import Wish, list_shares, make_owner_token, make_share, revoke_share, top_shares

area = Area("progress", "用户自己看到的进度：点亮、分享、助力", "progress for customers: light up, share, help")
RUNS = {"cup": {"summary": "第一杯咖啡 · The first cup", "value": "first_cup"}}
JourneyKey = Annotated[
    str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", description="旅程 key · journey key", openapi_examples=RUNS)
]
ShareId = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="链接编号 · id of the link")]
Days = Annotated[int, Query(ge=1, le=366, description="最近几天 · of the last days")]
Top = Annotated[int, Query(ge=1, le=200, description="最多几条 · how many at most")]
SCOPE = "shares:write"


@area.get(PERSON + "/journeys", "用户的进度 · Show progress", needs="profiles:read", gives=Progress, refuses=(404,))
async def show_progress(call: Call, ref: Ref) -> Response:
    """给小程序用的进度：点亮到哪、接下来是什么、大约何时、有哪些服务；不含标签和分层。For the mini-program."""
    return answer(await progress(call.lantern, ref))


@area.post(
    PERSON + "/journeys/{journey:key}:light",
    "点亮阶段 · Light a stage",
    needs="journeys:light",
    takes=LightRequest,
    gives=Lit,
    refuses=(404, 409),
    examples=examples.LIGHT,
)
async def light_stage(call: Call, ref: Ref, journey: JourneyKey) -> Response:
    """只有方案里写了 `lit_by` 的阶段可以；好友助力写 helper。Only stages with `lit_by`; `helper` is a friend who helps.

    再点一次不会重复生效；被拒绝时什么都不变。 Once more has no second effect; what is refused changes nothing.
    """
    asked = await call.read(LightRequest)
    wanted = Lighting(journey=journey, stage=asked.stage, key=asked.key, helper=asked.helper)
    return answer(await light(call.lantern, call.actor, ref, wanted))


@area.post(
    PERSON + "/owner-tokens",
    "本人页面的令牌 · Make an owner token",
    needs=SCOPE,
    takes=OwnerTokenRequest,
    gives=OwnerToken,
    refuses=(404,),
    examples=examples.OWNER,
    status=201,
)
async def issue_owner_token(call: Call, ref: Ref) -> Response:
    """用户本人打开 `/j/{token}`：看进度、点亮、分享、收回。请在后端为已登录的用户申请。For a signed-in user's page."""
    asked = await call.read(OwnerTokenRequest)
    return answer(await make_owner_token(call.lantern, ref, asked.minutes), 201)


@area.post(
    PERSON + "/shares",
    "分享进度 · Share progress",
    needs=SCOPE,
    takes=ShareRequest,
    gives=NewShare,
    refuses=(404, 409),
    status=201,
    examples=examples.SHARE,
)
async def share_progress(call: Call, ref: Ref) -> Response:
    """链接只能看，不含个人信息；会过期，可收回。title、path、image 可直接用于小程序转发。A link that only shows."""
    asked = await call.read(ShareRequest)
    wish = Wish(journey=asked.journey, key=asked.key, lasts=asked.days * DAY)
    return answer(await make_share(call.lantern, ref, wish), 201)


@area.get(PERSON + "/shares", "分享链接一览 · List shares", needs=SCOPE, gives=Shares, refuses=(404,))
async def show_shares(call: Call, ref: Ref) -> Response:
    """每个链接被打开几次、带来几个人。How often each was visited, and how many came by it."""
    return answer(await list_shares(call.lantern, ref))


@area.delete(PERSON + "/shares/{share:key}", "收回分享 · Take a share back", needs=SCOPE, gives=Share, refuses=(404,))
async def drop_share(call: Call, ref: Ref, share: ShareId) -> Response:
    """下一次打开就已失效。It is over with the very next request."""
    return answer(await revoke_share(call.lantern, ref, share))


@area.get("/v1/shares", "哪些链接带来人 · Top shares", needs="shares:read", gives=TopShares)
async def show_top_shares(call: Call, *, days: Days = 30, limit: Top = 50) -> Response:
    """按带来的人数、打开次数排列。By people who came, then visits."""
    return answer(await top_shares(call.lantern, days, limit))
