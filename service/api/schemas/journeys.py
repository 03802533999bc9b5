"""What is counted of journeys."""

from typing import Literal

from pydantic import Field

from service.api.schemas.fields import Moment, Told
from service.api.schemas.search import Freshness

By = Literal["channel", "touchpoint", "scenario", "place", "staff", "persona", "day", "week", "hour"]
COMPARED = "之前同样长的一段时间 · the span of the same length before"
SECONDS = "秒 · seconds"


class Share(Told):
    """占比与 95% 置信区间。 A share with its 95 % interval (Wilson)."""

    k: int = Field(description="其中几个 · how many of them")
    n: int = Field(description="总数 · of how many")
    share: float | None = Field(description="占比；总数为 0 时为 null · the share, null of nothing")
    low: float = Field(description="区间下限 · lower end")
    high: float = Field(description="区间上限 · upper end")


class Counted(Freshness):
    """对一段旅程一段时间的回答。 An answer about one journey and one span of time."""

    journey: str = Field(description="旅程 key · journey key", examples=["pickup"])
    name: str = Field(description="旅程名 · its name", examples=["点单到取餐"])
    from_: Moment = Field(alias="from", description="从何时起（按事件时间） · from when, event time")
    to: Moment = Field(description="到何时之前 · to before when")


class FunnelStage(Told):
    """漏斗的一层。 One stage of the funnel."""

    stage: str = Field(description="阶段 key · stage key")
    name: str = Field(description="阶段名 · its name")
    reached: Share = Field(description="点亮过的 · runs that lit it")


class FunnelCount(Told):
    """一群参与记录走到哪里。 How far the runs of a cohort came."""

    runs: int = Field(description="进入了几次 · how many runs were entered")
    statuses: dict[str, int] = Field(description="进行中、已完成、已离开 · by status")
    health: float | None = Field(description="平均健康度 · mean health")
    stages: list[FunnelStage] = Field(description="各阶段：点亮、按序点亮、正停在这里、在这里流失 · by stage")


class Funnel(Counted, FunnelCount):
    """漏斗：这段时间进入的人走到哪里。 The funnel of the runs entered in the span."""

    before: FunnelCount = Field(description=COMPARED)
    by: str | None = Field(None, description="按什么分组 · what it is counted by")
    groups: list[FunnelCount] | None = Field(None, description="各组 · by group")


class OrderedStage(FunnelStage):
    """依次走到的一层。 One stage in its order."""

    of_last: Share = Field(description="占上一层 · of those who came to the stage before")


class OrderedFunnel(Counted):
    """依次走过所选阶段的人。 Runs that lit the chosen stages one after the other."""

    runs: int = Field(
        description="进入了几次；限时的，只算已满这么久的 · how many were entered, if need be so long ago"
    )
    young: int = Field(description="进入还没满这么久、没有算的 · entered more lately: they cannot tell yet, left out")
    stages: list[OrderedStage] = Field(description="各阶段 · by stage")


class Edge(Told):
    """一条流向。 Which stage was followed by which."""

    from_: str | None = Field(alias="from", description="前一阶段；null 为第一步 · the stage before, null of the first")
    to: str = Field(description="后一阶段 · the stage after")
    n: int = Field(description="多少次 · how often")
    mean_seconds: float | None = Field(description="平均隔多久 · after how long on average")
    back: bool = Field(description="是否往回走 · whether it leads back")


class Transitions(Counted):
    """阶段之间的流向。 The directly-follows graph."""

    edges: list[Edge] = Field(description="流向，多的在前 · edges, the most frequent first")


class StageTimes(Told):
    """一个阶段要等多久。 How long one stage is waited for."""

    stage: str = Field(description="阶段 key · stage key")
    name: str = Field(description="阶段名 · its name")
    n: int = Field(description="多少次等到了 · how many went on")
    seconds: dict[str, float] | None = Field(description="分位数 p10、p50、p90、p99（秒） · exact quantiles, seconds")
    expected_within: float | None = Field(description="方案里写的，" + SECONDS)
    stalled_after: float | None = Field(description="方案里写的，" + SECONDS)
    learned: dict[str, object] | None = Field(description="从历史学到的 · what was learned")


class Times(Counted):
    """各阶段要等多久。 How long stages are waited for."""

    stages: list[StageTimes] = Field(description="各阶段 · by stage")


class Lost(Told):
    """主要扣分。 The largest deduction."""

    code: str = Field(description="代码 · code", examples=["stalled"])
    stage: str = Field(description="阶段 key · stage key")
    text: str = Field(description="中文说明 · in Chinese", examples=["取餐卡住"])
    text_en: str = Field(description="英文说明 · in English")
    n: int = Field(description="多少次 · how often")
    of: int = Field(description="占多少 · of how many")


class HealthCount(Told):
    """健康度 = 连续 × 准时 × 质量。 Health of what happened."""

    score: int | None = Field(description="健康度 0–100；没有数据为 null · health, null if nothing happened")
    continuity: float = Field(description="连续：没有断的步数占比 · steps on, of steps on and breakpoints")
    timeliness: float = Field(description="准时：没有超时的等待占比 · waits in time, of those that ended")
    quality: float = Field(description="质量：评分折算的均值 · mean worth of the ratings")
    largest_deduction: Lost | None = Field(description="主要扣分 · the largest deduction")
    n: dict[str, int] = Field(description="各有多少条依据 · how much it rests on")


class HealthReport(Counted, HealthCount):
    """一段旅程的健康度。 Health of a journey."""

    gaps: list[dict[str, object]] = Field(description="数据可能中断的阶段，其卡住不计入 · silent stages, not counted")
    before: HealthCount = Field(description=COMPARED)
    stages: list[HealthCount] = Field(description="各阶段 · by stage")
    by: str | None = Field(None, description="按什么分组 · what it is counted by")
    groups: list[HealthCount] | None = Field(None, description="各组 · by group")


class Felt(Told):
    """评价。 Ratings."""

    n: int = Field(description="多少条 · how many")
    mean: float | None = Field(description="平均分 · their mean")
    spread: dict[str, int] = Field(description="1–5 分各多少 · how many of each")
    good: int = Field(description="4 分及以上 · of 4 and better")


class FeltStage(Felt):
    """一个阶段的评价。 Ratings of one stage."""

    stage: str = Field(description="阶段 key · stage key")
    name: str = Field(description="阶段名 · its name")
    asks: str | None = Field(description="一键评价问的话 · what is asked with one tap")
    asks_en: str | None = Field(description="英文 · in English")
    before: Felt = Field(description=COMPARED)


class Feedback(Counted):
    """情绪曲线：各阶段的评价。 The emotion curve: ratings by stage."""

    stages: list[FeltStage] = Field(description="各阶段，按先后 · by stage, in order")


class Promised(Told):
    """一条承诺。 One promise."""

    stage: str = Field(description="阶段 key · stage key")
    persona: str = Field(description="对谁 · to which class")
    kept: bool | None = Field(description="是否做到；没有数据为 null · whether it was kept, null without data")
    slides: dict[str, object] | None = Field(description="最近一周是否明显变差 · whether the last week is worse")
    groups: list[dict[str, object]] | None = Field(None, description="各组 · by group")


class Target(Told):
    """一个目标。 One target."""

    stage: str = Field(description="阶段 key · stage key")
    percent: int = Field(description="目标百分比 · of a hundred")
    within_seconds: float | None = Field(description="多久之内，" + SECONDS)
    actual: Share = Field(description="实际 · what was reached, of runs old enough to tell")
    met: bool | None = Field(description="是否达到 · whether it was met")


class Promises(Counted):
    """承诺与目标。 Promises and targets against what happened."""

    by: str | None = Field(description="按什么分组 · what it is counted by")
    items: list[Promised] = Field(description="各承诺 · promises")
    targets: list[Target] = Field(description="各目标 · targets")
