"""What is compared in journeys: interaction lines, versions, touchpoints, combinations."""

from pydantic import Field

from service.api.schemas.fields import Told
from service.api.schemas.journeys import Counted, Share


class Line(Told):
    """一条互动线索。 One interaction line."""

    type: str = Field(description="做了什么 · what was done")
    did: Share = Field(description="做过的人次里继续的 · went on, of those who did")
    did_not: Share = Field(description="没做的人次里继续的 · of those who did not")
    differs: bool = Field(description="差别是否超出偶然 · whether that is more than chance")
    text: str = Field(description="中文说明 · in Chinese")
    text_en: str = Field(description="英文说明 · in English")


class Lines(Counted):
    """互动线索：等待中做过什么的人更常继续（关联，不是因果）。 Interaction lines; associations, no causes."""

    stage: str = Field(description="阶段 key · stage key")
    association: bool = Field(description="只是关联 · an association")
    landmark_seconds: float | None = Field(description="只看等到此刻仍在等的人（秒） · who still waited then")
    n: int = Field(description="多少人次 · how many waits")
    lines: list[Line] = Field(description="线索 · lines")


class ComparedStage(Told):
    """一个阶段，新旧版本对比。 One stage under both versions."""

    stage: str = Field(description="阶段 key · stage key")
    now: Share = Field(description="现行版本 · the version in force")
    then: Share = Field(description="上一版本 · the version before")
    differs: bool = Field(description="差别是否超出偶然 · whether that is more than chance")


class Versions(Counted):
    """新版本与上一版本，在同样的时长上对比。 This version against the one before, at equal age."""

    version: int = Field(description="现行版本 · the version in force")
    before_version: int | None = Field(description="上一版本 · the version before")
    age_seconds: float | None = Field(description="进入后多久之内（秒） · within so long after entry")
    stages: list[ComparedStage] = Field(description="各阶段 · by stage")


class Met(Told):
    """一个触点。 One touchpoint."""

    touchpoint: str = Field(description="触点 · touchpoint")
    met: Share = Field(description="遇到过的，走完的占比 · completed, of those that met it")
    not_met: Share = Field(description="没遇到的 · of the others")
    differs: bool = Field(description="差别是否超出偶然 · whether that is more than chance")


class Touchpoints(Counted):
    """触点贡献（关联，不是因果）。 What touchpoints contribute; associations."""

    association: bool = Field(description="只是关联 · an association")
    runs: int = Field(description="进入了几次 · how many runs were entered")
    items: list[Met] = Field(description="触点 · touchpoints")


class Combination(Told):
    """一种场景 × 门店 × 时段。 One scenario × place × hour."""

    scenario: str | None = Field(description="场景 · scenario")
    place: str | None = Field(description="门店 · place")
    hour: int = Field(description="几点（当地） · hour of the day, local")
    n: int = Field(description="多少次 · how often")
    before: int = Field(description="之前同样长的一段时间 · in the span before")
    grows: bool = Field(description="是否明显增长 · whether its share grew by more than chance")
    unlisted: bool = Field(description="门店没有列出这个场景 · whether the place does not list the scenario")


class Combinations(Counted):
    """在哪里开始：增长的、没有列出的组合。 Where runs begin."""

    runs: int = Field(description="进入了几次 · how many runs were entered")
    items: list[Combination] = Field(description="组合，增长的在前 · combinations, those that grow first")
    more: bool = Field(description="是否还有 · whether there are more")
