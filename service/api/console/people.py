"""Finding people: one by his identity, many by tag, persona and journey."""

from typing import cast

from starlette.responses import Response

from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.core.playbook.read_conditions import JOURNEY_STATUSES
from service.usecases.glimpse import glimpses
from service.usecases.look import look
from service.usecases.search import Query, search

desk = Desk()
Json = dict[str, object]
PAGE = 20
FILTERS = ("tag", "value", "persona", "journey", "stage", "status")


@desk.get("/people", "profiles:read")
async def people(visit: Visit) -> Response:
    asked = {name: visit.asked(name) for name in FILTERS}
    playbook = visit.lantern.shelf.latest_known.plan.playbook
    where, found, shown = _where(asked), None, list[Json]()
    if where is not None:
        visit.require("profiles:search")
        query = Query(where=where, limit=PAGE, cursor=visit.asked("cursor"), count=True)
        found = await search(visit.lantern, query)
        listed = [str(each["profile_id"]) for each in cast("list[Json]", found["items"])]
        shown = await glimpses(visit.lantern, listed)
    values = {"asked": asked, "found": found, "shown": shown, "statuses": JOURNEY_STATUSES}
    return visit.page("people.html", playbook=playbook, **values)


@desk.post("/people", "profiles:read")
async def find_person(visit: Visit) -> Response:
    """By identity, which stays out of addresses and logs: from here it goes on by the profile's id."""
    found = await look(visit.lantern, visit.fields.get("identity", ""))
    return visit.go("people", str(found["profile_id"]))


def _where(asked: dict[str, str | None]) -> Json | None:
    """What is searched; None if nothing was chosen."""
    parts: list[Json] = []
    if asked["tag"]:
        parts.append({"tag": asked["tag"], **({"eq": asked["value"]} if asked["value"] else {})})
    if asked["persona"]:
        scheme, _, name = asked["persona"].partition("/")
        parts.append({"persona": {"scheme": scheme, "in": [name]}})
    if asked["journey"]:
        wanted = {name: asked[name] for name in ("journey", "stage", "status") if asked[name]}
        parts.append({"journey": wanted})
    return {"all": parts} if parts else None
