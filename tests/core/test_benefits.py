"""Benefits: earned once granted, used or expired by the newest event, in any order of arrival."""

from itertools import permutations
from typing import Any

import pytest

from service.core import fold
from service.core.benefits import LIMIT, show_benefits
from service.core.calendar import HOUR, write_instant
from service.core.event import Event
from service.core.facts import State
from service.core.view import view
from tests.given import NOON, a_plan, an_event

STAGES = [
    {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"},
     "benefits": [{"benefit": "cup", "name": "免费一杯", "name_en": "A free cup", "for": ["mass"]}]},
]  # fmt: skip
PLAN = a_plan(
    personas={"tier": {"classes": [{"class": "high", "when": {"always": False}}, {"class": "mass"}]}},
    journeys={
        "cup": {"enter": {"event": "paid"}, "stages": STAGES},
        "other": {"enter": {"event": "paid"}, "stages": [{**STAGES[0], "benefits": []}]},
    },
)


def said(*told: str, benefit: object = "cup") -> list[Event]:
    return [an_event(f"benefit_{kind}", NOON + n * HOUR, n, benefit=benefit) for n, kind in enumerate(told)]


def folded(events: list[Event]) -> State:
    return fold.refold(PLAN, events, ())


def test_nothing_is_earned_before_it_is_granted() -> None:
    assert list(show_benefits(PLAN.playbook, folded([an_event("paid")]))) == []


@pytest.mark.parametrize(
    "told", [("granted",), ("granted", "used"), ("granted", "expired"), ("granted", "used", "granted")]
)
def test_the_newest_event_decides_whatever_came_first(told: tuple[str, ...]) -> None:
    events = said(*told)
    packed = {folded(list(each)).encode() for each in permutations(events)}
    assert len(packed) == 1
    found: dict[str, Any] = view(PLAN, folded(events), NOON + 9 * HOUR, ())
    (shown,) = found["benefits"]
    at = write_instant(NOON + (len(told) - 1) * HOUR)
    assert shown == {"benefit": "cup", "name": "免费一杯", "name_en": "A free cup", "state": told[-1], "at": at}


def test_a_benefit_belongs_to_the_journey_that_names_it() -> None:
    state = folded([*said("granted"), an_event("benefit_granted", NOON, 9, benefit="cake")])

    def keys(journey: str | None = None) -> list[Any]:
        return [(each["benefit"], each["name"]) for each in show_benefits(PLAN.playbook, state, journey)]

    assert keys() == [("cake", "cake"), ("cup", "免费一杯")]
    assert (keys("cup"), keys("other")) == ([("cup", "免费一杯")], [])


def test_what_names_no_benefit_is_none_and_there_is_an_end() -> None:
    assert folded(said("granted", benefit=7)).benefits == {}
    many = [an_event("benefit_granted", NOON + n, n, benefit=f"b{n:03}") for n in range(LIMIT + 5)]
    state = folded([*many, an_event("benefit_used", NOON + HOUR, 999, benefit="b000")])
    assert len(state.benefits) == LIMIT
    assert tuple(state.benefits["b000"]) == ("used", NOON + HOUR)
