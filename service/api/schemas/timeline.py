"""What happened to somebody, step by step."""

from typing import Literal

from pydantic import Field

from service.api.schemas.fields import Moment, Told
from service.api.schemas.operations import NEXT


class TimelineChange(Told):
    """一处变化。 One thing that is otherwise since then."""

    kind: Literal["tag", "persona", "journey", "breakpoint"] = Field(description="哪一类 · kind")
    key: str = Field(description="哪一个 · which one", examples=["frequent_buyer"])
    name: str = Field(description="名称 · name", examples=["高频消费"])
    text: str = Field(description="一句话 · in Chinese", examples=["“高频消费”亮起"])
    text_en: str = Field(description="英文 · in English")
    on: bool | None = Field(None, description="标签是否亮着 · whether the tag is on")
    value: str | float | bool | None = Field(None, description="标签取值 · value of the tag")
    class_: str | None = Field(None, alias="class", description="所在的层 · class")
    status: str | None = Field(None, description="旅程或断点的状态 · status of a journey or a breakpoint")
    stage: str | None = Field(None, description="阶段 · stage")


class TimelineEntry(Told):
    """一件事，或时间推移带来的变化。 Something that happened, or what time alone changed."""

    kind: Literal["event", "time"] = Field(description="事件或时间推移 · an event, or time")
    t: Moment = Field(description="何时 · when")
    type: str | None = Field(None, description="事件类型 · event type")
    type_name: str = Field(description="事件名 · its name", examples=["支付订单"])
    event_id: str | None = Field(None, description="事件编号 · event id")
    source: str | None = Field(None, description="来源 · source")
    occurred_at: Moment | None = Field(None, description="来源所说的时间 · the time that its source told")
    channel: str | None = Field(None, description="渠道 · channel")
    touchpoint: str | None = Field(None, description="触点 · touchpoint")
    scenario: str | None = Field(None, description="消费场景 · scenario")
    place: str | None = Field(None, description="门店 · place")
    place_name: str | None = Field(None, description="门店名 · its name")
    staff: str | None = Field(None, description="员工 · staff")
    properties: dict[str, object] | None = Field(None, description="自定义内容 · your own data")
    changes: list[TimelineChange] = Field(description="因此发生的变化 · what it changed")


class Timeline(Told):
    """一页经历，最新的在前。 A page of what happened, the newest first."""

    profile_id: str = Field(description="用户编号 · profile id")
    playbook_version: int = Field(description="所依据的方案版本 · the playbook it was read by")
    at: Moment = Field(description="哪一时刻 · the instant it was read at")
    items: list[TimelineEntry] = Field(description="经历，最新的在前 · what happened, the newest first")
    next_cursor: str | None = Field(description=NEXT)
