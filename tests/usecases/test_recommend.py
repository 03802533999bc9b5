"""Offers: decisions are kept, outcomes become events, and the contact policy holds on all channels at once."""

import asyncio
from dataclasses import replace

import pytest

from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.usecases import recommend
from service.usecases.app import App
from service.usecases.failures import Failure
from service.usecases.recommend import DecideRequest, consider, decide, explain, outcome
from service.usecases.verify import verify
from tests.usecases.given import NOON, SYSTEM, Clock, Json, event, opened, put_in_force, send

AT_TILL = DecideRequest(identity="member:1", channel="pos")
AT_HOME = DecideRequest(identity="member:1", channel="app")


async def offered(app: App, request: DecideRequest) -> list[str]:
    made: Json = await decide(app, request)
    return [each["service"] for each in made["items"]]


async def happened(app: App, made: Json, what: str, at: int, service: str = "tasting") -> str:
    found: Json = await outcome(app, SYSTEM, made["decision_id"], service=service, outcome=what, occurred_at=at)
    return str(found["status"])


async def moments(app: App, kind: str) -> list[int]:
    """When events of this type happened to him, as the log has it."""
    return await app.store.read(
        lambda unit: [
            row.t
            for row in unit.events.of_roots([row.root for row in unit.identities.find(["member:1"]).values()])
            if row.type == kind
        ]
    )


async def logged(app: App, kind: str) -> int:
    return len(await moments(app, kind))


@pytest.mark.anyio
async def test_a_decision_is_kept_with_every_candidate(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    made: Json = await decide(app, AT_TILL)
    kept: Json = await explain(app, made["decision_id"])
    kept_items = [{name: value for name, value in each.items() if name != "recovery"} for each in kept["items"]]
    assert {key: kept[key] for key in made} | {"items": kept_items} == made
    assert [each["service"] for each in kept["candidates"]] == ["tasting", "reminder"]
    assert (kept["version"], kept["outcomes"]) == (1, [])


@pytest.mark.anyio
async def test_an_offer_has_its_name_in_english(app: App) -> None:
    said = {"kind": "core", "service_level": "standard", "value": 1}
    await put_in_force(app, services={"tasting": {**said, "name": "品鉴", "name_en": "A tasting"}})
    made: Json = await decide(app, AT_TILL)
    assert {each["service"]: (each["name"], each["name_en"]) for each in made["items"]} == {
        "tasting": ("品鉴", "A tasting"), "reminder": ("reminder", None),
    }  # fmt: skip


@pytest.mark.anyio
async def test_what_is_only_considered_is_not_kept(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    before: Json = await consider(app, AT_TILL)
    assert before == await consider(app, AT_HOME) | {"channel": "pos"}, "nothing was promised at the till"
    made: Json = await decide(app, AT_TILL)
    assert {"decision_id": made["decision_id"], **{key: before[key] for key in made if key != "decision_id"}} == made
    assert [each["service"] for each in before["candidates"]] == ["tasting", "reminder"]
    unknown: Json = await consider(app, DecideRequest(identity="member:77"))
    assert unknown["profile_id"] is None
    count = await app.store.read(lambda unit: unit._sql.fetch("SELECT COUNT(*) FROM decisions"))
    assert count[0][0] == 1


@pytest.mark.anyio
async def test_an_outcome_is_an_event_and_counts_once(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    made: Json = await decide(app, AT_TILL)
    clock.now += MINUTE
    assert [await happened(app, made, "shown", clock.now) for _ in range(3)] == ["accepted", "duplicate", "duplicate"]
    assert await logged(app, "service_shown") == 1
    kept: Json = await explain(app, made["decision_id"])
    assert [(each["outcome"], each["occurred_at"]) for each in kept["outcomes"]] == [
        ("shown", write_instant(clock.now))
    ]
    assert (await verify(app))["differences"] == 0


@pytest.mark.anyio
async def test_an_outcome_whose_event_was_lost_in_a_crash_heals_when_it_is_sent_again(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    made: Json = await decide(app, AT_TILL)
    clock.now += HOUR

    async def crash(*_given: object) -> None:
        raise ZeroDivisionError

    with monkeypatch.context() as broken:
        broken.setattr(recommend, "record", crash)
        with pytest.raises(ZeroDivisionError):
            await happened(app, made, "shown", NOON)
    assert await logged(app, "service_shown") == 0
    assert await happened(app, made, "shown", NOON + MINUTE) == "duplicate"
    assert await moments(app, "service_shown") == [NOON], "what was said first stands"


@pytest.mark.anyio
async def test_an_outcome_goes_to_whom_the_offer_was_made_also_after_a_merge(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", "openid:2"), event("e2", "member:1"))
    made: Json = await decide(app, AT_TILL)
    await send(app, event("e3", "member:1", "identity_linked", identity="openid:2"))
    assert await happened(app, made, "shown", NOON) == "accepted"
    assert await logged(app, "service_shown") == 1
    assert await offered(app, replace(AT_TILL, identity="openid:2")) == ["reminder"]


@pytest.mark.anyio
async def test_the_contact_policy_counts_what_was_shown(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    made: Json = await decide(app, AT_TILL)
    await happened(app, made, "shown", NOON)
    assert await offered(app, AT_TILL) == ["reminder"]
    clock.now = NOON + 7 * DAY
    assert await offered(app, AT_TILL) == ["tasting", "reminder"]
    await happened(app, made, "dismissed", clock.now)
    clock.now += 13 * DAY
    assert await offered(app, AT_TILL) == ["reminder"]
    clock.now += DAY
    assert await offered(app, AT_TILL) == ["tasting", "reminder"]


@pytest.mark.anyio
async def test_what_is_promised_on_one_channel_is_taken_on_the_others(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    assert await offered(app, AT_TILL) == ["tasting", "reminder"]
    assert await offered(app, AT_TILL) == ["tasting", "reminder"], "to be shown there, perhaps for the second time"
    assert await offered(app, AT_HOME) == []
    clock.now += 31 * MINUTE
    assert await offered(app, AT_HOME) == ["tasting", "reminder"]


@pytest.mark.anyio
async def test_what_was_promised_before_he_logged_in_is_taken_after_it(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    await send(app, event("e2", "openid:a", "menu_viewed"))
    assert await offered(app, replace(AT_HOME, identity="openid:a")) == ["tasting", "reminder"]
    await send(app, event("e3", kind="menu_viewed", identities=["member:1", "openid:a"]))
    assert await offered(app, AT_TILL) == []


@pytest.mark.anyio
async def test_two_channels_that_ask_at_once_are_not_promised_the_same(home: str, clock: Clock) -> None:
    """The profile is locked while one is answered, so that the other sees what was promised."""
    async with opened(home, clock) as one, opened(home, clock) as two:
        await put_in_force(one)
        for number in range(15):
            who = f"member:m{number}"
            await send(one, event("e1", who))
            requests = [DecideRequest(identity=who, channel=channel) for channel in ("app", "pos", "web", "mini")]
            asked = [offered((one, two)[place % 2], request) for place, request in enumerate(requests)]
            found = sorted(await asyncio.gather(*asked))
            assert found == [[], [], [], ["tasting", "reminder"]]


@pytest.mark.anyio
async def test_a_stranger_gets_the_generic_answer(app: App) -> None:
    await put_in_force(app)
    made: Json = await decide(app, replace(AT_TILL, identity="member:nobody"))
    assert (made["profile_id"], [each["service"] for each in made["items"]]) == (None, ["tasting", "reminder"])
    assert await happened(app, made, "shown", NOON) == "accepted"


@pytest.mark.anyio
async def test_nonsense_is_refused(app: App) -> None:
    await put_in_force(app)
    made: Json = await decide(app, AT_TILL)
    for decision, service, what, status in (
        ("0" * 16, "tasting", "shown", 404), ("nonsense", "tasting", "shown", 404),
        (made["decision_id"], "tasting", "loved", 422), (made["decision_id"], "massage", "shown", 422),
    ):  # fmt: skip
        with pytest.raises(Failure) as refused:
            await outcome(app, SYSTEM, decision, service=service, outcome=what, occurred_at=NOON)
        assert refused.value.status == status
