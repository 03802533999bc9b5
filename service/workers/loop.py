"""The loops that time drives; each runs until it is told to stop, and survives whatever one round meets."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager

from service.core.calendar import DAY
from service.usecases.app import App
from service.usecases.calibrate import calibrate, last_calibrated
from service.usecases.due import rederive_due, refold_stale
from service.usecases.failures import Busy, Failure
from service.usecases.preview import go_on

log = logging.getLogger(__name__)
IDLE = 0.5  # seconds between looks when nothing was found: "within a second of its due instant"
BATCH = 200
CALIBRATION_LOOK = 600.0
Round = Callable[[App], Awaitable[float]]


@asynccontextmanager
async def run(app: App) -> AsyncGenerator[None]:
    """Run the workers while the context lasts."""
    tasks = [
        asyncio.create_task(_forever(app, each), name=each.__name__)
        for each in (due_round, stale_round, preview_round, calibration_round)
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _forever(app: App, work: Round) -> None:
    while True:
        try:
            pause = await work(app)
        except Failure as failure:
            log.warning("%s will try again: %s", work.__name__, failure.code)
            pause = IDLE * 4
        except Exception:  # a round that fails must not end the loop
            log.exception("%s failed and will try again", work.__name__)
            pause = IDLE * 10
        await asyncio.sleep(pause)


async def due_round(app: App) -> float:
    """Derive profiles that silence has changed; answers how long to rest."""
    limit = BATCH
    while True:
        try:
            found = await rederive_due(app, limit)
        except Busy:  # live events are at the same profiles: fewer at a time are sooner free of them
            if limit == 1:
                raise
            limit //= 2
        else:
            return 0.0 if found == limit else IDLE


async def stale_round(app: App) -> float:
    """Fold profiles again whose facts were made under other definitions; live requests go first."""
    if app.committer.waiting:
        return 0.05
    return IDLE if await refold_stale(app, BATCH // 4) == 0 else 0.0


async def preview_round(app: App) -> float:
    """Go on with comparing a draft on everybody; live requests go first."""
    if app.committer.waiting:
        return 0.05
    return IDLE if await go_on(app) == 0 else 0.0


async def calibration_round(app: App) -> float:
    """Calibrate once a day, and only if something moved enough."""
    if app.clock() - await last_calibrated(app) >= DAY:
        await calibrate(app, force=False)
    return CALIBRATION_LOOK
