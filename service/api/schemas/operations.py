"""What operators and administrators see: changes, calibrations, quarantine, sources, keys, verification."""

from typing import Annotated, Literal

from pydantic import Field

from service.api.schemas.events import Change
from service.api.schemas.fields import Asked, Instant, Moment, Told, Word
from service.api.schemas.problem import ProblemItem

Cursor = Annotated[str, Field(max_length=4096)]
NEXT = "下一页从这里接着读 · where the next page begins"


class FeedChange(Change):
    """变更流中的一条。 One change on the feed."""

    id: str = Field(description="编号，可用来去重 · id, to tell repeats")
    profile_id: str = Field(description="用户编号 · profile id")
    version: int = Field(description="用户版本 · the profile's version")
    at: Moment = Field(description="何时起如此 · since when it is so")


class ChangePage(Told):
    """一页变更。 A page of changes."""

    items: list[FeedChange] = Field(description="变更，每个用户内有序 · changes, in order within each profile")
    next_cursor: str = Field(description=NEXT)
    has_more: bool = Field(description="此刻是否还有 · whether there is more right now")


class SchemeCalibration(Told):
    """一个分层的校准。 What was learned for one scheme."""

    m0: int = Field(description="全体平均订单金额（百万分之一） · mean order value of all, in millionths")
    quantiles: list[int] = Field(description="千分位表，1000 个；无人时为空 · 1000 quantiles, none if nobody counts")
    profiles: int = Field(description="计入的用户数 · profiles counted")


class RfmCalibration(Told):
    """一个 RFM 标签的五分位界。 The quintile bounds of one RFM tag."""

    ages: list[int] = Field(description="距今时长（微秒） · ages in microseconds")
    counts: list[int] = Field(description="次数（百万分之一） · counts, in millionths")
    sums: list[int] = Field(description="合计（百万分之一） · sums, in millionths")
    profiles: int = Field(description="计入的用户数 · profiles counted")


class StageLearned(Told):
    """从历史学到的一个阶段；时长为微秒。 What was learned of one stage; lengths in microseconds."""

    soon: int = Field(description="走下去的人的 p10 · first decile of those who went on")
    usual: int = Field(description="走下去的人的中位数 · median of those who went on")
    late: int = Field(description="p90，超过即为偏慢 · ninth decile, late from then on")
    stalled: int | None = Field(description="超过即为卡住；没有则为 null · stalled from then on, null if never")
    went_on: int = Field(description="走下去的次数 · visits that went on")
    left: int = Field(description="离开或放弃的次数 · visits that were left or given up")
    waiting: int = Field(description="仍在等的次数 · visits that still wait")
    ages: list[int] = Field(description="走下去的人的 p25、p50、p75、p90、p95、p99 · of those who went on")
    hopes: list[int] = Field(description="等到该时长后仍会走下去的千分比 · of 1000 who waited so long, how many go on")


class Calibration(Told):
    """一次校准：做出后不再改变。 A calibration; immutable once made."""

    number: int = Field(description="编号 · number")
    effective_from: Moment = Field(description="何时生效 · since when it is in force")
    schemes: dict[str, SchemeCalibration] = Field(description="各分层 · by scheme")
    rfm: dict[str, RfmCalibration] = Field(description="各 RFM 标签 · by RFM tag")
    stages: dict[str, StageLearned] = Field(description="各阶段，旅程/阶段 · by `journey/stage`")


class CalibrationMade(Calibration):
    """刚做出的校准，已生效。 The calibration just made, in force."""

    made: bool = Field(description="是否做出了新的校准 · whether a new one was made")


class CalibrationList(Told):
    """全部校准，最新的在后。 All calibrations, the newest last."""

    items: list[Calibration] = Field(description="校准 · calibrations")


class Quarantined(Told):
    """一条待修复数据。 One item that waits to be repaired."""

    id: str = Field(description="编号 · id")
    received_at: Moment = Field(description="何时收到 · when it came")
    source: str = Field(description="来源 · source")
    code: str = Field(description="首要问题 · its first problem")
    status: Literal["open", "replayed", "dismissed"] = Field(description="待修复、已重放、已忽略 · status")
    problems: list[ProblemItem] = Field(description="全部问题 · every problem")
    item: object = Field(
        description="原样数据；无法保存的部分以 $odd 标出 · as it came; what cannot be kept is marked $odd"
    )


class QuarantinePage(Told):
    """一页待修复数据。 A page of quarantined items."""

    items: list[Quarantined] = Field(description="数据，最早的在前 · items, the oldest first")
    next_cursor: str | None = Field(description=NEXT)


class ProblemCount(Told):
    """一类问题出现了几次。 How often a problem came."""

    code: str = Field(description="代码 · code")
    count: int = Field(description="次数 · how often")
    title: str = Field(description="中文说明 · in Chinese")
    title_en: str = Field(description="英文说明 · in English")


class Source(Told):
    """一个来源系统最近的情况。 How one source has been doing."""

    source: str = Field(description="来源 · source")
    last_event_at: Moment | None = Field(description="最近一次上报 · when it last sent")
    last_24h: dict[str, int] = Field(description="近 24 小时各结果条数 · results of the last 24 hours")
    top_problems: list[ProblemCount] = Field(description="最常见的问题 · the most frequent problems")


class SourceList(Told):
    """全部来源。 All sources."""

    items: list[Source] = Field(description="来源 · sources")


class Undeclared(Told):
    """一种没有声明的事件。 An event type that nobody declared."""

    type: str = Field(description="事件类型 · event type")
    count: int = Field(description="次数 · how often")
    first_at: Moment = Field(description="首次 · first seen")
    last_at: Moment = Field(description="最近 · last seen")
    sources: list[str] = Field(description="来源 · sources")
    samples: list[object] = Field(description="样例 · samples of its properties")
    properties: dict[str, object] = Field(description="推断的字段类型 · inferred properties")


class UndeclaredList(Told):
    """没有声明的事件类型。 Event types that nobody declared."""

    items: list[Undeclared] = Field(description="事件类型 · event types")


class KeyRequest(Asked):
    """要创建的密钥。 The key to create."""

    name: Word = Field(description="给谁用 · what it is for", examples=["小程序后端"])
    kind: Literal["system", "staff", "user"] = Field(
        "system", description="系统、员工或用户本人的页面：决定打标签算哪一层 · who speaks with it"
    )
    preset: Literal["intake", "app", "operator", "admin"] = Field(
        description="intake 只能上报；app 上报、查用户、推荐；operator 运营；admin 全部 · what it may do"
    )
    source: Word | None = Field(None, description="绑定的来源；填了就只能以它上报 · the only source it sends for")
    expires_at: Instant | None = Field(None, description="何时过期；不填则不过期 · when it expires; never if absent")


class Key(Told):
    """一个密钥，不含密钥本身。 A key, without its secret."""

    key_id: str = Field(description="密钥编号 · key id")
    name: str = Field(description="给谁用 · what it is for")
    kind: str = Field(description="system 或 staff · kind")
    preset: str = Field(description="权限套餐 · preset")
    scopes: list[str] = Field(description="权限 · scopes")
    source: str | None = Field(description="绑定的来源 · source")
    created_at: Moment = Field(description="何时创建 · when it was created")
    expires_at: Moment | None = Field(description="何时过期 · when it expires")
    revoked_at: Moment | None = Field(description="何时吊销 · when it was revoked")


class NewKey(Key):
    """刚创建的密钥：secret 只出现这一次。 The new key; its secret is shown this once."""

    secret: str = Field(description="密钥，请立即妥善保存 · the secret; keep it now")


class KeyList(Told):
    """全部密钥。 All keys."""

    items: list[Key] = Field(description="密钥 · keys")


class Verification(Told):
    """复核结果：状态是否等于日志重算。 Whether state equals the fold of the log."""

    profiles: int = Field(description="复核了几个用户 · profiles verified")
    stale: int = Field(description="待按新方案重算的个数 · those to be folded again under new definitions")
    differences: int = Field(description="不一致的个数，应为 0 · differences, must be 0")
    examples: list[object] = Field(description="例子 · examples")
