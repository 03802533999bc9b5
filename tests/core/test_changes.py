"""What the world hears: what is new or different, and what is no more; nothing twice, nothing that did not change."""

from collections.abc import Mapping, Sequence
from typing import Any

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.core.calibration import Calibration
from service.core.changes import Said, difference
from service.core.event import Event
from service.core.facts import State
from tests.given import NOON, a_calibration, a_plan, an_event

STAGES = [
    {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"}},
    {"stage": "ready", "phase": "in_sale", "completed_by": {"event": "ready"}, "expected_within": "1h",
     "stalled_after": "2h", "fails_on": [{"event": "failed"}]},
    {"stage": "rate", "phase": "after_sale", "completed_by": {"event": "rated"}, "expected_within": "1h"},
]  # fmt: skip
SHOP = [
    {"stage": "wave", "phase": "pre_sale", "optional": True, "completed_by": {"event": "waved"}},
    {"stage": "buy", "phase": "in_sale", "completed_by": {"event": "bought"}},
]
ORDER = {"properties": {"order_id": "string", "amount": "money"}}
LATELY = {"event": "paid", "within": "1d"}
PLAN = a_plan(
    events={
        "paid": ORDER,
        "refunded": {"properties": {"order_id": "string"}, "reverses": {"event": "paid", "by": "order_id"}},
    },
    tags={
        "vip": {"kind": "manual"},
        "buyer": {"name": "买家", "when": {"count": {"event": "paid"}, "gte": 1}},
        "quiet": {"when": {"since_last": {"event": "paid"}, "gte": "1d"}},
        "lately": {"name": "近期", "when": {"count": LATELY, "gte": 1}},
        "level": {
            "values": [
                {"value": "high", "when": {"count": LATELY, "gte": 2}},
                {"value": "low", "when": {"count": LATELY, "gte": 1}},
            ]
        },
    },
    personas={
        "worth": {
            "name": "价值",
            "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"},
            "classes": [{"class": "gold", "enter": 100}, {"class": "mass"}],
        },
        "tier": {
            "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"},
            "classes": [{"class": "high_end", "enter": "p50"}, {"class": "mass"}],
        },
    },
    journeys={
        "cup": {"enter": {"event": "paid"}, "stages": STAGES},
        "tour": {"enter": {"event": "toured"}, "stages": STAGES[:2]},
        "shop": {"enter": {"event": "opened"}, "abandon_after": "1d", "stages": SHOP},
        "pickup": {"key": "order_id", "enter": {"event": "paid"}, "exit": {"event": "left"}, "stages": STAGES},
    },
)
PAID = an_event("paid", number=1, order_id="a", amount=200)
Told = dict[tuple[str, str], Mapping[str, Any]]


def hear(
    events: Sequence[Event], at: int, before: Said | None = None, learned: Sequence[Calibration] = ()
) -> tuple[Said, Told]:
    """What is so at an instant, and what is said of it to somebody who heard `before`."""
    state = State(PLAN.layout, fold.refold(PLAN, events, learned).encode())
    fold.pass_silence(PLAN, state, at, learned)
    now, changes = difference(PLAN, state, at, learned, before or {})
    told: Told = {(each.kind, each.key): each.body for each in changes}
    assert len(told) == len(changes)
    assert all((body["kind"], body["key"]) == named for named, body in told.items())
    assert difference(PLAN, state, at, learned, now) == (now, [])
    return now, told


def test_who_knows_nothing_hears_everything() -> None:
    _, told = hear([PAID], NOON)
    assert sorted(told) == [
        ("journey", "cup"), ("journey", "pickup:a"), ("persona", "worth"),
        ("tag", "buyer"), ("tag", "lately"), ("tag", "level"),
    ]  # fmt: skip
    assert told["persona", "worth"]["class"] == "gold"
    assert (told["tag", "level"]["on"], told["tag", "level"]["value"]) == (True, "low")
    assert told["journey", "pickup:a"]["enrollment_key"] == "a"


def test_only_what_differs_is_said() -> None:
    before, _ = hear([PAID], NOON)
    _, told = hear([PAID, an_event("paid", NOON + 1, 2, order_id="b", amount=200)], NOON + 1, before)
    assert sorted(told) == [("journey", "pickup:b"), ("tag", "level")]
    assert told["tag", "level"]["value"] == "high"


def test_a_tag_that_is_lost_is_said_to_be_off() -> None:
    before, _ = hear([PAID], NOON + 12 * HOUR)
    _, told = hear([PAID], NOON + 2 * DAY, before)
    off = told["tag", "lately"]
    assert (off["on"], off["name"], off["value"], off["because"]["code"]) == (False, "近期", None, "no_longer_holds")
    assert told["tag", "level"]["on"] is False
    assert ("tag", "buyer") not in told


def test_a_tag_that_somebody_took_away_does_not_speak_of_a_condition() -> None:
    given = [PAID, an_event("tag_set", NOON + 1, 2, tag="vip")]
    before, _ = hear(given, NOON + 1)
    taken = [
        an_event("tag_released", NOON + 2, 4, tag="vip"),
        an_event("tag_removed", NOON + 2, 5, tag="buyer", layer="manual"),
    ]
    _, told = hear([*given, *taken], NOON + 2, before)
    assert told["tag", "vip"]["because"]["code"] == "taken_back"
    assert (told["tag", "buyer"]["because"]["code"], told["tag", "buyer"]["because"]["layer"]) == (
        "taken_off",
        "manual",
    )
    assert told["tag", "buyer"]["because"]["text"] == "员工去掉了这个标签"


def test_a_tag_that_is_not_on_yet_is_not_said_yet() -> None:
    """What is off until an instant is as silent as what is off."""
    before, told = hear([PAID], NOON + DAY - 1)
    assert ("tag", "quiet") not in told
    _, told = hear([PAID], NOON + DAY, before)
    assert told["tag", "quiet"]["on"] is True


def test_what_a_refund_undoes_is_said_to_be_gone() -> None:
    """The class and the journey; of the keyed run there is nothing to say."""
    before, _ = hear([PAID], NOON)
    _, told = hear([PAID, an_event("refunded", NOON + 1, 2, order_id="a")], NOON + 1, before)
    assert sorted(told) == [
        ("journey", "cup"), ("persona", "worth"), ("tag", "buyer"), ("tag", "lately"), ("tag", "level"),
    ]  # fmt: skip
    assert told["journey", "cup"]["gone"] is True
    assert told["journey", "cup"]["because"]["code"] == "withdrawn", "a run has no condition that could hold no longer"
    lost = told["persona", "worth"]
    assert (lost["class"], lost["class_name"], lost["name"]) == ("undetermined", "未定", "价值")


def test_a_stage_that_a_refund_puts_out_is_said_with_its_reason() -> None:
    toured = an_event("toured", NOON, 0)
    before, told = hear([toured, PAID], NOON + 1)
    assert "dimmed" not in told["journey", "tour"]
    _, told = hear([toured, PAID, an_event("refunded", NOON + 1, 2, order_id="a")], NOON + 1, before)
    because = {
        "code": "reversed", "event": "refunded", "text": "因“refunded”不再点亮",
        "text_en": "no longer lit: taken back by refunded",
    }  # fmt: skip
    assert told["journey", "tour"]["dimmed"] == [
        {"stage": "pay", "at": write_instant(NOON + 1), "because": because},
    ]  # fmt: skip


def test_a_keyed_run_that_is_over_leaves_without_a_word() -> None:
    """Nor is a word said of the breakpoints that it had."""
    before, told = hear([PAID], NOON + 2 * HOUR)
    assert ("breakpoint", "pickup:a|ready|stalled|1") in told
    _, told = hear([PAID, an_event("left", NOON + 3 * HOUR, 2, order_id="a")], NOON + 3 * HOUR, before)
    assert not told


def test_being_late_is_said_and_then_the_stall() -> None:
    before, _ = hear([PAID], NOON + HOUR - 1)
    now, told = hear([PAID], NOON + HOUR, before)
    assert sorted(told) == [("journey", "cup"), ("journey", "pickup:a")]
    assert told["journey", "cup"]["pace"] == "late"
    _, told = hear([PAID], NOON + 2 * HOUR, now)
    key = "cup|ready|stalled|1"
    assert sorted(told) == [("breakpoint", key), ("breakpoint", key.replace("cup", "pickup:a"))]
    body = told["breakpoint", key]
    assert (body["breakpoint"], body["stage"], body["resolved_at"]) == ("stalled", "ready", None)


def test_each_breakpoint_is_said_with_its_own_words() -> None:
    events = [PAID, an_event("failed", NOON + MINUTE, 2), an_event("ready", NOON + 3 * HOUR, 3)]
    before, _ = hear(events[:2], NOON + 2 * HOUR)
    _, told = hear(events, NOON + 3 * HOUR, before)
    failed, stalled = ("cup|ready|failed|1", "cup|ready|stalled|1")
    assert sorted(told) == [("breakpoint", failed), ("breakpoint", stalled), ("journey", "cup")]
    for key, kind, since in ((failed, "failed", NOON + MINUTE), (stalled, "stalled", NOON + 2 * HOUR)):
        body = told["breakpoint", key]
        assert (body["breakpoint"], body["since"]) == (kind, write_instant(since))
        assert body["resolved_at"] == write_instant(NOON + 3 * HOUR)


def test_two_breakpoints_of_one_kind_at_one_stage_are_two() -> None:
    """He left, came back without a step ahead, and left again."""
    events = [an_event("opened", number=1), an_event("waved", NOON + 2 * DAY, 2)]
    before, told = hear(events[:1], NOON + DAY)
    first, second = (f"shop|buy|dropped|{number}" for number in (1, 2))
    assert told["breakpoint", first]["resolved_at"] is None
    now, told = hear(events, NOON + 2 * DAY, before)
    assert told["breakpoint", first]["resolved_at"] == write_instant(NOON + 2 * DAY)
    _, told = hear(events, NOON + 3 * DAY, now)
    assert ("breakpoint", first) not in told
    assert told["breakpoint", second]["resolved_at"] is None


def test_a_class_is_said_with_the_calibration_in_force() -> None:
    learned = [a_calibration(1, NOON - DAY, high=2), a_calibration(2, NOON + DAY, low=2**40, high=2**41)]
    before, told = hear([PAID], NOON + HOUR, learned=learned)
    assert (told["persona", "tier"]["class"], told["persona", "tier"]["because"]["calibration"]) == ("high_end", 1)
    _, told = hear([PAID], NOON + DAY, before, learned)
    assert (told["persona", "tier"]["class"], told["persona", "tier"]["because"]["calibration"]) == ("mass", 2)
