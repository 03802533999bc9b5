"""A journey at a glance, and all that is asked of one place, channel or class only."""

import random

import pytest

from service.core.calendar import DAY, HOUR
from service.core.event import MICRO
from service.core.proportions import distance, share
from service.store import Span
from service.usecases.app import App
from service.usecases.break_counts import break_counts
from service.usecases.comparisons import touchpoints, versions
from service.usecases.flow import transitions
from service.usecases.funnel import Steps, funnel, ordered_funnel
from service.usecases.glance import glance
from service.usecases.interactions import interactions
from service.usecases.journey_health import journey_health
from service.usecases.journey_map import journey_map, journey_maps
from service.usecases.promises import promises
from service.usecases.spans import Asked
from tests.usecases.given import NOON, Clock, Json, event, put_in_force, send
from tests.usecases.test_journey_counts import BOOK, WHOLE, cases_of, counts, post
from tests.usecases.told import settle

NORTH = Asked(journey="case", start=WHOLE.start, end=WHOLE.end, only=(("place", "north"),))
RESCUE = {
    "rescue": {
        "name": "补救", "kind": "related", "service_level": "standard", "value": 1,
        "recovers": [{"journey": "case", "stage": "s4"}],
    }
}  # fmt: skip


@pytest.mark.anyio
async def test_one_place_alone_is_what_is_counted_of_it_among_all(app: App, clock: Clock) -> None:
    """The same numbers by two ways: asked only of the north, and the north's among all places."""
    chance = random.Random(11)
    clock.now = NOON + 20 * DAY
    await put_in_force(app, BOOK)
    await post(app, cases_of(chance, 60), chance)
    await settle(app)

    def north(answer: Json) -> Json:
        return next(each for each in answer["groups"] if each["key"] == "north")

    alone: Json = await funnel(app, NORTH)
    among: Json = north(await funnel(app, WHOLE, "place"))
    assert 0 < alone["runs"] == among["runs"] < (await funnel(app, WHOLE))["runs"]
    assert (counts(alone), alone["health"]) == (counts(among), among["health"])
    healthy: Json = await journey_health(app, NORTH)
    theirs = north(await journey_health(app, WHOLE, "place"))
    assert (healthy["score"], healthy["n"]) == (theirs["score"], theirs["n"])
    broken: Json = await break_counts(app, NORTH, ("place",))
    everywhere: Json = await break_counts(app, WHOLE, ("place",))
    assert broken["items"] == [each for each in everywhere["items"] if each["key"]["place"]["key"] == "north"]
    kept: Json = await promises(app, NORTH)
    weekly: Json = await promises(app, WHOLE, "place")
    assert {each["key"]: each["in_time"] for each in weekly["items"][0]["groups"]}.get(
        "north", {"k": 0, "n": 0, "share": None, "low": 0.0, "high": 1.0}
    ) == kept["items"][0]["in_time"]
    assert kept["targets"][0]["actual"]["n"] <= alone["runs"]
    chosen: Json = await ordered_funnel(app, NORTH, Steps(stages=("s1",)))
    assert (chosen["runs"], chosen["stages"][0]["reached"]["k"]) == (alone["runs"], counts(alone)["s1"])
    part, whole = await transitions(app, NORTH), await transitions(app, WHOLE)
    assert 0 < sum(each["n"] for each in part["edges"]) < sum(each["n"] for each in whole["edges"])  # type: ignore[attr-defined] # lists
    shown: Json = await journey_map(app, NORTH)
    assert sum(shown["runs"].values()) == alone["runs"]
    assert (await journey_maps(app, NORTH.only))["items"][0]["runs"] == shown["runs"]  # type: ignore[index] # a list
    assert shown["breakpoints"] == broken["items"][0]["n"] - broken["items"][0]["resolved"]["k"]
    assert (await touchpoints(app, NORTH))["runs"] == alone["runs"]
    assert (await versions(app, NORTH))["before_version"] is None


@pytest.mark.anyio
async def test_who_waits_at_one_place(app: App, clock: Clock) -> None:
    """Interaction lines of a place speak of those who entered there."""
    clock.now = NOON + 9 * DAY
    await put_in_force(app, BOOK)
    for n in range(40):
        place = {"place": "north" if n % 2 else "south"}
        wires = [event(f"a{n}", f"member:p{n}", "a", NOON, case=str(n))]
        if n < 30:
            wires.append(event(f"x{n}", f"member:p{n}", "menu", NOON + MICRO, case=str(n)))
            wires.append(event(f"b{n}", f"member:p{n}", "b", NOON + HOUR + n * MICRO, case=str(n)))
        await send(app, *[wire | place for wire in wires])
    whole: Json = await interactions(app, WHOLE, "s2")
    north: Json = await interactions(app, NORTH, "s2")
    assert (whole["n"], north["n"]) == (32, 16)
    assert north["lines"] == [], "too few on one side"


@pytest.mark.anyio
async def test_only_known_circumstances_are_asked_for(app: App) -> None:
    await put_in_force(app, BOOK)
    span = Span(journey="case", start=0, end=NOON, only=(("1=1; --", "x"),))
    with pytest.raises(KeyError):
        await app.read(lambda unit, _: unit.analytics.cohort(span))


async def days(app: App, clock: Clock) -> None:
    """Twenty days with ten cases each; from the tenth on half of them fail, of the north all that do."""
    clock.now = NOON + 20 * DAY + HOUR
    await put_in_force(app, BOOK, services=RESCUE)
    for day in range(20):
        for n in range(10):
            fails = day >= 10 and n % 2 == 0
            place = {"place": "north" if fails else "south", "channel": "app"}
            t, who, case = NOON + day * DAY, f"member:{day}x{n}", f"{day}.{n}"
            wires = [event(f"a{case}", who, "a", t, case=case), event(f"b{case}", who, "b", t + HOUR, case=case)]
            last = event(f"d{case}", who, "bad" if fails else "d", t + 2 * HOUR, case=case)
            await send(app, *[wire | place for wire in (*wires, last)])
    await settle(app)


@pytest.mark.anyio
async def test_where_since_when_for_whom_and_what_helps(app: App, clock: Clock) -> None:
    await days(app, clock)
    for n in (0, 2, 4):
        await send(app, event(f"s{n}", f"member:19x{n}", "service_shown", NOON + 19 * DAY + 3 * HOUR, service="rescue"))
        if n:
            late = event(f"r{n}", f"member:19x{n}", "d", NOON + 19 * DAY + 12 * HOUR, case=f"19.{n}")
            await send(app, late | {"place": "north", "channel": "app"})
    found: Json = await glance(app, WHOLE)
    worst = found["worst"]
    assert (worst["stage"], worst["kind"], worst["n"], worst["before"]) == ("s4", "failed", 50, 0)
    assert (worst["share"]["k"], worst["share"]["n"]) == (50, 200), "two were mended: they came there once"
    assert found["since"]["day"] == "2026-10-02"
    assert (found["since"]["then"]["k"], found["since"]["then"]["n"]) == (0, 100)
    assert len(found["days"]) == 22
    assert sum(each["n"] for each in found["days"]) == 50
    by = {each["by"]: each for each in found["whom"]}
    assert [(each["key"], each["more"]) for each in by["place"]["items"]] == [("north", True), ("south", False)]
    assert (by["place"]["stands_out"], by["channel"]["several"], by["persona"]["stands_out"]) == (True, False, False)
    assert found["channels"] == ["app"]
    (helps,) = found["helps"]
    assert (helps["met"]["k"], helps["met"]["n"], helps["association"]) == (2, 3, True)
    of_south: Json = await glance(app, Asked(journey="case", start=WHOLE.start, only=(("place", "south"),)))
    assert of_south["worst"] is None
    assert of_south["channels"] == ["app"], "whatever is chosen, all can be chosen"
    assert "place" not in {each["by"] for each in (await glance(app, NORTH))["whom"]}  # type: ignore[attr-defined] # a list


@pytest.mark.anyio
async def test_what_a_silent_source_may_explain_is_not_called_the_worst(
    app: App, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    await put_in_force(app, BOOK.replace("400d", "1d"))
    for n in range(3):
        await send(app, event(f"a{n}", f"member:{n}", "a", NOON, case=str(n)))
    clock.now = NOON + 5 * DAY
    await settle(app)
    found: Json = await glance(app, WHOLE)
    assert (found["worst"]["kind"], found["since"]) == ("stalled", None)
    monkeypatch.setattr("service.usecases.glance.gaps", lambda *_: {"case/s2": NOON})
    assert (await glance(app, WHOLE))["worst"] is None


def test_how_far_two_shares_are_apart() -> None:
    assert distance(share(0, 0), share(1, 2)) == 0
    assert distance(share(0, 5), share(0, 9)) == 0, "nothing differs where nothing ever happens"
    assert distance(share(9, 10), share(1, 10)) == -distance(share(1, 10), share(9, 10)) > 3
