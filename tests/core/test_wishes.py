"""What the user does not want used: hidden tags, no personalisation, a tag that he deletes for good."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY
from service.core.event import Event
from service.core.facts import State
from service.core.plan import Plan
from service.core.recommend import Occasion, rank
from tests.given import NOON, a_plan, an_event, tags_at

ONCE = {"count": {"event": "paid"}, "gte": 1}
PLAN = a_plan(
    events={"paid": {"properties": {"x": "number"}}},
    tag_groups={"one": {"exclusive": True}},
    tags={
        "buyer": {"when": ONCE},
        "spent": {"value_of": {"sum": {"event": "paid", "property": "x"}}},
        "reads": {"when": {"tag": "buyer"}},
        "first": {"when": ONCE, "group": "one"},
        "second": {"when": ONCE, "group": "one"},
    },
    services={
        "for_all": {},
        "for_buyers": {"eligible": {"tag": "buyer"}, "value": 9},
        "for_others": {"suitable": {"not": {"tag": "buyer"}}, "value": 8},
        "for_spenders": {"applicable": {"tag": "spent", "gte": 5}, "value": 7},
        "for_readers": {"eligible": {"tag": "reads"}, "value": 6},
        "on_their_day": {"eligible": {"weekday": ["tue"]}, "value": 5},
        "for_half": {"eligible": {"bucket": {"salt": "half", "percent": 50}}, "value": 4},
    },
    contact_policy={"at_most": 1, "within": "7d"},
)
PAID = an_event("paid", NOON, 1, x=9)


def wish(kind: str, after: int, **given: object) -> Event:
    return an_event(kind, NOON + after, 100 + after, layer="user", **given)


def state_of(events: Sequence[Event], plan: Plan = PLAN, who: int = 0) -> State:
    state = State(plan.layout, fold.refold(plan, events, (), State(plan.layout, who=who)).encode(), who=who)
    fold.pass_silence(plan, state, NOON + 9, ())
    return state


def offered(state: State) -> list[str]:
    found = rank(PLAN, state, Occasion(at=NOON + 9))
    return [each.service.key for each in found if each.removed_by is None]


ALL = {"for_buyers", "for_spenders", "for_readers", "on_their_day", "for_all"}
HIDE = wish("tag_hidden", 1, tag="buyer")
OFFERS: list[tuple[list[Event], set[str]]] = [
    ([], ALL),
    ([HIDE], ALL - {"for_buyers"} | {"for_others"}),  # neither offered nor withheld because of it
    ([HIDE, wish("tag_unhidden", 2, tag="buyer")], ALL),
    ([HIDE, wish("tag_unhidden", 2, tag="spent")], ALL - {"for_buyers"} | {"for_others"}),
    ([wish("tag_hidden", 1, tag="spent")], ALL - {"for_spenders"}),
    ([wish("tag_hidden", 2, tag="spent"), HIDE], ALL - {"for_buyers", "for_spenders"} | {"for_others"}),
    ([wish("tag_hidden", 1, tag="gone")], ALL),
    ([wish("personalisation_set", 1, on=True)], ALL),
]


@pytest.mark.parametrize(("wishes", "wanted"), OFFERS, ids=[str(n) for n in range(len(OFFERS))])
def test_a_hidden_tag_is_not_used(wishes: list[Event], wanted: set[str]) -> None:
    assert set(offered(state_of([PAID, *wishes]))) - {"for_half"} == wanted


def test_a_hidden_tag_is_derived_and_shown_as_hidden() -> None:
    """Tags that read it read it as ever; and it can be hidden before it is on."""
    found = tags_at(PLAN, [HIDE, an_event("paid", NOON + 5, 1, x=9)], NOON + 9)
    assert set(found) == {"buyer", "spent", "reads", "first"}
    assert {key for key, each in found.items() if each.get("hidden")} == {"buyer"}
    back = tags_at(PLAN, [PAID, HIDE, wish("tag_unhidden", 2, tag="buyer")], NOON + 9)
    assert not any("hidden" in each for each in back.values())


def test_a_hidden_tag_keeps_its_place_in_its_group() -> None:
    found = tags_at(PLAN, [PAID, wish("tag_hidden", 1, tag="first")], NOON + 9)
    assert ("first" in found, "second" in found) == (True, False)


@pytest.mark.parametrize("who", [1, 2, 3, 4, 2**63 - 1])
def test_without_personalisation_he_is_offered_what_everybody_is(who: int) -> None:
    """What somebody of whom nothing is known would be offered: no class, no bucket of his own, no memory."""
    shown = an_event("service_shown", NOON + 1, 2, service="for_all")
    off = wish("personalisation_set", 2, on=False)
    generic = rank(PLAN, State(PLAN.layout), Occasion(at=NOON + 9))
    state = state_of([PAID, shown, off], who=who)
    assert rank(PLAN, state, Occasion(at=NOON + 9)) == generic
    assert set(offered(state)) >= {"for_others", "on_their_day", "for_all"}
    again = state_of([PAID, shown, off, wish("personalisation_set", 3, on=True)], who=who)
    assert set(offered(again)) - {"for_half"} == ALL - {"for_all"}, "it was shown to him already"
    assert tags_at(PLAN, [PAID, off], NOON + 9).keys() == tags_at(PLAN, [PAID], NOON + 9).keys()


def test_ranking_leaves_the_facts_alone() -> None:
    state = state_of([PAID, HIDE])
    before = state.encode()
    offered(state)
    assert state.encode() == before


def test_what_the_user_deletes_stays_deleted_until_he_releases_it() -> None:
    """Whatever happens, and whatever staff and others say."""
    later: list[Event] = [
        wish("tag_removed", 1, tag="buyer"),
        an_event("paid", NOON + 2, 3, x=1),
        an_event("tag_set", NOON + 3, 4, tag="buyer", layer="manual"),
        an_event("tag_set", NOON + 4, 5, tag="buyer", layer="import"),
        an_event("tag_released", NOON + 5, 6, tag="buyer", layer="manual"),
    ]
    for number in range(1, len(later) + 1):
        assert "buyer" not in tags_at(PLAN, [PAID, *later[:number]], NOON + 900 * DAY), number
    found: dict[str, Any] = tags_at(PLAN, [PAID, *later, wish("tag_released", 6, tag="buyer")], NOON + 900 * DAY)
    assert (found["buyer"]["source"], found["reads"]["source"]) == ("rule", "rule")
