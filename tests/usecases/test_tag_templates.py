"""Blanks become definitions that the playbook takes, and every one of them becomes the same blanks again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as some

from service.core.check import check
from service.core.playbook.read import read_playbook
from service.usecases.tag_templates import (
    COMPARISONS,
    FILTERS,
    OF_EVENTS,
    OF_FIELDS,
    TEMPLATES,
    Blanks,
    filled,
    is_key,
    mistakes,
    written,
)

EVENTS = {"order_paid": {"properties": {"amount": "number", "items": "integer"}}, "menu_viewed": {}}
PLACES = {"sh": {"name": "上海店"}}
days = some.integers(1, 1100).map(str)
amounts = some.one_of(
    some.integers(0, 10**6).map(str),
    some.decimals(0, 10**6, places=2).map(str),
    some.sampled_from(["3.0", "007", "1e3"]),
)


@some.composite
def blanks(draw: some.DrawFn) -> Blanks:
    template = draw(some.sampled_from(TEMPLATES))
    only = draw(some.sampled_from(["", *FILTERS]))
    return Blanks(
        name=draw(some.sampled_from(["常客", "a: b", "#1", "yes", "'"])),
        name_en=draw(some.sampled_from(["", "Regular", "no", "#1"])),
        group=draw(some.sampled_from(["", "spending"])),
        template=template,
        event=draw(some.sampled_from(["order_paid", "menu_viewed", "feedback_given"])) if template in OF_EVENTS else "",
        field=draw(some.sampled_from(["order_paid/amount", "order_paid/items"])) if template in OF_FIELDS else "",
        days=draw(some.one_of(some.just(""), days)) if template != "silent" else "",
        compare=draw(some.sampled_from(COMPARISONS)) if template not in {"silent", "never"} else "gte",
        amount="" if template == "never" else draw(days if template == "silent" else amounts),
        only=only,
        only_value="sh" if only else "",
    )


@given(blanks())
def test_what_is_filled_in_is_a_playbook_and_can_be_filled_in_again(found: Blanks) -> None:
    assert mistakes(found) == ()
    tag = written(found)
    tree = {
        "playbook": "p", "events": EVENTS, "places": PLACES, "tag_groups": {"spending": {}}, "tags": {"t": tag},
    }  # fmt: skip
    playbook, problems = read_playbook(tree)
    hopeless = {each.code for each in (*problems, *check(playbook))} - {"never_holds", "always_holds"}
    assert not hopeless, problems
    again = filled(tag)
    assert again is not None
    assert written(again) == tag
    assert replace(again, amount="") == replace(found, amount="")


GOOD = Blanks(name="常客", event="order_paid", days="30", amount="3")


@pytest.mark.parametrize(
    ("wrong", "places"),
    [
        (replace(GOOD, name=""), ["/name"]),
        (replace(GOOD, template="?"), ["/template"]),
        (replace(GOOD, event=""), ["/event"]),
        (replace(GOOD, template="sum"), ["/field"]),
        (replace(GOOD, template="sum", field="order_paid/"), ["/field"]),
        (replace(GOOD, days="0"), ["/days"]),
        (replace(GOOD, days="1101"), ["/days"]),
        (replace(GOOD, days="3.5"), ["/days"]),
        (replace(GOOD, days="-1"), ["/days"]),
        (replace(GOOD, days="٣"), ["/days"]),
        (replace(GOOD, amount=""), ["/amount"]),
        (replace(GOOD, amount="three"), ["/amount"]),
        (replace(GOOD, amount="NaN"), ["/amount"]),
        (replace(GOOD, amount="Infinity"), ["/amount"]),
        (replace(GOOD, amount="1e99"), ["/amount"]),
        (replace(GOOD, amount="0.0000001"), ["/amount"]),
        (replace(GOOD, template="silent", amount=""), ["/amount"]),
        (replace(GOOD, compare="eq"), ["/compare"]),
        (replace(GOOD, only="scenario"), ["/only_value"]),
        (replace(GOOD, only="amount", only_value="3"), ["/only_value"]),
    ],
    ids=str,
)
def test_what_cannot_be_meant_is_named(wrong: Blanks, places: list[str]) -> None:
    assert [each.pointer for each in mistakes(wrong)] == places
    assert mistakes(GOOD) == ()


@pytest.mark.parametrize(
    "definition",
    [
        None,
        "x",
        {},
        {"name": "x"},
        {"name": 1, "when": {}},
        {"name": "x", "group": 1, "when": {}},
        {"name": "x", "kind": "manual", "when": {"count": {"event": "a"}, "gte": 1}},
        {"name": "x", "when": []},
        {"name": "x", "when": {"always": True}},
        {"name": "x", "when": {"count": "a", "gte": 1}},
        {"name": "x", "when": {"count": {"event": "a"}, "gte": True}},
        {"name": "x", "when": {"count": {"event": "a"}, "gte": "1"}},
        {"name": "x", "when": {"count": {"event": "a"}, "gte": 1, "lte": 3}},
        {"name": "x", "when": {"count": {"event": ["a", "b"]}, "gte": 1}},
        {"name": "x", "when": {"count": {"event": "a", "last_days": 3}, "gte": 1}},
        {"name": "x", "when": {"count": {"event": "a", "within": 30}, "gte": 1}},
        {"name": "x", "when": {"count": {"event": "a", "where": {"scenario": "b", "channel": "c"}}, "gte": 1}},
        {"name": "x", "when": {"count": {"event": "a", "where": ["b"]}, "gte": 1}},
        {"name": "x", "when": {"all": []}},
        {"name": "x", "when": {"all": ["b"]}},
        {"name": "x", "when": {"all": "b"}},
        {"name": "x", "when": {"all": [{"tag": "b"}, {"since_last": {"event": "a"}, "gte": "3d"}]}},
        {"name": "x", "when": {"not": "b"}},
        {"name": "x", "when": {"not": {"tag": "b"}}},
    ],
    ids=str,
)
def test_what_says_more_than_the_blanks_is_left_alone(definition: object) -> None:
    assert filled(definition) is None


def test_keys() -> None:
    assert [is_key(text) for text in ("a", "a_1", "", "1a", "A", "a b", "a" * 65, "ä", "a\n")] == [
        True,
        True,
        *[False] * 7,
    ]
