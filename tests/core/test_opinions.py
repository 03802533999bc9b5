"""Opinions with an end, strengths that fade, layers in another order, and groups of which one tag shows."""

from collections.abc import Mapping
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, write_instant
from service.core.changes import difference
from service.core.event import Event
from service.core.facts import State
from service.core.plan import Plan
from tests.given import NOON, a_plan, an_event, tags_at

EVENTS = {"paid": {"properties": {"x": "number"}}, "seen": {}}
FAR = 3650 * DAY


def said(kind: str, layer: str, after: int = 0, tag: str = "it", **more: object) -> Event:
    """What somebody says of a tag, so long after noon."""
    return an_event(f"tag_{kind}", NOON + after, after + 2, tag=tag, layer=layer, **more)


def planned(tag: Mapping[str, object], **sections: object) -> Plan:
    return a_plan(events=EVENTS, tags={"it": tag}, **sections)


# ---- until when

MANUAL: dict[str, Any] = {"kind": "manual"}
ENDS: list[tuple[dict[str, Any], int | None, int | None]] = [  # the tag, `until` as it is said, when it ends
    ({}, None, None),
    ({}, 5 * DAY, 5 * DAY),
    ({"ttl": "3d"}, None, 3 * DAY),
    ({"ttl": "3d"}, 5 * DAY, 5 * DAY),  # what is said comes before the tag's own
    ({"ttl": "3d"}, DAY, DAY),
    ({"half_life": "1d"}, None, 3 * DAY),
    ({"half_life": "1d"}, 5 * DAY, 3 * DAY),  # faded before
    ({"half_life": "1d"}, 2 * DAY, 2 * DAY),
    ({"half_life": "1d", "ttl": "2d"}, None, 2 * DAY),
    ({"half_life": "1d", "ttl": "4d"}, None, 3 * DAY),
    ({"half_life": "1d", "ttl": "2d"}, 5 * DAY, 3 * DAY),
    ({"half_life": "1d", "ttl": "2d"}, DAY, DAY),
]


@pytest.mark.parametrize(("tag", "until", "end"), ENDS, ids=[str(n) for n in range(len(ENDS))])
def test_the_earlier_end_counts(tag: dict[str, Any], until: int | None, end: int | None) -> None:
    plan = planned(MANUAL | tag)
    given: dict[str, Any] = {} if until is None else {"until": write_instant(NOON + until)}
    events = [said("set", "manual", **given)]
    found = tags_at(plan, events, NOON)["it"]
    assert found["until"] == (None if end is None else write_instant(NOON + end))
    assert ("it" in tags_at(plan, events, NOON + (FAR if end is None else end - 1))) is True
    if end is not None:
        assert tags_at(plan, events, NOON + end) == {}


def test_only_an_opinion_that_a_tag_is_on_has_an_end() -> None:
    """What staff took away stays away, though the tag has a `ttl` and staff wrote an `until`."""
    plan = planned({"when": {"always": True}, "ttl": "1d", "half_life": "1d"})
    off = said("removed", "manual", until=write_instant(NOON + HOUR))
    assert tags_at(plan, [off], NOON) == {}
    assert tags_at(plan, [off], NOON + FAR) == {}
    assert tags_at(plan, [off, said("released", "import", 2 * HOUR)], NOON + FAR) == {}, "nor when it is asked again"
    on = said("set", "manual", HOUR)
    assert tags_at(plan, [off, on], NOON + DAY)["it"]["source"] == "manual"
    assert tags_at(plan, [off, on], NOON + DAY + HOUR)["it"]["source"] == "rule"


def test_a_word_that_is_said_again_begins_anew() -> None:
    plan = planned(MANUAL | {"ttl": "2d"})
    events = [said("set", "manual"), said("set", "manual", DAY)]
    found = tags_at(plan, events, NOON + 2 * DAY)["it"]
    assert (found["since"], found["until"]) == (write_instant(NOON), write_instant(NOON + 3 * DAY))


@pytest.mark.parametrize(("days", "strength"), [(0, 1.0), (1, 0.71), (2, 0.5), (3, 0.35), (4, 0.25), (5, 0.18)])
def test_a_strength_is_half_after_each_half_life(days: int, strength: float) -> None:
    plan = planned(MANUAL | {"half_life": "2d"})
    found = tags_at(plan, [said("set", "manual")], NOON + days * DAY)["it"]
    assert found["because"]["strength"] == strength


def test_what_does_not_fade_has_no_strength() -> None:
    found = tags_at(planned(MANUAL | {"ttl": "9d"}), [said("set", "manual")], NOON + DAY)["it"]
    assert "strength" not in found["because"]


# ---- who comes first

LAYERS = ["user", "import", "rule", "manual"]
RULED: dict[str, Any] = {"when": {"count": {"event": "seen"}, "gte": 1}}
SEEN = an_event("seen", NOON - 1, 1)
SPEAKERS: list[tuple[dict[str, Any], list[Event], str | None, str | None]] = [  # by default, and in the other order
    (RULED, [SEEN, said("removed", "import")], "rule", None),
    (RULED, [SEEN, said("removed", "manual")], None, "rule"),
    (RULED, [SEEN, said("removed", "manual"), said("set", "user", 1)], "user", "user"),
    (RULED, [SEEN, said("set", "manual"), said("removed", "user", 1), said("set", "import", 2)], None, None),
    (RULED, [SEEN, said("removed", "user"), said("released", "user", 1)], "rule", "rule"),
    (RULED, [said("set", "import")], None, "import"),
    (RULED, [said("set", "manual")], "manual", None),
    (MANUAL, [said("removed", "import"), said("set", "manual", 1)], "manual", None),
    (MANUAL, [said("set", "import"), said("released", "manual", 1)], "import", "import"),
]


@pytest.mark.parametrize(("tag", "events", "plain", "other"), SPEAKERS, ids=[str(n) for n in range(len(SPEAKERS))])
def test_layers_stand_in_the_order_of_the_playbook(
    tag: dict[str, Any], events: list[Event], plain: str | None, other: str | None
) -> None:
    for layers, wanted in (({}, plain), ({"layers": LAYERS}, other)):
        found = tags_at(planned(tag, **layers), events, NOON + DAY)
        assert (found["it"]["source"] if found else None) == wanted, layers


CHOSEN: list[tuple[dict[str, Any], str | None, object]] = [
    (MANUAL, "any", None),
    (MANUAL | {"values": [{"value": "gold"}, {"value": "silver"}]}, "silver", "silver"),
    (MANUAL | {"values": [{"value": "gold"}]}, "bronze", "(off)"),
    (MANUAL | {"values": [{"value": "gold"}]}, None, "(off)"),
    ({"value_of": {"count": {"event": "seen"}}}, "many", "many"),
    ({"value_of": {"count": {"event": "seen"}}}, None, "(off)"),
    (RULED, "any", None),
]


@pytest.mark.parametrize(("tag", "value", "shown"), CHOSEN, ids=[str(n) for n in range(len(CHOSEN))])
def test_an_opinion_names_a_value_that_the_tag_can_have(tag: dict[str, Any], value: str | None, shown: object) -> None:
    given: dict[str, Any] = {} if value is None else {"value": value}
    found = tags_at(planned(tag), [SEEN, said("set", "manual", **given)], NOON)
    assert (found["it"]["value"] if found else "(off)") == shown


# ---- of a group only one

GROUP = {"tag_groups": {"one": {"name": "一", "exclusive": True}}}
MANY = {"when": {"count": {"event": "paid"}, "gte": 2}, "group": "one"}
SOME = {"when": {"count": {"event": "paid"}, "gte": 1}, "group": "one"}
HAND = {"kind": "manual", "group": "one"}
ALL = {"many": MANY, "some": SOME, "hand": HAND, "reads": {"when": {"tag": "some"}}}
PAID = [an_event("paid", NOON + n, 100 + n) for n in (0, 1)]
GROUPS: list[tuple[list[Event], set[str]]] = [
    ([], set()),
    (PAID[:1], {"some", "reads"}),
    (PAID, {"many"}),  # both hold: the first in the playbook, and who reads the other sees it off
    ([*PAID, said("set", "manual", 2, "some")], {"some", "reads"}),  # staff stands above the rule
    ([*PAID, said("set", "manual", 2, "some"), said("set", "manual", 3, "hand")], {"some", "reads"}),
    ([*PAID, said("set", "import", 2, "hand")], {"many"}),
    ([*PAID, said("set", "manual", 2, "hand"), said("set", "user", 3, "some")], {"some", "reads"}),
    ([*PAID, said("removed", "user", 2, "many")], {"some", "reads"}),  # that it is off is not on
    ([*PAID, said("set", "manual", 2, "hand", until=write_instant(NOON + HOUR))], {"many"}),
]


@pytest.mark.parametrize(("events", "on"), GROUPS, ids=[str(n) for n in range(len(GROUPS))])
def test_of_a_group_the_highest_layer_then_the_first_shows(events: list[Event], on: set[str]) -> None:
    plan = a_plan(events=EVENTS, tags=ALL, **GROUP)
    assert set(tags_at(plan, [SEEN, *events], NOON + DAY)) == on


def test_a_group_that_is_not_exclusive_excludes_nothing() -> None:
    plan = a_plan(events=EVENTS, tags=ALL, tag_groups={"one": {"name": "一"}})
    assert set(tags_at(plan, PAID, NOON + DAY)) == {"many", "some", "reads"}


def test_the_order_of_layers_counts_in_a_group_too() -> None:
    plan = a_plan(events=EVENTS, tags=ALL, layers=LAYERS, **GROUP)
    assert set(tags_at(plan, [*PAID, said("set", "manual", 2, "hand")], NOON + DAY)) == {"many"}
    assert set(tags_at(plan, [*PAID, said("set", "import", 2, "hand")], NOON + DAY)) == {"hand"}


def heard(plan: Plan, events: list[Event], before: Mapping[str, Mapping[str, object]]) -> tuple[Any, dict[str, Any]]:
    state = State(plan.layout, fold.refold(plan, events, ()).encode())
    at = events[-1].t
    fold.pass_silence(plan, state, at, ())
    now, changes = difference(plan, state, at, (), before)
    return now, {each.key: each.body for each in changes}


def test_who_lost_its_place_is_said_to_be_outranked() -> None:
    """The condition of the loser still holds: that is not why it is off."""
    plan = a_plan(events=EVENTS, tags=ALL, **GROUP)
    before, told = heard(plan, PAID[:1], {})
    assert told["some"]["on"] is True
    _, told = heard(plan, PAID, before)
    assert {key: each["on"] for key, each in told.items()} == {"many": True, "some": False, "reads": False}
    assert told["some"]["because"]["code"] == "outranked"
    assert told["reads"]["because"]["code"] == "no_longer_holds"


def test_the_next_one_takes_the_place_when_the_winner_ends() -> None:
    plan = a_plan(events=EVENTS, tags=ALL, **GROUP)
    events = [*PAID, said("set", "manual", 2, "hand", until=write_instant(NOON + HOUR))]
    hand = tags_at(plan, events, NOON + 2)
    assert set(hand) == {"hand"}
    assert hand["hand"]["until"] == write_instant(NOON + HOUR)
    many = tags_at(plan, events, NOON + HOUR)
    assert set(many) == {"many"}
    assert (many["many"]["since"], many["many"]["until"]) == (write_instant(NOON + HOUR), None)
