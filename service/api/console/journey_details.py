"""Behind a journey's map: its promises and targets, a funnel of chosen stages, what helps people on, comparisons."""

from typing import cast

from starlette.responses import Response

from service.api.console.choice import choice_of
from service.api.console.journeys import READ, shown
from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.core.calendar import DAY
from service.usecases.comparisons import periods, versions
from service.usecases.funnel import EXCLUDED, Steps, funnel, ordered_funnel
from service.usecases.glance import glance
from service.usecases.interactions import interactions
from service.usecases.journey_health import journey_health
from service.usecases.promises import promises

desk = Desk()
Json = dict[str, object]
WITHIN = ("1", "3", "7", "30")  # days


@desk.get("/journeys/{journey}/promises", READ)
async def journey_promises(visit: Visit) -> Response:
    """For every class what it was promised, week by week and place by place; and every target."""
    choice = choice_of(visit)
    asked = choice.of(visit.step("journey"), visit.lantern.clock())
    weeks, places = await promises(visit.lantern, asked, "week"), await promises(visit.lantern, asked, "place")
    both = list(zip(cast("list[Json]", weeks["items"]), cast("list[Json]", places["items"]), strict=True))
    return shown(visit, choice, "promises.html", found=weeks, promised=both)


@desk.get("/journeys/{journey}/funnel", READ)
async def journey_funnel(visit: Visit) -> Response:
    """The stages that were ticked, one after the other; all that are not optional if none was."""
    choice, key = choice_of(visit), visit.step("journey")
    asked = choice.of(key, visit.lantern.clock())
    whole = await funnel(visit.lantern, asked)
    listed = cast("list[Json]", whole["stages"])
    ticked = set(visit.query_params.getlist("stage"))
    known = [str(each["stage"]) for each in listed]
    chosen = tuple(each for each in known if each in ticked)
    chosen = chosen or tuple(str(each["stage"]) for each in listed if not each["optional"]) or tuple(known)
    days = visit.asked("within") or ""
    days = days if days in WITHIN else ""
    without = tuple(each for each in EXCLUDED if each in visit.query_params.getlist("without"))
    steps = Steps(stages=chosen[:20], within=int(days) * DAY if days else None, without=without)
    found = await ordered_funnel(visit.lantern, asked, steps)
    return shown(
        visit, choice, "funnel.html", found=found, chosen=chosen, known=known, within=days, withins=WITHIN,
        without=without, excluded=EXCLUDED,
    )  # fmt: skip


@desk.get("/journeys/{journey}/lines", READ)
async def journey_lines(visit: Visit) -> Response:
    """Of one stage; where it breaks most, unless another is chosen."""
    choice, key = choice_of(visit), visit.step("journey")
    asked = choice.of(key, visit.lantern.clock())
    stage = visit.asked("stage")
    if stage is None:
        worst = cast("Json | None", (await glance(visit.lantern, asked))["worst"])
        journey = visit.lantern.shelf.latest_known.plan.playbook.journeys[key]
        stage = str(worst["stage"]) if worst else journey.stages[-1].key
    return shown(visit, choice, "lines.html", found=await interactions(visit.lantern, asked, stage), stage=stage)


@desk.get("/journeys/{journey}/compared", READ)
async def journey_compared(visit: Visit) -> Response:
    """With the span before, and with the version before."""
    choice = choice_of(visit)
    asked = choice.of(visit.step("journey"), visit.lantern.clock())
    reached, health = await funnel(visit.lantern, asked), await journey_health(visit.lantern, asked)
    stages = await periods(visit.lantern, asked)
    editions = await versions(visit.lantern, asked)
    return shown(visit, choice, "compared.html", found=reached, health=health, stages=stages, editions=editions)
