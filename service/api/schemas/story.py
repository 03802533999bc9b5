"""The story of one tag of one profile: rule, evidence, what is missing, history."""

from pydantic import Field

from service.api.schemas.fields import Moment, Told
from service.api.schemas.profile import Tag

VALUE = "取值 · value"


class Sentence(Told):
    """一句话，中英文。 One sentence in both languages."""

    text: str = Field(description="中文 · in Chinese", examples=["近 30 天支付订单次数 ≥ 3 次"])
    text_en: str = Field(description="英文 · in English")


class EvidenceEvent(Told):
    """依据的一条事件。 One event behind it."""

    event_id: str = Field(description="事件编号 · event id")
    source: str = Field(description="来源 · source")
    type: str = Field(description="事件类型 · event type")
    t: Moment = Field(description="何时 · when")


class Evidence(Sentence):
    """一个统计和它数到的事件。 One aggregate and the events that it counts."""

    count: int = Field(description="数到几条 · how many events")
    events: list[EvidenceEvent] = Field(description="其中最新的 20 条 · the newest 20 of them")


class Missing(Told):
    """离下一个取值还差什么，或被什么挡住。 What is missing for the next value, or stands in its way."""

    value: str | None = Field(description=VALUE)
    value_name: str | None = Field(description="取值名 · name of the value")
    parts: list[Sentence] = Field(description="每一项还差什么，到什么时候 · each part that is missing, and by when")


class Opinion(Told):
    """某一层的意见。 What one layer says."""

    layer: str = Field(description="user 用户、manual 员工、import 外部系统 · layer")
    on: bool = Field(description="认为有或没有 · on or off")
    value: str | None = Field(description=VALUE)
    since: Moment = Field(description="何时说的 · when it was said")
    until: Moment | None = Field(description="到何时 · until when")
    ended: bool = Field(description="是否已到期 · whether it has ended")
    strength: float | None = Field(description="衰减后的强度 0–1 · strength left")
    by: str = Field(description="谁说的：来源 · the source that said so")
    event_id: str = Field(description="哪条事件 · by which event")
    reason: str | float | bool | None = Field(description="理由 · why")


class Stretch(Told):
    """标签亮着的一段时间。 A stretch in which the tag was on."""

    from_: Moment = Field(alias="from", description="从何时 · from when")
    until: Moment | None = Field(description="到何时；null 为至今 · until when; null: still")
    value: str | float | bool | None = Field(description=VALUE)
    source: str = Field(description="谁的意见 · whose opinion")
    occasion: dict[str, object] = Field(description="起因：哪条事件、谁，或时间推移 · which event by whom, or time")
    ended_by: dict[str, object] | None = Field(description="因何结束；还亮着为 null · what ended it; null: still on")


class TagStory(Told):
    """一个标签的来龙去脉。 Everything about one tag of one profile."""

    profile_id: str = Field(description="用户编号 · profile id")
    playbook_version: int = Field(description="所依据的方案版本 · the playbook it was read by")
    draft: bool = Field(description="是否按草稿试看 · whether it was read by the draft, as the next version")
    at: Moment = Field(description="哪一时刻 · the instant it was read at")
    key: str = Field(description="标签 key · tag key")
    name: str = Field(description="标签名 · tag name")
    tag_kind: str = Field(description="种类 · kind of tag")
    owner: str = Field(description="谁负责 · who answers for it")
    on: bool = Field(description="是否亮着 · whether it is on")
    now: Tag | None = Field(description="现在的样子；不亮为 null · as it is; null if off")
    definition: Sentence = Field(description="规则 · the rule")
    evidence: list[Evidence] = Field(description="依据 · what stands behind it")
    missing: Missing | None = Field(description="离下一个取值还差什么；没有更高的为 null · for the next value, if any")
    opinions: list[Opinion] = Field(description="各方意见 · who said what")
    history: list[Stretch] = Field(
        description="历次变化，最新的在前，由日志重放得出 · replayed from the log, newest first"
    )
