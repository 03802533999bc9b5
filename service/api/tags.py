"""What staff, systems and users say of somebody: tags, classes, wishes; one by one or many at once."""

from typing import Annotated

from fastapi import Header, Path, Query
from pydantic import ValidationError
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.complaints import complaints
from service.api.events import batch
from service.api.operation import Area
from service.api.problems import answer
from service.api.profiles import PERSON, Ref, TagKey
from service.api.schemas.events import Receipt
from service.api.schemas.say import (
    PinRequest,
    PreferencesRequest,
    Reason,
    TagBatch,
    TagItem,
    TagReceipt,
    TagRequest,
)
from service.core.event import Value
from service.core.oddities import oddities
from service.core.wire import plain
from service.usecases.say import Saying, event_id_of, only_staff, say
from service.usecases.set_tags import Problems, TagSaying, set_tags

area = Area("tags", "打标签、去标签、指定分层、个性化开关", "what staff, systems and users say of somebody")

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        pattern="^[!-~]{1,128}$",
        description="1–128 个可见字符；同一用户同一键重试只生效一次 · a retry with the same key has no second effect",
    ),
]
Why = Annotated[Reason | None, Query(description="原因 · why")]
SCHEMES = {"tier": {"summary": "用户分层 · The tiers", "value": "tier"}}
SchemeKey = Annotated[
    str,
    Path(pattern="^[a-z][a-z0-9_]{0,63}$", description="分层方案 key · key of the scheme", openapi_examples=SCHEMES),
]
TAG, PERSONA = PERSON + "/tags/{tag:key}", PERSON + "/personas/{scheme:key}"
SCOPE = "tags:write"


async def _say(call: Call, saying: Saying) -> Response:
    return answer(await say(call.lantern, call.actor, saying))


def _said(**properties: Value) -> dict[str, Value]:
    """The properties that were given."""
    return {name: value for name, value in properties.items() if value is not None}


@area.put(
    TAG,
    "打标签 · Set a tag",
    needs=SCOPE,
    takes=TagRequest,
    gives=Receipt,
    refuses=(404, 409),
    examples=examples.TAG,
)
async def set_tag(call: Call, ref: Ref, tag: TagKey, idempotency_key: IdempotencyKey = None) -> Response:
    """员工的密钥记为员工意见，系统的记为外部同步，用户的记为用户本人。The layer of opinion follows from the key's kind.

    等同于上报一条 `tag_set` 事件；有取值的标签须写 value。 It is recorded as a `tag_set` event.
    """
    asked = await call.read(TagRequest)
    said = _said(tag=tag, value=asked.value, reason=asked.reason)
    saying = Saying(
        ref=ref,
        kind="tag_set",
        properties=said,
        until=asked.until,
        event_id=event_id_of(idempotency_key),
        may_create=True,
    )
    return await _say(call, saying)


@area.delete(TAG, "去标签 · Remove a tag", needs=SCOPE, gives=Receipt, refuses=(404, 409))
async def remove_tag(
    call: Call, ref: Ref, tag: TagKey, *, reason: Why = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """表示“没有这个标签”，规则也不能再打上，直到放开。Somebody says that it is off, until he releases it."""
    said = _said(tag=tag, reason=reason)
    event_id = event_id_of(idempotency_key)
    return await _say(call, Saying(ref=ref, kind="tag_removed", properties=said, event_id=event_id))


@area.post(TAG + ":release", "放开标签 · Release a tag", needs=SCOPE, gives=Receipt, refuses=(404, 409))
async def release_tag(
    call: Call, ref: Ref, tag: TagKey, *, reason: Why = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """收回自己这一层说过的话，重新由规则决定。Take back what was said; the rule decides again."""
    said = _said(tag=tag, reason=reason)
    event_id = event_id_of(idempotency_key)
    return await _say(call, Saying(ref=ref, kind="tag_released", properties=said, event_id=event_id))


@area.post(TAG + ":hide", "隐藏标签 · Hide a tag", needs=SCOPE, gives=Receipt, refuses=(404, 409))
async def hide_tag(call: Call, ref: Ref, tag: TagKey, idempotency_key: IdempotencyKey = None) -> Response:
    """用户不希望使用这个标签：标签保留，不用于推荐。The user does not want it used; it stays."""
    saying = Saying(ref=ref, kind="tag_hidden", properties={"tag": tag}, event_id=event_id_of(idempotency_key))
    return await _say(call, saying)


@area.post(TAG + ":unhide", "取消隐藏 · Unhide a tag", needs=SCOPE, gives=Receipt, refuses=(404, 409))
async def unhide_tag(call: Call, ref: Ref, tag: TagKey, idempotency_key: IdempotencyKey = None) -> Response:
    """重新使用这个标签。It may be used again."""
    saying = Saying(ref=ref, kind="tag_unhidden", properties={"tag": tag}, event_id=event_id_of(idempotency_key))
    return await _say(call, saying)


@area.put(
    PERSONA,
    "指定分层 · Pin a persona",
    needs=SCOPE,
    takes=PinRequest,
    gives=Receipt,
    refuses=(404, 409),
    examples=examples.PIN,
)
async def pin_persona(call: Call, ref: Ref, scheme: SchemeKey, idempotency_key: IdempotencyKey = None) -> Response:
    """只有员工的密钥（kind: staff）可以；须写原因。Only with a key of kind `staff`, and with a reason."""
    only_staff(call.actor)
    asked = await call.read(PinRequest)
    said = _said(scheme=scheme, reason=asked.reason) | {"class": asked.class_}
    event_id = event_id_of(idempotency_key)
    saying = Saying(
        ref=ref, kind="persona_pinned", properties=said, until=asked.until, event_id=event_id, may_create=True
    )
    return await _say(call, saying)


@area.delete(PERSONA, "取消指定分层 · Unpin a persona", needs=SCOPE, gives=Receipt, refuses=(404, 409))
async def unpin_persona(
    call: Call, ref: Ref, scheme: SchemeKey, *, reason: Why = None, idempotency_key: IdempotencyKey = None
) -> Response:
    """重新按分数或规则分层；只有员工的密钥可以。The score or the rules decide again; keys of kind `staff` only."""
    only_staff(call.actor)
    said = _said(scheme=scheme, reason=reason)
    event_id = event_id_of(idempotency_key)
    return await _say(call, Saying(ref=ref, kind="persona_released", properties=said, event_id=event_id))


@area.put(
    PERSON + "/preferences",
    "个性化开关 · Set preferences",
    needs=SCOPE,
    takes=PreferencesRequest,
    gives=Receipt,
    refuses=(404, 409),
    examples=examples.PREFERENCES,
)
async def set_preferences(call: Call, ref: Ref, idempotency_key: IdempotencyKey = None) -> Response:
    """关闭后，推荐与所有人相同。Switched off, he is offered what everybody is offered."""
    asked = await call.read(PreferencesRequest)
    saying = Saying(
        ref=ref,
        kind="personalisation_set",
        properties={"on": asked.personalisation},
        event_id=event_id_of(idempotency_key),
        may_create=True,
    )
    return await _say(call, saying)


@area.post(
    "/v1/tags:set",
    "批量打标签 · Set tags of many people",
    needs=SCOPE,
    takes=TagBatch,
    gives=TagReceipt,
    examples=examples.TAGS,
)
async def set_many_tags(call: Call) -> Response:
    """每次 1–500 条，逐条给出结果，互不影响；带 event_id 可以放心重试。A result for each item; none fails another."""
    items, _ = batch(await call.tree(), member="items")
    return answer(await set_tags(call.lantern, call.actor, [_item(each) for each in items]))


def _item(raw: object) -> TagSaying | Problems:
    """One item, or everything that is wrong with it."""
    if odd := tuple(oddities(raw)):
        return odd
    try:
        found = TagItem.model_validate(plain(raw))
    except ValidationError as error:
        return complaints(error.errors(include_url=False, include_input=False))
    return TagSaying(**dict(found))
