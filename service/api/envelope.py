"""Round every request: an id that is accepted and returned, one line in the log, and the last resort when all fails."""

import logging
import re
from collections.abc import MutableMapping
from secrets import token_hex
from time import perf_counter
from typing import Any

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.api.logs import describe
from service.api.problems import FAULT, Broken, render

_log = logging.getLogger("lantern.request")
_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_SAFETY = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
REFUSED, FAILED = 400, 500


class Envelope:
    """Logs name the route, never the path, a body, an identity or a key; of a fault the places, never its words."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status = perf_counter(), 0
        offered = Headers(scope=scope).get("x-request-id", "")
        request_id = scope["request_id"] = offered if _ID.fullmatch(offered) else token_hex(8)

        async def enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *_SAFETY]
            await send(message)

        try:
            await self.app(scope, receive, enveloped)
        except ClientDisconnect:
            pass  # nobody is there to be answered
        except Exception as error:  # noqa: BLE001 - the last resort: whatever it is, the client gets a problem document
            _log.error("fault", extra={"fields": {"request_id": request_id, "fault": describe(error)}})
            if not status:
                await render(Broken(*FAULT), request_id)(scope, receive, enveloped)
        _note(scope, status, begun)


def _note(scope: MutableMapping[str, Any], status: int, begun: float) -> None:
    """What went well is worth a line only to those who debug."""
    level = logging.DEBUG if 0 < status < REFUSED else logging.ERROR if status >= FAILED else logging.INFO
    if _log.isEnabledFor(level):
        actor = scope.get("actor")
        fields = {
            "request_id": scope["request_id"],
            "method": scope["method"],
            "route": getattr(scope.get("route"), "path_format", None),
            "status": status,
            "milliseconds": round((perf_counter() - begun) * 1000, 1),
            "key_id": actor and actor.key_id,
        }
        _log.log(level, "request", extra={"fields": fields})
