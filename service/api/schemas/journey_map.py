"""Maps of journeys."""

from pydantic import Field

from service.api.schemas.fields import Told
from service.api.schemas.search import Freshness


class MapStage(Told):
    """地图上的一个阶段。 A stage on the map."""

    stage: str = Field(description="阶段 key · stage key")
    name: str = Field(description="阶段名 · its name")
    name_en: str | None = Field(description="英文名 · its name in English")
    phase: str = Field(description="售前、售中、售后 · pre_sale, in_sale, after_sale")
    goal: str | None = Field(description="目标 · its goal")
    goal_en: str | None = Field(description="英文目标 · its goal in English")
    benefit: str | None = Field(description="用户得到什么 · what the user gains")
    benefit_en: str | None = Field(description="英文 · the same in English")
    touchpoints: list[str] = Field(description="触点 · where it is met")
    channels: list[str] = Field(description="渠道 · by which channels")
    scenarios: list[str] = Field(description="消费场景 · in which scenarios")
    key_moment: bool = Field(description="关键时刻 · whether it decides")
    optional: bool = Field(description="可跳过 · whether it may be skipped")
    here: int = Field(description="现在停在这里 · runs on the way that stand here now")
    left: int = Field(description="这段时间在这里离开 · runs dropped here within the span")
    breakpoints: dict[str, int] = Field(description="未解除的断点，按种类 · open breakpoints by kind")
    next: list[str] = Field(description="往前通向 · stages it leads on to")
    back: list[str] = Field(description="可回到 · stages it may lead back to")


class MapRuns(Told):
    """参与记录。 Runs."""

    active: int = Field(description="现在在走 · on the way now, whenever they were entered")
    completed: int = Field(description="这段时间进入的，走完 · of those entered within the span, completed")
    dropped: int = Field(description="这段时间进入的，离开 · of those entered within the span, dropped")


class JourneyShape(Told):
    """一条旅程的地图。 The map of a journey."""

    journey: str = Field(description="旅程 key · journey key", examples=["order_to_pickup"])
    name: str = Field(description="旅程名 · its name", examples=["点单到取餐"])
    name_en: str | None = Field(description="英文名 · its name in English")
    theme: str | None = Field(description="主题 · its theme")
    theme_en: str | None = Field(description="英文主题 · its theme in English")
    value: str | None = Field(description="对用户的价值 · its value for the customer")
    value_en: str | None = Field(description="英文价值 · the same in English")
    keyed: bool = Field(description="是否按单号计 · whether one person may be on it several times at once")
    runs: MapRuns
    breakpoints: int = Field(description="未解除的断点 · open breakpoints")
    stages: list[MapStage] = Field(description="各阶段，按先后 · by stage, in order")


class JourneyMap(JourneyShape, Freshness):
    """一条旅程的地图。 The map of a journey."""


class JourneyMaps(Freshness):
    """全部旅程。 Every journey."""

    items: list[JourneyShape] = Field(description="按方案里的先后 · in the playbook's order")
