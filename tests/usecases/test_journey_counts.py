"""Funnel, flow, times, health and promises against plain dictionaries over the same events."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field

import pytest

from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.core.event import MICRO
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.failures import Invalid, Unknown
from service.usecases.flow import times, transitions
from service.usecases.funnel import Steps, funnel, ordered_funnel
from service.usecases.journey_health import feedback, journey_health
from service.usecases.promises import promises
from service.usecases.spans import Asked
from tests.usecases.given import NOON, Clock, Json, event, put_in_force, send
from tests.usecases.told import settle

BOOK = """
playbook: cases
timezone: Asia/Shanghai
events:
  a: {properties: {case: string}}
  b: {properties: {case: string}}
  c: {properties: {case: string}}
  d: {properties: {case: string}}
  bad: {properties: {case: string}}
places:
  north: {name: 北店}
personas:
  tier:
    classes: [{class: high, name: 高, when: {count: {event: d}, gte: 2}}, {class: mass, name: 众}]
journeys:
  case:
    name: 办事
    key: case
    enter: {event: a}
    abandon_after: 3650d
    stages:
      - {stage: s1, phase: pre_sale, completed_by: {event: a}}
      - {stage: s2, name: 第二步, phase: in_sale, completed_by: {event: b}, expected_within: 2h, stalled_after: 400d,
         target: {reach: 50, within: 1d}, promises: {mass: {p90: 2h}, high: {rating: 4}}}
      - {stage: s3, phase: in_sale, optional: true, completed_by: {event: c}, target: {reach: 10}}
      - {stage: s4, phase: after_sale, completed_by: {event: d}, fails_on: {event: bad}}
"""
STAGE = {"a": "s1", "b": "s2", "c": "s3", "d": "s4"}
WHOLE = Asked(journey="case", start=NOON - DAY, end=NOON + 20 * DAY)


@dataclass
class Told:
    """What the events say, one case after the other."""

    runs: int = 0
    reached: Counter[str] = field(default_factory=Counter)
    edges: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    waits: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    places: Counter[str | None] = field(default_factory=Counter)


def tell(cases: dict[str, list[Json]]) -> Told:
    """Required stages are waited for one after the other; steps follow each other as they come."""
    told = Told()
    for events in cases.values():
        entered = next((n for n, each in enumerate(events) if each["type"] == "a"), None)
        if entered is None:
            continue
        told.runs += 1
        told.places[events[entered].get("place")] += 1
        seen: dict[str, int] = {}
        last, since = None, events[entered]["t"]
        for each in events[entered:]:
            stage = STAGE.get(each["type"])
            if stage is None:
                continue
            told.edges[last, stage] += 1
            last = stage
            if stage not in seen:
                waited = current(seen)
                seen[stage] = each["t"]
                if current(seen) != waited and each is not events[entered]:
                    told.waits[waited or ""].append(each["t"] - since)
                if current(seen) != waited:
                    since = each["t"]
                told.reached[stage] += 1
    return told


def current(seen: dict[str, int]) -> str | None:
    required = ["s1", "s2", "s4"]
    furthest = max((int(stage[1]) for stage in seen), default=0)
    unlit = [stage for stage in required if stage not in seen]
    return next((stage for stage in unlit if int(stage[1]) > furthest), unlit[0] if unlit else None)


def cases_of(chance: random.Random, number: int) -> dict[str, list[Json]]:
    cases: dict[str, list[Json]] = {}
    for n in range(number):
        t, events = NOON + chance.randrange(10 * DAY), list[Json]()
        for _ in range(chance.randrange(1, 8)):
            kind = chance.choice("aabbcddx")
            events.append({"type": "bad" if kind == "x" else kind, "t": t, "place": chance.choice(["north", None])})
            t += chance.randrange(1, 5) * HOUR + chance.randrange(HOUR)
        cases[f"c{n}"] = events
    return cases


async def post(app: App, cases: dict[str, list[Json]], chance: random.Random, who: str = "member:1") -> None:
    """All events in any order, in batches; one person has all the cases of a tenth."""
    wires = []
    for case, events in cases.items():
        for n, each in enumerate(events):
            place = {"place": each["place"]} if each["place"] else {}
            wire = event(f"{case}.{n}", kind=each["type"], t=each["t"], who=f"{who}{int(case[1:]) // 10:03}", case=case)
            wires.append(wire | place)
    chance.shuffle(wires)
    for start in range(0, len(wires), 50):
        await send(app, *wires[start : start + 50])


def counts(answer: Json) -> dict[str, int]:
    return {each["stage"]: each["reached"]["k"] for each in answer["stages"]}


@pytest.mark.anyio
@pytest.mark.parametrize("seed", [1, 2])
async def test_what_is_counted_is_what_the_events_say(app: App, clock: Clock, seed: int) -> None:
    chance = random.Random(seed)
    clock.now = NOON + 20 * DAY
    await put_in_force(app, BOOK)
    cases = cases_of(chance, 60)
    await post(app, cases, chance)
    await settle(app)
    told = tell(cases)
    found: Json = await funnel(app, WHOLE, "place")
    assert found["runs"] == told.runs
    assert counts(found) == {stage: told.reached[stage] for stage in STAGE.values()}
    assert {each["key"]: each["runs"] for each in found["groups"]} == dict(told.places)
    assert sum(each["stages"][1]["reached"]["k"] for each in found["groups"]) == told.reached["s2"]
    edges: Json = await transitions(app, WHOLE)
    assert {(each["from"], each["to"]): each["n"] for each in edges["edges"]} == dict(told.edges)
    assert {each["to"] for each in edges["edges"] if each["back"]} <= {"s1", "s2", "s3", "s4"}
    waited: Json = await times(app, WHOLE)
    for each in waited["stages"]:
        lengths = sorted(told.waits.get(each["stage"], []))
        assert each["n"] == len(lengths)
        for name, permille in (("p10", 100), ("p50", 500), ("p90", 900)) if lengths else ():
            assert each["seconds"][name] == lengths[-(-permille * len(lengths) // 1000) - 1] / MICRO


@pytest.mark.anyio
async def test_test_people_and_other_spans_count_nowhere(app: App, clock: Clock) -> None:
    chance = random.Random(3)
    clock.now = NOON + 20 * DAY
    await put_in_force(app, BOOK)
    await send(app, event("t", kind="test_profile_set", t=NOON, who="member:9000", on=True))
    await post(app, cases_of(chance, 10), chance, who="member:9")
    for answer in (await funnel(app, WHOLE, "day"), await funnel(app, Asked(journey="case", end=NOON))):
        found: Json = answer
        assert (found["runs"], found["health"], sum(counts(found).values())) == (0, None, 0)
    edges: Json = await transitions(app, WHOLE)
    assert edges["edges"] == []
    healthy: Json = await journey_health(app, WHOLE, "week")
    assert (healthy["score"], healthy["groups"]) == (None, [])


async def lives(app: App, clock: Clock) -> None:
    """Four cases of one person: in time, late, failed, and one that only began."""
    clock.now = NOON + 10 * DAY
    await put_in_force(app, BOOK)
    said: list[tuple[str, str, int, Json]] = [
        ("1", "a", 0, {}), ("1", "b", HOUR, {}), ("1", "feedback_given", 2 * HOUR, {"rating": 5}), ("1", "d", DAY, {}),
        ("2", "a", HOUR, {}), ("2", "b", 4 * HOUR, {}), ("2", "feedback_given", 5 * HOUR, {"rating": 2}),
        ("3", "a", 2 * DAY, {}), ("3", "bad", 2 * DAY + HOUR, {}), ("3", "d", 3 * DAY, {}),
        ("4", "a", 9 * DAY + HOUR, {}),
    ]  # fmt: skip
    for n, (case, kind, after, more) in enumerate(said):
        await send(app, event(f"e{n}", kind=kind, t=NOON + after, case=case, **more) | {"staff": "li"})
    await settle(app)


@pytest.mark.anyio
async def test_health_names_what_costs_most(app: App, clock: Clock) -> None:
    await lives(app, clock)
    found: Json = await journey_health(app, WHOLE, "staff")
    # 8 steps were lit; case 3 failed once and skipped s2, case 2 was rated 2: three breakpoints
    assert found["n"] == {"steps": 8, "breakpoints": 3, "waits": 3, "late": 1, "ratings": 2}
    assert (found["continuity"], found["timeliness"], found["quality"]) == (0.727, 0.667, 0.7)
    assert found["score"] == round(100 * 8 / 11 * 2 / 3 * 0.7)
    assert found["largest_deduction"] == {
        "code": "late", "stage": "s2", "text": "第二步偏慢", "text_en": "s2 is late", "n": 1, "of": 2,
    }  # fmt: skip
    assert [(each["key"], each["score"]) for each in found["groups"]] == [("li", found["score"])]
    stages = {each["stage"]: each for each in found["stages"]}
    assert (stages["s4"]["largest_deduction"]["code"], stages["s4"]["continuity"]) == ("failed", 0.667)
    assert (stages["s1"]["score"], stages["s1"]["largest_deduction"]) == (100, None)
    assert found["before"]["score"] is None
    weeks: Json = await journey_health(app, WHOLE, "week")
    assert [(each["key"], each["n"]["steps"]) for each in weeks["groups"]] == [("2026-09-21", 7), ("2026-09-28", 1)]
    days: Json = await journey_health(app, WHOLE, "day")
    assert days["groups"][0]["key"] == "2026-09-22"
    hours: Json = await journey_health(app, WHOLE, "hour")
    assert {each["key"] for each in hours["groups"]} == {12, 13, 14, 16, 17}
    places: Json = await journey_health(app, WHOLE, "place")
    assert [(each["key"], each["name"]) for each in places["groups"]] == [(None, None)]


@pytest.mark.anyio
async def test_lateness_is_named_where_it_costs_most(app: App, clock: Clock) -> None:
    clock.now = NOON + 10 * DAY
    await put_in_force(app, BOOK)
    for n, (kind, after) in enumerate([("a", 0), ("b", 3 * HOUR), ("d", 4 * HOUR)]):
        await send(app, event(f"e{n}", kind=kind, t=NOON + after, case="1"))
    found: Json = await journey_health(app, WHOLE)
    assert found["score"] == 50
    assert found["largest_deduction"]["text"] == "第二步偏慢"
    assert (found["largest_deduction"]["n"], found["largest_deduction"]["of"]) == (1, 1)


@pytest.mark.anyio
async def test_what_people_felt_stage_by_stage(app: App, clock: Clock) -> None:
    await lives(app, clock)
    found: Json = await feedback(app, WHOLE)
    by_stage = {each["stage"]: each for each in found["stages"]}
    assert (by_stage["s2"]["n"], by_stage["s2"]["mean"], by_stage["s2"]["good"]) == (2, 3.5, 1)
    assert by_stage["s2"]["spread"] == {"1": 0, "2": 1, "3": 0, "4": 0, "5": 1}
    assert (by_stage["s4"]["n"], by_stage["s4"]["mean"], by_stage["s2"]["before"]["n"]) == (0, None, 0)


@pytest.mark.anyio
async def test_promises_and_targets_against_what_happened(app: App, clock: Clock) -> None:
    await lives(app, clock)
    found: Json = await promises(app, WHOLE, "week")
    soon, rated = found["items"]
    # waits for s2 that ended: an hour, and three hours; whoever skipped it waits still
    assert (soon["persona"], soon["persona_name"], soon["kept"]) == ("mass", "众", False)
    assert (soon["in_time"]["k"], soon["in_time"]["n"]) == (1, 2)
    assert [(each["key"], each["in_time"]["n"]) for each in soon["groups"]] == [("2026-09-21", 2)]
    assert (rated["rating"], rated["kept"], rated["mean"], rated["n"]) == (4.0, None, None, 0)
    first, second = found["targets"]
    # the run that is younger than a day cannot tell yet
    assert (first["actual"]["k"], first["actual"]["n"], first["met"]) == (2, 3, True)
    assert (second["actual"]["k"], second["actual"]["n"], second["met"]) == (0, 4, False)
    alone: Json = await promises(app, WHOLE)
    assert "groups" not in alone["items"][0]
    nothing: Json = await promises(app, Asked(journey="case", end=NOON))
    assert [each["kept"] for each in nothing["items"]] == [None, None]
    assert [each["met"] for each in nothing["targets"]] == [None, None]


@pytest.mark.anyio
async def test_a_promise_to_everyone_counts_people_of_every_class_and_of_none(app: App, clock: Clock) -> None:
    clock.now = NOON + 10 * DAY
    book = BOOK.replace("{mass: {p90: 2h}, high: {rating: 4}}", "{everyone: {p75: 2h}}")
    book = book.replace("{stage: s4, phase", "{stage: s4, promises: {everyone: {rating: 4, p90: 1d}}, phase")
    await put_in_force(app, book.replace("gte: 2}}, {class: mass, name: 众}]", "gte: 2}}, {class: mass, name: 众}]\n"
                                         "    undetermined_below: {count: {event: c}, lt: 1}"))  # fmt: skip
    for n, who in enumerate(("member:1", "member:2", "member:3")):
        for kind in {1: "c", 2: "cdd"}.get(n, ""):
            clock.now += 1
            await send(app, event(f"{kind}{clock.now}", kind=kind, t=NOON - HOUR, who=who, case="before"))
        for kind, after in (("a", 0), ("b", (n + 1) * HOUR), ("d", 4 * HOUR)):
            await send(app, event(f"{kind}{n}", kind=kind, t=NOON + after, who=who, case=f"n{n}"))
        rated = event(f"r{n}", kind="feedback_given", t=NOON + 5 * HOUR, who=who, case=f"n{n}", rating=5 - n)
        await send(app, rated)
    found: Json = await promises(app, WHOLE, "persona")
    soon, done, rated_ = found["items"]
    assert (done["stage"], done["rating"], done["in_time"]["n"], rated_["within_seconds"]) == ("s4", None, 3, None)
    assert (soon["persona"], soon["persona_name"], soon["kept"]) == ("everyone", "所有人", False)
    assert (soon["in_time"]["k"], soon["in_time"]["n"], len(soon["groups"])) == (2, 3, 3)
    assert (rated_["kept"], rated_["mean"], rated_["n"]) == (True, 4.0, 3)
    assert sorted((each["key"] or "", each["mean"]) for each in rated_["groups"]) == [
        ("high", 3.0), ("mass", 4.0), ("undetermined", 5.0),
    ]  # fmt: skip


@pytest.mark.anyio
async def test_a_promise_that_slides_is_said_with_its_numbers(app: App, clock: Clock) -> None:
    clock.now = NOON + 40 * DAY
    await put_in_force(app, BOOK.replace("count: {event: d}, gte: 2", "count: {event: c}, gte: 1"))
    for n in range(40):
        t = NOON + n * DAY - HOUR
        slow = 3 * HOUR if n >= 30 else HOUR
        for kind, after in (("a", 0), ("b", slow)):
            await send(app, event(f"{kind}{n}", kind=kind, t=t + after, case=str(n)))
        await send(app, event(f"c{n}", kind="c", t=t - MINUTE, who="member:2", case=f"h{n}"))
        for kind, more in (("a", {}), ("b", {}), ("feedback_given", {"rating": 1 if n >= 30 else 5})):
            await send(app, event(f"{kind}h{n}", kind=kind, t=t, who="member:2", case=f"h{n}", **more))
    asked = Asked(journey="case", start=NOON, end=NOON + 40 * DAY)
    found: Json = await promises(app, asked)
    soon, rated = found["items"]
    assert soon["slides"] is None, "seven in a week are too few to tell"
    for n in range(20):
        for kind, after in (("a", 0), ("b", 3 * HOUR)):
            t = NOON + 38 * DAY + n * MINUTE + after
            await send(app, event(f"{kind}x{n}", kind=kind, t=t, case=f"x{n}"))
        for kind, more in (("a", {}), ("b", {}), ("feedback_given", {"rating": 3})):
            t = NOON + 38 * DAY + n * MINUTE
            await send(app, event(f"{kind}y{n}", kind=kind, t=t, who="member:2", case=f"y{n}", **more))
    later: Json = await promises(app, asked)
    soon, rated = later["items"]
    assert (soon["slides"]["lately"]["k"], soon["slides"]["lately"]["n"]) == (0, 27)
    assert soon["slides"]["text"] == "“第二步”：最近 7 天达到承诺的比例 0/27，之前 28 天 25/28，正在下滑"
    assert soon["slides"]["text_en"] == "s2: kept 0 of 27 in the last 7 days, 25 of 28 in the 28 before: it slides"
    assert (rated["slides"]["lately"]["k"], rated["slides"]["before"]["k"]) == (0, 24)


@pytest.mark.anyio
async def test_a_week_that_may_be_chance_alarms_nobody(app: App, clock: Clock) -> None:
    """Three of twelve late after one of forty: two standard errors, which some promise or other is off every week."""
    clock.now = NOON + 40 * DAY
    await put_in_force(app, BOOK.replace("count: {event: d}, gte: 2", "count: {event: c}, gte: 1"))
    days = [*[(20, n) for n in range(40)], *[(38, n) for n in range(12)]]
    late = {(20, 0), (38, 0), (38, 1), (38, 2)}
    for day, n in days:
        t = NOON + day * DAY + n * MINUTE
        for kind, after in (("a", 0), ("b", 3 * HOUR if (day, n) in late else MINUTE)):
            await send(app, event(f"{kind}{day}-{n}", kind=kind, t=t + after, case=f"{day}-{n}"))
    found: Json = await promises(app, Asked(journey="case", start=NOON, end=NOON + 40 * DAY))
    soon = found["items"][0]
    assert (soon["in_time"]["k"], soon["in_time"]["n"], soon["slides"]) == (48, 52, None)


@pytest.mark.anyio
async def test_a_funnel_of_chosen_stages_keeps_their_order(app: App, clock: Clock) -> None:
    await lives(app, clock)
    for steps, expected, young in [
        (Steps(stages=("s1", "s2", "s4")), [4, 2, 1], 0),
        (Steps(stages=("s2", "s1")), [2, 0], 0),
        (Steps(stages=("s1", "s4"), within=2 * HOUR), [4, 0], 0),
        (Steps(stages=("s1", "s4"), within=DAY), [3, 2], 1),  # the last one entered 23 hours ago: he cannot tell yet
        (Steps(stages=("s1", "s4"), within=20 * DAY), [0, 0], 4),
        (Steps(stages=("s1", "s4"), without=("failed",)), [4, 1], 0),
    ]:
        found: Json = await ordered_funnel(app, WHOLE, steps)
        assert (found["runs"], found["young"]) == (4 - young, young)
        assert [each["reached"]["k"] for each in found["stages"]] == expected, steps
    with pytest.raises(Invalid) as bad:
        await ordered_funnel(app, WHOLE, Steps(stages=("s9",)))
    assert bad.value.code == "unknown_stage"


LAPS = """
playbook: laps
events: {a: {}, b: {}, c: {}, d: {}, out: {}}
journeys:
  lap:
    enter: {event: a}
    exit: {event: out}
    stages:
      - {stage: s1, phase: in_sale, completed_by: {event: a}, next: [s2]}
      - {stage: s2, phase: in_sale, completed_by: {event: b}, next: [s3, s1]}
      - {stage: s3, phase: in_sale, completed_by: {event: c}, next: [s4, s1]}
      - {stage: s4, phase: in_sale, completed_by: {event: d}}
"""


@pytest.mark.anyio
@pytest.mark.parametrize(("out", "kind"), [((), "standing"), (("out",), "lost")])
async def test_in_another_lap_he_stands_where_he_is(app: App, clock: Clock, out: tuple[str, ...], kind: str) -> None:
    await put_in_force(app, LAPS)
    clock.now = NOON + HOUR
    for who, lived in (("member:1", ("a", "b", "a")), ("member:2", ("a", "b", "c", "a"))):
        told = [event(f"{who}{n}", who, each, NOON + n) for n, each in enumerate((*lived, *out))]
        await send(app, *told)
    found: Json = await funnel(app, Asked(journey="lap", start=NOON - DAY, end=NOON + DAY))
    assert [each[kind] for each in found["stages"]] == [0, 2, 0, 0]
    assert [(each["reached"]["k"], each["in_order"]) for each in found["stages"]] == [(2, 2), (2, 2), (1, 1), (0, 0)]
    assert sum(each["standing"] + each["lost"] for each in found["stages"]) == found["runs"] == 2


@pytest.mark.anyio
async def test_what_was_learned_stands_beside_the_times(app: App, clock: Clock) -> None:
    clock.now = NOON + 90 * DAY
    await put_in_force(app, BOOK)
    for n in range(30):
        for kind, after in (("a", 0), ("b", HOUR)):
            await send(app, event(f"{kind}{n}", kind=kind, t=NOON + after, case=str(n)))
    made: Json = await calibrate(app)
    found: Json = await times(app, Asked(journey="case", start=NOON, end=NOON + DAY))
    second = found["stages"][1]
    assert (second["expected_within"], second["stalled_after"], second["n"]) == (7200.0, 400 * 86_400.0, 30)
    assert second["learned"]["late"] == made["stages"]["case/s2"]["late"] / MICRO
    assert second["learned"]["since"] == write_instant(clock.now)
    assert found["stages"][3]["learned"] is None
    await put_in_force(app, BOOK.replace("stage: s2, name", "stage: t2, was: [s2], name"))
    renamed: Json = await times(app, Asked(journey="case", start=NOON, end=NOON + DAY))
    assert (renamed["stages"][1]["stage"], renamed["stages"][1]["learned"]) == ("t2", second["learned"])


@pytest.mark.anyio
async def test_what_cannot_be_asked(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    with pytest.raises(Unknown):
        await funnel(app, Asked(journey="nothing"))
    for start, end, code in [(NOON, NOON, "empty_span"), (NOON, NOON + 733 * DAY, "span_too_long")]:
        with pytest.raises(Invalid) as bad:
            await funnel(app, Asked(journey="case", start=start, end=end))
        assert bad.value.code == code
    assert clock.now == NOON


BRANCHES = """
playbook: ways
events:
  a: {properties: {case: string}}
  b: {properties: {case: string}}
  c: {properties: {case: string}}
  d: {properties: {case: string}}
journeys:
  case:
    name: 办事
    key: case
    enter: {event: a}
    abandon_after: 10d
    stages:
      - {stage: s1, phase: pre_sale, completed_by: {event: a}, next: [s2, s3]}
      - {stage: s2, phase: in_sale, completed_by: {event: b}, next: [s4]}
      - {stage: s3, phase: in_sale, completed_by: {event: c}, next: [s4]}
      - {stage: s4, phase: after_sale, completed_by: {event: d}}
"""


@pytest.mark.anyio
async def test_who_took_another_branch_or_is_under_way_is_not_lost(app: App, clock: Clock) -> None:
    clock.now = NOON + 12 * DAY
    await put_in_force(app, BRANCHES)
    lives = ("abd", "abd", "acd", "acd", "acd", "ac", "ab", "a")  # of the last three one is under way each, one dropped
    for n, kinds in enumerate(lives * 2):
        start = NOON + 10 * DAY * (n >= len(lives))
        wires = [
            event(f"{n}.{kind}", kind=kind, t=start + step * HOUR, who=f"member:{3000 + n}", case=f"c{n}")
            for step, kind in enumerate(kinds)
        ]
        await send(app, *wires)
    await settle(app)
    found: Json = await funnel(app, Asked(journey="case", start=NOON - DAY, end=NOON + 12 * DAY), "channel")
    for told in (found, *found["groups"]):
        assert told["statuses"] == {"active": 3, "completed": 10, "dropped": 3}
        assert [(each["lost"], each["standing"]) for each in told["stages"]] == [(0, 0), (1, 1), (0, 0), (2, 2)]
    fewer = BRANCHES.replace("      - {stage: s3, phase: in_sale, completed_by: {event: c}, next: [s4]}\n", "")
    await put_in_force(app, fewer.replace("next: [s2, s3]", "next: [s2, s4]"))
    waiting: Json = await funnel(app, Asked(journey="case", start=NOON - DAY, end=NOON + 12 * DAY))
    assert (waiting["runs"], waiting["complete"]) == (16, False)  # patterns of a stage more are still there
