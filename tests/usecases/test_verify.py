"""Verifying finds what is wrong: facts that are not those of the log, words that do not follow from the facts."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest

from service.store import ProfileRow, Unit
from service.usecases import verify as verifying
from service.usecases.app import App
from service.usecases.verify import verify
from tests.usecases.given import Json, event, put_in_force, send

PEOPLE = verifying.PAGE + 20  # more than a page


def other_facts(row: ProfileRow) -> ProfileRow:
    return replace(row, facts=row.facts[:-1] + bytes([row.facts[-1] ^ 1]))


def other_words(row: ProfileRow) -> ProfileRow:
    standing = json.loads(row.standing)
    del standing["said"]["tag"]["buyer"]
    return replace(row, standing=json.dumps(standing).encode())


def damage(unit: Unit, wrong: Callable[[ProfileRow], ProfileRow]) -> str:
    """Change the last profile's row beside the fold; answers whose it is."""
    row = unit.profiles.scan(0, 1000)[-1]
    unit.profiles.save([replace(wrong(row), version=row.version + 1)])
    return f"{row.profile:016x}"


@pytest.mark.anyio
@pytest.mark.parametrize(("wrong", "what"), [(other_facts, "facts"), (other_words, "said")])
async def test_one_wrong_profile_is_found_and_named(
    app: App, wrong: Callable[[ProfileRow], ProfileRow], what: str
) -> None:
    await put_in_force(app)
    await send(app, *(event("e1", f"member:m{number}", amount=number, order_id="o1") for number in range(PEOPLE)))
    steps = list[tuple[int, int]]()
    well = {"profiles": PEOPLE, "stale": 0, "differences": 0, "examples": []}
    assert await verify(app, progress=lambda done, total: steps.append((done, total))) == well
    assert steps == [(verifying.PAGE, PEOPLE), (PEOPLE, PEOPLE)]
    who = await app.store.write(lambda unit: damage(unit, wrong))
    found: Json = await verify(app)
    assert found == well | {"differences": 1, "examples": [{"profile_id": who, "what": what}]}
    found = await verify(app, limit=PEOPLE - 1)
    assert (found["profiles"], found["differences"]) == (PEOPLE - 1, 0), "no further than it was asked to"


@pytest.mark.anyio
async def test_steps_that_are_not_those_of_the_log_are_found(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"))
    assert (await verify(app))["differences"] == 0

    def lose(unit: Unit) -> None:
        (profile,) = unit.profiles.scan(0, 10)
        unit.steps.remove_profiles([profile.profile])

    await app.store.write(lose)
    found: Json = await verify(app)
    assert [each["what"] for each in found["examples"]] == ["steps"]
