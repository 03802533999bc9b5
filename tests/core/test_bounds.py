"""Conditions that can never hold are problems, with their place."""

from typing import Any

import pytest

from service.core.check import check
from service.core.playbook.read import read_playbook

EVENT = {"event": "order_paid"}


def found(when: Any) -> list[tuple[str, str]]:
    rfm = {"rfm": {"event": "order_paid", "property": "amount"}}
    events = {"order_paid": {"properties": {"amount": "number", "word": "string", "flag": "boolean"}}}
    playbook, problems = read_playbook({"playbook": "x", "events": events, "tags": {"rfm": rfm, "a": {"when": when}}})
    assert not problems
    return [(each.code, each.pointer.removeprefix("/tags/a/when")) for each in check(playbook)]


@pytest.mark.parametrize(
    ("when", "place"),
    [
        ({"count": EVENT, "gte": 5, "lt": 3}, "/lt"),
        ({"count": EVENT, "gte": 5, "lt": 5}, "/lt"),
        ({"count": EVENT, "gt": 5, "lte": 5}, "/lte"),
        ({"count": EVENT, "gte": -1, "lt": 0}, "/lt"),
        ({"count": EVENT, "eq": -1}, "/eq"),
        ({"since_last": EVENT, "gte": "30d", "lt": "7d"}, "/lt"),
        ({"sum": {**EVENT, "property": "amount"}, "gt": 0, "lte": -1}, "/lte"),
        ({"rfm": {"tag": "rfm", "r": {"gte": 6}}}, "/rfm/r/gte"),
        ({"rfm": {"tag": "rfm", "f": {"lt": 1}}}, "/rfm/f/lt"),
    ],
)
def test_what_never_holds_is_a_problem(when: Any, place: str) -> None:
    assert found(when) == [("never_holds", place)]


@pytest.mark.parametrize(
    "when",
    [
        {"count": EVENT, "gte": 3, "lte": 3},
        {"count": EVENT, "gt": 2, "gte": 1, "lt": 4, "lte": 9},
        {"sum": {**EVENT, "property": "amount"}, "lt": -5},
        {"last": {**EVENT, "property": "word"}, "eq": "x"},
        {"last": {**EVENT, "property": "flag"}, "eq": False},
        {"rfm": {"tag": "rfm", "r": {"gte": 5}, "m": {"lte": 1}}},
    ],
)
def test_what_may_hold_is_none(when: Any) -> None:
    assert found(when) == []
