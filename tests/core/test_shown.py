"""Tags that show what an aggregate comes to, at their edges: ties, shares, steps of rounding, too many values."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from service.core import fold, tracks
from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.core.event import MICRO, Event
from service.core.plan import Plan
from tests.given import a_plan, an_event, tags_at

EVENTS = {"paid": {"properties": {"x": "number", "y": "string", "g": "boolean"}}, "seen": {}}
T = 20_720 * DAY  # a whole number of half-lives of one day and of two days
Said = Sequence[Mapping[str, object]]


def paid(said: Said, t: int = T, gap: int = 1) -> list[Event]:
    """Payments with these properties, one after the other."""
    return [an_event("paid", t + n * gap, t + n, **each) for n, each in enumerate(said)]


def planned(**tags: object) -> Plan:
    return a_plan(events=EVENTS, timezone="UTC", tags=tags)


def value(kind: str, spec: Mapping[str, object], events: Sequence[Event], at: int, **more: object) -> object:
    """What a tag shows of an aggregate; None while it is off."""
    found = tags_at(planned(tag={"value_of": {kind: spec}, **more}), events, at)
    return found["tag"]["value"] if found else None


# ---- the greatest weight

Y = {"event": "paid", "property": "y"}
BY = {**Y, "by": "x"}
TOPS: list[tuple[dict[str, Any], Said, str | None]] = [
    (Y, [{"y": "b"}, {"y": "a"}], "a"),
    (Y, [{"y": "a"}, {"y": "Z"}], "Z"),
    (Y, [{"y": "😀"}, {"y": "～"}], "～"),  # by code points, not by the halves of UTF-16
    (Y, [{"y": "b"}, {"y": "a"}, {"y": "b"}], "b"),
    (BY, [{"y": "a", "x": 3}, {"y": "b", "x": 3}, {"y": "b", "x": 0}], "a"),
    (BY, [{"y": "b", "x": 5}, {"y": "a", "x": 3}, {"y": "b", "x": -2}], "a"),  # taken down to a tie
    (BY, [{"y": "a", "x": 5}, {"y": "b", "x": 3}, {"y": "a", "x": -3}], "b"),
    (BY, [{"y": "b", "x": -2}, {"y": "a", "x": 3}, {"y": "b", "x": 5}], "a"),
    (BY, [{"y": "a", "x": -3}, {"y": "b", "x": 3}, {"y": "a", "x": 5}], "b"),
    (BY, [{"y": "a", "x": 5}, {"y": "a", "x": -5}], None),
    (BY, [{"y": "a", "x": -5}, {"y": "a", "x": 5}], None),
    (BY, [{"y": "a", "x": -5}], None),
    (BY, [{"y": "a", "x": -5}, {"y": "b", "x": 0}], None),
    (BY, [{"y": "a", "x": -5}, {"y": "b"}], None),  # of b nothing is known
    ({**BY, "share": 1}, [{"y": "a", "x": 5}, {"y": "b", "x": -3}], "a"),  # what weighs less than nothing has no share
    ({**BY, "share": 0.6}, [{"y": "a", "x": 5}, {"y": "b", "x": 4}, {"y": "c", "x": -4}], None),
    ({**Y, "share": 0.4}, [{"y": y} for y in "aabbc"], "a"),
    ({**Y, "share": 0.400001}, [{"y": y} for y in "aabbc"], None),
    ({**BY, "share": 0.5}, [{"y": "a", "x": 1}, {"y": "b", "x": 2}, {"y": "c", "x": 1}], "b"),
]


@pytest.mark.parametrize(("spec", "said", "wanted"), TOPS, ids=[str(n) for n in range(len(TOPS))])
def test_the_greatest_weight_is_preferred(spec: dict[str, Any], said: Said, wanted: str | None) -> None:
    for window in ({}, {"within": "1d"}, {"last_days": 1}, {"during": "today"}):
        assert value("top", {**spec, **window}, paid(said), T + MINUTE) == wanted, window


@pytest.mark.parametrize("window", [{"last_days": 3}, {"within": "3d"}], ids=str)
def test_what_weighed_less_on_another_day_counts_as_well(window: dict[str, Any]) -> None:
    """Two days ago two of b were given back: it is level with a, and above it when that day has left."""
    events = [
        each
        for n, (y, x) in enumerate([("b", -2), ("a", 3), ("b", 5)])
        for each in paid([{"y": y, "x": x}], T + n * DAY)
    ]
    assert value("top", BY | window, events, T + 2 * DAY) == "a"
    assert value("top", BY | window, events, T + 3 * DAY + HOUR) == "b"
    gone = [each for n, x in enumerate((-5, 5)) for each in paid([{"y": "a", "x": x}], T + n * DAY)]
    assert value("top", BY | window, gone, T + DAY) is None


def test_another_is_preferred_when_the_first_has_left_the_window() -> None:
    plan = planned(tag={"value_of": {"top": {**Y, "last_days": 2}}})
    events = [*paid([{"y": "a"}, {"y": "a"}]), *paid([{"y": "b"}], T + DAY)]
    first = tags_at(plan, events, T + DAY)["tag"]
    assert (first["value"], first["until"]) == ("a", write_instant(T + 2 * DAY))
    second = tags_at(plan, events, T + 2 * DAY)["tag"]
    assert (second["value"], second["since"]) == ("b", write_instant(T + 2 * DAY))
    assert tags_at(plan, events, T + 3 * DAY) == {}


# ---- one after the other

PAIR = {"steps": [{"event": "seen"}, {"event": "paid"}], "within": "10s"}
TWICE = {"steps": [{"event": "paid"}, {"event": "paid"}], "within": "10s"}
SECOND = 1_000_000
SEQUENCES: list[tuple[dict[str, Any], list[tuple[str, int]], int | None]] = [
    (PAIR, [("seen", 0), ("paid", 10 * SECOND)], 1),
    (PAIR, [("seen", 0), ("paid", 10 * SECOND + 1)], None),
    (TWICE, [("paid", 0)], None),  # one event is one step
    (TWICE, [("paid", 0), ("paid", 10 * SECOND)], 1),
    (TWICE, [("paid", 0), ("paid", 10 * SECOND + 1)], None),
    (TWICE, [("paid", 0), ("paid", 1), ("paid", 2)], 2),
    ({**PAIR, "last_days": 1}, [("seen", -SECOND), ("paid", 0)], 1),  # the day of the event that completes it counts
    ({**PAIR, "last_days": 1}, [("seen", -2 * SECOND), ("paid", -SECOND)], None),
    ({**PAIR, "during": "yesterday"}, [("seen", -2 * SECOND), ("paid", -SECOND)], 1),
]


@pytest.mark.parametrize(("spec", "log", "wanted"), SEQUENCES, ids=[str(n) for n in range(len(SEQUENCES))])
def test_a_sequence_is_completed_within_its_length(
    spec: dict[str, Any], log: list[tuple[str, int]], wanted: int | None
) -> None:
    events = [an_event(kind, T + after, n) for n, (kind, after) in enumerate(log)]
    assert value("sequence", spec, events, T + HOUR) == wanted


# ---- sums that decay

HEAT = {"event": "paid", "property": "x", "half_life": "2d"}
AT_BOUND = T + 2 * DAY  # of 8 there are exactly 4 left
CROSSED: list[tuple[int, dict[str, Any], int | None]] = [  # of what, against what, until when; weights have steps
    (8, {"gte": 4}, AT_BOUND + 2 * DAY // 1024),
    (8, {"gt": 4}, AT_BOUND),
    (8, {"lt": 9}, None),
    (-8, {"lte": -4}, AT_BOUND + 2 * DAY // 1024),
    (-8, {"lt": -4}, AT_BOUND),
    (8, {"between": [4, 8]}, AT_BOUND + 2 * DAY // 1024),
    (8, {"eq": 8}, T + 2 * DAY // 1024),
]


@pytest.mark.parametrize(("x", "test", "end"), CROSSED, ids=[str(n) for n in range(len(CROSSED))])
def test_a_decaying_sum_crosses_its_bounds_exactly(x: int, test: dict[str, Any], end: int | None) -> None:
    plan, events = planned(tag={"when": {"decayed_sum": HEAT, **test}}), paid([{"x": x}])
    assert tags_at(plan, events, T)["tag"]["until"] == (None if end is None else write_instant(end))
    if end is not None:
        assert tags_at(plan, events, end - 1)
        assert tags_at(plan, events, end) == {}


@pytest.mark.parametrize(("x", "later"), [(8, [8, 4, 2, 1, None]), (-8, [-8, -4, -2, -1, None]), (0, [None] * 5)])
def test_a_decaying_sum_is_half_after_each_half_life(x: int, later: list[int | None]) -> None:
    events = paid([{"x": x}])
    assert [value("decayed_sum", HEAT, events, T + n * 2 * DAY) for n in range(5)] == later


# ---- steps of rounding

ROUNDED: list[tuple[str, dict[str, Any], list[float], object]] = [
    ("sum", {}, [-15.5], -15.5),
    ("sum", {"round": 10}, [-15.5], -10),
    ("sum", {"round": 10}, [-9.5], None),
    ("sum", {"round": 10}, [9.999], None),
    ("sum", {"round": 10}, [19.999], 10),
    ("sum", {"round": 0.5}, [-1.25], -1),
    ("sum", {}, [0.019999], 0.01),
    ("sum", {}, [-0.019999], -0.01),
    ("sum", {}, [-0.009], None),
    ("sum", {}, [5, -5], None),
    ("avg", {}, [-1, 0, 0], -0.33),
    ("avg", {}, [2, 0, 0], 0.66),
    ("avg", {"round": 1}, [-5, -2], -3),
    ("min", {"round": 2}, [-3, 7], -2),
    ("max", {"round": 2}, [-3, 7], 6),
]


@pytest.mark.parametrize(("kind", "more", "numbers", "wanted"), ROUNDED, ids=[str(n) for n in range(len(ROUNDED))])
def test_numbers_are_rounded_towards_nothing(
    kind: str, more: dict[str, Any], numbers: list[float], wanted: object
) -> None:
    events = paid([{"x": x} for x in numbers])
    for window in ({}, {"within": "1d"}):
        assert value(kind, {"event": "paid", "property": "x", **window}, events, T + MINUTE, **more) == wanted, window


SCALARS: list[tuple[str, dict[str, Any], Said, object]] = [
    ("first", {"property": "y"}, [{"x": 1}, {"y": "a"}, {"y": "b"}], "a"),
    ("last", {"property": "y"}, [{"y": "a"}, {"y": "b"}, {"x": 1}], "b"),
    ("last", {"property": "y"}, [{"y": "a"}, {"y": ""}], None),  # an empty text is nothing to show
    ("first", {"property": "g"}, [{"g": True}, {"g": False}], True),
    ("last", {"property": "g"}, [{"g": True}, {"g": False}], None),
    ("first", {"field": "channel"}, [{}, {"channel": "app"}, {"channel": "pos"}], "app"),
    ("last", {"field": "place"}, [{"place": "sh"}, {"place": "bj"}, {}], "bj"),
    ("top", {"field": "scenario"}, [{"scenario": "gift"}, {"scenario": "work"}, {"scenario": "work"}], "work"),
    ("distinct", {"field": "place"}, [{"place": "sh"}, {"place": "bj"}, {"place": "sh"}, {}], 2),
]


@pytest.mark.parametrize(("kind", "of", "said", "wanted"), SCALARS, ids=[str(n) for n in range(len(SCALARS))])
def test_texts_flags_and_fields_are_shown(kind: str, of: dict[str, Any], said: Said, wanted: object) -> None:
    found = value(kind, {"event": "paid", **of}, paid(said), T + MINUTE)
    assert (type(found), found) == (type(wanted), wanted)


def test_numbers_flags_and_texts_are_different_values() -> None:
    events = [an_event("seen", T + n, n, z=z) for n, z in enumerate([1, True, "1", "true", "1000000", "True", 1, "1"])]
    assert value("distinct", {"event": "seen", "property": "z"}, events, T + HOUR) == 6
    assert value("distinct", {"event": "seen", "property": "z", "within": "1d"}, events, T + HOUR) == 6


def test_only_a_text_can_be_preferred() -> None:
    """Numbers and flags, where nothing says what the property is, are told apart and weigh nothing."""
    events = [an_event("seen", T + n, n, z=z) for n, z in enumerate([5, 5, True, "a", 5])]
    spec = {"event": "seen", "property": "z"}
    for window in ({}, {"last_days": 1}):
        assert value("top", {**spec, **window, "share": 1}, events, T + HOUR) == "a"


# ---- too many values


@pytest.mark.no_cover
@pytest.mark.parametrize("window", [{}, {"last_days": 2}], ids=["ever", "two days"])
def test_a_thousand_values_are_told_apart_and_no_more(window: dict[str, object]) -> None:
    """What came too late weighs nothing, until older ones have left the window."""
    plan = planned(number={"value_of": {"distinct": Y | window}}, liked={"value_of": {"top": Y | window}})
    state = fold.refold(plan, paid([{"y": f"v{n:04}"} for n in range(1001)]), ())
    seen = []
    for t, y in ((T + HOUR, "v1000"), (T + 2 * HOUR, "v0007"), (T + 3 * DAY, "v1000")):
        fold.refold(plan, paid([{"y": y}, {"y": y}], t), (), state)
        seen.append((state.values[0], state.values[1]))
    last = (1000 * MICRO, "v0007") if not window else (1 * MICRO, "v1000")
    assert seen == [(1000 * MICRO, "v0000"), (1000 * MICRO, "v0007"), last]


@pytest.mark.parametrize("window", [{}, {"last_days": 2}], ids=["ever", "two days"])
def test_of_a_few_values_no_more_are_told_apart(window: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """The same where three are the most."""
    monkeypatch.setattr(tracks, "VALUES", 3)
    plan = planned(number={"value_of": {"distinct": Y | window}}, liked={"value_of": {"top": Y | window}})
    state = fold.refold(plan, paid([{"y": f"v{n}"} for n in range(4)]), ())
    seen = []
    for t, y in ((T + HOUR, "v3"), (T + 2 * HOUR, "v1"), (T + 3 * DAY, "v3")):
        fold.refold(plan, paid([{"y": y}, {"y": y}], t), (), state)
        seen.append((state.values[0], state.values[1]))
    last = (3 * MICRO, "v1") if not window else (1 * MICRO, "v3")
    assert seen == [(3 * MICRO, "v0"), (3 * MICRO, "v1"), last]


def test_a_value_that_comes_again_is_kept_when_its_first_day_leaves() -> None:
    events = [each for n in range(4) for each in paid([{"y": "a"}], T + n * DAY)]
    assert value("distinct", {**Y, "last_days": 2}, events, T + 3 * DAY) == 1
    assert value("top", {**Y, "last_days": 2}, events, T + 4 * DAY) == "a"
