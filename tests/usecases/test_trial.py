"""Test people: out of every count, and the only ones who can be reset."""

import pytest

from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.definition import put_definition
from service.usecases.failures import Failure
from service.usecases.follow import changes
from service.usecases.look import look
from service.usecases.preview import preview
from service.usecases.trial import reset
from service.usecases.verify import verify
from tests.usecases.given import STAFF, Json, event, put_in_force, send, statuses


def flag(number: int, who: str, *, on: bool = True) -> Json:
    return event(f"flag{number}", who, "test_profile_set", on=on)


@pytest.mark.anyio
async def test_they_are_left_out_of_previews_calibrations_and_sync(app: App) -> None:
    await put_in_force(app)
    for number in (1, 2, 3):
        await send(app, event(f"e{number}", f"member:{number}", amount=number))
    await send(app, flag(1, "member:3"))
    await put_definition(app, STAFF, "tags/all", {"when": {"always": True}}, None)
    found: Json = await preview(app)
    assert (found["profiles"], found["of"], found["tags"]["all"]["enter"]) == (2, 2, 2)
    made: Json = await calibrate(app)
    assert (made["schemes"]["tier"]["profiles"], made["schemes"]["tier"]["m0"]) == (2, 1_500_000)
    await send(app, event("e9", "member:3", order_id="o1"))
    told: Json = await changes(app, None, 500)
    late = [each for each in told["items"] if each["kind"] == "journey"]
    assert [each["test"] for each in late] == [True], "who follows the feed can pass him over"
    shown: Json = await look(app, "member:3")
    assert shown["test"] is True
    await send(app, flag(2, "member:3", on=False))
    shown = await look(app, "member:3")
    assert shown["test"] is False, "what was said last stands"


@pytest.mark.anyio
async def test_only_they_can_be_reset_and_begin_anew(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", amount=1), event("e2", "member:2", amount=1))
    with pytest.raises(Failure) as refused:
        await reset(app, "member:1")
    assert refused.value.code == "not_a_test_profile"
    await send(app, flag(1, "member:1"))
    before: Json = await look(app, "member:1")
    done: Json = await reset(app, "member:1")
    assert done["deleted_events"] == 1
    after: Json = await look(app, "member:1")
    assert (after["tags"], after["journeys"], after["test"]) == ([], [], True)
    assert after["version"] == before["version"] + 1
    told: Json = await changes(app, None, 500)
    off = [each["key"] for each in told["items"] if each["kind"] == "tag" and each["on"] is False]
    assert off == ["buyer", "fresh"], "and it is said"
    assert statuses(await send(app, event("e1", amount=1))) == ["accepted"], "the same event can come again"
    again: Json = await look(app, "member:1")
    assert [tag["key"] for tag in again["tags"]] == ["buyer", "fresh"]
    assert (await verify(app))["differences"] == 0
    other: Json = await look(app, "member:2")
    assert [tag["key"] for tag in other["tags"]] == ["buyer", "fresh"]


@pytest.mark.anyio
async def test_a_person_who_was_linked_with_one_is_safe(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", "member:1", amount=1), event("e2", "crm:1", amount=1), flag(1, "member:1"))
    await send(app, event("e3", kind="identity_linked", identity="crm:1"))
    with pytest.raises(Failure) as refused:
        await reset(app, "member:1")
    assert refused.value.code == "linked_with_a_person"
    await send(app, flag(2, "crm:1"))
    assert (await reset(app, "crm:1"))["deleted_events"] == 3
