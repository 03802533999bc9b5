"""Whether the process lives, whether it can serve; for machines, and open to them."""

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from service.api.problems import answer, render, request_id
from service.usecases.failures import Busy

NOT_READY = "not_ready", "暂时无法服务：数据库不可用或尚未升级", "not ready: the database is away or not migrated"


async def live(_request: Request) -> Response:
    """The process answers."""
    return answer({"status": "live"})


async def ready(request: Request) -> Response:
    """The database answers, with a schema that fits."""
    if await request.state.app.store.ready():
        return answer({"status": "ready"})
    return render(Busy(*NOT_READY), request_id(request))


routes = [
    Route("/health/live", live, methods=["GET"]),
    Route("/health/startup", live, methods=["GET"]),  # it is answered once the lifespan has opened everything
    Route("/health/ready", ready, methods=["GET"]),
]
