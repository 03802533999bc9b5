"""Journey maps, and breakpoints with filters."""

from typing import cast

from starlette.responses import Response

from service.api.console.drawing import picture
from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.core.calendar import DAY
from service.core.enrollment import KINDS
from service.usecases.breaks import BreaksQuery, BreaksWanted, breaks
from service.usecases.flow import times, transitions
from service.usecases.funnel import funnel
from service.usecases.journey_health import feedback, journey_health
from service.usecases.journey_map import journey_map, journey_maps
from service.usecases.spans import Asked

desk = Desk()
Json = dict[str, object]
READ = "journeys:read"
DAYS = ("1", "7", "30")
SPANS = ("7", "28", "90")  # days
STATES = {"open": True, "resolved": False}


@desk.get("/journeys", READ)
async def journeys(visit: Visit) -> Response:
    return visit.page("journeys.html", found=await journey_maps(visit.lantern))


@desk.get("/journeys/{journey}", READ)
async def journey(visit: Visit) -> Response:
    """People and breakpoints are those of now; flow, times, health and ratings those of the last days."""
    app, key = visit.lantern, visit.step("journey")
    days = visit.asked("days") or ""
    days = days if days in SPANS else "28"
    now = app.clock()
    asked = Asked(journey=key, start=now - int(days) * DAY, end=now)
    found = await journey_map(app, key)
    health, flow = await journey_health(app, asked), await transitions(app, asked)
    said = {"funnel": await funnel(app, asked), "times": await times(app, asked), "felt": await feedback(app, asked)}
    by_stage = {
        name: {each["stage"]: each for each in cast("list[Json]", each["stages"])} for name, each in said.items()
    }
    by_stage["by_health"] = {each["stage"]: each for each in cast("list[Json]", health["stages"])}
    drawn = picture(found, flow, health, visit.language)
    return visit.page("journey.html", found=found, picture=drawn, health=health, days=days, spans=SPANS, **by_stage)


@desk.get("/breakpoints", READ)
async def breakpoints(visit: Visit) -> Response:
    """Those that stand, unless others are asked for."""
    asked = {name: visit.asked(name) for name in ("journey", "stage", "kind", "days")}
    asked["state"] = visit.asked("state") or "open"
    days = asked["days"] if asked["days"] in DAYS else None
    wanted = BreaksWanted(
        journey=asked["journey"],
        stage=asked["stage"],
        kind=asked["kind"],
        open=STATES.get(asked["state"] or ""),
        since=visit.lantern.clock() - int(days) * DAY if days else None,
    )
    found = await breaks(visit.lantern, BreaksQuery(wanted=wanted, cursor=visit.asked("cursor")))
    known = visit.lantern.shelf.latest_known.plan.playbook.journeys
    stages = {stage.key: stage.name for each in known.values() for stage in each.stages}
    values = {"kinds": KINDS, "days": DAYS, "journeys": known, "stages": stages}
    return visit.page("breakpoints.html", found=found, asked=asked, **values)
