"""Events on the wire. The shape of one event is published from here and checked by `core.intake`, item by item."""

from pydantic import Field

from service.api.schemas.fields import BECAUSE, Asked, Identity, Instant, Status, Told, Word
from service.api.schemas.problem import ItemProblem
from service.api.schemas.profile import SimulatedProfile

BATCH = 500
SAME = "同一编号再次上报不会重复生效 · the same id again has no second effect"


class Event(Asked):
    """发生了什么：identity 与 identities 须且只须有一个。 What happened; exactly one of identity and identities."""

    event_id: Word = Field(description=f"事件编号，在来源内唯一；{SAME}", examples=["e-20261101-1"])
    identity: Identity | None = Field(None, description="谁 · who", examples=["member:80000001"])
    identities: list[Identity] | None = Field(
        None, description="同一个人的几个标识，事件归在第一个下 · identities of one person", min_length=1, max_length=10
    )
    type: Word = Field(
        description="事件类型；未声明的也会保存 · event type; undeclared ones are kept too", examples=["order_paid"]
    )
    occurred_at: Instant = Field(description="何时发生，须带时区 · when it happened, with its offset")
    source: Word | None = Field(
        None, description="来源系统；默认取密钥的来源 · which system; the key's source if absent"
    )
    channel: Word | None = Field(None, description="渠道 · channel", examples=["mini_program"])
    touchpoint: Word | None = Field(None, description="触点 · touchpoint", examples=["checkout"])
    scenario: Word | None = Field(None, description="消费场景 · scenario", examples=["office"])
    place: Word | None = Field(None, description="门店 · place", examples=["sh_lujiazui"])
    staff: Word | None = Field(None, description="员工 · staff")
    properties: dict[str, object] | None = Field(
        None, description="自定义内容，最多 255 项 · your own data, 255 members at most", max_length=255
    )
    context: dict[str, object] | None = Field(
        None, description="环境信息，只保存、不参与计算 · surroundings, kept and not evaluated", max_length=255
    )


class RecordRequest(Asked):
    """1–500 条事件。 1 to 500 events."""

    events: list[Event] = Field(description="事件 · the events", min_length=1, max_length=BATCH)
    backfill: bool = Field(
        False, description="历史补录：低优先级，变化标为 backfill（需要 events:backfill） · history, at low priority"
    )


class SimulateRequest(Asked):
    """要试算的事件。 The events to try out."""

    events: list[Event] = Field(description="事件 · the events", min_length=1, max_length=BATCH)


class Change(Told):
    """一处变化：说的是现在的状态，不是增量。 A change: what is so now, not a delta."""

    kind: str = Field(description="哪一类：tag、persona、journey、breakpoint、profile · kind", examples=["tag"])
    key: str = Field(description="哪一个 · which one", examples=["frequent_buyer"])
    on: bool | None = Field(None, description="标签是否亮着 · whether the tag is on")
    value: str | float | bool | None = Field(None, description="标签取值 · value of the tag")
    because: dict[str, object] | None = Field(None, description=BECAUSE)


class EventResult(Told):
    """一条事件的结果。 What became of one event."""

    index: int = Field(description="第几条，从 0 起 · which one, from 0")
    event_id: str | None = Field(description="事件编号 · event id")
    status: Status = Field(description="已接受、重复、同号不同内容、未接受 · accepted, duplicate, conflict, rejected")
    profile_id: str | None = Field(None, description="归到哪个用户 · whose it is")
    version: int | None = Field(None, description="该用户现在的版本 · the profile's present version")
    changes: list[Change] = Field([], description="因此发生的变化 · what changed because of it")
    problem: ItemProblem | None = Field(None, description="未接受的原因与改法 · why not, and the mend")


class Summary(Told):
    """各有几条。 How many of each."""

    accepted: int = Field(description="已接受 · accepted")
    duplicate: int = Field(description="重复 · duplicate")
    conflict: int = Field(description="同号不同内容 · conflict")
    rejected: int = Field(description="未接受 · rejected")


class Receipt(Told):
    """逐条结果；应答时已经落盘。 A result for each item; answered after the commit."""

    results: list[EventResult] = Field(description="逐条结果，顺序与请求一致 · results in the order of the request")
    summary: Summary


class Simulation(Receipt):
    """试算结果：什么都没有保存。 What would happen; nothing is kept."""

    profiles: list[SimulatedProfile] = Field(description="涉及的用户之后的样子 · the profiles as they would be")


class Parsed(Told):
    """只解析的结果（测速用）。 What a body holds; for benchmarks."""

    admitted: int = Field(description="可接受 · could be admitted")
    rejected: int = Field(description="不可接受 · could not")
