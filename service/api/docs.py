"""Swagger UI without a third party, under a strict content security policy, and the document that it shows."""

from hashlib import blake2b
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from service.api.problems import dumped

STATIC = Path(__file__).parent / "static"
POLICY = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cache-control": "no-cache",
}


async def front_door(request: Request) -> Response:
    """A person who opens the service in a browser wants the documents."""
    return RedirectResponse(request.scope.get("root_path", "") + "/docs", 307)


def pages(document: dict[str, Any]) -> list[BaseRoute]:
    """The routes of the documents."""
    page = (STATIC / "docs.html").read_text(encoding="utf-8")
    plain = dumped(document)
    tag = f'"{blake2b(plain, digest_size=8).hexdigest()}"'

    async def show_docs(_request: Request) -> Response:
        return HTMLResponse(page, headers=POLICY)

    async def show_document(request: Request) -> Response:
        root = request.scope.get("root_path", "")  # behind a proxy the operations stand under its prefix
        body = dumped({**document, "servers": [{"url": root}]}) if root else plain
        if not root and request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers={"etag": tag})
        headers = {"cache-control": "no-cache", **({} if root else {"etag": tag})}
        return Response(body, headers=headers, media_type="application/json")

    return [
        Route("/", front_door, methods=["GET"]),
        Route("/docs", show_docs, methods=["GET"]),
        Route("/openapi.json", show_document, methods=["GET"]),
        Mount("/docs/static", StaticFiles(directory=STATIC)),
    ]
