"""Classes by rule, signals that move the score, and pins: the class that staff has set, until when, and why it went."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, write_instant
from service.core.calibration import Calibration
from service.core.event import Event
from service.core.facts import State
from service.core.plan import Plan
from service.core.view import show_persona
from tests.given import NOON, a_calibration, a_plan, an_event

EVENTS = {"paid": {"properties": {"amount": "money"}}, "moaned": {}}
SCORE = {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"}
BY_AMOUNT = [{"class": "high", "enter": 100, "leave": 50}, {"class": "mass"}]
RULE = {"class": "vip", "name": "贵宾", "when": {"trait": "vip", "eq": True}}
UNIT = 2**20


def planned(**scheme: object) -> Plan:
    return a_plan(
        events=EVENTS,
        personas={"tier": scheme},
        tags={"is_high": {"when": {"persona": {"scheme": "tier", "in": ["high"]}}}},
    )


def standing(plan: Plan, events: Sequence[Event], at: int, learned: Sequence[Calibration] = ()) -> dict[str, Any]:
    """What is shown of the class, from facts that were packed, and the tags that read it as `reads`."""
    state = State(plan.layout, fold.refold(plan, events, learned).encode())
    fold.pass_silence(plan, state, at, learned)
    shown = show_persona(plan.schemes[0], state, learned[-1] if learned else None)
    return {**shown, "reads": 0 in state.marks}


def paid(amount: int, after: int = 0) -> Event:
    return an_event("paid", NOON + after, after + 1, amount=amount)


# ---- by rule

RULED = planned(classes=[RULE, {"class": "high", "when": {"count": {"event": "paid", "within": "1d"}, "gte": 1}},
                         {"class": "mass"}])  # fmt: skip
SCORED = planned(score=SCORE, classes=[RULE, *BY_AMOUNT])
VIP = an_event("trait_set", NOON + 5, 900, vip=True)
NO_VIP = an_event("trait_set", NOON + 6, 901, vip=False)
CLASSES: list[tuple[Plan, list[Event], int, str, str]] = [
    (RULED, [VIP], 0, "vip", "score"),
    (RULED, [VIP, NO_VIP], 0, "mass", "score"),
    (RULED, [paid(1)], 0, "high", "score"),
    (RULED, [paid(1)], DAY + HOUR, "mass", "score"),  # time alone ends it
    (RULED, [paid(1), VIP], DAY + HOUR, "vip", "score"),
    (SCORED, [VIP], 0, "undetermined", "not_enough"),  # where a class has a bound, nothing counted is not enough
    (SCORED, [paid(1), VIP], 0, "vip", "score"),
    (SCORED, [paid(200), VIP, NO_VIP], 0, "high", "score"),
    (SCORED, [paid(1)], 0, "mass", "score"),
]


@pytest.mark.parametrize("row", CLASSES, ids=[str(n) for n in range(len(CLASSES))])
def test_the_first_class_whose_rule_or_bound_holds(row: tuple[Plan, list[Event], int, str, str]) -> None:
    plan, events, after, wanted, code = row
    found = standing(plan, events, events[-1].t + after)
    assert (found["class"], found["because"]["code"]) == (wanted, code)
    assert found["reads"] is (wanted == "high")


def test_a_class_by_rule_says_that_its_rule_holds() -> None:
    found = standing(RULED, [VIP], VIP.t)
    assert (found["class_name"], found["because"]["text"]) == ("贵宾", "符合这一层的规则")
    ending = standing(RULED, [paid(1)], NOON)
    assert ending["until"] == write_instant(NOON + DAY + 60_000_000)


# ---- signals


def signals(*each: tuple[dict[str, Any], float]) -> Plan:
    named = [{"name": f"s{n}", "when": when, "adds": adds} for n, (when, adds) in enumerate(each)]
    return planned(score=SCORE | {"signals": named}, classes=BY_AMOUNT)


MOANED = {"count": {"event": "moaned", "within": "1d"}, "gte": 1}
ALWAYS = {"always": True}


def test_signals_that_hold_add_up() -> None:
    plain = standing(planned(score=SCORE, classes=BY_AMOUNT), [paid(40)], NOON)["score"]
    for plan, moved in (
        (signals((ALWAYS, 1)), UNIT),
        (signals((ALWAYS, 1), (ALWAYS, 0.5)), UNIT * 3 // 2),
        (signals((ALWAYS, 1), (MOANED, -20)), UNIT),
        (signals((ALWAYS, -0.000001)), -2),  # towards less: of a doubling a millionth is 1.05 steps
    ):
        assert standing(plan, [paid(40)], NOON)["score"] == plain + moved


def test_a_signal_raises_the_value_that_is_held_against_an_amount() -> None:
    """40 yuan are worth 160 with two doublings; when the signal ends, so does the class."""
    moaning = [paid(40), an_event("moaned", NOON + HOUR, 900)]
    plan = signals((MOANED, 2))
    assert standing(plan, moaning[:1], NOON)["class"] == "mass"
    found = standing(plan, moaning, NOON + HOUR)
    end = NOON + HOUR + DAY + 60_000_000
    assert (found["class"], found["until"]) == ("high", write_instant(end))
    assert (standing(plan, moaning, end - 1)["class"], standing(plan, moaning, end)["class"]) == ("high", "mass")


def test_a_score_does_not_fall_below_nothing_and_nothing_stays_nothing() -> None:
    assert standing(signals(*[(ALWAYS, -20)] * 60), [paid(40)], NOON)["score"] == 0
    assert standing(signals((ALWAYS, 20)), [paid(0)], NOON)["score"] == 0
    assert standing(signals((ALWAYS, 20)), [paid(-5)], NOON)["score"] == 0


# ---- pins


def pin(chosen: object, after: int, layer: str = "manual", **more: object) -> Event:
    given: dict[str, object] = {"scheme": "tier", "class": chosen, "reason": "老友"} | more
    return an_event("persona_pinned", NOON + after, 1000 + after, layer=layer, **given)


def release(after: int, layer: str = "manual", scheme: str = "tier") -> Event:
    return an_event("persona_released", NOON + after, 1000 + after, layer=layer, scheme=scheme)


TIER = planned(score=SCORE, classes=BY_AMOUNT)
LITTLE = paid(1)
PINNED: list[tuple[list[Event], int, str]] = [  # after noon, the class
    ([LITTLE, pin("high", 1)], 1, "high"),
    ([LITTLE, pin("high", 1)], 900 * DAY, "high"),
    ([pin("high", 1)], 1, "high"),  # nothing is known of him, and still
    ([LITTLE, pin("high", 1, until=write_instant(NOON + HOUR))], HOUR - 1, "high"),
    ([LITTLE, pin("high", 1, until=write_instant(NOON + HOUR))], HOUR, "mass"),
    ([pin("high", 1, until=write_instant(NOON + HOUR))], HOUR, "undetermined"),
    ([LITTLE, pin("high", 1, until=write_instant(NOON - HOUR))], 1, "mass"),  # was over before it was said
    ([LITTLE, pin("high", 1), release(2)], 2, "mass"),
    ([LITTLE, pin("high", 1), pin("mass", 2), release(3)], 3, "mass"),
    ([paid(200), pin("mass", 1)], 1, "mass"),
    ([paid(200), pin("mass", 1), paid(500, 2)], 2, "mass"),
    ([LITTLE, pin("high", 1, layer="user")], 1, "mass"),  # only staff pins
    ([LITTLE, pin("high", 1, layer="import")], 1, "mass"),
    ([LITTLE, pin("high", 1), release(2, layer="user")], 2, "high"),
    ([LITTLE, pin("high", 1), release(2, scheme="other")], 2, "high"),
    ([LITTLE, pin("gone", 1)], 1, "mass"),  # a class that the scheme no longer has
    ([LITTLE, pin("undetermined", 1)], 1, "mass"),
    ([LITTLE, pin("high", 1, scheme="other")], 1, "mass"),
    ([LITTLE, pin("high", 1, scheme=5)], 1, "mass"),
    ([LITTLE, pin(5, 1)], 1, "mass"),
]


@pytest.mark.parametrize(("events", "after", "wanted"), PINNED, ids=[str(n) for n in range(len(PINNED))])
def test_a_pin_stands_until_it_ends_or_is_taken_out(events: list[Event], after: int, wanted: str) -> None:
    found = standing(TIER, events, NOON + after)
    assert (found["class"], found["reads"]) == (wanted, wanted == "high")


def test_a_pin_says_who_and_why() -> None:
    found = standing(TIER, [LITTLE, pin("high", HOUR, until=write_instant(NOON + DAY))], NOON + 2 * HOUR)
    assert (found["since"], found["until"]) == (write_instant(NOON + HOUR), write_instant(NOON + DAY))
    because = found["because"]
    assert (because["code"], because["pinned_at"]) == ("pinned", write_instant(NOON + HOUR))
    assert (because["text"], because["text_en"]) == ("员工指定：老友", "pinned by staff: 老友")
    mute = standing(TIER, [LITTLE, pin("high", HOUR, reason=None)], NOON + 2 * HOUR)["because"]
    assert (mute["text"], mute["text_en"]) == ("员工指定", "pinned by staff")


# ---- who moved


def test_a_class_that_was_left_says_who_moved() -> None:
    """What he did, time, or a calibration that drew the bounds anew."""
    plan = planned(score=SCORE, classes=[{"class": "high", "enter": "p80"}, {"class": "mass"}])
    score = standing(plan, [paid(10)], NOON, [a_calibration(1, NOON - DAY)])["score"]
    wide = {"low": score - 10 * UNIT, "high": score + 10 * UNIT}
    first, second = (a_calibration(1, NOON - DAY, **wide), a_calibration(2, NOON + HOUR, low=0, high=1))
    now = standing(plan, [paid(10)], NOON, [first, second])
    assert (now["class"], now["because"]["moved"]) == ("mass", "person")
    drawn = standing(plan, [paid(10)], NOON + HOUR, [first, second])
    assert (drawn["class"], drawn["because"]["moved"], drawn["because"]["calibration"]) == ("high", "boundary", 2)
    same = standing(plan, [paid(10), paid(1, 2 * HOUR)], NOON + 2 * HOUR, [first, second])
    assert (same["class"], same["because"]["moved"]) == ("high", "boundary"), "what changes nothing moves nobody"
    ordered = standing(plan, [paid(10), *(paid(9_000_000, n) for n in range(1, 9))], NOON + 9, [first])
    assert (ordered["class"], ordered["because"]["moved"]) == ("high", "person")
    aged = standing(TIER, [paid(200)], NOON + 300 * DAY)
    assert (aged["class"], aged["because"]["moved"]) == ("mass", "person")


def test_a_pin_leaves_no_trace_when_it_is_gone() -> None:
    """He is worth 70: in the band, where only who has entered stays. Pinned by mistake, then released, he has not."""
    plan = planned(score=SCORE, classes=BY_AMOUNT)
    pin = an_event("persona_pinned", NOON + 10, 50, scheme="tier", **{"class": "high"}, layer="manual")
    release = an_event("persona_released", NOON + 20, 51, scheme="tier", layer="manual")
    shown = standing(plan, [paid(70), pin], NOON + 10)
    assert (shown["class"], shown["until"]) == ("high", None), "what is earned beneath it ends nothing that shows"
    assert standing(plan, [paid(70), pin, release], NOON + 20)["class"] == "mass"
    stays = [paid(200), an_event("persona_pinned", NOON + 10, 50, scheme="tier", **{"class": "mass"}, layer="manual")]
    months = 40 * DAY  # of the 200 he is worth 79 by then: in the band, and he had entered
    assert standing(plan, stays, NOON + months)["class"] == "mass"
    released = an_event("persona_released", NOON + months, 51, scheme="tier", layer="manual")
    assert standing(plan, [*stays, released], NOON + months)["class"] == "high"
