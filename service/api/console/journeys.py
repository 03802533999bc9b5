"""Journey maps: where it breaks, since when, for whom, what helps; who stands where and how people move."""

from typing import cast

from starlette.responses import Response

from service.api.console.choice import DAYS, Choice, choice_of, remember
from service.api.console.curves import bars, curve
from service.api.console.drawing import picture
from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.core.playbook.definitions import Playbook
from service.usecases.flow import times, transitions
from service.usecases.funnel import funnel
from service.usecases.glance import glance
from service.usecases.journey_health import feedback, journey_health
from service.usecases.journey_map import journey_map, journey_maps
from service.usecases.promises import promises

desk = Desk()
Json = dict[str, object]
READ = "journeys:read"


@desk.get("/journeys", READ)
async def journeys(visit: Visit) -> Response:
    choice = choice_of(visit)
    found = await journey_maps(visit.lantern, choice.only[:1] if choice.place else ())
    page = visit.page("journeys.html", found=found, choice=choice, places=_playbook(visit).places)
    return remember(visit, page)


@desk.get("/journeys/{journey}", READ)
async def journey(visit: Visit) -> Response:
    """People and open breakpoints are those of now; all else is of the last days."""
    app, key, choice = visit.lantern, visit.step("journey"), choice_of(visit)
    asked = choice.of(key, app.clock())
    found = await journey_map(app, asked)
    health, flow, seen = await journey_health(app, asked), await transitions(app, asked), await glance(app, asked)
    felt = await feedback(app, asked)
    said = {"funnel": await funnel(app, asked), "times": await times(app, asked), "felt": felt}
    by_stage = {
        name: {each["stage"]: each for each in cast("list[Json]", each["stages"])} for name, each in said.items()
    }
    by_stage["by_health"] = {each["stage"]: each for each in cast("list[Json]", health["stages"])}
    since = cast("Json | None", seen.get("since"))
    drawn = {
        "picture": picture(found, flow, health, visit.language),
        "curve": curve(cast("list[Json]", felt["stages"])),
        "bars": bars(cast("list[Json]", seen["days"]), str(since["day"]) if since else None) if seen["worst"] else None,
    }
    return shown(
        visit, choice, "journey.html", found=found, health=health, seen=seen, kept=await promises(app, asked),
        channels=seen["channels"], **drawn, **by_stage,
    )  # fmt: skip


def shown(visit: Visit, choice: Choice, template: str, **values: object) -> Response:
    """A page about one journey, with what can be chosen on it and what its stages are called."""
    playbook, key = _playbook(visit), visit.step("journey")
    journey, names = playbook.journeys[key], visit.names
    scheme = next(iter(playbook.personas.values()), None)
    return remember(visit, visit.page(
        template, choice=choice, spans=DAYS, places=playbook.places, classes=scheme.classes if scheme else (),
        journey=journey, names={each.key: names.of(each) for each in journey.stages}, title=names.of(journey), **values,
    ))  # fmt: skip


def _playbook(visit: Visit) -> Playbook:
    return visit.lantern.shelf.latest_known.plan.playbook
