"""Where a limit lies: the last that is let in and the first that is not; and what of an event is kept."""

import json
from typing import Any

import pytest

from service.core.calendar import DAY
from service.core.event import Event
from service.core.intake import Admitted, Sender, admit
from service.core.playbook.reserved import RESERVED
from service.core.wire import parse_json
from tests.given import NOON, a_playbook, an_event

STAFF = Sender(source=None, default_source="desk", layer="manual")
TYPES = {**RESERVED, **a_playbook(events={"paid": {"properties": {"amount": "money", "items": "integer"}}}).events}
GOOD: dict[str, Any] = {
    "event_id": "e1", "identity": "member:1", "type": "paid", "occurred_at": "2026-09-22T12:00:00+08:00",
}  # fmt: skip


def verdict(**changes: object) -> Admitted | list[tuple[str, str]]:
    found = admit(parse_json(json.dumps({**GOOD, **changes}).encode()), STAFF, NOON, TYPES)
    return found if isinstance(found, Admitted) else [(each.code, each.pointer) for each in found]


def members(number: int) -> list[str]:
    return [f"member:{n}" for n in range(1, number + 1)]


LISTED = {"identity": None, "identities": members(10)}
LAST: list[tuple[dict[str, Any], dict[str, Any], tuple[str, str]]] = [
    ({"event_id": "x" * 128}, {"event_id": "x" * 129}, ("not_a_word", "/event_id")),
    ({"channel": "汉" * 128}, {"channel": "汉" * 129}, ("not_a_word", "/channel")),
    (LISTED, {**LISTED, "identities": members(11)}, ("identities_malformed", "/identities")),
    ({"identity": "member@w:1"}, {"identity": "member@:1"}, ("identity_malformed", "/identity")),
    ({"identity": "m:" + "1" * 200}, {"identity": "m:" + "1" * 201}, ("identity_malformed", "/identity")),
    ({"context": {"a": [0] * 255}}, {"context": {"a": [0] * 256}}, ("too_many_members", "/context/a")),
    ({"context": {"a": "汉" * 1365}}, {"context": {"a": "汉" * 1366}}, ("string_too_long", "/context/a")),
    ({"context": {"a": [[[[[[]]]]]]}}, {"context": {"a": [[[[[[[]]]]]]]}}, ("too_deep", "/context/a/0/0/0/0/0/0")),
    ({"occurred_at": "1970-01-01T00:00:00Z"}, {"occurred_at": "1969-12-31T23:59:59Z"},
     ("time_too_early", "/occurred_at")),
    ({"properties": {"amount": 18.5}}, {"properties": {"items": 18.5}}, ("wrong_type", "/properties/items")),
    ({"properties": {"items": None}}, {"properties": {"items": ""}}, ("wrong_type", "/properties/items")),
]  # fmt: skip


@pytest.mark.parametrize(("last", "beyond", "problem"), LAST, ids=[f"{n} {row[2][0]}" for n, row in enumerate(LAST)])
def test_the_last_is_let_in_and_the_next_is_not(
    last: dict[str, Any], beyond: dict[str, Any], problem: tuple[str, str]
) -> None:
    assert isinstance(verdict(**last), Admitted)
    assert verdict(**beyond) == [problem]


def test_an_event_of_thirty_two_kibibytes_is_let_in() -> None:
    """Its size is that of its canonical spelling."""
    parts = {f"k{n}": "x" * 4000 for n in range(8)}
    one = verdict(context={**parts, "k8": ""})
    assert isinstance(one, Admitted)
    room = 32 * 1024 - len(one.payload)
    last = verdict(context={**parts, "k8": "x" * room})
    assert isinstance(last, Admitted)
    assert len(last.payload) == 32 * 1024
    assert verdict(context={**parts, "k8": "x" * (room + 1)}) == [("event_too_large", "")]


LABELS = {"channel": "app", "touchpoint": "banner", "scenario": "gift", "place": "sh", "staff": "li"}


def test_an_event_is_kept_as_it_was_sent() -> None:
    """Every label where it belongs, the identities in their order, and whose opinion it is."""
    sent = {**LABELS, "identity": None, "identities": ["crm:2", "member:1", "crm:2"], "properties": {"amount": 1.5},
            "context": {"ip": "x"}}  # fmt: skip
    found = verdict(**sent)
    assert isinstance(found, Admitted)
    assert found.identities == ("crm:2", "member:1")
    properties = {"amount": 1_500_000}
    assert found.event == Event(
        event_id="e1", source="desk", type="paid", t=NOON, occurred_at=NOON, layer="manual", under="crm",
        properties=properties,
        **LABELS,
    )  # fmt: skip
    assert json.loads(found.payload) == {
        **LABELS, "event_id": "e1", "type": "paid", "source": "desk", "occurred_at": NOON,
        "identities": ["crm:2", "member:1"], "properties": properties, "context": {"ip": "x"},
    }  # fmt: skip


def test_an_event_of_the_past_keeps_its_time() -> None:
    found = verdict(occurred_at="2026-09-21T12:00:00+08:00")
    assert isinstance(found, Admitted)
    assert (found.event.t, found.event.occurred_at) == (NOON - DAY, NOON - DAY)


RESERVED_TYPES = [
    "trait_set", "tag_set", "tag_removed", "tag_released", "tag_hidden", "tag_unhidden",
    "personalisation_set", "test_profile_set", "persona_pinned", "persona_released", "identity_linked",
    "identity_unlinked", "benefit_granted", "benefit_used", "benefit_expired", "stage_lit", "referred", "referral",
    "service_shown", "service_clicked", "service_accepted",
    "service_completed", "service_dismissed", "feedback_given",
]  # fmt: skip


def test_the_reserved_types_are_always_known() -> None:
    """A playbook may count them without declaring any."""
    tags = {f"t{n}": {"when": {"count": {"event": name}, "gte": 1}} for n, name in enumerate(RESERVED_TYPES)}
    assert list(a_playbook(tags=tags).tags) == list(tags)
    assert set(RESERVED) == set(RESERVED_TYPES)


def test_the_order_of_reading() -> None:
    """By `t`, then by when it was said to have occurred, then by source, then by id; strings by code point."""
    told = [("b", 1, 5, 2), ("z", 1, 4, 9), ("a", 2, 4, 9), ("a", 10, 4, 9), ("B", 3, 4, 9), ("a", 0, 6, 0)]
    events = [
        an_event(number=number, t=NOON + t, occurred_at=NOON + at, source=source) for source, number, at, t in told
    ]
    assert [(each.source, each.event_id) for each in sorted(events, key=lambda each: each.key)] == [
        ("a", "e0"), ("b", "e1"), ("B", "e3"), ("a", "e10"), ("a", "e2"), ("z", "e1"),
    ]  # fmt: skip
