"""Recommendations: what is asked, the ranked answer, its explanation, and what became of it."""

from typing import Literal

from pydantic import Field

from service.api.schemas.fields import Asked, Identity, Instant, Moment, Told, Word

Outcome = Literal["shown", "clicked", "accepted", "completed", "dismissed"]


class RecommendationRequest(Asked):
    """给谁、在什么场合推荐。 For whom, and on what occasion."""

    identity: Identity = Field(
        description="标识；未知的也会得到通用推荐 · identity; unknown ones get the generic answer"
    )
    scenario: Word | None = Field(None, description="消费场景 · scenario", examples=["office"])
    channel: Word | None = Field(None, description="渠道 · channel", examples=["mini_program"])
    place: Word | None = Field(None, description="门店 · place", examples=["sh_lujiazui"])
    limit: int = Field(3, ge=1, le=50, description="最多几项 · how many at most")


class Made(Told):
    """第一次提供。 When it was offered first."""

    decision_id: str = Field(description="哪次决策 · by which decision")
    at: Moment = Field(description="何时 · when")


class Answered(Told):
    """要救的断点。 A breakpoint that a service is offered for."""

    id: str = Field(description="断点编号，同断点列表 · its id, as breakpoints are listed")
    journey: str = Field(description="旅程 key · journey key", examples=["order_to_pickup"])
    key: str | None = Field(description="哪一次，例如订单号 · which run, such as an order number")
    stage: str = Field(description="阶段 key · stage key", examples=["pickup"])
    kind: str = Field(description="哪一种 · kind", examples=["stalled"])
    number: int = Field(description="这一次里同类的第几个 · which of its kind at its stage in this run")
    offered: Made | None = Field(
        description="这项服务此前已为它提供过；null 为头一次 · made before; null: the first time"
    )


class Reason(Told):
    """一条理由。 One reason."""

    code: str = Field(description="代码 · code", examples=["recovers"])
    text: str = Field(description="中文 · in Chinese")
    text_en: str = Field(description="英文 · in English")
    breakpoints: list[Answered] | None = Field(None, description="recovers：要救的断点 · of recovers: which it answers")


class Offer(Told):
    """推荐的一项服务。 One service offered."""

    service: str = Field(description="服务 key · service key", examples=["queue_reminder"])
    name: str = Field(description="服务名 · service name", examples=["取餐提醒"])
    name_en: str | None = Field(description="英文服务名 · service name in English")
    rank: int = Field(description="名次，从 1 起 · rank, from 1")
    score: float = Field(description="得分 = p_accept × value × context × lever · score")
    p_accept: float = Field(description="估计用户接受的概率 · chance that he accepts")
    p_shown: float = Field(description="策略展示它的概率 · chance that the policy shows it")
    kind: str = Field(description="core 核心、related 关联 · kind")
    service_level: str = Field(description="personalised 专属、standard 标准 · service level")
    reasons: list[Reason] = Field(description="理由 · reasons")


class Decision(Told):
    """推荐结果，已记录、可复核。 The ranked answer, logged."""

    decision_id: str = Field(description="决策编号 · decision id")
    profile_id: str | None = Field(description="用户编号；未知用户为 null · profile id, null if unknown")
    playbook_version: int = Field(description="方案版本 · playbook version")
    calibration: int | None = Field(description="校准编号 · calibration")
    at: Moment = Field(description="决策时刻 · the instant it was decided for")
    scenario: str | None = Field(description="消费场景 · scenario")
    channel: str | None = Field(description="渠道 · channel")
    place: str | None = Field(description="门店 · place")
    items: list[Offer] = Field(description="推荐的服务，最好的在前 · what to offer, best first")


class Candidate(Told):
    """一项候选服务：被哪一关筛掉，或得分的各部分。 A candidate: what removed it, or the parts of its score."""

    service: str = Field(description="服务 key · service key")
    name: str = Field(description="服务名 · service name")
    removed_by: str | None = Field(description="被哪一关筛掉 · the filter that removed it", examples=["eligibility"])
    score: float | None = Field(description="得分 · score")
    parts: dict[str, float] | None = Field(description="得分的各部分 · the parts of the score")
    reasons: list[Reason] = Field(description="理由 · reasons")


class OutcomeRequest(Asked):
    """推荐之后发生了什么。 What became of an offer."""

    service: Word = Field(description="哪项服务 · which service", examples=["queue_reminder"])
    outcome: Outcome = Field(description="已展示、点击、接受、完成、拒绝 · what happened")
    occurred_at: Instant = Field(description="何时 · when")


class HeardOutcome(Told):
    """已收到的结果。 An outcome heard."""

    service: str = Field(description="服务 key · service key")
    outcome: Outcome = Field(description="结果 · outcome")
    occurred_at: Moment = Field(description="何时 · when")


class Recovery(Told):
    """要救的断点后来怎样了。 What became of the breakpoints that it was offered for."""

    status: Literal["open", "resolved", "left", "withdrawn", "gone"] = Field(
        description="还在、已解除、后来证明没有发生、已没有 · stands, resolved, never was, no more"
    )
    resolved_at: Moment | None = Field(description="何时解除 · when it was resolved")
    withdrawn_at: Moment | None = Field(description="何时得知没有发生 · when it was learned that it never was")
    text: str = Field(description="中文 · in Chinese")
    text_en: str = Field(description="英文 · in English")


class ExplainedOffer(Offer):
    """推荐的一项，和它要救的断点后来怎样了。 An offer, and what became of its breakpoints."""

    recovery: Recovery | None = Field(description="不是为断点而提供则为 null · null unless it was for a breakpoint")


class Explanation(Decision):
    """决策的全部依据。 Everything behind a decision."""

    items: list[ExplainedOffer] = Field(description="推荐的服务，最好的在前 · what was offered, best first")  # type: ignore[assignment]  # each says more
    candidates: list[Candidate] = Field(description="全部候选 · every candidate")
    outcomes: list[HeardOutcome] = Field(description="收到的结果 · outcomes heard so far")


class OutcomeReceipt(Told):
    """结果已记录。 The outcome is kept."""

    decision_id: str = Field(description="决策编号 · decision id")
    service: str = Field(description="服务 key · service key")
    outcome: Outcome = Field(description="结果 · outcome")
    status: Literal["accepted", "duplicate"] = Field(description="新的或重复的 · new, or known already")
