"""Tags that read what other tags show: numbers, texts, quintiles; and a calibration that moves them."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, write_instant
from service.core.calibration import Calibration, RfmCalibration
from service.core.event import MICRO, Event
from service.core.plan import Plan
from tests.given import a_plan, an_event, tags_at

EVENTS = {"paid": {"properties": {"x": "number", "y": "string"}}, "seen": {}}
T = 20_720 * DAY


def planned(**tags: object) -> Plan:
    return a_plan(events=EVENTS, timezone="UTC", tags=tags)


def paid(*said: dict[str, object], gap: int = 1) -> list[Event]:
    return [an_event("paid", T + n * gap, n, **each) for n, each in enumerate(said)]


# ---- tags that read what others show

SPENT = {"value_of": {"sum": {"event": "paid", "property": "x"}}, "round": 10}
LAST = {"value_of": {"last": {"event": "paid", "property": "y"}}}
TESTS: list[tuple[dict[str, Any], float, bool]] = [  # of 20 a tag with steps of ten shows 20, of 29 too, of 5 nothing
    ({"gte": 20}, 29, True),
    ({"gt": 20}, 29, False),
    ({"gte": 20}, 19.99, False),
    ({"eq": 10}, 19.99, True),
    ({"between": [10, 20]}, 25, True),
    ({"in": [10, 30]}, 25, False),
    ({"ne": 20}, 15, True),
    ({"ne": 20}, 5, False),  # it shows nothing, and nothing is not even another number
    ({"lt": 20}, 5, False),
    ({"lt": 20}, -15, True),
    ({"exists": True}, 5, False),
    ({"exists": False}, 5, True),
    ({"exists": False}, 15, False),
    ({}, 15, True),
    ({}, 5, False),
]


@pytest.mark.parametrize(("test", "x", "on"), TESTS, ids=[str(n) for n in range(len(TESTS))])
def test_what_a_tag_shows_is_compared(test: dict[str, Any], x: float, *, on: bool) -> None:
    plan = planned(spent=SPENT, reads={"when": {"tag": "spent", **test}})
    assert ("reads" in tags_at(plan, paid({"x": x}), T)) is on


@pytest.mark.parametrize(
    ("test", "y", "on"),
    [({"eq": "tea"}, "tea", True), ({"matches": "^te"}, "tea", True), ({"matches": "^ea"}, "tea", False),
     ({"in": ["tea", "milk"]}, "milk", True), ({"ne": "tea"}, "", False)],
)  # fmt: skip
def test_a_text_that_a_tag_shows_is_compared(test: dict[str, Any], y: str, *, on: bool) -> None:
    plan = planned(last=LAST, reads={"when": {"tag": "last", **test}})
    assert ("reads" in tags_at(plan, paid({"y": y}), T)) is on


def test_a_reader_follows_each_step_and_no_smaller_one() -> None:
    """Of ten the tag says what it shows only as it passes from ten to twenty."""
    plan = planned(spent=SPENT, rich={"when": {"tag": "spent", "gte": 20}})
    events = paid({"x": 12}, {"x": 7}, {"x": 1}, {"x": 3}, gap=HOUR)
    found = tags_at(plan, events, T + DAY)
    assert (found["spent"]["value"], found["spent"]["since"]) == (20, write_instant(T + 2 * HOUR))
    assert found["rich"]["since"] == write_instant(T + 2 * HOUR)


def test_a_gate_shows_and_hides_the_value() -> None:
    gate = {"since_last": {"event": "seen"}, "lt": "1d"}
    plan = planned(spent={**SPENT, "when": gate})
    events = [*paid({"x": 50}), an_event("seen", T + HOUR, 9)]
    assert tags_at(plan, events[:1], T) == {}
    shown = tags_at(plan, events, T + HOUR)["spent"]
    assert (shown["value"], shown["until"]) == (50, write_instant(T + HOUR + DAY))
    assert tags_at(plan, events, T + HOUR + DAY) == {}


# ---- quintiles

RFM = {"rfm": {"event": "paid", "property": "x"}}


def learned(number: int, since: int, ages: Sequence[int], counts: Sequence[int], sums: Sequence[int]) -> Calibration:
    """Quantiles for 20, 40, 60 and 80 %: ages in days, numbers of orders, sums in yuan."""
    rfm = RfmCalibration(
        ages=tuple(age * DAY for age in ages), counts=tuple(count * MICRO for count in counts),
        sums=tuple(amount * MICRO for amount in sums), profiles=100,
    )  # fmt: skip
    return Calibration(number=number, effective_from=since, schemes={}, rfm={"rfm": rfm})


FIRST = learned(1, T - DAY, [1, 2, 3, 4], [1, 2, 2, 3], [10, 20, 30, 40])
TIED = learned(1, T - DAY, [2, 2, 2, 2], [1, 1, 1, 1], [20, 20, 20, 20])
SCORES: list[tuple[Calibration, list[float], int, str]] = [  # a number that is just a quantile is not above it
    (FIRST, [10], 0, "5-1-1"),
    (FIRST, [10.01], 0, "5-1-2"),
    (FIRST, [10], DAY, "5-1-1"),
    (FIRST, [10], DAY + 1, "4-1-1"),
    (FIRST, [10], 4 * DAY + 1, "1-1-1"),
    (FIRST, [10, 10], 0, "5-2-2"),  # of two quantiles that are the same both are passed at once
    (FIRST, [10, 10, 10], 0, "5-4-3"),
    (FIRST, [10, 10, 10, 11], 0, "5-5-5"),
    (TIED, [20], 2 * DAY, "5-1-1"),
    (TIED, [20], 2 * DAY + 1, "1-1-1"),
    (TIED, [20, 1], 0, "5-5-5"),
    (FIRST, [-10], 0, "5-1-1"),
]


@pytest.mark.parametrize(("calibration", "amounts", "age", "wanted"), SCORES, ids=[str(n) for n in range(len(SCORES))])
def test_quintiles_are_how_many_quantiles_are_passed(
    calibration: Calibration, amounts: list[float], age: int, wanted: str
) -> None:
    events = [an_event("paid", T, n, x=x) for n, x in enumerate(amounts)]
    assert tags_at(planned(rfm=RFM), events, T + age, [calibration])["rfm"]["value"] == wanted


def test_what_has_no_number_counts_for_nothing() -> None:
    events = [an_event("paid", T, 1, x=5), an_event("paid", T + DAY, 2), an_event("paid", T + DAY, 3, y="a")]
    assert tags_at(planned(rfm=RFM), events, T + DAY, [FIRST])["rfm"]["value"] == "5-1-1"
    assert tags_at(planned(rfm=RFM), events, T + DAY + 1, [FIRST])["rfm"]["value"] == "4-1-1"
    assert tags_at(planned(rfm=RFM), events[1:], T + DAY, [FIRST]) == {}
    assert tags_at(planned(rfm=RFM), events, T + DAY, []) == {}
    nobody = learned(1, T - DAY, [], [], [])
    unlearned = Calibration(number=1, effective_from=T - DAY, schemes={}, rfm={})
    assert tags_at(planned(rfm=RFM), events, T + DAY, [unlearned]) == {}
    assert tags_at(planned(rfm=RFM), events, T + DAY, [nobody])["rfm"]["value"] == "5-1-1"


def test_a_calibration_moves_the_tag_and_whoever_reads_it() -> None:
    """It comes into force between two instants of silence, without any event."""
    plan = planned(rfm=RFM, good={"when": {"rfm": {"tag": "rfm", "m": {"gte": 3}}}})
    second = learned(2, T + HOUR, [1, 2, 3, 4], [1, 2, 3, 4], [1, 2, 30, 40])
    events = [an_event("paid", T, 1, x=10)]
    before = tags_at(plan, events, T + HOUR - 1, [FIRST, second])
    assert (before["rfm"]["value"], "good" in before) == ("5-1-1", False)
    after = tags_at(plan, events, T + HOUR, [FIRST, second])
    assert (after["rfm"]["value"], after["rfm"]["since"]) == ("5-1-3", write_instant(T + HOUR))
    assert after["good"]["since"] == write_instant(T + HOUR)
    assert after["rfm"]["until"] == write_instant(T + DAY + 1)
    assert after["rfm"]["because"]["calibration"] == 2


RFM_TESTS: list[tuple[dict[str, Any], bool]] = [
    ({"r": {"eq": 5}}, True),
    ({"r": {"gte": 4}, "m": {"gte": 2}}, False),
    ({"r": {"gte": 4}, "m": {"lt": 2}}, True),
    ({"f": {"in": [1, 5]}}, True),
    ({"m": {"between": [2, 4]}}, False),
    ({"m": {"exists": False}}, False),
]


@pytest.mark.parametrize(("parts", "on"), RFM_TESTS, ids=str)
def test_all_parts_that_are_asked_have_to_hold(parts: dict[str, Any], *, on: bool) -> None:
    plan = planned(rfm=RFM, reads={"when": {"rfm": {"tag": "rfm", **parts}}})
    assert ("reads" in tags_at(plan, [an_event("paid", T, 1, x=10)], T, [FIRST])) is on


@pytest.mark.parametrize(
    ("said", "on", "absent"),
    [("1-2-3", True, False), ("gold", False, True), ("1-2", False, True), ("1-2-6", False, True), ("", False, True)],
)
def test_quintiles_that_staff_has_set_are_read_if_they_are_some(said: str, *, on: bool, absent: bool) -> None:
    plan = planned(
        rfm=RFM,
        third={"when": {"rfm": {"tag": "rfm", "m": {"eq": 3}}}},
        nothing={"when": {"rfm": {"tag": "rfm", "m": {"exists": False}}}},
    )
    events = [an_event("paid", T, 1, x=10), an_event("tag_set", T + 1, 2, tag="rfm", value=said, layer="manual")]
    found = tags_at(plan, events, T + 1, [FIRST])
    assert ("third" in found, "nothing" in found) == (on, absent)
    if said:
        assert (found["rfm"]["value"], found["rfm"]["source"]) == (said, "manual")


def test_a_reader_is_asked_again_when_staff_lets_go() -> None:
    plan = planned(rfm=RFM, good={"when": {"rfm": {"tag": "rfm", "r": {"eq": 1}}}})
    events = [
        an_event("paid", T, 1, x=10),
        an_event("tag_set", T + 1, 2, tag="rfm", value="1-1-1", layer="manual"),
        an_event("tag_released", T + 2, 3, tag="rfm", layer="manual"),
    ]
    for number, on in ((1, False), (2, True), (3, False)):
        assert ("good" in tags_at(plan, events[:number], T + 2, [FIRST])) is on
    state = fold.refold(plan, events, [FIRST])
    assert state.values[0] == "5-1-1"
