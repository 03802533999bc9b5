"""Journeys of everybody: funnel, flow, times, health, promises."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Path, Query
from starlette.responses import Response

from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.comparisons import Combinations, Lines, Touchpoints, Versions
from service.api.schemas.fields import Instant, Word
from service.api.schemas.journey_map import JourneyMap, JourneyMaps
from service.api.schemas.journeys import (
    By,
    Feedback,
    Funnel,
    HealthReport,
    OrderedFunnel,
    Promises,
    Times,
    Transitions,
)
from service.core.calendar import read_duration
from service.usecases.comparisons import combinations, touchpoints, versions
from service.usecases.failures import Invalid
from service.usecases.flow import times, transitions
from service.usecases.funnel import EXCLUDED, Steps, funnel, ordered_funnel
from service.usecases.interactions import interactions
from service.usecases.journey_health import feedback, journey_health
from service.usecases.journey_map import journey_map, journey_maps
from service.usecases.promises import promises
from service.usecases.spans import Asked

area = Area("journeys", "旅程分析：漏斗、流向、耗时、健康度、承诺", "journeys of everybody: funnel, times, health")

READ = "journeys:read"
JOURNEY = "/v1/journeys/{journey:key}"
WHICH = {
    "pickup": {"summary": "点单到取餐 · From order to pickup", "value": "order_to_pickup"},
    "first_cup": {"summary": "第一杯咖啡 · The first cup", "value": "first_cup"},
}
Key = Annotated[
    str, Path(pattern="^[a-z][a-z0-9_]{0,63}$", description="旅程 key · journey key", openapi_examples=WHICH)
]
From = Annotated[
    Instant | None, Query(alias="from", description="从何时起（按事件时间）；不填为 28 天前 · 28 days back if absent")
]
To = Annotated[Instant | None, Query(description="到何时之前；不填为现在 · to before when; now if absent")]
Group = Annotated[
    By | None, Query(description="按什么分组：渠道、触点、场景、门店、员工、分层、日、周、时段 · what it is counted by")
]


async def asked(
    journey: Key,
    *,
    start: From = None,
    to: To = None,
    place: Annotated[Word | None, Query(description="只看哪家门店 · of one place")] = None,
    channel: Annotated[Word | None, Query(description="只看哪个渠道 · of one channel")] = None,
    persona: Annotated[Word | None, Query(description="只看哪一层用户 · of one class of persona")] = None,
) -> Asked:
    """What every question about a journey may say: of which, from when to when, and in which circumstances."""
    given = ("place", place), ("channel", channel), ("cls", persona)
    only = tuple((name, value) for name, value in given if value is not None)
    return Asked(journey=journey, start=start, end=to, only=only)


Question = Annotated[Asked, Depends(asked)]


def listed(name: str, text: str, known: Sequence[str], most: int) -> tuple[str, ...]:
    """A list in one parameter, its members between commas; Invalid if one is not known, or there are too many."""
    found = tuple(dict.fromkeys(each.strip() for each in text.split(",") if each.strip()))
    if len(found) > most or not set(found) <= set(known):
        options = ", ".join(known)
        zh, en = f"{name} 至多 {most} 项，用逗号分隔：{options}", f"{name}: at most {most} of {options}, by commas"
        raise Invalid("not_a_choice", zh, en)
    return found


@area.get("/v1/journeys", "旅程列表 · List journeys", needs=READ, gives=JourneyMaps)
async def list_journeys(call: Call) -> Response:
    """每条旅程：现在谁停在哪里、哪里断了，近 28 天进入的人结果如何。Who stands where, and what is broken."""
    return answer(await journey_maps(call.lantern))


@area.get(JOURNEY, "旅程地图 · Show the map", needs=READ, gives=JourneyMap, refuses=(404,))
async def show_journey_map(call: Call, question: Question) -> Response:
    """各阶段、往哪里走、现在多少人、多少断点。Stages, where they lead, who stands there, what is broken."""
    return answer(await journey_map(call.lantern, question))


@area.get(JOURNEY + "/funnel", "漏斗 · Show the funnel", needs=READ, gives=Funnel, refuses=(404,))
async def show_funnel(call: Call, question: Question, *, by: Group = None) -> Response:
    """这段时间进入的人走到哪里、在哪里流失，与前一段同样长的时间对比。How far those who entered came."""
    return answer(await funnel(call.lantern, question, by))


@area.get(
    JOURNEY + "/funnel:ordered",
    "自选漏斗 · Show a funnel of chosen stages",
    needs=READ,
    gives=OrderedFunnel,
    refuses=(404,),
)
async def show_ordered_funnel(
    call: Call,
    question: Question,
    stages: Annotated[
        str, Query(min_length=1, max_length=1000, description="依次哪些阶段，逗号分隔 · stages in order, by commas")
    ],
    *,
    within: Annotated[str | None, Query(description="进入后多久之内，例如 7d · so soon after entry")] = None,
    without: Annotated[
        str, Query(max_length=64, description="中间不能出现什么：failed、complained、again · not in between, by commas")
    ] = "",
) -> Response:
    """依次点亮所选阶段的人，可限定时间、排除中途失败或投诉的。Chosen stages one after the other, within a time."""
    length = None if within is None else read_duration(within)
    if within is not None and length is None:
        raise Invalid("not_a_duration", "within 应为时长，例如 7d、12h", "a duration such as 7d, 12h is expected")
    chosen = tuple(each.strip() for each in stages.split(","))
    wanted = Steps(stages=chosen, within=length, without=listed("without", without, EXCLUDED, len(EXCLUDED)))
    return answer(await ordered_funnel(call.lantern, question, wanted))


@area.get(JOURNEY + "/transitions", "流向 · Show transitions", needs=READ, gives=Transitions, refuses=(404,))
async def show_transitions(call: Call, question: Question) -> Response:
    """哪个阶段之后是哪个阶段，多少次，隔多久。Which stage follows which, how often and after how long."""
    return answer(await transitions(call.lantern, question))


@area.get(JOURNEY + "/times", "各阶段耗时 · Show times", needs=READ, gives=Times, refuses=(404,))
async def show_times(call: Call, question: Question) -> Response:
    """每个阶段要等多久（精确分位数），与方案所写、历史所学对比。Exact quantiles, and what is expected."""
    return answer(await times(call.lantern, question))


@area.get(JOURNEY + "/health", "健康度 · Show health", needs=READ, gives=HealthReport, refuses=(404,))
async def show_health(call: Call, question: Question, *, by: Group = None) -> Response:
    """整段、各阶段、各组的健康度及主要扣分，与前一段时间对比。Health with its parts and its largest deduction."""
    return answer(await journey_health(call.lantern, question, by))


@area.get(JOURNEY + "/feedback", "情绪曲线 · Show feedback", needs=READ, gives=Feedback, refuses=(404,))
async def show_feedback(call: Call, question: Question) -> Response:
    """各阶段的评价：多少条、平均分、分布。Ratings by stage: how many, their mean, how they are spread."""
    return answer(await feedback(call.lantern, question))


@area.get(JOURNEY + "/promises", "承诺与目标 · Show promises and targets", needs=READ, gives=Promises, refuses=(404,))
async def show_promises(call: Call, question: Question, *, by: Group = None) -> Response:
    """承诺是否做到、是否在下滑，目标是否达到。What was kept, what slides, and what was reached."""
    return answer(await promises(call.lantern, question, by))


@area.get(JOURNEY + "/interactions", "互动线索 · Show interaction lines", needs=READ, gives=Lines, refuses=(404,))
async def show_interactions(
    call: Call,
    question: Question,
    stage: Annotated[str, Query(description="哪个阶段 · which stage", max_length=64, examples=["pickup"])],
) -> Response:
    """在这个阶段等待时做过什么的人更常继续；只是关联。Who did what while waiting, and whether they went on."""
    return answer(await interactions(call.lantern, question, stage))


@area.get(JOURNEY + "/versions", "新旧版本对比 · Compare versions", needs=READ, gives=Versions, refuses=(404,))
async def compare_journey_versions(call: Call, journey: Key) -> Response:
    """现行版本与上一版本，在同样的时长上对比。This version against the one before, at equal age."""
    return answer(await versions(call.lantern, Asked(journey=journey)))


@area.get(JOURNEY + "/touchpoints", "触点贡献 · Show touchpoints", needs=READ, gives=Touchpoints, refuses=(404,))
async def show_touchpoints(call: Call, question: Question) -> Response:
    """遇到过某触点的人走完的占比；只是关联。How many of those that met a touchpoint were completed."""
    return answer(await touchpoints(call.lantern, question))


@area.get(JOURNEY + "/combinations", "场景组合 · Show combinations", needs=READ, gives=Combinations, refuses=(404,))
async def show_combinations(call: Call, question: Question) -> Response:
    """场景 × 门店 × 时段：哪些在增长，哪些没有列在门店里。Scenario × place × hour: which grow, which are not listed."""
    return answer(await combinations(call.lantern, question))
