"""A profile as the API shows it."""

from typing import Literal

from pydantic import Field

from service.api.schemas.fields import BECAUSE, Asked, Identity, Instant, Moment, Told


class Tag(Told):
    """一个亮着的标签。 A tag that is on."""

    key: str = Field(description="标签 key · tag key", examples=["frequent_buyer"])
    name: str = Field(description="标签名 · tag name", examples=["高频消费"])
    tag_kind: str = Field(
        description="种类：rule 规则、value 取值、metric 指标、preference 偏好、rfm、manual 手工等 · kind of tag",
        examples=["rule"],
    )
    owner: str = Field(description="谁负责：staff、rule、crm · who answers for it")
    group: str | None = Field(description="标签组 key · tag group key")
    group_name: str | None = Field(description="标签组名 · tag group name")
    value: str | float | bool | None = Field(
        description="取值：文字或数字；没有取值的标签为 null · value, null for a tag without values"
    )
    value_name: str | None = Field(description="取值名 · name of the value")
    since: Moment = Field(description="从何时起 · since when")
    until: Moment | None = Field(description="若无新事件，何时变化；null 为不变 · when it changes if nothing happens")
    hidden: bool = Field(False, description="用户已隐藏，不用于推荐 · hidden by the user, and not used")
    source: str = Field(description="谁的意见：rule、manual、import、user · whose opinion it is", examples=["rule"])
    because: dict[str, object] = Field(description=BECAUSE)


class PersonaView(Told):
    """用户分层中的位置。 The class in one persona scheme."""

    name: str = Field(description="分层名 · name of the scheme", examples=["用户分层"])
    class_: str = Field(alias="class", description="所在层 · class", examples=["high_end", "mass", "undetermined"])
    class_name: str = Field(description="层名 · name of the class", examples=["高端"])
    score: int = Field(description="分数，同一校准下可比 · score, comparable under one calibration")
    position: int | None = Field(description="千分位 · per mille within the calibration", examples=[812])
    since: Moment | None = Field(description="从何时起 · since when")
    until: Moment | None = Field(description="若无新事件，何时变化 · when it changes if nothing happens")
    because: dict[str, object] = Field(description=BECAUSE)


class DimmedView(Told):
    """点亮过又变暗。 A stage that was seen lit, until what had lit it was taken back."""

    at: Moment = Field(description="何时变暗 · when it went dark")
    because: dict[str, object] = Field(description=BECAUSE)


class StageView(Told):
    """旅程的一个阶段。 One stage of a journey."""

    stage: str = Field(description="阶段 key · stage key", examples=["pickup"])
    name: str = Field(description="阶段名 · stage name", examples=["取餐"])
    phase: str | None = Field(description="售前、售中、售后 · pre_sale, in_sale, after_sale")
    state: Literal["lit", "current", "skipped", "ahead"] = Field(description="点亮、进行中、被跳过、未到 · state")
    at: Moment | None = Field(description="何时点亮 · when it was lit")
    key_moment: bool = Field(description="是否关键时刻 · whether it is a key moment")
    optional: bool = Field(description="是否可选 · whether it is optional")
    expected_by: Moment | None = Field(None, description="预期完成时间 · when it is expected to be done")
    usual_from: Moment | None = Field(
        None, description="学到的范围：一般不早于 · learned: done from then on, as a rule"
    )
    usual_by: Moment | None = Field(None, description="学到的范围：一般不晚于 · learned: done by then, as a rule")
    dimmed: DimmedView | None = Field(
        None, description="点亮过又变暗：何时、被什么冲掉 · when it went dark, and by what"
    )


class Breakpoint(Told):
    """旅程断点。 Where a journey breaks."""

    kind: str = Field(
        description="stalled 卡住、skipped 跳过、failed 失败、dropped 离开、regressed 倒退、dissatisfied 不满 · kind",
        examples=["stalled"],
    )
    stage: str = Field(description="阶段 key · stage key")
    stage_name: str = Field(description="阶段名 · stage name")
    number: int = Field(description="这一次里同类的第几个 · which of its kind at its stage in this run")
    since: Moment = Field(description="从何时起 · since when")
    resolved_at: Moment | None = Field(description="何时解除；null 为仍在 · when it was resolved, null while it stands")
    because: dict[str, object] = Field(description=BECAUSE)


class Deduction(Told):
    """主要扣分。 The largest deduction."""

    code: str = Field(description="代码 · code", examples=["stalled"])
    text: str = Field(description="中文说明 · in Chinese", examples=["取餐超时"])
    text_en: str = Field(description="英文说明 · in English", examples=["pickup is overdue"])


class Health(Told):
    """健康度 = 连续 × 准时 × 质量。 Health = continuity × timeliness × quality."""

    score: int = Field(description="健康度，0–100 · health, 0 to 100", examples=[35])
    continuity: float = Field(description="连续 · continuity, 0–1")
    timeliness: float = Field(description="准时 · timeliness, 0–1")
    quality: float = Field(description="质量 · quality, 0–1")
    largest_deduction: Deduction | None = Field(description="主要扣分 · the largest deduction")


class JourneyView(Told):
    """一段旅程中的进度。 Progress in one run of a journey."""

    journey: str = Field(description="旅程 key · journey key", examples=["first_cup"])
    name: str = Field(description="旅程名 · journey name", examples=["第一杯咖啡"])
    theme: str | None = Field(description="主题 · theme")
    key: str | None = Field(description="按什么值分别计，例如订单号 · what keys this run, such as an order number")
    status: Literal["active", "completed", "dropped"] = Field(description="进行中、已完成、已离开 · status")
    stage: str = Field(description="当前阶段 · current stage", examples=["pickup"])
    stage_name: str = Field(description="当前阶段名 · its name")
    progress: float = Field(description="进度 0–1 · progress", examples=[0.667])
    pace: Literal["on_time", "late"] | None = Field(description="准时或偏慢 · pace")
    entered_at: Moment = Field(description="何时进入 · when it was entered")
    stages: list[StageView] = Field(description="各阶段 · its stages in order")
    breakpoints: list[Breakpoint] = Field(description="断点 · its breakpoints")
    health: Health


class Contact(Told):
    """为客户单位办过事的人。 Somebody who acted for an account."""

    identity: str = Field(description="他的标识 · his identity", examples=["member:7"])
    role: str | None = Field(description="最近一次说的身份 · his role as said last", examples=["行政经理"])
    first_at: Moment = Field(description="第一次出面 · when he acted first")
    last_at: Moment = Field(description="最近一次出面 · when he acted last")
    events: int = Field(description="出面几次 · how often he acted", examples=[12])


class BenefitView(Told):
    """一项权益，发放之后才有。 A benefit, once it was granted."""

    benefit: str = Field(description="权益 key · benefit key", examples=["free_cup"])
    name: str = Field(description="权益名 · its name", examples=["免费一杯"])
    state: Literal["granted", "used", "expired"] = Field(description="已发放、已使用、已过期 · state")
    at: Moment = Field(description="何时起 · since when")


class View(Told):
    """一个用户在某一时刻的样子，不含他是谁。 What is known at an instant, but for who he is."""

    at: Moment = Field(description="哪一时刻 · the instant it was read at")
    type: Literal["person", "account"] = Field(description="个人，或客户单位 · a person, or an account")
    contacts: list[Contact] = Field(
        description="客户单位的经办人，最近出面的在前 · who acted for an account, newest first"
    )
    traits: dict[str, object] = Field(description="属性 · traits", examples=[{"city": "上海"}])
    tags: list[Tag] = Field(description="亮着的标签 · tags that are on")
    personas: dict[str, PersonaView] = Field(description="用户分层，按分层 key · personas by scheme")
    journeys: list[JourneyView] = Field(description="旅程 · journeys")
    benefits: list[BenefitView] = Field(description="权益 · benefits")


class Profile(View):
    """一个用户在某一时刻的样子。 A profile at an instant."""

    profile_id: str = Field(description="用户编号 · profile id", examples=["0123456789abcdef"])
    version: int = Field(description="版本，每次变化加一 · version, one more with every change")
    playbook_version: int = Field(description="所依据的方案版本 · the playbook it was read by")
    draft: bool = Field(description="是否按草稿试看 · whether it was read by the draft, as the next version")
    test: bool = Field(description="是否测试用户 · whether it is for testing")
    identities: list[str] = Field(description="全部标识 · every identity", examples=[["member:80000001"]])


class SimulatedProfile(View):
    """一个用户之后的样子。 A profile as it would be."""

    identity: str = Field(description="标识 · identity")
    profile_id: str | None = Field(description="用户编号；新用户为 null · profile id, null for a new one")


class Reset(Told):
    """测试用户已重置。 The test profile has been reset."""

    profile_id: str = Field(description="用户编号 · profile id")
    version: int = Field(description="重置后的版本 · its version now")
    deleted_events: int = Field(description="删除了几条事件 · how many events were deleted")


class LookupRequest(Asked):
    """按标识查用户；手机号等不出现在网址里。 Find by identity, which stays out of the URL."""

    identity: Identity = Field(description="标识 · identity", examples=["member:80000001"])
    at: Instant | None = Field(None, description="哪一时刻；不填为现在 · at which instant; now if absent")
