"""Progress as customers see it, lighting a stage, and links."""

from typing import Literal

from pydantic import Field

from service.api.schemas.fields import Asked, Identity, Moment, Reference, Told, Word

State = Literal["lit", "current", "ahead"]


class FriendsView(Told):
    """好友助力。 Friends who help."""

    wanted: int = Field(description="需要几位 · how many are wanted", examples=[3])
    helped: int = Field(description="已有几位 · how many have helped", examples=[1])
    open: bool = Field(description="还能助力 · whether more may help")


class ServiceName(Told):
    """一项支持服务。 A service that supports the stage."""

    service: str = Field(description="服务 key · service key", examples=["queue_reminder"])
    name: str = Field(description="名称 · name", examples=["取餐提醒"])
    name_en: str | None = Field(description="英文名称 · name in English")


class Expected(Told):
    """预计何时完成，如实的范围。 When it is done as a rule: an honest range."""

    after: Moment | None = Field(
        description="一般不早于；没学到或已到则为 null · from; null until it is learned, and once it has come"
    )
    by: Moment | None = Field(description="一般不晚于；已超过时为 null · by; null once it has passed")
    basis: Literal["playbook", "learned"] = Field(
        description="依据：方案的时限，或学到的范围 · the playbook, or learned"
    )
    text: str = Field(description="给用户看的话 · words for him", examples=["一般在 11-02 18:10 到 18:30 之间"])
    text_en: str = Field(description="英文 · in English")


class Dimmed(Told):
    """点亮过又变暗：为什么。 Why a stage that was lit no longer is."""

    at: Moment = Field(description="何时变暗 · when it went dark")
    day: str = Field(description="哪天（方案时区） · on which day", examples=["2026-11-03"])
    because: Literal["reversed"] = Field(description="点亮它的事件被冲掉 · what had lit it was taken back")
    text: str = Field(description="给用户看的话 · words for him", examples=["因订单退款，这一步回到待点亮"])
    text_en: str = Field(description="英文 · in English")


class CustomerStage(Told):
    """用户看到的一个阶段。 A stage as the customer sees it."""

    stage: str = Field(description="阶段 key · stage key", examples=["pickup"])
    name: str = Field(description="名称 · name", examples=["取餐"])
    name_en: str | None = Field(description="英文名称 · name in English")
    phase: str = Field(description="售前、售中、售后 · pre_sale, in_sale, after_sale")
    state: State = Field(description="lit 已点亮、current 进行中、ahead 待点亮 · state")
    at: Moment | None = Field(description="何时点亮 · when it was lit")
    day: str | None = Field(description="哪天点亮（方案时区） · on which day", examples=["2026-11-02"])
    lit_by: Literal["user", "friends"] | None = Field(description="自己或好友点亮、未经核实 · lit so, unverified")
    key_moment: bool = Field(description="是否关键时刻 · whether it is a key moment")
    optional: bool = Field(description="是否可选 · whether it is optional")
    goal: str | None = Field(description="目标 · goal")
    goal_en: str | None = Field(description="英文目标 · goal in English")
    benefit: str | None = Field(description="对用户的好处 · what it is good for")
    benefit_en: str | None = Field(description="英文好处 · the same in English")
    services: list[ServiceName] = Field(description="支持服务 · supporting services")
    dimmed: Dimmed | None = Field(description="点亮过又变暗的原因；重新点亮后消失 · why it is no longer lit")
    expected: Expected | None = Field(description="预计；只有进行中的阶段有 · of the current stage only")
    can_light: bool = Field(description="用户现在可以自己点亮 · whether he may light it now")
    friends: FriendsView | None = Field(description="好友助力；不需要则为 null · friends who help")


class BrandView(Told):
    """品牌外观。 Its looks."""

    colour: str = Field(description="浅色页面上的主色 · colour by day", examples=["#0f766e"])
    ink: str = Field(description="主色上的文字颜色 · the colour of words on it", examples=["#ffffff"])
    colour_dark: str = Field(description="深色页面上的主色 · colour by night")
    ink_dark: str = Field(description="其上的文字颜色 · the colour of words on it")
    badge: str = Field(description="徽章的 SVG path，100×100 · the badge as an SVG path in 100 by 100")
    slogan: str | None = Field(description="口号 · slogan")
    slogan_en: str | None = Field(description="英文口号 · slogan in English")
    words: dict[str, str] = Field(description="各状态的叫法 · what states are called", examples=[{"lit": "已点亮"}])
    words_en: dict[str, str] = Field(description="英文叫法 · the same in English")


class Sharing(Told):
    """分享文案。 What a share says."""

    title: str = Field(description="标题 · title", examples=["我的第一杯咖啡"])
    title_en: str | None = Field(description="英文标题 · title in English")
    path: str | None = Field(description="小程序页面 · the page of the mini-program")


class CustomerRun(Told):
    """用户看到的一段旅程。 A run as the customer sees it."""

    journey: str = Field(description="旅程 key · journey key", examples=["first_cup"])
    name: str = Field(description="旅程名 · its name", examples=["第一杯咖啡"])
    name_en: str | None = Field(description="英文名 · name in English")
    theme: str | None = Field(description="主题 · theme")
    theme_en: str | None = Field(description="英文主题 · theme in English")
    value: str | None = Field(description="价值 · what it is worth to him")
    value_en: str | None = Field(description="英文价值 · the same in English")
    key: str | None = Field(description="哪一段，例如订单号 · which run, such as an order number")
    status: Literal["active", "completed", "ended"] = Field(description="进行中、已完成、已结束 · status")
    percent: int = Field(description="进度百分比 · progress in percent", examples=[66])
    current: str | None = Field(description="当前阶段 key · the current stage")
    entered_at: Moment = Field(description="何时开始 · when it began")
    brand: BrandView
    share: Sharing
    stages: list[CustomerStage] = Field(description="各阶段 · its stages")
    benefits: list[dict[str, object]] = Field(description="已获得的权益 · benefits earned")


class Progress(Told):
    """用户自己看到的全部旅程。 All his journeys, for his own eyes."""

    profile_id: str = Field(description="用户编号 · profile id")
    version: int = Field(description="版本 · version")
    at: Moment = Field(description="哪一时刻 · as of when")
    journeys: list[CustomerRun] = Field(description="旅程，进行中的在前 · runs, the active ones first")


class LightRequest(Asked):
    """点亮哪个阶段。 Which stage to light."""

    stage: Word = Field(description="阶段 key · stage key", examples=["photo"])
    key: Reference | None = Field(None, description="哪一段；只有一段时可不填 · which run, where there are several")
    helper: Identity | None = Field(None, description="助力的好友 · the friend who helps", examples=["member:80000002"])


class Lit(Told):
    """点亮之后。 After it was lit."""

    status: Literal["accepted", "already"] = Field(description="生效，或早已如此 · done, or it was so already")
    profile_id: str = Field(description="用户编号 · profile id")
    at: Moment = Field(description="哪一时刻 · as of when")
    run: CustomerRun | None = Field(description="这段旅程现在的样子 · the run as it is now")


class OwnerTokenRequest(Asked):
    """给本人的页面用，很快过期。 For his own page; it expires soon."""

    minutes: int = Field(15, ge=1, le=60, description="几分钟内有效 · minutes that it lasts", examples=[15])


class OwnerToken(Told):
    """只能看、点亮、分享他自己的旅程。 It looks at, lights and shares his own journeys only."""

    token: str = Field(description="令牌，只在这里出现一次 · shown here once")
    url: str = Field(description="页面 · the page", examples=["/j/o-…"])
    expires_at: Moment = Field(description="何时过期 · when it expires")


class ShareRequest(Asked):
    """分享哪段旅程。 Which run to share."""

    journey: Word = Field(description="旅程 key · journey key", examples=["first_cup"])
    key: Reference | None = Field(None, description="哪一段；只有一段时可不填 · which run, where there are several")
    days: int = Field(7, ge=1, le=90, description="几天内有效 · days that it lasts", examples=[7])


class Share(Told):
    """一个分享链接。 A link."""

    share_id: str = Field(description="链接编号，不能用来打开 · its id; it opens nothing")
    journey: str = Field(description="旅程 key · journey key")
    key: str | None = Field(description="哪一段 · which run")
    status: Literal["open", "expired", "revoked"] = Field(description="有效、过期、已收回 · status")
    created_at: Moment = Field(description="何时分享 · when it was made")
    expires_at: Moment = Field(description="何时过期 · when it expires")
    revoked_at: Moment | None = Field(description="何时收回 · when it was taken back")
    visits: int = Field(description="打开次数 · visits")
    sign_ups: int = Field(description="带来几个人 · people who came by it")


class NewShare(Share):
    """刚做好的链接；令牌只在这里出现一次。 The token is shown here once."""

    token: str = Field(description="令牌，32 个字符 · the token, 32 characters")
    scene: str = Field(description="小程序码的 scene · the scene of a mini-program code")
    url: str = Field(description="页面 · the page", examples=["/j/s-…"])
    image: str = Field(description="分享图，5:4 · the picture, 5:4", examples=["/j/s-…/card.png"])
    title: str = Field(description="分享标题 · title")
    title_en: str | None = Field(description="英文标题 · title in English")
    path: str | None = Field(description="小程序页面，带 scene · the page of the mini-program with its scene")


class ReachTotal(Told):
    """合计。 In all."""

    visits: int = Field(description="打开次数 · visits")
    sign_ups: int = Field(description="带来几个人 · people who came")


class Shares(Told):
    """他的分享链接，最新的在前。 His links, the newest first."""

    items: list[Share] = Field(description="链接 · links")
    reach: ReachTotal


class TopShare(Share):
    """谁的链接。 Whose link."""

    profile_id: str = Field(description="分享者 · the sharer")


class TopShares(Told):
    """最近哪些链接带来人。 Which links bring people."""

    days: int = Field(description="最近几天 · of the last days")
    items: list[TopShare] = Field(description="带来人最多的在前 · those that bring most first")
