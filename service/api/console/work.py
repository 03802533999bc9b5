"""The playbook: its versions and what differs between them, the draft with its problems, and the jobs."""

from starlette.responses import Response

from service.api.console.home import draft_of
from service.api.console.page import Desk
from service.api.console.publishing import PUBLISH, READ
from service.api.console.versions import number_of
from service.api.console.visit import Visit
from service.usecases.compare import compare
from service.usecases.definition import in_hand
from service.usecases.failures import Invalid
from service.usecases.jobs import MOVES, OPEN, REFOLD, job, jobs, steer
from service.usecases.playbook import versions

desk = Desk()


@desk.get("/playbook", READ)
async def playbook(visit: Visit) -> Response:
    """After a publication with how far everybody has been derived anew."""
    found = await versions(visit.lantern)
    number = visit.asked("published")
    items = (await jobs(visit.lantern))["items"] if number else []
    listed = [each for each in items if each["kind"] == REFOLD] if isinstance(items, list) else []
    work = next((each for each in listed if str(each["playbook_version"]) == number), None)
    known = number == str(visit.lantern.shelf.latest_known.plan.version)
    return visit.page(
        "playbook.html", found=found, draft=await draft_of(visit), number=number if known else None, work=work,
        moving=known and (work is None or work["status"] in OPEN), discarded=visit.asked("discarded"),
    )  # fmt: skip


@desk.get("/playbook/diff", READ)
async def difference(visit: Visit) -> Response:
    """Between two versions, or a version and the draft; what is in force and the draft if none is named."""
    found = await compare(visit.lantern, _side(visit.asked("from")), _side(visit.asked("to")))
    return visit.page("diff.html", found=found)


def _side(text: str | None) -> int | str | None:
    """A version, `draft`, or nothing."""
    if text is None or text == "draft":
        return text
    return number_of(text)


@desk.get("/jobs", READ)
async def job_list(visit: Visit) -> Response:
    found = await jobs(visit.lantern)
    items = found["items"]
    moving = any(each["status"] in OPEN for each in items) if isinstance(items, list) else False
    return visit.page("jobs.html", items=items, moving=moving)


@desk.get("/jobs/{job}", READ)
async def one_job(visit: Visit) -> Response:
    """How far it has come; of a preview, who would get, lose or change what, and why."""
    found = await job(visit.lantern, visit.step("job"))
    names = visit.names_in(await in_hand(visit.lantern))
    return visit.page("job.html", found=found, names=names, moving=found["status"] in OPEN)


@desk.post("/jobs/{job}", PUBLISH)
async def steer_job(visit: Visit) -> Response:
    """Pause it, go on with it, or cancel it."""
    move = visit.fields.get("do", "")
    if move not in MOVES:
        raise Invalid("unknown_move", visit.words.move_unknown, visit.words.move_unknown)
    await steer(visit.lantern, visit.step("job"), move)
    return visit.go("jobs", visit.step("job"))
