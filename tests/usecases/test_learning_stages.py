"""How long a stage takes is learned from everybody who went through it, gave up, or still waits."""

from dataclasses import replace

import pytest

from service.core.calendar import DAY, HOUR, MINUTE
from service.core.calibration import Calibration
from service.core.expectations import StageCalibration
from service.core.steps import EDGES, bucket_of
from service.usecases.app import App
from service.usecases.calibrate import calibrate
from service.usecases.learn_stages import worth_stages
from service.usecases.look import look
from tests.usecases.given import NOON, Clock, Json, event, put_in_force, send
from tests.usecases.told import settle

BOOK = """
playbook: cups
events:
  seen: {}
  paid: {}
  left: {}
journeys:
  cup:
    enter: {event: seen}
    exit: {event: left}
    abandon_after: 30d
    stages:
      - {stage: see, phase: pre_sale, completed_by: {event: seen}}
      - {stage: pay, phase: in_sale, completed_by: {event: paid}}
"""


async def lives(app: App, clock: Clock) -> None:
    """40 pay, the slowest after 40 minutes; 10 leave after an hour; 20 give up in silence; 3 wait since a day."""
    clock.now = NOON + 90 * DAY
    for n in range(70):
        await send(app, event(f"s{n}", kind="seen", t=NOON, who=f"member:1{n:03}"))
    for n in range(40):
        await send(app, event(f"p{n}", kind="paid", t=NOON + (n + 1) * MINUTE, who=f"member:1{n:03}"))
    for n in range(40, 50):
        await send(app, event(f"l{n}", kind="left", t=NOON + HOUR, who=f"member:1{n:03}"))
    for n in range(70, 73):
        await send(app, event(f"s{n}", kind="seen", t=clock.now - DAY, who=f"member:1{n:03}"))
    await send(app, event("try", kind="test_profile_set", t=NOON, who="member:99", on=True))
    for n, kind in enumerate(("seen", "paid")):
        await send(app, event(f"t{n}", kind=kind, t=NOON + n * 50 * DAY, who="member:99"))
    await settle(app)


def the_end(length: int) -> int:
    return EDGES[bucket_of(length) + 1]


@pytest.mark.anyio
async def test_what_everybody_did_is_learned(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await lives(app, clock)
    made: Json = await calibrate(app)
    assert list(made["stages"]) == ["cup/pay"]
    learned: Json = made["stages"]["cup/pay"]
    assert (learned["went_on"], learned["left"], learned["waiting"]) == (40, 30, 3)
    assert [learned["soon"], learned["usual"], learned["late"]] == [the_end(n * MINUTE) for n in (4, 20, 36)]
    assert MINUTE * 30 < learned["stalled"] < HOUR


@pytest.mark.anyio
async def test_what_was_learned_is_what_whoever_comes_later_is_judged_by(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await lives(app, clock)
    made: Json = await calibrate(app)
    learned: dict[str, int] = made["stages"]["cup/pay"]
    await send(app, event("late", kind="seen", t=clock.now, who="member:200"))
    clock.now += learned["late"] - 1
    shown: Json = await look(app, "member:200")
    assert (shown["journeys"][0]["pace"], shown["journeys"][0]["breakpoints"]) == ("on_time", [])
    clock.now += 1
    await settle(app)
    after: Json = await look(app, "member:200")
    assert after["journeys"][0]["pace"] == "late"
    assert learned["stalled"] < learned["late"], "nobody stalls before he is late"
    (broken,) = after["journeys"][0]["breakpoints"]
    assert (broken["kind"], broken["because"]["code"]) == ("stalled", "stalled")


@pytest.mark.anyio
async def test_unasked_only_what_moved_is_learned_anew(app: App, clock: Clock) -> None:
    await put_in_force(app, BOOK)
    await lives(app, clock)
    made: Json = await calibrate(app, force=False)
    assert made["made"]
    clock.now += 1
    assert await calibrate(app, force=False) == {"made": False}


def test_what_is_worth_a_calibration() -> None:
    def learned(late: int, stalled: int | None) -> dict[str, StageCalibration]:
        one = StageCalibration(soon=1, usual=1, late=late, stalled=stalled, went_on=30, left=0, waiting=0)
        return {"cup/pay": one}

    known = Calibration(number=1, effective_from=0, schemes={}, stages=learned(EDGES[20], EDGES[40]))
    assert worth_stages(None, learned(1, None))
    assert not worth_stages(known, {})
    assert not worth_stages(known, learned(EDGES[21], EDGES[39]))
    assert worth_stages(known, learned(EDGES[22], EDGES[40]))
    assert worth_stages(known, learned(EDGES[20], EDGES[42]))
    assert worth_stages(known, learned(EDGES[20], None))
    hopeless = replace(known, stages=learned(EDGES[20], 0))
    assert worth_stages(hopeless, learned(EDGES[20], None))
    assert worth_stages(known, {"cup/see": learned(1, None)["cup/pay"]})
