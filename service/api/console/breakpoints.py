"""Breakpoints: everybody's with filters, and one with what staff make of it."""

from typing import Any

from pydantic import ValidationError
from starlette.responses import Response

from service.api.complaints import SHAPE, complaints
from service.api.console.choice import DAYS as SPANS
from service.api.console.choice import my_place
from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.api.schemas.breakpoints import NoteRequest
from service.core.calendar import DAY
from service.core.enrollment import KINDS
from service.usecases.annotate import annotate, view_break
from service.usecases.breaks import EITHER, ENDS, BreaksQuery, BreaksWanted, breaks
from service.usecases.failures import Invalid

desk = Desk()
Json = dict[str, Any]
READ, WRITE = "journeys:read", "journeys:write"
DAYS = ("1", *SPANS)
FILTERS = ("journey", "stage", "kind", "days", "place", "channel", "persona", "assigned_to")


@desk.get("/breakpoints", READ)
async def breakpoints(visit: Visit) -> Response:
    """Those that stand, unless others are asked for."""
    asked = {name: visit.asked(name) for name in FILTERS}
    asked["place"] = my_place(visit)
    asked["state"] = visit.asked("state") or "open"
    days = asked["days"] if asked["days"] in DAYS else None
    open_, with_run = ENDS.get(asked["state"], EITHER)
    wanted = BreaksWanted(
        journey=asked["journey"],
        stage=asked["stage"],
        kind=asked["kind"],
        open=open_,
        with_run=with_run,
        since=visit.lantern.clock() - int(days) * DAY if days else None,
        place=asked["place"],
        channel=asked["channel"],
        cls=asked["persona"],
        assigned_to=asked["assigned_to"],
    )
    found = await breaks(visit.lantern, BreaksQuery(wanted=wanted, cursor=visit.asked("cursor")))
    playbook = visit.lantern.shelf.latest_known.plan.playbook
    stages = {stage.key: visit.names.of(stage) for each in playbook.journeys.values() for stage in each.stages}
    scheme = next(iter(playbook.personas.values()), None)
    values = {
        "kinds": dict.fromkeys(KINDS), "journeys": playbook.journeys, "stages": stages, "places": playbook.places,
        "classes": scheme.classes if scheme else (), "spans": DAYS,
    }  # fmt: skip
    return visit.page("breakpoints.html", found=found, asked=asked, **values)


@desk.get("/breakpoints/{id}", READ)
async def breakpoint_story(visit: Visit) -> Response:
    return visit.page("breakpoint.html", found=await view_break(visit.lantern, visit.step("id")))


@desk.post("/breakpoints/{id}", WRITE)
async def note_breakpoint(visit: Visit) -> Response:
    """A note, and to whom it is given."""
    given = {name: visit.fields.get(name) for name in ("text", "assigned_to")}
    given["text"] = given["text"] or None
    try:
        asked = NoteRequest.model_validate(given)
    except ValidationError as error:
        raise Invalid(*SHAPE, complaints(error.errors(include_url=False, include_input=False))) from None
    word = visit.step("id")
    before = (await view_break(visit.lantern, word))["assigned_to"] or ""
    given_to = asked.assigned_to if asked.assigned_to != before else None  # the form always says to whom
    await annotate(visit.lantern, visit.actor, word, text=asked.text, assigned_to=given_to)
    return visit.go("breakpoints", word)
