"""The map counts everybody once, where he stands; breakpoints are listed the newest first and paged without a gap."""

import json
from base64 import urlsafe_b64encode

import pytest

from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.usecases.annotate import view_break
from service.usecases.app import App
from service.usecases.breaks import BreaksQuery, BreaksWanted, breaks
from service.usecases.due import rederive_due
from service.usecases.failures import Failure
from service.usecases.journey_map import journey_map, journey_maps
from service.usecases.look import look
from service.usecases.spans import Asked
from tests.usecases.given import NOON, Clock, Json, event, put_in_force, send

pytestmark = pytest.mark.anyio
BRANCHING = """
playbook: branching
events: {seen: {}, tried: {}, bought: {}, broken: {}, repaired: {}}
journeys:
  car:
    name: 买车
    theme: 四个轮子
    theme_en: Four wheels
    enter: {event: seen}
    stages:
      - {stage: look, phase: pre_sale, completed_by: {event: seen}, next: [drive, buy],
         goal: 看中, goal_en: One to like, key_moment: true,
         touchpoints: [hall, app_home], channels: [store, app], scenarios: [weekend]}
      - {stage: drive, phase: pre_sale, completed_by: {event: tried}, optional: true}
      - {stage: buy, phase: in_sale, completed_by: {event: bought}}
      - {stage: mend, phase: after_sale, completed_by: {event: repaired}, next: [buy, thank]}
      - {stage: thank, phase: after_sale, completed_by: {event: feedback_given}, optional: true}
"""


def at(found: Json, stage: str) -> Json:
    return next(each for each in found["stages"] if each["stage"] == stage)


async def three_wait(app: App, clock: Clock) -> None:
    """Three order; of one the order is ready at once, of the others it is overdue."""
    clock.now = NOON + 10 * MINUTE
    await put_in_force(app)
    for number in (1, 2, 3):
        who, t = f"member:{number}", NOON + number * MINUTE
        await send(app, event(f"p{number}", who, t=t, order_id=f"o{number}", amount=10))
    await send(app, event("r1", "member:1", "order_ready", NOON + 5 * MINUTE, order_id="o1"))
    clock.now += HOUR
    await rederive_due(app)


async def test_people_are_counted_where_they_stand(app: App, clock: Clock) -> None:
    await three_wait(app, clock)
    found: Json = await journey_map(app, Asked(journey="pickup"))
    assert found["runs"] == {"active": 2, "completed": 1, "dropped": 0}
    assert found["keyed"] is True
    assert [(each["stage"], each["here"], each["left"]) for each in found["stages"]] == [("pay", 0, 0), ("ready", 2, 0)]
    assert at(found, "ready")["breakpoints"] == {"stalled": 2}
    assert found["breakpoints"] == 2
    assert found["complete"] is True


async def test_who_is_on_the_way_counts_whenever_he_entered(app: App, clock: Clock) -> None:
    await three_wait(app, clock)
    clock.now += 40 * DAY  # the two were given up
    await rederive_due(app)
    await send(app, event("p4", "member:4", t=clock.now - HOUR, order_id="o4", amount=10))
    await send(app, event("p5", "member:5", t=clock.now - HOUR, order_id="o5", amount=10))
    found: Json = await journey_map(app, Asked(journey="pickup"))
    assert found["runs"] == {"active": 2, "completed": 0, "dropped": 0}
    wide: Json = await journey_map(app, Asked(journey="pickup", start=NOON))
    assert wide["runs"] == {"active": 2, "completed": 1, "dropped": 2}
    assert [each["left"] for each in wide["stages"]] == [0, 2]
    assert [each["left"] for each in found["stages"]] == [0, 0], "they were given up before"


async def test_test_people_count_nowhere(app: App, clock: Clock) -> None:
    await three_wait(app, clock)
    await send(app, event("t3", "member:3", "test_profile_set", on=True))
    found: Json = await journey_map(app, Asked(journey="pickup"))
    assert (found["runs"]["active"], found["breakpoints"]) == (1, 1)
    listed: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted()))
    assert len(listed["items"]) == 1


async def test_ways_lead_on_and_back(app: App) -> None:
    await put_in_force(app, BRANCHING)
    await send(app, event("s1", kind="seen"))
    found: Json = await journey_map(app, Asked(journey="car"))
    ways = {each["stage"]: (each["next"], each["back"]) for each in found["stages"]}
    assert ways == {
        "look": (["drive", "buy"], []), "drive": (["buy"], []), "buy": (["mend"], []), "mend": (["thank"], ["buy"]),
        "thank": ([], []),
    }  # fmt: skip
    assert (at(found, "look")["goal"], at(found, "look")["key_moment"], at(found, "drive")["optional"]) == (
        "看中", True, True,
    )  # fmt: skip
    assert (at(found, "look")["goal_en"], at(found, "look")["benefit_en"]) == ("One to like", None)
    assert (found["theme"], found["theme_en"], found["value_en"]) == ("四个轮子", "Four wheels", None)
    met = [(each["touchpoints"], each["channels"], each["scenarios"]) for each in found["stages"]]
    assert met == [(("hall", "app_home"), ("store", "app"), ("weekend",)), *[((), (), ())] * 4]
    every: Json = await journey_maps(app)
    assert [each["journey"] for each in every["items"]] == ["car"]
    assert every["items"][0]["stages"] == found["stages"]


async def test_nothing_is_published(app: App) -> None:
    assert (await journey_maps(app))["items"] == []
    with pytest.raises(Failure) as refusal:
        await journey_map(app, Asked(journey="pickup"))
    assert refusal.value.code == "unknown_journey"


async def test_breakpoints_are_listed(app: App, clock: Clock) -> None:
    await three_wait(app, clock)
    await send(app, event("r2", "member:2", "order_ready", clock.now, order_id="o2"))
    found: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted()))
    assert [(each["key"], each["resolved_at"] is None) for each in found["items"]] == [("o3", True), ("o2", False)]
    person: Json = await look(app, "member:3")
    told = {
        "profile_id": person["profile_id"], "journey": "pickup", "name": "pickup", "key": "o3", "stage": "ready",
        "stage_name": "ready", "kind": "stalled", "since": write_instant(NOON + 33 * MINUTE), "resolved_at": None,
        "number": 1, "status": "open", "resolved_by": None, "withdrawn_at": None, "suspected_data_gap": False,
        "services": [], "assigned_to": None, "notes": 0,
    }  # fmt: skip
    assert found["items"][0].items() >= told.items()
    assert found["items"][1]["resolved_by"] == "order_ready"
    assert found["next_cursor"] is None


@pytest.mark.parametrize(
    ("wanted", "keys"),
    [
        (BreaksQuery(wanted=BreaksWanted(open=True)), ["o3"]),
        (BreaksQuery(wanted=BreaksWanted(open=False)), ["o2"]),
        (BreaksQuery(wanted=BreaksWanted(since=NOON + 33 * MINUTE)), ["o3"]),
        (BreaksQuery(wanted=BreaksWanted(journey="pickup", stage="ready", kind="stalled")), ["o3", "o2"]),
        (BreaksQuery(wanted=BreaksWanted(stage="pay")), []),
        (BreaksQuery(wanted=BreaksWanted(kind="failed")), []),
    ],
    ids=str,
)
async def test_breakpoints_are_filtered(app: App, clock: Clock, wanted: BreaksQuery, keys: list[str]) -> None:
    await three_wait(app, clock)
    await send(app, event("r2", "member:2", "order_ready", clock.now, order_id="o2"))
    found: Json = await breaks(app, wanted)
    assert [each["key"] for each in found["items"]] == keys


async def test_pages_are_whole(app: App, clock: Clock) -> None:
    """Also where many began at one instant."""
    await put_in_force(app)
    orders = [event(f"p{n}", f"member:{n % 3 + 1}", t=NOON + n // 4, order_id=f"o{n}", amount=1) for n in range(10)]
    await send(app, *orders)
    clock.now += HOUR
    await rederive_due(app)
    keys, cursor = list[str](), None
    while True:
        page: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted(), limit=3, cursor=cursor))
        keys += [each["key"] for each in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert sorted(keys) == sorted(f"o{n}" for n in range(10))
    whole: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted()))
    assert [each["key"] for each in whole["items"]] == keys


async def test_a_breakpoint_of_a_journey_that_is_gone_keeps_its_keys(app: App, clock: Clock) -> None:
    """Until its profile is folded anew."""
    await three_wait(app, clock)
    await put_in_force(app, "playbook: other\n")
    found: Json = await breaks(app, BreaksQuery(wanted=BreaksWanted()))
    assert [(each["name"], each["stage_name"]) for each in found["items"]] == [("pickup", "ready")] * 2


def cursor_of(place: object) -> str:
    return urlsafe_b64encode(json.dumps(place).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "cursor",
    [
        "x", "", cursor_of({}), cursor_of([1]), cursor_of([1, 2, "", "", "", "", True]),
        cursor_of([2**63, 2, "", "", "", "", 1]), cursor_of([1, 2, "\0", "", "", "", 1]),
        cursor_of([1, 2, "\ud800", "", "", "", 1]), cursor_of("[" * 90_000),
        urlsafe_b64encode(b"[" * 90_000).decode(),
    ],
)  # fmt: skip
async def test_a_cursor_of_somebody_else_is_refused(app: App, cursor: str) -> None:
    with pytest.raises(Failure) as refusal:
        await breaks(app, BreaksQuery(wanted=BreaksWanted(), cursor=cursor))
    assert refusal.value.code == "bad_cursor"


@pytest.mark.parametrize(
    "place",
    [
        ["x", "a", "", "b", "c", 1],
        ["f" * 16, "a", "", "b", "c", 1],
        ["-" + "f" * 16, "a", "", "b", "c", 1],
        ["1", "\0", "", "b", "c", 1],
        ["1", "a", "", "b", "c", 2**63],
        ["1", "a", "", "b", "c", True],
        ["1", "a", "", "b", "c", 1],
    ],
    ids=str,
)
async def test_an_id_of_no_breakpoint_is_unknown(app: App, place: list[object]) -> None:
    """Also where no database could look for it."""
    with pytest.raises(Failure) as refusal:
        await view_break(app, cursor_of(place))
    assert refusal.value.code == "unknown_breakpoint"
