"""Puts the parts together: the application, its life, and the document that describes it."""

import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from service import workers
from service.api import (
    breakpoints,
    calibrations,
    changes,
    definitions,
    docs,
    events,
    health,
    identities,
    journeys,
    keys,
    playbook,
    profiles,
    progress,
    quarantine,
    recommendations,
    search,
    sources,
    tags,
)
from service.api.attempts import Attempts
from service.api.call import State
from service.api.complaints import on_validation
from service.api.console.routes import routes as console_pages
from service.api.envelope import Envelope
from service.api.keyring import Keyring
from service.api.logs import logging_config as logging_config
from service.api.operation import Area
from service.api.pace import Pace
from service.api.pages import routes as pages
from service.api.problems import on_failure, on_http
from service.api.specification import specification
from service.settings import Settings
from service.usecases.app import App
from service.usecases.failures import Failure
from service.usecases.keys import ensure_first_key

AREAS: Sequence[Area] = [
    module.area
    for module in (
        events, profiles, progress, tags, search, journeys, breakpoints, identities, recommendations, playbook,
        definitions, changes, sources, quarantine, calibrations, keys,
    )
]  # fmt: skip
SILENT: TelemetryConfig = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def now() -> int:
    """Microseconds since 1970: the one place where a service reads the clock."""
    return time.time_ns() // 1000


def openapi_document() -> dict[str, object]:
    """The specification, as `openapi/openapi.json` holds it."""
    return specification(AREAS)


def create_app(settings: Settings, clock: Callable[[], int] = now) -> FastAPI:
    """The application on a migrated database; it opens everything when it starts."""

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncGenerator[State]:
        async with AsyncExitStack() as stack:
            app = await App.open(settings, clock)
            stack.push_async_callback(app.close)
            tell(await ensure_first_key(app))
            if settings.workers:
                await stack.enter_async_context(workers.run(app))
            yield State(app=app, keyring=Keyring(app), pace=Pace(settings.page_rate), attempts=Attempts(clock))

    made = FastAPI(lifespan=life, openapi_url=None, redirect_slashes=False, telemetry=SILENT)
    made.router.routes[:] = routes(settings)
    made.add_middleware(Envelope)
    made.add_exception_handler(Failure, on_failure)
    made.add_exception_handler(RequestValidationError, on_validation)
    made.add_exception_handler(HTTPException, on_http)
    return made


def routes(settings: Settings) -> list[BaseRoute]:
    """Every route; the busiest stand first."""
    areas = [events.bench, *AREAS] if settings.bench else AREAS
    operations = [operation for area in areas for operation in area.operations]
    return [*operations, *pages.routes, *health.routes, *console_pages, *docs.pages(openapi_document())]


def tell(key: str | None) -> None:
    """Show a generated admin key to whoever started the service; it is kept nowhere else."""
    if key is not None:
        sys.stdout.write(f"\n管理员密钥（只显示这一次） · admin key, shown once:\n\n    {key}\n\n")
        sys.stdout.flush()
