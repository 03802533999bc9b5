"""What staff, systems and users say of somebody: a tag, a class, what he does not want."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from service.api.schemas.events import BATCH, SAME, Change
from service.api.schemas.fields import Asked, Identity, Instant, Told, Word, visible
from service.api.schemas.problem import ItemProblem

KEY = r"^[a-z][a-z0-9_]{0,63}$"
Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(visible)]
Value = Annotated[str, Field(min_length=1, max_length=200), AfterValidator(visible)]
WHY = "原因，会记入历次变化 · why; it is told with the tag's history"
UNTIL = "到何时为止；不填按标签的 ttl，没有则不过期 · until when; absent: as the tag's ttl says, or for good"
VALUE = "取值：有取值的标签必填 · value, needed by tags that have values"


class TagRequest(Asked):
    """打上一个标签。 A tag is on."""

    value: Value | None = Field(None, description=VALUE, examples=["high"])
    until: Instant | None = Field(None, description=UNTIL, examples=["2099-12-31T00:00:00+08:00"])
    reason: Reason | None = Field(None, description=WHY, examples=["店长推荐"])


class PinRequest(Asked):
    """指定所在的层。 The class somebody is in."""

    class_: Annotated[str, Field(pattern=KEY)] = Field(
        alias="class", description="层的 key · key of the class", examples=["high_end"]
    )
    reason: Reason = Field(description="原因，必填 · why; it must be said", examples=["老客户回归"])
    until: Instant | None = Field(None, description="到何时为止；不填则不过期 · until when; for good if absent")


class PreferencesRequest(Asked):
    """用户的偏好设置。 What the user wishes."""

    personalisation: bool = Field(description="是否个性化推荐 · whether he is offered what suits him", examples=[False])


class TagItem(Asked):
    """批量打标签中的一条。 One item of a bulk upsert."""

    identity: Identity = Field(description="谁 · who", examples=["member:80000001"])
    tag: Annotated[str, Field(pattern=KEY)] = Field(description="标签 key · tag key", examples=["vip_guest"])
    value: Value | None = Field(None, description=VALUE)
    until: Instant | None = Field(None, description=UNTIL)
    remove: bool = Field(False, description="true：去掉这个标签 · the tag is off")
    reason: Reason | None = Field(None, description=WHY)
    event_id: Word | None = Field(None, description=f"事件编号，可不填；{SAME}")


class TagBatch(Asked):
    """1–500 条。 1 to 500 items."""

    items: list[TagItem] = Field(description="逐条互不影响 · none fails another", min_length=1, max_length=BATCH)


class TagResult(Told):
    """一条的结果。 What became of one item."""

    index: int = Field(description="第几条，从 0 起 · which one, from 0")
    status: Literal["set", "duplicate", "rejected"] = Field(description="已生效、重复、未接受 · status")
    event_id: str | None = Field(None, description="事件编号 · event id")
    profile_id: str | None = Field(None, description="归到哪个用户 · whose it is")
    version: int | None = Field(None, description="该用户现在的版本 · the profile's present version")
    changes: list[Change] = Field([], description="因此发生的变化 · what changed because of it")
    problem: ItemProblem | None = Field(None, description="未接受的原因与改法 · why not, and the mend")


class TagSummary(Told):
    """各有几条。 How many of each."""

    set: int = Field(description="已生效 · set")
    duplicate: int = Field(description="重复 · duplicate")
    rejected: int = Field(description="未接受 · rejected")


class TagReceipt(Told):
    """逐条结果。 A result for each item."""

    results: list[TagResult] = Field(description="逐条结果，顺序与请求一致 · results in the order of the request")
    summary: TagSummary
