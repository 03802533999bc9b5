"""From a draft to what is in force: what it would change, for how many people, who agrees; or it is thrown away."""

from typing import cast

from starlette.responses import Response

from service.api.console.home import draft_of
from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.usecases.compare import compare
from service.usecases.definition import in_hand
from service.usecases.editions import DRAFT
from service.usecases.failures import Clash, Failure, Invalid, Stale, Unknown
from service.usecases.jobs import PREVIEW, job
from service.usecases.playbook import discard_draft
from service.usecases.preview import preview
from service.usecases.publish import approve, asks_to_confirm, is_telling, publish

desk = Desk()
Json = dict[str, object]
READ, WRITE, PUBLISH = "playbook:read", "playbook:write", "playbook:publish"
SAMPLED, LONGEST_NOTE, DIGITS = 300, 500, 15


@desk.get("/playbook/publish", READ)
async def before_publishing(visit: Visit) -> Response:
    return await _shown(visit)


@desk.post("/playbook/publish", PUBLISH)
async def publish_draft(visit: Visit) -> Response:
    """The very draft that was looked at; else what has changed in the meantime is said, and shown."""
    note = visit.fields.get("note", "")
    if len(note) > LONGEST_NOTE:
        raise Invalid("note_too_long", visit.words.note_too_long, visit.words.note_too_long)
    etag = visit.fields.get("etag", "")
    try:
        made = await publish(visit.lantern, visit.actor, note, etag, confirm=seen_number(visit))
    except (Stale, Unknown) as failure:
        return await _shown(visit, failure, visit.words.publish_stale)
    except Clash as failure:
        if failure.code != "confirm_needed":
            raise
        return await _shown(visit, failure, visit.words.publish_unconfirmed)
    return visit.go("playbook", published=made["version"])


@desk.post("/playbook/approve", PUBLISH)
async def approve_draft(visit: Visit) -> Response:
    try:
        await approve(visit.lantern, visit.actor, visit.fields.get("etag", ""))
    except (Stale, Unknown) as failure:
        return await _shown(visit, failure, visit.words.publish_stale)
    return visit.go("playbook", "publish")


@desk.post("/playbook/discard", WRITE)
async def drop_draft(visit: Visit) -> Response:
    """Only what was looked at, and only if it was said twice."""
    if not visit.fields.get("sure"):
        raise Invalid("not_sure", visit.words.discard_unsure, visit.words.discard_unsure)
    try:
        await discard_draft(visit.lantern, visit.fields.get("etag", ""))
    except (Stale, Unknown) as failure:
        return await _shown(visit, failure, visit.words.publish_stale)
    return visit.go("playbook", discarded=1)


@desk.post("/playbook/preview", READ)
async def preview_draft(visit: Visit) -> Response:
    """On a sample, so that nobody waits for long; on everybody by the API."""
    await preview(visit.lantern, SAMPLED, by=visit.actor.name)
    return visit.go("playbook", "publish")


async def _shown(visit: Visit, failure: Failure | None = None, alert: str = "") -> Response:
    """What the draft changes; of a preview that tells, for whom."""
    draft = await draft_of(visit)
    if draft is None:
        said = visit.words.draft_gone if failure else visit.words.draft_none
        raise Unknown("no_draft", said, said)
    version = visit.lantern.shelf.latest_known.plan.version
    changes = cast("list[Json]", (await compare(visit.lantern, None, DRAFT))["items"])
    found = None if draft["problems"] else await previewed(visit, str(draft["etag"]), version)
    response = visit.page(
        "publish.html", draft=draft, changes=changes, found=found, names=visit.names_in(await in_hand(visit.lantern)),
        first=version == 0, confirms=found is not None and asks_to_confirm(found), alert=alert,
        two=visit.lantern.settings.second_approver,
    )  # fmt: skip
    if failure is not None:
        response.status_code = failure.status
    return response


async def previewed(visit: Visit, etag: str, version: int) -> Json | None:
    """The preview of this very draft, if there is one that still tells what publishing would do."""
    try:
        found = await job(visit.lantern, f"{PREVIEW}:{etag}")
    except Unknown:
        return None
    return found if is_telling(found, version) else None


def seen_number(visit: Visit) -> int | None:
    """How many people he has ticked that he has seen."""
    text = visit.fields.get("confirm", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) <= DIGITS else None
