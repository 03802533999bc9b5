"""Journey maps: who stands where, how people move, how well it goes."""

from typing import cast

from starlette.responses import Response

from service.api.console.drawing import picture
from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.core.calendar import DAY
from service.usecases.break_counts import break_counts
from service.usecases.flow import times, transitions
from service.usecases.funnel import funnel
from service.usecases.journey_health import feedback, journey_health
from service.usecases.journey_map import journey_map, journey_maps
from service.usecases.spans import Asked

desk = Desk()
PLACES = 8  # where it breaks most
Json = dict[str, object]
READ = "journeys:read"
SPANS = ("7", "28", "90")  # days


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
    by_place = cast("list[Json]", (await break_counts(app, asked, ("place",)))["items"])
    by_stage["broken"] = {
        str(cast("Json", cast("Json", each["key"])["place"])["key"] or ""): each for each in by_place[:PLACES]
    }
    return visit.page("journey.html", found=found, picture=drawn, health=health, days=days, spans=SPANS, **by_stage)
