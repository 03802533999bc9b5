"""All pages of the console, and the files they need."""

from starlette.responses import Response
from starlette.routing import BaseRoute, Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from service.api.console import (
    breakpoints,
    enter,
    home,
    journey_details,
    journeys,
    people,
    person,
    publishing,
    tag_form,
    versions,
    work,
)
from service.api.console.visit import ROOT, STATIC

LASTING = "public, max-age=31536000, immutable"  # each edition has its own address


class Files(StaticFiles):
    """Our own files: the same address is the same file for ever."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["cache-control"] = LASTING
        return response


DESKS = (enter, journeys, journey_details, breakpoints, people, person, tag_form, publishing, versions, work, home)

routes: list[BaseRoute] = [
    Mount(f"{ROOT}/static", Files(directory=STATIC)),
    *(page for desk in DESKS for page in desk.desk.pages),
]
