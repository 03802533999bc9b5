"""The first page: journeys at a glance, what the sources send, what waits to be repaired or published."""

from typing import cast

from starlette.responses import Response

from service.api.console.page import STAFF, Desk
from service.api.console.visit import Visit
from service.usecases import quarantine
from service.usecases.failures import Unknown
from service.usecases.journey_map import journey_maps
from service.usecases.playbook import get_draft, published
from service.usecases.sources import sources, undeclared

desk = Desk()
SHOWN = 5


@desk.get("", STAFF)
async def home(visit: Visit) -> Response:
    app = visit.lantern
    found: dict[str, object] = dict.fromkeys(("maps", "sources", "undeclared", "waiting", "draft"))
    if visit.may("journeys:read"):
        found["maps"] = await journey_maps(app)
    if visit.may("sources:read"):
        found["sources"] = (await sources(app))["items"]
        found["undeclared"] = cast("list[object]", (await undeclared(app))["items"])[:SHOWN]
    if visit.may("quarantine:read"):
        found["waiting"] = (await quarantine.page(app, None, SHOWN, "open"))["items"]
    if visit.may("playbook:read"):
        found["draft"] = await draft_of(visit)
    return visit.page("home.html", **found)


async def draft_of(visit: Visit) -> dict[str, object] | None:
    """The draft, if there is one and it says anything else than what is in force."""
    try:
        draft = await get_draft(visit.lantern)
    except Unknown:
        return None
    in_force = await published(visit.lantern)
    return None if draft["etag"] == in_force["etag"] else draft


@desk.get("/{rest:path}", STAFF)
async def no_page(_visit: Visit) -> Response:
    """Whatever else there is not; it stands last among the routes."""
    raise Unknown("not_found", "没有这个页面", "there is no such page")
