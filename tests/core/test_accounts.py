"""Accounts: who acted for them, which journeys they take, what may be asked of them; in any order of arrival."""

from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import accounts, fold
from service.core.calendar import DAY, HOUR, write_instant
from service.core.event import Event
from service.core.facts import State
from service.core.intake import Admitted, Sender, admit
from service.core.persons import MIXED, limits_of, tell_apart
from service.core.view import view
from tests.given import NOON, a_plan, an_event, arrivals, batches

STAGES = [
    {"stage": "sign", "phase": "in_sale", "completed_by": {"event": "signed"}},
    {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"}, "expected_within": "1d"},
]
PLAN = a_plan(
    identities={"account": {"type": "account"}, "firm": {"type": "account"}},
    events={"signed": {}, "paid": {"properties": {"id": "string"}}, "seen": {},
            "undone": {"properties": {"id": "string"}, "reverses": {"event": "paid", "by": "id"}}},
    tags={
        "is_account": {"when": {"profile_type": "account"}},
        "is_person": {"when": {"profile_type": "person"}},
        "paying_firm": {"when": {"all": [{"tag": "is_account"}, {"count": {"event": "paid"}, "gte": 1}]}},
    },
    personas={"size": {"classes": [{"class": "firm", "when": {"profile_type": "account"}}, {"class": "single"}]}},
    journeys={
        "lease": {"for": "account", "enter": {"event": "signed"}, "abandon_after": "9d", "stages": STAGES},
        "visit": {"enter": {"event": "signed"}, "stages": STAGES},
        "bill": {"for": "account", "key": "id", "enter": {"event": "paid"}, "stages": STAGES},
    },
)  # fmt: skip


def shown(events: Sequence[Event], at: int = NOON + DAY) -> dict[str, Any]:
    facts = fold.refold(PLAN, events, ()).encode()
    state = State(PLAN.layout, facts)
    fold.pass_silence(PLAN, state, at, ())
    return view(PLAN, state, at, ())


def by(number: int, kind: str = "seen", under: str = "account", **more: object) -> Event:
    return an_event(kind, NOON + number * HOUR, number, under=under, **more)


def test_an_account_tells_who_acted_for_it() -> None:
    found = shown([
        by(0, "signed", contact="member:7", contact_role="行政经理"),
        by(1, contact="phone:138 0013 8000", under="firm"),
        by(2, contact="member:7"),
        by(3, contact="member:7", contact_role="总经理"),
        by(4, "paid", id="b1"),
    ])  # fmt: skip
    assert found["type"] == "account"
    assert found["contacts"] == [
        {"identity": "member:7", "role": "总经理", "first_at": write_instant(NOON),
         "last_at": write_instant(NOON + 3 * HOUR), "events": 3},
        {"identity": "phone:+8613800138000", "role": None, "first_at": write_instant(NOON + HOUR),
         "last_at": write_instant(NOON + HOUR), "events": 1},
    ]  # fmt: skip
    assert {each["key"] for each in found["tags"]} == {"is_account", "paying_firm"}
    assert found["personas"]["size"]["class"] == "firm"
    assert [(each["journey"], each["key"]) for each in found["journeys"]] == [("lease", None), ("bill", "b1")]


def test_a_person_is_none() -> None:
    """Whatever his events say of contacts: they are his own affair."""
    found = shown([by(0, "signed", "member", contact="member:7"), by(1, "paid", "member", id="b1")])
    assert (found["type"], found["contacts"]) == ("person", [])
    assert {each["key"] for each in found["tags"]} == {"is_person"}
    assert [each["journey"] for each in found["journeys"]] == ["visit"]
    assert found["personas"]["size"]["class"] == "single"


def test_a_reason_says_what_was_asked() -> None:
    (tag,) = shown([by(0)])["tags"]
    assert (tag["key"], tag["because"]["code"], tag["because"]["type"]) == ("is_account", "profile_type", "account")
    assert tag["because"]["text"] == "是客户单位"


@pytest.mark.parametrize("said", [None, 7, "nobody", "account:2", "phone:12345", ["member:7"]])
def test_what_names_nobody_is_left_out(said: object) -> None:
    """The log may hold it: it was no account when it was said."""
    found = shown([by(0, "signed", contact=said, contact_role=[])])
    assert (found["type"], found["contacts"]) == ("account", [])


def test_the_silent_ones_are_forgotten_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(accounts, "MOST", 2)
    found = shown([by(n, contact=f"member:{who}") for n, who in enumerate((7, 8, 7, 9))])
    assert [(each["identity"], each["events"]) for each in found["contacts"]] == [("member:9", 1), ("member:7", 2)]


def test_what_is_taken_back_was_still_done_by_somebody() -> None:
    """Another run of a journey is made without the order; the contact stays, and journeys of persons stay away."""
    found = shown([by(0, "signed"), by(1, "paid", id="b1", contact="member:7"), by(2, "undone", id="b1")])
    assert [(each["journey"], each["progress"]) for each in found["journeys"]] == [("lease", 0.5)]
    assert [each["identity"] for each in found["contacts"]] == ["member:7"]


# ---- any order

KINDS = st.sampled_from(["signed", "paid", "seen", "undone"])
WHO = st.sampled_from([None, "member:7", "member:8", "phone:13800138000", "account:3"])


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    t, found = NOON, []
    for number in range(draw(st.integers(1, 12))):
        t += draw(st.sampled_from([0, 1, HOUR, 10 * DAY]))
        under, role = draw(st.sampled_from(["account", "firm"])), draw(st.sampled_from([None, "经理", "前台"]))
        order = draw(st.sampled_from(["b1", "b2"]))
        kind, who = draw(KINDS), draw(WHO)
        found.append(an_event(kind, t, number, under=under, contact=who, contact_role=role, id=order))
    return sorted(found, key=lambda event: event.key)


@given(st.data())
def test_any_order_tells_the_same(data: st.DataObject) -> None:
    """Arriving one by one, in any order, some of it twice, the facts are the same bytes as of the whole log."""
    events = data.draw(lives())
    arriving = [[each] for each in data.draw(arrivals(events))] + [[events[0]]]
    assert batches(PLAN, arriving, ()) == fold.refold(PLAN, events, ()).encode()
    for who in shown(events, events[-1].t)["contacts"]:  # an oracle of its own
        phone = who["identity"].replace("+86", "")
        mine = [each for each in events if each.properties["contact"] in (who["identity"], phone)]
        roles = [each.properties["contact_role"] for each in mine if each.properties["contact_role"]]
        assert (who["events"], who["role"]) == (len(mine), roles[-1] if roles else None)
        assert (who["first_at"], who["last_at"]) == (write_instant(mine[0].t), write_instant(mine[-1].t))


NAMES = ("account:1", "firm:1", "member:1", "phone:1", "openid@a:1", "account:2")


@given(st.data())
def test_an_account_is_never_a_person(data: st.DataObject) -> None:
    """Whatever links are said, in whatever order: no group has both, and each such link is refused as that or more."""
    names = dict(enumerate(NAMES))
    ends = data.draw(
        st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)).filter(lambda e: e[0] < e[1]), max_size=9)
    )
    links = {pair: (NOON + n, NOON + n, "pos", f"e{n}") for n, pair in enumerate(ends)}
    found = tell_apart(names, links, limits_of((("account", 2),), ("account", "firm")), ())
    groups: dict[int, set[bool]] = {}
    for root, name in names.items():
        groups.setdefault(found.find(root), set()).add(name.startswith(("account", "firm")))
    assert all(len(kinds) == 1 for kinds in groups.values())
    for pair in links:
        mixed = len({names[end].startswith(("account", "firm")) for end in pair}) > 1
        assert (found.refused.get(pair) == MIXED) == mixed


# ---- the door

SENDER = Sender(source=None, default_source="crm", layer="import")
SENT = {"event_id": "e1", "identity": "account:1", "type": "seen", "occurred_at": "2026-09-22T04:00:00Z"}
ADMISSION: list[tuple[dict[str, Any], list[tuple[str, str]]]] = [
    ({"contact": "member:7", "contact_role": "经理"}, []),
    ({"contact": None, "contact_role": None}, []),
    ({}, []),
    ({"contact": "nobody"}, [("identity_malformed", "/properties/contact")]),
    ({"contact": 7}, [("identity_malformed", "/properties/contact")]),
    ({"contact": "phone:12345"}, [("phone_invalid", "/properties/contact")]),
    ({"contact": "firm:2"}, [("contact_is_account", "/properties/contact")]),
    ({"contact_role": 7}, [("not_a_string", "/properties/contact_role")]),
]


@pytest.mark.parametrize(("properties", "problems"), ADMISSION)
def test_who_acted_is_looked_at_when_it_arrives(properties: dict[str, Any], problems: list[tuple[str, str]]) -> None:
    found = admit({**SENT, "properties": properties}, SENDER, NOON, {}, ("account", "firm"))
    assert ([] if isinstance(found, Admitted) else [(each.code, each.pointer) for each in found]) == problems
    of_a_person = admit({**SENT, "identity": "member:1", "properties": properties}, SENDER, NOON, {}, ("account",))
    assert isinstance(of_a_person, Admitted)
