"""Linking identities on the wire, and the links that were refused."""

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from service.api.schemas.events import Receipt
from service.api.schemas.fields import Asked, Identity, Instant, Moment, Told, visible
from service.api.schemas.operations import NEXT

Reason = Annotated[str, Field(min_length=1, max_length=500), AfterValidator(visible)]
WHY = "为什么，写给同事看 · why, for colleagues"


class LinkRequest(Asked):
    """同一个人还有哪个标识。 Which identity is the same person's."""

    identity: Identity = Field(description="另一个标识 · the other identity", examples=["unionid:uBrand00000001"])
    reason: Reason | None = Field(None, description=WHY, examples=["到店核对过证件"])


class UnlinkRequest(Asked):
    """哪个标识是别人的。 Which identity is somebody else's."""

    identity: Identity = Field(description="要解除的标识 · the identity to cut off", examples=["phone:+861000000001"])
    reason: Reason | None = Field(None, description=WHY, examples=["号码已换主人"])
    occurred_at: Instant | None = Field(
        None, description="从何时起不再是他的；不填为现在，这之后的关联不受影响 · since when; now if absent"
    )


class Refusal(Told):
    """没有合并的原因。 Why a link joins nobody."""

    code: Literal["too_many", "shared", "account_and_person", "cut", "linked_since"] = Field(
        description="超过上限、共用、单位与个人、已解除、之后又关联 · code", examples=["too_many"]
    )
    namespace: str | None = Field(None, description="哪种标识超过上限 · of which kind there would be too many")
    text: str = Field(description="中文说明 · in Chinese")
    text_en: str = Field(description="英文说明 · in English")


class Relation(Told):
    """关联或解除的结果；应答时已经落盘。 What a link or cut came to; answered after the commit."""

    status: Literal["linked", "refused", "unlinked"] = Field(description="已关联、未合并、已解除 · status")
    reason: Refusal | None = Field(description="没有合并的原因 · why it was refused")
    receipt: Receipt = Field(description="所记录事件的回执 · the receipt of the event that was recorded")


class ConflictSide(Told):
    """冲突的一方。 One side of a refused link."""

    namespace: str = Field(description="标识的种类 · its kind", examples=["phone"])
    identity: str | None = Field(
        description="标识；无权查看用户时为 null · the identity; null without profiles:read",
        examples=["phone:+861000000001"],
    )
    profile_id: str = Field(description="现在属于哪个用户 · whose it is now")


class Conflict(Told):
    """一条没有合并的关联。 A link that was said and refused."""

    identities: list[ConflictSide] = Field(description="两个标识，先出现的在前 · both identities, the older first")
    reason: Refusal
    since: Moment = Field(description="何时说的 · when it was said")
    source: str = Field(description="谁说的 · which system said it")
    event_id: str = Field(description="哪条事件说的 · by which event")


class ConflictPage(Told):
    """一页标识冲突。 A page of refused links."""

    items: list[Conflict] = Field(description="冲突 · refused links")
    next_cursor: str | None = Field(description=NEXT)
