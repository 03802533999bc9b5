"""Breakpoints of everybody."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from service.api.schemas.fields import Asked, Moment, Told, visible
from service.api.schemas.journeys import Counted, Share
from service.api.schemas.operations import NEXT

WHERE = "在哪里发生 · where it happened"


class OfferMade(Told):
    """为断点提供过的服务；断点撤回了，就不再有理由。 What was offered for it; without reason if it is withdrawn."""

    service: str = Field(description="服务 key · service key", examples=["remake_promise"])
    name: str = Field(description="服务名 · its name")
    decision_id: str = Field(description="第一次由哪次决策提供 · by which decision first")
    at: Moment = Field(description="何时 · when")


class BreakView(Told):
    """一个断点：在哪里、从何时起、怎样解除、谁在跟进。 A breakpoint, resolved by what, and whose it is."""

    id: str = Field(description="编号，用于路径 · id, for paths")
    profile_id: str = Field(description="用户编号 · profile id")
    journey: str = Field(description="旅程 key · journey key", examples=["pickup"])
    name: str = Field(description="旅程名 · its name")
    key: str | None = Field(description="哪一次，例如订单号 · which run, such as an order number")
    stage: str = Field(description="阶段 key · stage key")
    stage_name: str = Field(description="阶段名 · its name")
    kind: str = Field(description="哪一种 · kind", examples=["stalled"])
    number: int = Field(description="这一次里同类的第几个 · which of its kind at its stage in this run")
    status: Literal["open", "resolved", "left", "withdrawn"] = Field(
        description="未解除、已解除、随旅程离开而结束、后来证明没有发生 · left: it ended as the run was left"
    )
    since: Moment = Field(description="从何时起 · since when")
    resolved_at: Moment | None = Field(description="何时解除 · when it was resolved")
    resolved_by: str | None = Field(description="因哪种事件解除；null 为时间 · by which event, null by time")
    withdrawn_at: Moment | None = Field(description="何时得知没有发生 · when it was learned that it never was")
    suspected_data_gap: bool = Field(
        description="可能只是数据没传来：完成这一阶段的来源已经沉默 · maybe only its source is silent"
    )
    place: str | None = Field(description=WHERE)
    staff: str | None = Field(description="哪位员工 · which member of staff")
    channel: str | None = Field(description="哪个渠道 · on which channel")
    persona: str | None = Field(description="当时的分层 · the class at the time")
    services: list[dict[str, object]] = Field(description="方案里能救场的服务 · services that recover it")
    offers: list[OfferMade] = Field(description="为它提供过的服务，各一次 · what was offered for it, each once")
    assigned_to: str | None = Field(description="谁在跟进 · to whom it is given")


class BreakPage(Told):
    """一页断点，新的在前。 A page of breakpoints, the newest first."""

    items: list[BreakView] = Field(description="断点 · breakpoints")
    next_cursor: str | None = Field(description=NEXT)


class Note(Told):
    """员工的一条记录。 What somebody of the staff said."""

    at: Moment = Field(description="何时 · when")
    by: str = Field(description="谁 · who")
    text: str | None = Field(description="说了什么 · what he said")
    assigned_to: str | None = Field(description="交给谁；空为不再交给任何人 · to whom it was given, empty: to nobody")


class BreakStory(BreakView):
    """一个断点和全部记录。 A breakpoint with every note."""

    notes: list[Note] = Field(description="记录，旧的在前 · notes, the oldest first")


class NoteRequest(Asked):
    """写记录或交给某人。 A note, or to whom it is given."""

    text: Annotated[str, Field(min_length=1, max_length=1000), AfterValidator(visible)] | None = Field(
        None, description="记录 · a note", examples=["已电话致歉"]
    )
    assigned_to: str | None = Field(
        None,
        description="交给谁；空字符串为不再交给任何人 · to whom; empty: to nobody",
        max_length=64,
        examples=["李店长"],
    )


class BreakGroup(Told):
    """一组断点。 A group of breakpoints."""

    key: dict[str, dict[str, object]] = Field(description="按什么、是什么 · what it is counted by")
    n: int = Field(description="多少个 · how many opened")
    before: int = Field(description="之前同样长的一段时间 · in the span before")
    resolved: Share = Field(description="已解除的，不含下面这些 · of them resolved, without those that were left")
    left: int = Field(description="没有解除，随旅程离开而结束的 · ended only because the run was left")
    mean_seconds: float | None = Field(description="平均多久解除（秒） · after how long on average")
    resolved_by: list[dict[str, object]] = Field(description="因什么解除 · by what")


class Recovery(Told):
    """一项服务救回多少：只是关联，不是因果。 What a service recovers: an association, no cause."""

    stage: str = Field(description="阶段 key · stage key")
    service: str = Field(description="服务 key · service key")
    name: str = Field(description="服务名 · its name")
    met: Share = Field(description="遇到过这项服务的，解除的占比 · resolved, of those who met it")
    not_met: Share = Field(description="没有遇到的 · of those who did not")
    differs: bool = Field(description="差别是否超出偶然 · whether that is more than chance")


class BreakCounts(Counted):
    """断点汇总。 Breakpoints rolled up."""

    by: list[str] = Field(description="按什么分组 · what it is counted by")
    gaps: list[dict[str, object]] = Field(description="数据可能中断的阶段 · stages whose sources are silent")
    items: list[BreakGroup] = Field(description="各组，多的在前 · groups, the largest first")
    recoveries: list[Recovery] = Field(description="哪些服务救得回来 · which services recover")
