"""A unit of work that meets a faster one is run again, a few times; then the answer is busy."""

import pytest

from service.store import Conflict, Unavailable, Unit
from service.usecases.app import TRIES, App
from service.usecases.definitions import Definitions
from service.usecases.failures import Busy


@pytest.mark.anyio
async def test_who_was_slower_tries_again(app: App) -> None:
    tries = list[int]()

    def work(_unit: Unit, _definitions: Definitions) -> str:
        tries.append(1)
        if len(tries) < TRIES:
            raise Conflict
        return "done"

    assert await app.write(work) == "done"
    assert len(tries) == TRIES


@pytest.mark.anyio
async def test_who_is_always_slower_is_told_to_come_back(app: App) -> None:
    def work(_unit: Unit, _definitions: Definitions) -> None:
        raise Conflict

    for ask in (app.write, app.read):
        with pytest.raises(Busy) as busy:
            await ask(work)
        assert busy.value.status == 503


@pytest.mark.anyio
async def test_nobody_knocks_again_at_a_database_that_cannot_serve(app: App) -> None:
    tries = list[int]()

    def work(_unit: Unit, _definitions: Definitions) -> None:
        tries.append(1)
        raise Unavailable

    for ask in (app.write, app.read):
        tries.clear()
        with pytest.raises(Busy):
            await ask(work)
        assert len(tries) == 1
