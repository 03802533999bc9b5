"""The playbook's life over HTTP: draft with ETag and If-Match, check, preview, publish, versions."""

from typing import Annotated

from fastapi import Header, Path
from starlette.responses import Response

from service.api import examples
from service.api.call import Call
from service.api.operation import Area
from service.api.problems import WrongMedia, answer
from service.api.schemas.playbook import (
    Approval,
    Check,
    Discarded,
    Draft,
    DraftSaved,
    Preview,
    PreviewRequest,
    Published,
    PublishRequest,
    RestoreRequest,
    Version,
    VersionList,
)
from service.usecases.failures import Invalid
from service.usecases.playbook import check_draft, discard_draft, get_draft, published, put_draft, versions
from service.usecases.preview import preview, preview_all
from service.usecases.publish import approve, publish, restore

area = Area("playbook", "运营方案：草稿、检查、预览、发布", "the playbook: draft, check, preview, publish")

YAML, JSON = "application/yaml", "application/json"
MEDIA = {YAML: YAML, "application/x-yaml": YAML, "text/yaml": YAML, "text/x-yaml": YAML, JSON: JSON, "": JSON}
TEXT = {"schema": {"type": "string"}}
ETAG = {"ETag": {"description": "版本标记 · version tag", "schema": {"type": "string"}}}
TAGGED = {"headers": ETAG}
BOTH = {"headers": ETAG, "content": {YAML: TEXT}}
DRAFT = {YAML: {**TEXT, "example": examples.PLAYBOOK}, JSON: {"schema": {"type": "object"}}}
NOT_MEDIA = (
    "media_type_unknown",
    "请用 Content-Type: application/yaml 或 application/json",
    "send Content-Type: application/yaml or application/json",
)
IfMatch = Annotated[
    str | None, Header(description="只在草稿仍是这一版时执行（取 ETag） · only if the draft is still this one")
]
Number = Annotated[int, Path(ge=0, lt=2**31, description="版本号 · version")]


def tagged(call: Call, found: dict[str, object]) -> Response:
    """A playbook with its ETag: as JSON, or its own text to those who accept YAML first."""
    headers = {"etag": f'"{found["etag"]}"', "vary": "accept"}
    if call.headers.get("if-none-match") == headers["etag"]:
        return Response(status_code=304, headers=headers)
    if call.headers.get("accept", "").partition(",")[0].partition(";")[0].strip() == YAML:
        return Response(str(found["source"]), headers=headers, media_type=YAML)
    return answer(found, headers=headers)


def expected(if_match: str | None) -> str | None:
    """The entity tag that is asked for; `*` asks for none in particular, and so does an empty header."""
    return None if not if_match or if_match == "*" else if_match.removeprefix('"').removesuffix('"')


@area.get("/v1/playbook", "查看已发布方案 · View the playbook", needs="playbook:read", gives=Published, done=BOTH)
async def view_playbook(call: Call) -> Response:
    """正在生效的方案；Accept: application/yaml 得到原文。What is in force; as text with Accept: application/yaml."""
    return tagged(call, await published(call.lantern))


@area.get("/v1/playbook/versions", "列出版本 · List versions", needs="playbook:read", gives=VersionList)
async def list_versions(call: Call) -> Response:
    """已发布的全部版本，最新的在前。All published versions, the newest first."""
    return answer(await versions(call.lantern))


@area.get(
    "/v1/playbook/versions/{version:digits}",
    "查看某一版本 · View a version",
    needs="playbook:read",
    gives=Published,
    refuses=(404,),
    done=BOTH,
)
async def view_version(call: Call, version: Number) -> Response:
    """版本永久保留。Versions stay for ever."""
    return tagged(call, await published(call.lantern, version))


@area.get(
    "/v1/playbook/draft", "查看草稿 · View the draft", needs="playbook:read", gives=Draft, refuses=(404,), done=BOTH
)
async def view_draft(call: Call) -> Response:
    """草稿及其问题，每处有行列号。The draft and its problems, each with line and column."""
    return tagged(call, await get_draft(call.lantern))


@area.put(
    "/v1/playbook/draft",
    "保存草稿 · Save the draft",
    needs="playbook:write",
    gives=DraftSaved,
    content=DRAFT,
    refuses=(412, 415),
    done=TAGGED,
)
async def save_draft(call: Call, if_match: IfMatch = None) -> Response:
    """YAML（注释保留）或 JSON；语法错误会指出行列和原因，其余问题随草稿列出。YAML with its comments, or JSON.

    保存不会影响任何用户，发布才会。 Nothing changes for anybody until it is published.
    """
    named = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named not in MEDIA:
        raise WrongMedia(*NOT_MEDIA)
    saved = await put_draft(call.lantern, call.actor, await call.payload(), MEDIA[named], expected(if_match))
    return answer(saved, headers={"etag": f'"{saved["etag"]}"'})


@area.delete(
    "/v1/playbook/draft",
    "丢弃草稿 · Discard the draft",
    needs="playbook:write",
    gives=Discarded,
    refuses=(404, 412),
)
async def drop_draft(call: Call, if_match: IfMatch = None) -> Response:
    """现行方案不变；下一次修改又从现行方案开始。What is in force stays; the next change begins from it."""
    return answer(await discard_draft(call.lantern, expected(if_match)))


@area.post("/v1/playbook/draft:check", "检查草稿 · Check the draft", needs="playbook:read", gives=Check, refuses=(404,))
async def check_the_draft(call: Call) -> Response:
    """能否发布，问题在哪里、怎么改。Whether it can be published, and what to mend where."""
    return answer(await check_draft(call.lantern))


@area.post(
    "/v1/playbook/draft:preview",
    "预览影响 · Preview the draft",
    needs="playbook:read",
    takes=PreviewRequest,
    gives=Preview,
    refuses=(404,),
    examples=examples.PREVIEW,
)
async def preview_draft(call: Call) -> Response:
    """发布后谁会得到、失去或改变标签、分层和旅程，各带样例和原因；不改动任何数据。Who would move, and why.

    默认抽样；`everyone: true` 在后台看完全部用户，进度见 job_id。`everyone` looks at all, as a job with progress.
    """
    asked = await call.read(PreviewRequest)
    by = call.actor.name
    if asked.everyone and "sample" in asked.model_fields_set:
        raise Invalid("one_of_two", "sample 与 everyone 只能写一个", "give sample or everyone, not both")
    if asked.everyone:
        return answer(await preview_all(call.lantern, asked.definitions, by=by))
    return answer(await preview(call.lantern, asked.sample, asked.definitions, by=by))


@area.post(
    "/v1/playbook/draft:approve",
    "批准草稿 · Approve the draft",
    needs="playbook:publish",
    gives=Approval,
    refuses=(404, 412),
)
async def approve_draft(call: Call, if_match: IfMatch = None) -> Response:
    """另一位同事看过并同意这一版草稿；自己写的不能自己批。A colleague has looked at this very draft and agrees."""
    return answer(await approve(call.lantern, call.actor, expected(if_match)))


@area.post(
    "/v1/playbook/draft:publish",
    "发布 · Publish the draft",
    needs="playbook:publish",
    takes=PublishRequest,
    gives=Version,
    refuses=(404, 409, 412),
    examples=examples.PUBLISH,
    done=TAGGED,
)
async def publish_draft(call: Call, if_match: IfMatch = None) -> Response:
    """从此刻起所有回答都按新方案，如同它一直有效。From now on every answer reads as if it had always been in force.

    可以只发布选定的定义；会改变一成以上用户时，须在 confirm 里重复预览显示的人数。
    Only chosen definitions may be published. Who changes more than a tenth of the people repeats the number shown.
    """
    asked = await call.read(PublishRequest)
    made = await publish(
        call.lantern, call.actor, asked.note, expected(if_match), definitions=asked.definitions, confirm=asked.confirm
    )
    return answer(made, headers={"etag": f'"{made["etag"]}"'})


@area.post(
    "/v1/playbook/versions/{version:digits}:restore",
    "恢复旧版本 · Roll back",
    needs="playbook:publish",
    takes=RestoreRequest,
    gives=Version,
    refuses=(404, 409),
    examples=examples.RESTORE,
    done=TAGGED,
)
async def restore_version(call: Call, version: Number) -> Response:
    """把旧版本作为新的一版重新生效；草稿不动。An old version in force again, as the next one; the draft stays."""
    asked = await call.read(RestoreRequest)
    made = await restore(call.lantern, call.actor, version, asked.note, confirm=asked.confirm)
    return answer(made, headers={"etag": f'"{made["etag"]}"'})
