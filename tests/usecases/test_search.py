"""Searching finds exactly those for whom the condition holds, as an evaluation of everybody's facts says."""

import random
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from service.core.calendar import DAY, HOUR, MINUTE, SECOND, write_instant
from service.core.condition import compile_condition
from service.core.playbook.read_conditions import read_condition
from service.core.playbook.tree import Node
from service.store import PersonaRow, Unit
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.definitions import Definitions
from service.usecases.due import rederive_due, refold_stale
from service.usecases.failures import Invalid
from service.usecases.look import state_at
from service.usecases.record import profile_id
from service.usecases.search import Query, search
from tests.usecases.given import NOON, PLAIN, RICH, STAFF, Clock, Json, event, opened, put_in_force, send
from tests.usecases.lives import instant, life, of_run, shuffled

SHOWN: dict[str, Any] = {
    "tags": {
        "spent": {"value_of": {"sum": {"event": "order_paid", "property": "amount"}}},
        "fewest": {"value_of": {"min": {"event": "order_paid", "property": "items"}}},
        "way": {"value_of": {"last": {"event": "order_paid", "field": "channel"}}},
        "rfm": {"rfm": {"event": "order_paid", "property": "amount"}},
    }
}
NUMBERS = {"tags": {key: SHOWN["tags"][key] for key in ("spent", "way")}}
WHERES: list[Json] = [
    {"tag": "bought"},
    {"tag": "spend_level"},
    {"tag": "spend_level", "eq": "low"},
    {"tag": "spend_level", "in": ["high", "odd"]},
    {"tag": "spent"},
    {"tag": "spent", "gte": 10},
    {"tag": "spent", "gt": 9.9, "lte": 80},
    {"tag": "spent", "lt": 25},
    {"tag": "spent", "between": [10, 80]},
    {"tag": "spent", "eq": 80},
    {"tag": "spent", "in": [10, 80, 90.5]},
    {"tag": "fewest", "in": [1, 2]},
    {"tag": "way", "eq": "app"},
    {"tag": "way", "in": ["app", "pos"]},
    {"tag": "rfm", "eq": "5-1-1"},
    {"persona": {"scheme": "worth", "in": ["gold", "silver"]}},
    {"persona": {"scheme": "worth", "in": ["undetermined"]}},
    {"persona": {"scheme": "worth", "in": ["mass", "undetermined"]}},
    {"persona": {"scheme": "tier", "in": ["undetermined"]}},
    {"journey": {"journey": "first"}},
    {"journey": {"journey": "first", "status": "dropped"}},
    {"journey": {"journey": "first", "status": "completed"}},
    {"journey": {"journey": "pickup", "status": "active"}},
    {"journey": {"journey": "pickup", "stage": "ready"}},
    {"journey": {"journey": "first", "stage": "ready"}},
    {"journey": {"journey": "pickup", "status": "completed", "stage": "rated"}},
    {"not": {"tag": "bought"}},
    {"not": {"persona": {"scheme": "worth", "in": ["mass"]}}},
    {"all": [{"tag": "bought"}, {"not": {"tag": "vip"}}, {"any": [{"tag": "silent"}, {"tag": "spent", "gte": 30}]}]},
    {"any": [{"tag": "vip"}, {"all": [{"tag": "days"}, {"not": {"any": [{"tag": "often"}, {"tag": "friend"}]}}]}]},
    {"not": {"not": {"any": [{"journey": {"journey": "first"}}, {"tag": "vip"}]}}},
]


async def found(app: App, where: Json, limit: int = 500) -> list[str]:
    """Everybody, page by page."""
    cursor: str | None = None
    profiles: list[str] = []
    while True:
        page: Json = await search(app, Query(where=where, limit=limit, cursor=cursor, count=True))
        assert page["complete"]
        assert len(page["items"]) <= limit
        profiles += [each["profile_id"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            assert page["total"] == len(profiles)
            return profiles


async def expected(app: App, where: Json, at: int) -> list[str]:
    """Everybody for whom the condition holds, by his facts."""
    problems: list[Any] = []
    condition = read_condition(Node(where, "", problems))
    assert not problems

    def evaluate(unit: Unit, definitions: Definitions) -> list[str]:
        plan = definitions.plan
        check = compile_condition(condition, plan.layout, plan.playbook)
        return [
            profile_id(row.profile)
            for row in unit.profiles.scan(-1, 1000)
            if (members := unit.identities.of_profiles([row.profile]).get(row.profile))
            and check(state_at(unit, definitions, row, members, at), at)[0]
        ]

    return await app.read(evaluate)


async def agree(app: App, wheres: Sequence[Json], at: int, limit: int = 500) -> int:
    """How many of the searches found somebody, and not everybody."""
    telling = 0
    everybody = len(await found(app, {"any": [{"tag": "bought"}, {"not": {"tag": "bought"}}]}))
    for where in wheres:
        wanted = await expected(app, where, at)
        assert await found(app, where, limit) == wanted, where
        telling += 0 < len(wanted) < everybody
    return telling


@pytest.mark.anyio
async def test_it_finds_those_for_whom_the_condition_holds(app: App, clock: Clock) -> None:
    """Whatever came in whatever order: merges, cuts, late events, another playbook, a calibration, time."""
    await put_in_force(app, RICH, **SHOWN)
    chance = random.Random(7)
    clock.now = NOON + 8 * DAY
    for number in range(12):
        events = [of_run(f"-{number}", each) for each in life(chance)]
        for batch in shuffled([each for each in events if instant(each) <= clock.now], chance):
            await send(app, *batch)
    assert await agree(app, WHERES, clock.now) >= 20
    await calibrate(app)
    while await refold_stale(app):
        pass
    assert await agree(app, WHERES, clock.now, limit=7) >= 22
    clock.now += 3 * DAY
    while await rederive_due(app):
        pass
    assert await agree(app, WHERES, clock.now) >= 20


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("where", "code", "pointer"),
    [
        ({"tag": "byer"}, "unknown_tag", "/where/tag"),
        ({"tag": "buyer", "eq": "x"}, "unknown_value", "/where/eq"),
        ({"tag": "buyer", "gte": 1}, "not_comparable", "/where/gte"),
        ({"tag": "way", "gte": 1}, "type_mismatch", "/where/gte"),
        ({"tag": "spent", "ne": 1}, "not_searchable", "/where/ne"),
        ({"tag": "spent", "exists": True}, "not_searchable", "/where/exists"),
        ({"tag": "way", "matches": "a"}, "not_searchable", "/where/matches"),
        ({"tag": "spent", "eq": True}, "not_searchable", "/where/eq"),
        ({"tag": "spent", "between": [1]}, "not_a_range", "/where/between"),
        ({"persona": {"scheme": "tir", "in": ["mass"]}}, "unknown_persona", "/where/persona/scheme"),
        ({"persona": {"scheme": "tier", "in": ["high"]}}, "unknown_class", "/where/persona/in/0"),
        ({"journey": {"journey": "pickup", "stage": "x"}}, "unknown_stage", "/where/journey/stage"),
        ({"journey": {"journey": "pickup", "status": "dropped"}}, "never_holds", "/where/journey/status"),
        ({"count": {"event": "order_paid"}, "gte": 1}, "not_searchable", "/where"),
        ({"all": [{"tag": "vip"}, {"trait": "city", "eq": "x"}]}, "not_searchable", "/where/all/1"),
        ({"not": {"always": True}}, "not_searchable", "/where/not"),
        ({"all": []}, "empty_list", "/where/all"),
        ({}, "not_a_condition", "/where"),
        ({"tag": 5}, "not_a_key", "/where/tag"),
        ({"any": [{"tag": "vip"}] * 50}, "too_many_conditions", "/where"),
    ],
    ids=range(20),
)
async def test_what_cannot_be_searched_is_told(
    sqlite_home: str, where: Json, code: str, pointer: str, clock: Clock
) -> None:
    async with opened(sqlite_home, clock) as app:
        await put_in_force(app, PLAIN, **NUMBERS)
        with pytest.raises(Invalid) as raised:
            await search(app, Query(where=where, limit=5))
        problem = raised.value.problems[0]
        assert (problem.code, problem.pointer) == (code, pointer)


@pytest.mark.anyio
async def test_pages_stand_whoever_comes(app: App) -> None:
    await put_in_force(app)
    await send(app, *(event(f"e{n}", f"member:{n}", order_id=f"o{n}") for n in range(1, 11)))
    first: Json = await search(app, Query(where={"tag": "buyer"}, limit=4))
    assert "total" not in first
    await send(app, *(event(f"f{n}", f"member:2{n}", order_id=f"p{n}") for n in range(3)))
    assert "identities" not in first["items"][0]
    rest: Json = await search(
        app, Query(where={"tag": "buyer"}, limit=99, cursor=first["next_cursor"], identities=True)
    )
    seen = [each["profile_id"] for each in (*first["items"], *rest["items"])]
    assert len(seen) == len(set(seen)) == 13
    assert rest["items"][-1]["identities"] == ["member:22"]
    for cursor in ("", "x", "0" * 15, "g" * 16, "f" * 16, "é" * 16):
        with pytest.raises(Invalid):
            await search(app, Query(where={"tag": "buyer"}, limit=4, cursor=cursor))


@pytest.mark.anyio
async def test_whoever_went_into_another_is_nobody(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1", "member:1"), event("e2", "crm@sf:2"))
    clock.now += HOUR
    await send(app, event("e3", "member:1", "identity_linked", t=clock.now, identity="crm@sf:2"))
    assert len(await found(app, {"tag": "buyer"})) == 1
    assert await found(app, {"not": {"tag": "buyer"}}) == []


@pytest.mark.anyio
async def test_the_answer_says_as_of_when_it_holds(app: App, clock: Clock) -> None:
    await put_in_force(app)
    await send(app, event("e1"))
    clock.now += 2 * DAY
    page: Json = await search(app, Query(where={"tag": "fresh"}, limit=5))
    assert (len(page["items"]), page["as_of"]) == (1, write_instant(NOON + HOUR + SECOND))
    await rederive_due(app)
    page = await search(app, Query(where={"tag": "fresh"}, limit=5))
    assert (page["items"], page["as_of"]) == ([], write_instant(clock.now))
    await put_in_force(app, PLAIN, tags={"fresh": {"when": {"count": {"event": "order_paid"}, "gte": 1}}})
    page = await search(app, Query(where={"tag": "fresh"}, limit=5))
    assert (page["complete"], page["waiting"], page["playbook_version"]) == (False, 1, 2)
    await refold_stale(app)
    last: Json = await search(app, Query(where={"tag": "fresh"}, limit=5))
    assert (last["complete"], last["waiting"], len(last["items"])) == (True, 0, 1)


@pytest.mark.anyio
async def test_rows_of_tags_that_are_gone_go(app: App) -> None:
    """And rows follow what is shown, also where nothing has to be said."""
    await put_in_force(app)
    await send(app, event("e1", t=NOON - DAY, amount=5), event("e2", kind="tag_set", tag="vip"), actor=STAFF)
    await send(app, event("e3", t=NOON - 2 * DAY, amount=5))
    (row,) = await app.read(lambda unit, _: [row for row in unit.tags.of_profile(one(unit)) if row.tag == "buyer"])
    assert row.since == NOON - 2 * DAY

    def spoil(unit: Unit) -> None:
        unit.tags.remove([(one(unit), "vip")])
        unit.personas.put([PersonaRow(profile=one(unit), scheme="tier", cls="mass", since=1)])
        unit.tags.put([row_of(unit, "buyer", tag="left_over"), row_of(unit, "buyer", value="odd", number=3)])

    await app.write(lambda unit, _: spoil(unit))
    renamed = PLAIN.replace("  lapsing:", "  lapsed:").replace("  tier:", "  level:")
    await put_in_force(app, renamed)
    await refold_stale(app)
    kept = await app.read(lambda unit, _: {row.tag: row for row in unit.tags.of_profile(one(unit))})
    assert set(kept) == {"buyer", "vip", "lapsed"}
    assert (kept["buyer"].value, kept["buyer"].number, kept["buyer"].since) == (None, None, NOON - 2 * DAY)
    assert await app.read(lambda unit, _: unit.personas.of_profile(one(unit))) == []


def one(unit: Unit) -> int:
    (row,) = unit.profiles.scan(-1, 2)
    return row.profile


def row_of(unit: Unit, key: str, **other: Any) -> Any:
    return replace(next(row for row in unit.tags.of_profile(one(unit)) if row.tag == key), **other)


@pytest.mark.anyio
async def test_numbers_beyond_a_column_are_found(app: App) -> None:
    """A sum may be greater than 64 bits hold in millionths; nothing that is asked may be a fault."""
    await put_in_force(app, PLAIN, **NUMBERS)
    great = 9_007_199_254_740_000
    await send(
        app, event("e1", amount=great), event("e2", "member:2", amount=-great), event("e3", "member:3", amount=1)
    )
    assert len(await found(app, {"tag": "spent", "gte": great})) == 1
    assert len(await found(app, {"tag": "spent", "lt": 0})) == 1
    assert len(await found(app, {"tag": "spent", "between": [-great, great]})) == 3


@pytest.mark.anyio
async def test_who_is_done_is_at_no_stage(app: App) -> None:
    await put_in_force(app)
    await send(app, event("e1", order_id="o1"), event("e2", "member:2", order_id="o2"))
    await send(app, event("e3", kind="order_ready", t=NOON + 1, order_id="o1"))
    assert len(await found(app, {"journey": {"journey": "pickup", "stage": "ready"}})) == 1
    assert len(await found(app, {"journey": {"journey": "pickup", "status": "completed"}})) == 1
    assert await found(app, {"journey": {"journey": "pickup", "status": "completed", "stage": "ready"}}) == []


@pytest.mark.anyio
async def test_rows_follow_where_silence_was_overtaken(app: App, clock: Clock) -> None:
    """Time took a tag off and put it on again; then it turns out that it never was off: nothing has to be said."""
    on = [
        {"count": {"event": "order_paid", "within": "1h"}, "gte": 1},
        {"since_last": {"event": "order_paid"}, "gte": "2h"},
    ]
    await put_in_force(app, tags={"either": {"when": {"any": on}}})

    async def since() -> int:
        return await app.read(
            lambda unit, _: next(row.since for row in unit.tags.of_profile(one(unit)) if row.tag == "either")
        )

    await send(app, event("e1"))
    clock.now += 3 * HOUR
    await rederive_due(app)
    assert await since() == NOON + 2 * HOUR
    late = [event(f"e{n}", t=NOON + n * 30 * MINUTE) for n in (2, 3, 4, 5)]
    (*_, last) = await send(app, event("e0", t=NOON + 30 * MINUTE), *late)
    assert "either" not in {change["key"] for change in last["changes"]}
    assert await since() == NOON
