"""Pages as routes: each says whom it lets in; whatever goes wrong is told as a page, too."""

from collections.abc import Awaitable, Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.api.console.cookies import LANGUAGE, STRANGER
from service.api.console.language import LANGUAGES, PARAMETER
from service.api.console.visit import ROOT, Visit
from service.api.problems import Unauthorised, request_id
from service.usecases.failures import Busy, Failure, Forbidden
from service.usecases.sessions import form_token

Endpoint = Callable[[Visit], Awaitable[Response]]
NO_COOKIE = (
    "no_cookie",
    "浏览器没有保留登录所需的 Cookie：请用 https（或在本机用 localhost）打开，并允许 Cookie，再试一次",
    "your browser kept no cookie: open this page over https (or as localhost), allow cookies, and try again",
)
ANYBODY, STAFF = "", "*"  # before the door; whoever is logged in


class Page(Route):
    """A page that lets nobody in without a session whose key has the scope."""

    def __init__(self, path: str, endpoint: Endpoint, *, method: str, needs: str) -> None:
        self.needs = needs
        self.visited = endpoint
        super().__init__(ROOT + path, self._serve, methods=[method], name=f"console_{endpoint.__name__}")

    async def _serve(self, request: Request) -> Response:
        visit = Visit(request.scope, request.receive)
        visit.scope["route"] = self  # for the log, which names routes and never paths
        try:
            await self._admit(visit)
            response = await self.visited(visit)
        except Unauthorised:
            back = visit.url.path + (f"?{visit.url.query}" if visit.url.query else "")
            return visit.go("login", then=back if visit.method == "GET" else None)
        except Failure as failure:
            response = refused(visit, failure)
        _remember_language(visit, response)
        return response

    async def _admit(self, visit: Visit) -> None:
        """First who he is, then what he may, and only then what he sends."""
        if self.needs != ANYBODY:
            await visit.recognise()
        if self.needs not in {ANYBODY, STAFF}:
            visit.require(self.needs)
        if visit.method == "POST":
            await visit.read_form(visit.staff.form if visit.staff else _of_stranger(visit))


def _of_stranger(visit: Visit) -> str:
    """What the form of somebody who is not logged in has to carry."""
    held = STRANGER.of(visit)
    if not held:
        raise Forbidden(*NO_COOKIE)
    return form_token(held)


def refused(visit: Visit, failure: Failure) -> Response:
    """What a use case would not do, as a page."""
    response = visit.page("refused.html", failure=failure, request_id=request_id(visit))
    response.status_code = failure.status
    if isinstance(failure, Busy):
        response.headers["retry-after"] = str(failure.retry_after)
    return response


def _remember_language(visit: Visit, response: Response) -> None:
    chosen = visit.query_params.get(PARAMETER, "")
    if chosen in LANGUAGES:
        LANGUAGE.put(visit, response, chosen)


class Desk:
    """The pages of one subject."""

    def __init__(self) -> None:
        self.pages: list[Page] = []

    def get(self, path: str, needs: str) -> Callable[[Endpoint], Endpoint]:
        return self._page("GET", path, needs)

    def post(self, path: str, needs: str) -> Callable[[Endpoint], Endpoint]:
        return self._page("POST", path, needs)

    def _page(self, method: str, path: str, needs: str) -> Callable[[Endpoint], Endpoint]:
        def add(endpoint: Endpoint) -> Endpoint:
            self.pages.append(Page(path, endpoint, method=method, needs=needs))
            return endpoint

        return add
