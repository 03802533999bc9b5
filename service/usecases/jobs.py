"""Long work over all profiles: seen with its progress, paused, resumed, previews cancelled; it survives restarts."""

import json
from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import cast

from service.core.calendar import SECOND, write_instant
from service.store import JobRow, Unit
from service.usecases.app import App
from service.usecases.failures import Clash, Unknown
from service.usecases.keeping import dump

Json = dict[str, object]
LISTED = 50
REFOLD, PREVIEW = "refold", "preview"
MOVES = {"pause": ("running", "paused"), "resume": ("paused", "running"), "cancel": ("", "cancelled")}
OPEN = ("running", "paused")


def new_job(kind: str, subject: str, *, total: int, by: str, now: int, body: Json) -> JobRow:
    """Work that has not begun."""
    return JobRow(
        job=f"{kind}:{subject}", kind=kind, status="running", cursor=0, done=0, total=total, worked=0, again_at=None,
        created_at=now, created_by=by, updated_at=now, body=dump(body),
    )  # fmt: skip


def shown(row: JobRow) -> Json:
    """A job as answers show it; the estimate goes by how fast it went so far."""
    left, body = max(row.total - row.done, 0), json.loads(row.body)
    eta = ceil(Fraction(row.worked * left, row.done * SECOND)) if row.done and row.status in OPEN else None
    return {
        "job_id": row.job,
        "kind": row.kind,
        "status": row.status,
        "done": row.done,
        "total": max(row.total, row.done),
        "progress": round(row.done / row.total, 4) if row.total else 1.0,
        "eta_seconds": eta,
        "created_at": write_instant(row.created_at),
        "created_by": row.created_by,
        "updated_at": write_instant(row.updated_at),
        **body,
        **(_estimates(row, body) if row.kind == PREVIEW else {}),
    }


def _estimates(row: JobRow, found: Json) -> Json:
    """What a preview has found so far, for everybody. `would_move` is what publishing may ask for again."""
    looked, moved, of = (cast("int", found[name]) for name in ("profiles", "moved", "of"))
    seconds = row.worked * of // looked / SECOND if looked else 0.0
    return {
        "complete": row.status == "done" and looked >= of,
        "would_move": round(moved * of / looked) if looked else 0,
        "share": round(moved / looked, 4) if looked else 0.0,
        "estimated_seconds": round(seconds, 1),
    }


async def jobs(app: App) -> Json:
    """The newest jobs."""
    rows = await app.read(lambda unit, _: unit.jobs.all(LISTED))
    return {"items": [shown(row) for row in rows]}


async def job(app: App, job_id: str) -> Json:
    """One job."""
    return shown(await app.read(lambda unit, _: _found(unit, job_id)))


def _found(unit: Unit, job_id: str) -> JobRow:
    row = unit.jobs.get(job_id)
    if row is None:
        raise Unknown("unknown_job", "没有这个任务", "there is no such job")
    return row


async def steer(app: App, job_id: str, move: str) -> Json:
    """Pause, resume or cancel a job; what it has done stays done. Without its refold no search would ever be whole."""
    now = app.clock()

    def work(unit: Unit) -> JobRow:
        row = _found(unit, job_id)
        wanted, status = MOVES[move]
        if row.status != wanted if wanted else row.status not in OPEN:
            raise Clash(
                "wrong_status", f"任务现在是 {row.status}，不能这样做", f"the job is {row.status}: not possible"
            )
        if row.kind == REFOLD and move == "cancel":
            raise _needed()
        moved = replace(row, status=status, updated_at=now)
        unit.jobs.put(moved)
        return moved

    return shown(await app.write(lambda unit, _: work(unit)))


def _needed() -> Clash:
    return Clash(
        "not_cancellable",
        "重算不能取消，否则搜索和人数会一直不完整；可以暂停（:pause），下次发布时由新的重算取代",
        "folding anew cannot be cancelled, or searches and counts would stay incomplete; pause it (:pause): the next "
        "publication supersedes it",
    )
