"""One definition of the draft at a time, what differs between versions, and the long work that publishing begins."""

from typing import Annotated, Literal

from fastapi import Path, Query
from starlette.responses import Response

from service.api import examples, paths
from service.api.call import Call
from service.api.operation import Area
from service.api.playbook import JSON, MEDIA, NOT_MEDIA, IfMatch, expected
from service.api.problems import WrongMedia, answer
from service.api.schemas.playbook import (
    Comparison,
    Definition,
    DefinitionHistory,
    DefinitionSaved,
    JobList,
    JobView,
)
from service.usecases import jobs
from service.usecases.compare import compare, history
from service.usecases.definition import delete_definition, get_definition, put_definition
from service.usecases.source import read_source

area = Area("definitions", "方案：单个定义、对比、历史、任务", "single definitions, comparison, history, jobs")

Section = Annotated[
    Literal["identities", "events", "places", "holidays", "tag_groups", "tags", "personas", "journeys", "services"],
    Path(description="哪一类 · section"),
]
Key = Annotated[str, Path(max_length=128, description="定义的 key · key")]
Side = Annotated[str | None, Query(pattern="^(draft|[0-9]{1,9})$", description="版本号或 draft · a version, or draft")]
JobId = Annotated[str, Path(pattern=f"^{paths.Job.regex}$", description="任务编号 · job id")]
BODY = {JSON: {"schema": {"type": "object"}, "example": examples.DEFINITION}}  # YAML is taken as well


def edition(side: str | None) -> int | str | None:
    """A version, `draft`, or nothing."""
    return int(side) if side is not None and side.isdecimal() else side


@area.get("/v1/playbook/diff", "对比两版 · Compare", needs="playbook:read", gives=Comparison, refuses=(404,))
async def compare_versions(
    call: Call, old: Annotated[Side, Query(alias="from")] = None, new: Annotated[Side, Query(alias="to")] = None
) -> Response:
    """逐个定义说明改了什么；默认比较现行方案与草稿。Each difference as a sentence; what is in force and the draft."""
    return answer(await compare(call.lantern, edition(old), edition(new)))


@area.get(
    "/v1/playbook/history/{section}/{key}",
    "一个定义的历史 · History of a definition",
    needs="playbook:read",
    gives=DefinitionHistory,
    refuses=(404,),
)
async def definition_history(call: Call, section: Section, key: Key) -> Response:
    """谁、何时、为什么改的，从什么改成什么。Who changed it, when and why, from what to what."""
    return answer(await history(call.lantern, f"{section}/{key}"))


@area.get(
    "/v1/playbook/draft/{section}/{key}",
    "查看一个定义 · View a definition",
    needs="playbook:read",
    gives=Definition,
    refuses=(404,),
)
async def view_definition(call: Call, section: Section, key: Key) -> Response:
    """草稿里的一个定义，和它的大意；没有草稿时看现行方案。One definition of the draft, and what it says."""
    return answer(await get_definition(call.lantern, f"{section}/{key}"))


@area.put(
    "/v1/playbook/draft/{section}/{key}",
    "保存一个定义 · Save a definition",
    needs="playbook:write",
    gives=DefinitionSaved,
    content=BODY,
    refuses=(404, 412, 415),
)
async def save_definition(call: Call, section: Section, key: Key, if_match: IfMatch = None) -> Response:
    """只改草稿里的这一个定义，其余原文和注释不动；没有草稿就从现行方案开始。Only this one changes."""
    named = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if named not in MEDIA:
        raise WrongMedia(*NOT_MEDIA)
    value = read_source(await call.payload(), MEDIA[named]).tree
    saved = await put_definition(call.lantern, call.actor, f"{section}/{key}", value, expected(if_match))
    return answer(saved, headers={"etag": f'"{saved["etag"]}"'})


@area.delete(
    "/v1/playbook/draft/{section}/{key}",
    "删除一个定义 · Remove a definition",
    needs="playbook:write",
    gives=DefinitionSaved,
    refuses=(404, 412),
)
async def remove_definition(call: Call, section: Section, key: Key, if_match: IfMatch = None) -> Response:
    """从草稿里去掉一个定义；用到它的地方会列为问题。Out of the draft; whatever uses it is listed as a problem."""
    saved = await delete_definition(call.lantern, call.actor, f"{section}/{key}", expected(if_match))
    return answer(saved, headers={"etag": f'"{saved["etag"]}"'})


@area.get("/v1/jobs", "列出任务 · List jobs", needs="playbook:read", gives=JobList)
async def list_jobs(call: Call) -> Response:
    """重算和预览任务，最新的在前。Refolding and previews, the newest first."""
    return answer(await jobs.jobs(call.lantern))


@area.get("/v1/jobs/{job_id:job}", "查看任务 · View a job", needs="playbook:read", gives=JobView, refuses=(404,))
async def view_job(call: Call, job_id: JobId) -> Response:
    """进度与预计剩余时间；预览任务还带预览的全部字段。Progress, what is left; of a preview all that a preview says."""
    return answer(await jobs.job(call.lantern, job_id))


@area.post("/v1/jobs/{job_id:job}:pause", "暂停 · Pause", needs="playbook:publish", gives=JobView, refuses=(404, 409))
async def pause_job(call: Call, job_id: JobId) -> Response:
    """查询单个用户不受影响：没算到的会当场重算。Reads of profiles stay right: each is folded again when touched."""
    return answer(await jobs.steer(call.lantern, job_id, "pause"))


@area.post("/v1/jobs/{job_id:job}:resume", "继续 · Resume", needs="playbook:publish", gives=JobView, refuses=(404, 409))
async def resume_job(call: Call, job_id: JobId) -> Response:
    """从停下的地方继续。Go on where it was."""
    return answer(await jobs.steer(call.lantern, job_id, "resume"))


@area.post("/v1/jobs/{job_id:job}:cancel", "取消 · Cancel", needs="playbook:publish", gives=JobView, refuses=(404, 409))
async def cancel_job(call: Call, job_id: JobId) -> Response:
    """只能取消预览；重算可以暂停，不能取消。Only previews; folding everybody anew can be paused, not cancelled."""
    return answer(await jobs.steer(call.lantern, job_id, "cancel"))
