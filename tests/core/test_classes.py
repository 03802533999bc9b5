"""Classes of personas by example: who has none, since when he has one, and which calibration it was learned from."""

from collections.abc import Sequence

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR
from service.core.calibration import Calibration, SchemeCalibration, in_force
from service.core.event import Event
from service.core.facts import Standing, State
from tests.given import NOON, a_calibration, a_plan, an_event

REFUND = {"properties": {"id": "string"}, "reverses": {"event": "paid", "by": "id"}}
PLAN = a_plan(
    events={"paid": {"properties": {"id": "string", "amount": "money"}}, "refunded": REFUND, "seen": {}},
    personas={
        "worth": {
            "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"},
            "classes": [{"class": "gold", "enter": 100}, {"class": "silver", "enter": 10}, {"class": "mass"}],
            "undetermined_below": {"count": {"event": "seen", "within": "1d"}, "gte": 1},
        }
    },
    tags={
        key: {"when": {"persona": {"scheme": "worth", "in": classes}}}
        for key, classes in (("gold", ["gold"]), ("none", ["undetermined"]), ("lower", ["silver", "mass"]))
    },
)
PAID = an_event("paid", number=1, id="a", amount=200)
SEEN = an_event("seen", NOON + HOUR, 2)


def folded(events: Sequence[Event], at: int) -> tuple[Standing, set[str]]:
    """The standing, and the tags that are on."""
    state = State(PLAN.layout, fold.refold(PLAN, events, ()).encode())
    fold.pass_silence(PLAN, state, at, ())
    on = {list(PLAN.playbook.tags)[place] for place, mark in state.marks.items() if mark.value}
    return state.standings.get(0, Standing()), on


LIVES: list[tuple[list[Event], int, str]] = [
    ([an_event("other")], NOON, "none"),
    ([PAID], NOON, "gold"),
    ([an_event("paid", amount=50)], NOON, "lower"),
    ([an_event("paid", amount=1)], NOON, "lower"),
    ([PAID], NOON + 45 * DAY, "lower"),
    ([PAID, SEEN], NOON + HOUR, "none"),
    ([PAID, SEEN], NOON + 2 * DAY, "gold"),
    ([PAID, an_event("refunded", NOON + 1, 2, id="a")], NOON + 1, "none"),
]


@pytest.mark.parametrize(("events", "at", "tag"), LIVES, ids=[str(n) for n in range(len(LIVES))])
def test_conditions_see_the_class(events: list[Event], at: int, tag: str) -> None:
    assert folded(events, at)[1] == {tag}


def test_a_class_lasts_since_it_was_entered() -> None:
    """Orders and looks that leave him in his class do not begin it anew; losing it for a while does."""
    more = [PAID, an_event("paid", NOON + HOUR, 2, amount=300), an_event("paid", NOON + 2 * HOUR, 3, amount=300)]
    assert folded(more, NOON + DAY)[0].since == NOON
    standing, _ = folded([PAID, SEEN], NOON + HOUR)
    assert (standing.since, standing.place, standing.reason) == (NOON + HOUR, -1, "not_enough")
    standing, _ = folded([PAID, SEEN], NOON + 3 * DAY)
    assert (standing.place, standing.since) == (0, NOON + DAY + HOUR + 60 * 10**6)  # of a day, in buckets of a minute


# ---- calibrations

THREE = [a_calibration(number, NOON + at) for number, at in ((1, 0), (2, DAY), (3, DAY))]


@pytest.mark.parametrize(
    ("at", "number"),
    [(NOON - DAY, 1), (NOON, 1), (NOON + DAY - 1, 1), (NOON + DAY, 3), (NOON + 9 * DAY, 3)],
)
def test_the_newest_that_is_effective_is_in_force(at: int, number: int) -> None:
    found = in_force(THREE, at)
    assert isinstance(found, Calibration)
    assert found.number == number
    assert in_force([], at) is None


@pytest.mark.parametrize(("score", "position"), [(9, 0), (10, 400), (11, 400), (19, 400), (20, 1000), (21, 1000)])
def test_the_position_is_how_many_quantiles_are_reached(score: int, position: int) -> None:
    learned = SchemeCalibration(mean=0, quantiles=(*[10] * 400, *[20] * 600), profiles=5)
    assert learned.position(score) == position
