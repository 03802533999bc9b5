"""Long work over all profiles as people see it: how long it will take, what it has found, what may be done to it."""

from typing import Any

import pytest

from service.core.calendar import SECOND
from service.usecases import jobs
from service.usecases.app import App
from service.usecases.definition import put_definition
from service.usecases.due import refold_stale
from service.usecases.failures import Failure
from service.usecases.group import fold_log
from service.usecases.preview import go_on, preview, preview_all
from tests.usecases.given import NOON, STAFF, Clock, Json, event, put_in_force, send

ALWAYS = {"name": "所有人", "when": {"always": True}}
REGULAR = {"name": "常客", "when": {"count": {"event": "order_paid"}, "gte": 2}}


async def people(app: App, number: int) -> None:
    for who in range(1, number + 1):
        await send(app, *(event(f"e{who}-{n}", f"member:{who}", t=NOON - n) for n in range(1 + who % 2)))


async def not_cancelled(app: App, job_id: str) -> None:
    with pytest.raises(Failure) as refused:
        await jobs.steer(app, job_id, "cancel")
    assert (refused.value.status, refused.value.code) == (409, "not_cancellable")


@pytest.mark.anyio
async def test_only_a_preview_is_cancelled(app: App) -> None:
    await put_in_force(app)
    await people(app, 3)
    await put_in_force(app, tags={"all": ALWAYS})
    await refold_stale(app, 1)
    (refold,) = [each["job_id"] for each in dict[str, Any](await jobs.jobs(app))["items"] if each["kind"] == "refold"]
    await not_cancelled(app, refold)
    await jobs.steer(app, refold, "pause")
    await not_cancelled(app, refold)
    begun: Json = await preview_all(app, by="lily")
    assert (await jobs.steer(app, begun["job_id"], "cancel"))["status"] == "cancelled"
    assert await go_on(app) == 0


@pytest.mark.anyio
async def test_the_estimate_is_what_is_left_at_the_rate_so_far(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_in_force(app)
    await people(app, 30)
    while await refold_stale(app, 50):
        pass
    await put_in_force(app, tags={"all": ALWAYS})

    def slowly(*given: Any) -> Any:
        clock.now += 3 * SECOND
        return fold_log(*given)

    monkeypatch.setattr("service.usecases.due.fold_log", slowly)
    assert await refold_stale(app, 10) == 10
    listed: Json = await jobs.jobs(app)
    running = next(each for each in listed["items"] if each["status"] == "running")
    assert (running["done"], running["eta_seconds"]) == (10, 60)
    clock.now += 3600 * SECOND  # nobody works meanwhile
    assert (await jobs.steer(app, running["job_id"], "pause"))["eta_seconds"] == 60
    await jobs.steer(app, running["job_id"], "resume")
    assert await refold_stale(app, 15) == 15
    assert (await jobs.job(app, running["job_id"]))["eta_seconds"] == 15


@pytest.mark.anyio
async def test_the_job_of_a_preview_says_what_the_preview_says(app: App) -> None:
    await put_in_force(app)
    await people(app, 130)
    await put_definition(app, STAFF, "tags/regular", REGULAR, None)
    begun: Json = await preview_all(app, by="lily")
    waiting = await jobs.job(app, begun["job_id"])
    assert waiting == begun
    assert (waiting["complete"], waiting["would_move"], waiting["share"]) == (False, 0, 0.0)
    assert await go_on(app) == 100
    half: Json = await jobs.job(app, begun["job_id"])
    assert (half["status"], half["complete"], half["profiles"]) == ("running", False, 100)
    assert half["would_move"] == round(half["moved"] * 130 / 100) > 0
    await go_on(app)
    done: Json = await jobs.job(app, begun["job_id"])
    assert (done["complete"], done["would_move"], done["share"]) == (True, 65, 0.5)
    sampled: Json = await preview(app, 200)
    assert sampled.keys() == done.keys()
    assert sampled["estimated_seconds"] == done["estimated_seconds"] == 0.0, "the clock stands"
