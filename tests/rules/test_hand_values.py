"""Values, opinions and classes of the oracle, by examples computed by hand."""

from typing import Any

import pytest

from service.core.calibration import Calibration, SchemeCalibration
from service.core.event import MICRO, Event
from tests.rules.classes import log2_fixed
from tests.rules.days import DAY
from tests.rules.lives import Lives
from tests.rules.reading import ratio
from tests.rules.test_hand_lives import EVENTS, ONCE, an_event, life

T = 20_720 * DAY  # a whole number of half-lives of one day and of two days


def value(kind: str, spec: dict[str, Any], events: list[Event], now: int) -> Any:
    lives = life({"when": {kind: spec, "exists": True}}, events, now)
    return lives.aggregate(kind, lives.tags["tag"]["when"][kind], len(events), now)


HEATED = [an_event("paid", T, 1, x=8), an_event("paid", T + 2 * DAY, 2, x=1)]
HEAT = {"event": "paid", "property": "x", "half_life": "2d"}
DECAYS: list[tuple[dict[str, Any], int, int, float]] = [  # what is summed, of how many events, after how many days
    (HEAT, 1, 0, 8),
    (HEAT, 1, 2, 4),
    (HEAT, 1, 6, 1),
    (HEAT, 2, 2, 5),
    ({"event": "paid", "half_life": "2d"}, 2, 4, 0.75),
]
COOLING: list[tuple[dict[str, Any], int, int, int]] = [  # the tag, a read, what it shows, until when
    ({}, 0, 8, 2 * DAY // 1024),  # 8 at first, and less with the first step of the weight: a 1024th of two days
    ({"round": 4}, DAY, 4, 2 * DAY + 2 * DAY // 1024),
]


@pytest.mark.parametrize(("spec", "number", "days", "wanted"), DECAYS, ids=[str(n) for n in range(len(DECAYS))])
def test_a_sum_that_decays(spec: dict[str, Any], number: int, days: int, wanted: float) -> None:
    assert value("decayed_sum", spec, HEATED[:number], T + days * DAY) == wanted


@pytest.mark.parametrize(("more", "read", "shown", "until"), COOLING, ids=str)
def test_a_tag_that_cools(more: dict[str, Any], read: int, shown: int, until: int) -> None:
    found = life({"value_of": {"decayed_sum": HEAT}, **more}, HEATED[:1], T + read).life("tag")
    assert found is not None
    assert (found.shown.value, found.until) == (shown, T + until)


def test_the_weights() -> None:
    assert (ratio(0), ratio(512), ratio(1023)) == (1_048_576, 1_482_910, 2_095_733)
    assert [log2_fixed(n) for n in (1, 2, 3, 1024)] == [0, 2**20, 1_661_953, 10 * 2**20]


TOPS: list[tuple[dict[str, Any], str | None]] = [
    ({}, "a"),  # two of each: the smaller text
    ({"by": "x"}, "b"),
    ({"share": 0.5}, "a"),
    ({"share": 0.51}, None),
    ({"by": "x", "share": 0.9}, "b"),  # 9 of 10: what weighs less than nothing is left out
]


WEIGHED = [an_event("paid", T + n, n, y=y, x=x) for n, (y, x) in enumerate([("b", 8), ("a", 3), ("b", 1), ("a", -2)])]


@pytest.mark.parametrize(("more", "wanted"), TOPS, ids=str)
def test_tops(more: dict[str, Any], wanted: str | None) -> None:
    assert value("top", {"event": "paid", "property": "y", **more}, WEIGHED, T + 9) == wanted


SEQUENCES: list[tuple[list[tuple[str, int]], int]] = [
    ([("seen", 0), ("paid", 10)], 1),
    ([("seen", 0), ("paid", 11)], 0),
    ([("paid", 0), ("seen", 1)], 0),
    ([("seen", 5), ("paid", 5), ("paid", 5)], 2),  # at one instant, but before it in the order
    ([("seen", 0), ("seen", 8), ("paid", 12)], 1),  # a later first is near enough
    ([("paid", 0)], 0),
]
SEEN_THEN_PAID = {"steps": [{"event": "seen"}, {"event": "paid"}], "within": "10s"}


def lasting(log: list[tuple[str, int]]) -> list[Event]:
    """Events so many seconds after the first instant."""
    return [an_event(kind, T + s * MICRO, n) for n, (kind, s) in enumerate(log)]


@pytest.mark.parametrize(("log", "wanted"), SEQUENCES, ids=[str(n) for n in range(len(SEQUENCES))])
def test_sequences(log: list[tuple[str, int]], wanted: int) -> None:
    assert value("sequence", SEEN_THEN_PAID, lasting(log), T + DAY) == wanted


def test_a_sequence_needs_one_event_for_each_step() -> None:
    spec = {"steps": [{"event": "paid"}] * 3, "within": "10s"}
    assert value("sequence", spec, lasting([("paid", 5 * n) for n in range(4)]), T + DAY) == 2


DIFFERENT = [an_event("seen", T + n, n, z=z) for n, z in enumerate([1, "1", True, 1, None, "a"])]
OF_ANYTHING = [("distinct", 4), ("first", 1), ("last", "a")]


@pytest.mark.parametrize(("kind", "wanted"), OF_ANYTHING)
def test_different_values(kind: str, wanted: object) -> None:
    assert value(kind, {"event": "seen", "property": "z"}, DIFFERENT, T + 9) == wanted


# ---- opinions and classes


FADING = {"when": ONCE, "half_life": "10d"}
SAID = [
    an_event("paid", T, 1),
    an_event("tag_removed", T + 1, 2, tag="tag", layer="import"),  # the rule comes before it
    an_event("tag_removed", T + DAY, 3, tag="tag", layer="manual"),
    an_event("tag_set", T + 2 * DAY, 4, tag="tag", layer="user"),
    an_event("tag_released", T + 99 * DAY, 5, tag="tag", layer="manual"),
]
OPINIONS: list[tuple[int, tuple[str, int, int | None] | None]] = [  # after so many: whose, since, until
    (2, ("rule", T, None)),
    (3, None),
    (4, ("user", T + 2 * DAY, T + 32 * DAY)),
    (5, ("rule", T + 99 * DAY, None)),
]


@pytest.mark.parametrize(("number", "wanted"), OPINIONS)
def test_opinions_by_layers(number: int, wanted: tuple[str, int, int | None] | None) -> None:
    found = life(FADING, SAID[:number], SAID[number - 1].t).life("tag")
    assert (found and (found.shown.layer, *found.sinces, found.until)) == wanted


def test_a_class_is_left_lower_than_it_is_entered() -> None:
    """Two half-lives after 40 yuan the value is 10, and below 10 a step of 2^-20 half-lives later."""
    scheme: dict[str, Any] = {
        "score": {"kind": "value", "event": "paid", "property": "x", "half_life": "1d"},
        "classes": [{"class": "high", "enter": 20, "leave": 10}, {"class": "low"}],
    }
    tree = {"events": EVENTS, "personas": {"tier": scheme}}
    lives = Lives(tree, [an_event("paid", T, 1, x=40)], (), 0, T)
    line = [(at - T, each.key) for _, at, each in lives.timeline("tier") if at]
    assert line[0] == (0, "high")
    [left] = [t for t, key in line if key == "low"][:1]
    assert 2 * DAY <= left <= 2 * DAY + 2 * DAY // 2**20
    learned = SchemeCalibration(mean=0, quantiles=(0,) * 1000, profiles=1)
    assert lives.score("tier", 1, T, learned) == (20 + T // DAY) * 2**20 + log2_fixed(40 * MICRO // 3)
    calibration = Calibration(number=1, effective_from=T, schemes={"tier": learned})
    assert lives.class_of("tier", 1, T + DAY) == "high"
    assert calibration.schemes["tier"].position(0) == 1000
