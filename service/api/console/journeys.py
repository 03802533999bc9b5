"""Journey maps, and breakpoints with filters."""

from starlette.responses import Response

from service.api.console.drawing import picture
from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.core.calendar import DAY
from service.core.enrollment import KINDS
from service.usecases.breaks import BreaksQuery, breaks
from service.usecases.journey_map import journey_map, journey_maps

desk = Desk()
DAYS = ("1", "7", "30")
STATES = {"open": True, "resolved": False}


@desk.get("/journeys", "profiles:search")
async def journeys(visit: Visit) -> Response:
    return visit.page("journeys.html", found=await journey_maps(visit.lantern))


@desk.get("/journeys/{journey}", "profiles:search")
async def journey(visit: Visit) -> Response:
    found = await journey_map(visit.lantern, visit.step("journey"))
    return visit.page("journey.html", found=found, picture=picture(found, visit.language))


@desk.get("/breakpoints", "profiles:search")
async def breakpoints(visit: Visit) -> Response:
    """Those that stand, unless others are asked for."""
    asked = {name: visit.asked(name) for name in ("journey", "stage", "kind", "days")}
    asked["state"] = visit.asked("state") or "open"
    days = asked["days"] if asked["days"] in DAYS else None
    query = BreaksQuery(
        journey=asked["journey"],
        stage=asked["stage"],
        kind=asked["kind"],
        open=STATES.get(asked["state"] or ""),
        since=visit.lantern.clock() - int(days) * DAY if days else None,
        cursor=visit.asked("cursor"),
    )
    found = await breaks(visit.lantern, query)
    known = visit.lantern.shelf.latest_known.plan.playbook.journeys
    stages = {stage.key: stage.name for each in known.values() for stage in each.stages}
    values = {"kinds": KINDS, "days": DAYS, "journeys": known, "stages": stages}
    return visit.page("breakpoints.html", found=found, asked=asked, **values)
