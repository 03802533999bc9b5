"""An old version of the playbook: its text, and putting it in force again."""

from starlette.responses import Response

from service.api.console.page import Desk
from service.api.console.publishing import PUBLISH, READ, previewed, seen_number
from service.api.console.visit import Visit
from service.usecases.definition import in_hand
from service.usecases.failures import Clash, Invalid, Unknown
from service.usecases.playbook import published
from service.usecases.publish import restore

desk = Desk()
DIGITS = 9


@desk.get("/playbook/versions/{version}", READ)
async def version(visit: Visit) -> Response:
    return await _shown(visit, number_of(visit.step("version")))


@desk.post("/playbook/versions/{version}", PUBLISH)
async def restore_version(visit: Visit) -> Response:
    """If it changes many people, it is shown first whom."""
    if not visit.fields.get("sure"):
        raise Invalid("not_sure", visit.words.restore_unsure, visit.words.restore_unsure)
    number = number_of(visit.step("version"))
    note = visit.words.restored_note % number
    try:
        made = await restore(visit.lantern, visit.actor, number, note, confirm=seen_number(visit))
    except Clash as failure:
        if failure.code != "confirm_needed":
            raise
        response = await _shown(visit, number, visit.words.publish_unconfirmed)
        response.status_code = failure.status
        return response
    return visit.go("playbook", published=made["version"])


def number_of(text: str) -> int:
    """A version as an address names it; Unknown if it names none."""
    if text.isascii() and text.isdecimal() and len(text) <= DIGITS:
        return int(text)
    raise Unknown("unknown_version", "没有这个版本", "there is no such version")


async def _shown(visit: Visit, number: int, alert: str = "") -> Response:
    found = await published(visit.lantern, number)
    newest = visit.lantern.shelf.latest_known.plan.version
    moves = await previewed(visit, str(found["etag"]), newest) if alert else None
    return visit.page(
        "version.html", found=found, old=0 < number < newest, moves=moves, alert=alert,
        names=visit.names_in(await in_hand(visit.lantern)),
    )  # fmt: skip
