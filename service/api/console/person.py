"""One person's whole picture: identities, tags with reasons, journeys, what would be offered, what happened."""

from typing import cast

from starlette.responses import Response

from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.usecases.break_ids import write_id
from service.usecases.look import look
from service.usecases.recommend import DecideRequest, consider
from service.usecases.timeline import timeline
from service.usecases.why import why

desk = Desk()
Json = dict[str, object]
GLANCE, PAGE = 8, 30
OFFERED = 3


@desk.get("/people/{profile}", "profiles:read")
async def person(visit: Visit) -> Response:
    ref = visit.step("profile")
    found = await look(visit.lantern, ref)
    ref = str(found["profile_id"])
    past = await timeline(visit.lantern, ref, GLANCE)
    asked = {name: visit.asked(name) for name in ("scenario", "channel")}
    offer = None
    if visit.may("recommendations:write"):
        request = DecideRequest(identity=ref, limit=OFFERED, **asked)
        offer = await consider(visit.lantern, request)
    return visit.page(
        "person.html", found=found, break_id=_break_id, groups=_groups(found), offer=offer, asked=asked,
        entries=[_entry(visit, each) for each in cast("list[Json]", past["items"])], more=past["next_cursor"],
    )  # fmt: skip


@desk.get("/people/{profile}/timeline", "profiles:read")
async def person_timeline(visit: Visit) -> Response:
    past = await timeline(visit.lantern, visit.step("profile"), PAGE, visit.asked("cursor"))
    entries = [_entry(visit, each) for each in cast("list[Json]", past["items"])]
    return visit.page("timeline.html", found=past, entries=entries)


@desk.get("/people/{profile}/tags/{tag}", "profiles:read")
async def tag_story(visit: Visit) -> Response:
    found = await why(visit.lantern, visit.step("profile"), visit.step("tag"))
    return visit.page("story.html", found=found)


def _break_id(profile: str, run: Json, found: Json) -> str:
    """The breakpoint that a run of his shows, as its own page is called."""
    names = str(run["journey"]), str(run["key"] or ""), str(found["stage"]), str(found["kind"])
    return write_id((int(profile, 16), *names, cast("int", found["number"])))


def _groups(found: Json) -> dict[str, list[Json]]:
    """His tags by the key of their group, in the playbook's order; those without one come under an empty key."""
    groups: dict[str, list[Json]] = {}
    for tag in cast("list[Json]", found["tags"]):
        groups.setdefault(str(tag["group"] or ""), []).append(tag)
    return groups


def _entry(visit: Visit, entry: Json) -> Json:
    """An entry of the timeline with its event, place and properties by their names."""
    if entry["kind"] == "time":
        return {**entry, "called": visit.words.time_passed, "said": []}
    key, names = str(entry["type"]), visit.names
    properties = cast("Json", entry["properties"])
    said = [(names.property(key, name), value) for name, value in properties.items()]
    place = [(visit.words.field_place, names.place(str(entry["place"])))] if entry["place"] else []
    return {**entry, "called": names.event(key), "said": [*place, *said]}
