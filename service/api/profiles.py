"""Looking a profile up: by id or identity, now or at another instant."""

from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.fields import Instant, Reference
from service.api.schemas.operations import Cursor
from service.api.schemas.profile import LookupRequest, Profile, Reset
from service.api.schemas.story import TagStory
from service.api.schemas.timeline import Timeline
from service.usecases.editions import Edition
from service.usecases.failures import Invalid
from service.usecases.look import look
from service.usecases.timeline import timeline
from service.usecases.trial import reset
from service.usecases.why import why

area = Area("profiles", "查看用户：标签、分层、旅程", "look at profiles: tags, personas, journeys")

PERSON = "/v1/profiles/{ref:path}"  # with something of his behind
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


Which = Annotated[
    Literal["draft"] | None, Query(alias="playbook", description="draft：按草稿试看 · as the draft would have it")
]
Version = Annotated[
    int | None,
    Query(ge=1, lt=2**31, description="按哪一版方案；不填为现行 · by which version; the one in force if absent"),
]
Limit = Annotated[int, Query(ge=1, le=200, description="每页最多几条 · how many at most")]
After = Annotated[Cursor | None, Query(description="上一页的 next_cursor · next_cursor of the last page")]
WHAT = {
    "guest": {"summary": "贵宾 · A guest of honour", "value": "vip_guest"},
    "level": {"summary": "消费等级 · What he spends", "value": "spend_level"},
    "frequent": {"summary": "高频消费 · A frequent buyer", "value": "frequent_buyer"},
}
TagKey = Annotated[str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", description="标签 key · tag key", openapi_examples=WHAT)]


def _edition(playbook: Literal["draft"] | None, version: int | None) -> Edition:
    """The draft or a version; both at once would be a question with two answers."""
    if playbook is not None and version is not None:
        raise Invalid("one_of_two", "playbook 与 playbook_version 只能写一个", "give one of them, not both")
    return playbook or version


@area.get(
    PERSON + "/tags/{tag:key}",
    "一个标签的来龙去脉 · Why a tag is on or off",
    needs="profiles:read",
    gives=TagStory,
    refuses=(404,),
)
async def explain_tag(
    call: Call, ref: Ref, tag: TagKey, *, at: At = None, playbook: Which = None, playbook_version: Version = None
) -> Response:
    """规则、依据的事件、还差什么、历次变化及原因。Rule, events behind it, what is missing, and how it came about."""
    return answer(await why(call.lantern, ref, tag, at, _edition(playbook, playbook_version)))


@area.get(
    PERSON + "/timeline",
    "用户经历 · Show the timeline",
    needs="profiles:read",
    gives=Timeline,
    refuses=(404,),
)
async def show_timeline(call: Call, ref: Ref, *, limit: Limit = 50, cursor: After = None, at: At = None) -> Response:
    """发生过什么、改变了什么，最新的在前；时间推移带来的也在其中。What happened and what it changed, newest first."""
    return answer(await timeline(call.lantern, ref, limit, cursor or None, at))


@area.get(
    "/v1/profiles/{ref:person}", "查看用户 · View a profile", needs="profiles:read", gives=Profile, refuses=(404,)
)
async def view_profile(
    call: Call, ref: Ref, at: At = None, playbook: Which = None, playbook_version: Version = None
) -> Response:
    """标签、分层、旅程和断点，每一项都带原因。Tags, personas, journeys and breakpoints, each with its reason.

    `playbook=draft` 在一个用户身上试草稿。 `playbook=draft` tries the draft on one person.
    """
    return answer(await look(call.lantern, ref, at, _edition(playbook, playbook_version)))


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


@area.post(
    "/v1/profiles/{ref:path}/test:reset",
    "重置测试用户 · Reset a test profile",
    needs="profiles:reset",
    gives=Reset,
    refuses=(404, 409),
)
async def reset_profile(call: Call, ref: Ref) -> Response:
    """删除测试用户的全部事件，从头再试；真人不能重置。Delete the events of a test profile, to begin anew.

    用 `test_profile_set {on: true}` 事件把用户设为测试用户。 The event `test_profile_set` makes a profile one.
    """
    return answer(await reset(call.lantern, ref))
