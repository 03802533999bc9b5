"""What is let in and what is not: every poison is named by code and place; nothing makes the validator fall over."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core.codes import TITLES
from service.core.event import MICRO
from service.core.identity import is_identity
from service.core.intake import Admitted, Sender, admit
from service.core.playbook.reserved import RESERVED
from service.core.problem import Problem
from service.core.wire import parse_json, plain
from tests.given import NOON, a_playbook

SENDER = Sender(source="pos", default_source="pos", layer="import")
ANYONE = Sender(source=None, default_source="api", layer="manual")
ORDER = {
    "order_id": "string",
    "amount": {"type": "money", "unit": "fen"},
    "items": "integer",
    "gift": "boolean",
    "x": "number",
}
TYPES = {**RESERVED, **a_playbook(events={"order_paid": {"properties": ORDER}}).events}
GOOD = {
    "event_id": "e1", "identity": "member:42", "type": "order_paid", "occurred_at": "2026-09-22T12:00:00+08:00",
    "channel": "app", "properties": {"order_id": "o9", "amount": 1850, "items": 3},
}  # fmt: skip


def verdict(body: bytes, sender: Sender = SENDER) -> Admitted | tuple[Problem, ...]:
    parsed = parse_json(body)
    return (parsed,) if isinstance(parsed, Problem) else admit(parsed, sender, NOON, TYPES)


def named(found: Admitted | tuple[Problem, ...]) -> list[tuple[str, str]]:
    assert not isinstance(found, Admitted), found
    assert found
    return [(each.code, each.pointer) for each in found]


def body(raw: str = "", **changes: Any) -> bytes:
    """The good event with members changed; `raw` is written as it stands, for what a parser would not give."""
    members = [
        f"{json.dumps(name)}: {json.dumps(value)}" for name, value in {**GOOD, **changes}.items() if value != "-"
    ]
    return ("{" + ", ".join([*members, raw] if raw else members) + "}").encode()


def inside(raw: str) -> bytes:
    """The good event with properties written as they stand."""
    return body(f'"properties": {raw}', properties="-")


P = "/properties"
DEEP = "[" * 7 + "]" * 7
POISON: list[tuple[bytes, str, str]] = [
    # numbers
    (inside('{"a": NaN}'), "number_not_finite", f"{P}/a"),
    (inside('{"a": [1, -Infinity]}'), "number_not_finite", f"{P}/a/1"),
    (inside('{"a": 1e400}'), "number_too_large", f"{P}/a"),
    (inside('{"a": -1e999999999999999999999}'), "number_too_large", f"{P}/a"),
    (inside('{"a": 1e-999999999999999999999}'), "number_too_large", f"{P}/a"),
    (inside(f'{{"a": {2**53}}}'), "number_too_large", f"{P}/a"),
    (inside(f'{{"a": -{2**53}}}'), "number_too_large", f"{P}/a"),
    (inside(f'{{"a": {2**53 - 1}.9999999}}'), "number_too_large", f"{P}/a"),
    (inside(f'{{"a": {"9" * 5000}}}'), "number_too_large", f"{P}/a"),
    (inside(f'{{"a": 0.{"9" * 5000}}}'), "number_too_large", f"{P}/a"),
    # texts
    (inside('{"a": "x\\u0000y"}'), "nul_character", f"{P}/a"),
    (inside('{"a\\u0000": 1}'), "nul_character", f"{P}/a\ufffd"),
    (inside('{"a\\u0000": {"b": NaN}}'), "number_not_finite", f"{P}/a\ufffd/b"),
    (inside('{"a": "\\ud800"}'), "lone_surrogate", f"{P}/a"),
    (inside('{"\\udc00a": 1}'), "lone_surrogate", f"{P}/\ufffda"),
    (body(event_id="e\u0000"), "nul_character", "/event_id"),
    (inside(json.dumps({"a": "汉" * 1366})), "string_too_long", f"{P}/a"),
    (inside(json.dumps({"k" * 5000: 1})), "string_too_long", f"{P}/{'k' * 200}"),
    # shapes
    (inside('{"a": 1, "a": 2}'), "duplicate_key", P),
    (body('"type": "again"'), "duplicate_key", ""),
    (inside('{"a": ' + DEEP + "}"), "too_deep", f"{P}/a" + "/0" * 6),
    (inside('{"a": ' + "[" * 500 + "]" * 500 + "}"), "too_deep", f"{P}/a" + "/0" * 6),
    (b"[" * 200_000, "too_deep", ""),
    (inside(json.dumps({f"k{n}": n for n in range(256)})), "too_many_members", P),
    (inside(json.dumps({"a": list(range(256))})), "too_many_members", f"{P}/a"),
    (inside(json.dumps({f"k{n}": "x" * 4000 for n in range(9)})), "event_too_large", ""),
    (b"[]", "not_an_object", ""),
    (b"3", "not_an_object", ""),
    (b"null", "not_an_object", ""),
    (b"NaN", "number_not_finite", ""),
    (inside("[]"), "not_an_object", P),
    (inside('"text"'), "not_an_object", P),
    (body(context=[1]), "not_an_object", "/context"),
    (b"{", "not_json", ""),
    (b"", "not_json", ""),
    (b'{"a": 01}', "not_json", ""),
    (b"{'a': 1}", "not_json", ""),
    (b'{"a": "\xff"}', "not_utf8", ""),
    (b'{"a": "\xed\xa0\x80"}', "not_utf8", ""),
    ('{"a": 1}'.encode("utf-16"), "not_utf8", ""),
    # fields
    (body(event_id="-"), "missing_field", "/event_id"),
    (body(event_id=7), "not_a_string", "/event_id"),
    (body(event_id=" "), "not_a_word", "/event_id"),
    (body(event_id="x" * 129), "not_a_word", "/event_id"),
    (body(event_id="a\nb"), "not_a_word", "/event_id"),
    (body(type=None), "missing_field", "/type"),
    (body(channel=3), "not_a_string", "/channel"),
    (body(staff={}), "not_a_word", "/staff"),
    (body(chanel="app"), "unknown_field", "/chanel"),
    (body('"a/b~c": 1'), "unknown_field", "/a~1b~0c"),
    (body(source="web"), "source_not_allowed", "/source"),
    (body(identity="-"), "identity_missing", "/identity"),
    (body(identities=["member:1"]), "identity_missing", "/identity"),
    (body(identity="42"), "identity_malformed", "/identity"),
    (body(identity=42), "identity_malformed", "/identity"),
    (body(identity="member: 42"), "identity_malformed", "/identity"),
    (body(identity="-", identities=["member:1", "phone:"]), "identity_blocked", "/identities/1"),
    (body(identity="-", identities=[]), "identities_malformed", "/identities"),
    (body(identity="-", identities="member:1"), "identities_malformed", "/identities"),
    (body(identity="-", identities=[f"member:{n}" for n in range(11)]), "identities_malformed", "/identities"),
    # times
    (body(occurred_at="-"), "missing_field", "/occurred_at"),
    (body(occurred_at="2026-09-22T12:00:00"), "time_without_zone", "/occurred_at"),
    (body(occurred_at="2026-09-22 12:00:00"), "time_without_zone", "/occurred_at"),
    (body(occurred_at="2026-09-22"), "not_a_time", "/occurred_at"),
    (body(occurred_at=1790049600), "not_a_time", "/occurred_at"),
    (body(occurred_at="2026-02-30T12:00:00Z"), "not_a_time", "/occurred_at"),
    (body(occurred_at="2026-09-22T24:00:00Z"), "not_a_time", "/occurred_at"),
    (body(occurred_at="2026-09-22T12:00:00+24:00"), "not_a_time", "/occurred_at"),
    (body(occurred_at="2026-09-22T12:00:00+12:75"), "not_a_time", "/occurred_at"),
    (body(occurred_at="２026-09-22T12:00:00Z"), "not_a_time", "/occurred_at"),
    (body(occurred_at="1969-12-31T23:59:59.999999Z"), "time_too_early", "/occurred_at"),
    (body(occurred_at="0001-01-01T00:00:00+14:00"), "time_too_early", "/occurred_at"),
    # declared types
    (inside('{"order_id": 9}'), "wrong_type", f"{P}/order_id"),
    (inside('{"amount": "18.5"}'), "wrong_type", f"{P}/amount"),
    (inside('{"items": 2.5}'), "wrong_type", f"{P}/items"),
    (inside('{"items": true}'), "wrong_type", f"{P}/items"),
    (inside('{"gift": 1}'), "wrong_type", f"{P}/gift"),
    (inside('{"x": [1]}'), "wrong_type", f"{P}/x"),
    (body(type="feedback_given", properties={"rating": "5"}), "wrong_type", f"{P}/rating"),
    # what the service itself must understand
    (body(type="feedback_given", properties={"rating": 6}), "not_understood", f"{P}/rating"),
    (body(type="tag_set", properties={}), "not_understood", f"{P}/tag"),
    (body(type="tag_removed", properties={"tag": " "}), "not_understood", f"{P}/tag"),
    (body(type="tag_set", properties={"tag": "vip", "until": "tomorrow"}), "not_understood", f"{P}/until"),
    (body(type="service_shown", properties={"service": None}), "not_understood", f"{P}/service"),
    (body(type="identity_linked", properties={"identity": "42"}), "not_understood", f"{P}/identity"),
]  # fmt: skip


@pytest.mark.parametrize(("sent", "code", "pointer"), POISON, ids=[f"{n} {row[1]}" for n, row in enumerate(POISON)])
def test_poison_is_named(sent: bytes, code: str, pointer: str) -> None:
    found = verdict(sent)
    assert (code, pointer) in named(found)
    assert isinstance(found, tuple)
    for each in found:
        assert "\x00" not in repr(each)
        each.pointer.encode()
        assert each.code in TITLES or each.code in {"not_json", "not_utf8"}


def test_every_problem_of_an_event_is_named_at_once() -> None:
    found = named(verdict(body(event_id=7, occurred_at="now", identity="x", chanel=1, properties={"items": "3"})))
    assert [pointer for _, pointer in found] == [
        "/chanel",
        "/event_id",
        "/occurred_at",
        "/identity",
        "/properties/items",
    ]


@pytest.mark.parametrize(
    ("sent", "numbers"),
    [
        ('{"x": 18.5}', 18_500_000),
        ('{"x": 0.0000005}', 0),
        ('{"x": 0.0000015}', 2),
        ('{"x": 0.00000050000000000000000000000000000000000001}', 1),
        ('{"x": -0}', 0),
        ('{"x": 1E+3}', 1000 * MICRO),
        ('{"x": 1e-4000}', 0),
        (f'{{"x": {2**53 - 1}}}', (2**53 - 1) * MICRO),
        (f'{{"x": -{2**53 - 1}.999999}}', -(2**53) * MICRO + 1),
        ('{"x": null}', None),
    ],
    ids=str,
)
def test_numbers_are_exact(sent: str, numbers: int | None) -> None:
    found = verdict(inside(sent))
    assert isinstance(found, Admitted)
    assert found.event.properties["x"] == numbers


def test_a_good_event_is_let_in() -> None:
    found = verdict(body(scenario=None, context={"wx_scene": 1011}))
    assert isinstance(found, Admitted)
    assert (found.event.t, found.event.occurred_at, found.event.source) == (NOON, NOON, "pos")
    assert found.identities == ("member:42",)
    assert found.event.properties == {"order_id": "o9", "amount": 1850 * MICRO, "items": 3 * MICRO}
    assert verdict(b"\xef\xbb\xbf" + body(scenario=None, context={"wx_scene": 1011})) == found


def test_an_event_from_the_future_counts_as_of_its_arrival() -> None:
    found = verdict(body(occurred_at="9999-12-31T23:59:59.9999999-23:59"))
    assert isinstance(found, Admitted)
    assert found.event.t == NOON < found.event.occurred_at < 2**63


def test_the_spelling_of_an_event_does_not_change_its_payload() -> None:
    one = verdict(body(occurred_at="2026-09-22T04:00:00.000Z"))
    other = verdict(b'{"channel":null,' + body(channel="-", source="pos", scenario=None)[1:])
    assert isinstance(one, Admitted)
    assert isinstance(other, Admitted)
    assert json.loads(other.payload) == {
        name: each for name, each in json.loads(one.payload).items() if name != "channel"
    }


@pytest.mark.parametrize("text", ["member:42", "openid@wx123:oAb", "phone:+8613800000000", "crm@sf:42:x", "a:王 五"])
def test_identities(text: str) -> None:
    assert is_identity(text)
    assert not is_identity(text + "\n")
    assert not is_identity(text.partition(":")[2])


def test_who_may_speak_for_whom() -> None:
    assert isinstance(verdict(body(source="web"), ANYONE), Admitted)
    found = verdict(body(), ANYONE)
    assert isinstance(found, Admitted)
    assert (found.event.source, found.event.layer) == ("api", "manual")


def test_values_read_as_they_were_sent() -> None:
    sent = {"a": [1.5, -2, "x", True, None], "b": {"c": 0}}
    parsed = parse_json(json.dumps(sent).encode())
    assert parsed == {"a": [1_500_000, -2 * MICRO, "x", True, None], "b": {"c": 0}}
    assert plain(parsed) == sent


TEXTS = st.text(st.characters(codec=None), max_size=8) | st.sampled_from(
    ["member:1", "2026-09-22T12:00:00Z", "order_paid", "x" * 5000]
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
)
EVENTS = st.fixed_dictionaries({}, optional=dict.fromkeys((*GOOD, "identities", "source", "context", "place"), VALUES))


@given(VALUES | EVENTS | EVENTS.map(lambda drawn: {**GOOD, **drawn}))
def test_any_json_gets_a_verdict(value: Any) -> None:
    found = verdict(json.dumps(value).encode())
    if isinstance(found, Admitted):
        assert len(found.payload) <= 32 * 1024
        assert b"\\u0000" not in found.payload
    else:
        assert all(each.code in TITLES for each in found)


@given(st.binary(max_size=60) | VALUES.map(lambda value: json.dumps(value).encode()[:-1]))
def test_any_bytes_get_a_verdict(sent: bytes) -> None:
    verdict(sent)


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,40})(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,25})?", fullmatch=True))
def test_any_number_gets_a_verdict(digits: str) -> None:
    verdict(inside(f'{{"x": {digits}}}'))


@pytest.mark.parametrize("layer", ["manual", "import", "user"])
def test_only_staff_can_pin_a_class(layer: str) -> None:
    pin = body(type="persona_pinned", properties={"scheme": "tier", "class": "high", "reason": "老友"})
    found = verdict(pin, Sender(source="crm", default_source="crm", layer=layer))
    if layer == "manual":
        assert isinstance(found, Admitted)
    else:
        assert named(found) == [("staff_only", "/type")]


@pytest.mark.parametrize("layer", ["manual", "import", "user"])
@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("identity_linked", {"identity": "member:9"}),
        ("identity_unlinked", {"identity": "member:9"}),
        ("test_profile_set", {"on": True}),
    ],
)
def test_who_somebody_is_is_not_for_users_to_say(kind: str, said: dict[str, object], layer: str) -> None:
    found = verdict(body(type=kind, properties=said), Sender(source="crm", default_source="crm", layer=layer))
    if layer == "user":
        assert named(found) == [("not_of_users", "/type")]
    else:
        assert isinstance(found, Admitted)
