"""Problem details (RFC 9457): one rendering for all that goes wrong, in two languages; input is never repeated."""

from collections.abc import Mapping

from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from service.core.problem import Problem
from service.usecases.failures import Busy, Failure

MEDIA = "application/problem+json"
PARAMETER = "?"  # a Problem whose pointer starts so is about a parameter, not about a place in the body
dumped = TypeAdapter(object).dump_json


class Unreadable(Failure):
    """The body cannot be read at all."""

    status = 400


class Unauthorised(Failure):
    """Without a valid key."""

    status = 401


class NotAllowed(Failure):
    """The path knows other methods."""

    status = 405


class TooSlow(Failure):
    """A body that does not come to its end."""

    status = 408


class TooLarge(Failure):
    """More than is taken."""

    status = 413


class WrongMedia(Failure):
    """The body is in a format that is not read here."""

    status = 415


class TooMany(Failure):
    """More often than is fair to others."""

    status = 429
    retry_after = 1


class Broken(Failure):
    """A fault of ours."""

    status = 500


NO_PATH = "not_found", "没有这个地址", "there is no such path"
NO_METHOD = "method_not_allowed", "这个地址不支持该方法", "this path does not take this method"
FAULT = "internal_error", "服务内部错误，请反馈 request_id", "a fault of the service; please report the request_id"


def answer(content: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Anything that JSON can say, dumped once; nobody on the way may keep it."""
    kept = {"cache-control": "no-store", **(headers or {})}
    return Response(dumped(content), status, kept, "application/json")


def render(failure: Failure, request_id: str, headers: Mapping[str, str] | None = None) -> Response:
    """The problem document."""
    document = {
        "type": f"urn:lantern:problem:{failure.code}",
        "title": failure.zh,
        "title_en": failure.en,
        "status": failure.status,
        "code": failure.code,
        "errors": [_item(problem) for problem in failure.problems],
        "request_id": request_id,
    }
    known = {"cache-control": "no-store", **_advice(failure), **(headers or {})}
    return Response(dumped(document), failure.status, known, MEDIA)


def _item(problem: Problem) -> dict[str, str]:
    where = {"parameter": problem.pointer[1:]} if problem.pointer.startswith(PARAMETER) else {}
    pointer = "" if where else problem.pointer
    return {"code": problem.code, "pointer": pointer, **where, "title": problem.zh, "title_en": problem.en}


def _advice(failure: Failure) -> dict[str, str]:
    if isinstance(failure, Busy | TooMany):
        return {"retry-after": str(failure.retry_after)}
    return {"www-authenticate": 'Bearer realm="lantern"'} if isinstance(failure, Unauthorised) else {}


def request_id(request: Request) -> str:
    return str(request.scope.get("request_id", ""))


async def on_failure(request: Request, error: Exception) -> Response:
    """Handle what a use case or the door itself refused."""
    assert isinstance(error, Failure)
    return render(error, request_id(request))


async def on_http(request: Request, error: Exception) -> Response:
    """Handle what the framework itself refuses: unknown paths and methods."""
    assert isinstance(error, HTTPException)
    if error.status_code == NotAllowed.status:
        return render(NotAllowed(*NO_METHOD), request_id(request), {"allow": allowed(request)})
    failure = Failure(*NO_PATH)
    failure.status = error.status_code
    return render(failure, request_id(request), error.headers)


def allowed(request: Request) -> str:
    """Every method that the path takes; the framework names those of one route only."""
    routes = (route for route in request.app.router.routes if route.matches(request.scope)[0].value)
    return ", ".join(sorted({method for route in routes for method in getattr(route, "methods", None) or ()}))
