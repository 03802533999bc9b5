"""Recommendations: decide, explain, hear the outcome."""

from typing import Annotated

from fastapi import Path
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import answer
from service.api.schemas.fields import Reference
from service.api.schemas.recommendations import (
    Decision,
    Explanation,
    OutcomeReceipt,
    OutcomeRequest,
    RecommendationRequest,
)
from service.usecases.recommend import DecideRequest, decide, explain, outcome

area = Area("recommendations", "推荐服务、解释、反馈结果", "offer services, explain, hear the outcome")
DecisionId = Annotated[Reference, Path(description="决策编号 · decision id")]


@area.post(
    "/v1/recommendations",
    "推荐服务 · Recommend services",
    needs="recommendations:write",
    takes=RecommendationRequest,
    gives=Decision,
    examples=examples.DECIDE,
)
async def decide_services(call: Call) -> Response:
    """此时此地该提供什么服务，附理由；未知用户得到通用推荐。What to offer here and now, with reasons."""
    asked = await call.read(RecommendationRequest)
    return answer(await decide(call.lantern, DecideRequest(**asked.model_dump())))


@area.get(
    "/v1/recommendations/{decision_id}",
    "解释推荐 · Explain a recommendation",
    needs="recommendations:write",
    gives=Explanation,
    refuses=(404,),
)
async def explain_decision(call: Call, decision_id: DecisionId) -> Response:
    """每项候选被哪一关筛掉，或得分的各部分。For every candidate, what removed it or the parts of its score."""
    return answer(await explain(call.lantern, decision_id))


@area.post(
    "/v1/recommendations/{decision_id}/outcomes",
    "反馈推荐结果 · Report an outcome",
    needs="recommendations:write",
    takes=OutcomeRequest,
    gives=OutcomeReceipt,
    refuses=(404,),
    examples=examples.OUTCOME,
)
async def report_outcome(call: Call, decision_id: DecisionId) -> Response:
    """展示、点击、接受、完成或拒绝；重复反馈不会重复生效。Shown, clicked, accepted, completed or dismissed."""
    asked = await call.read(OutcomeRequest)
    return answer(await outcome(call.lantern, call.actor, decision_id, **asked.model_dump()))
