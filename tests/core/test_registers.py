"""What events set directly: traits, opinions on tags in their layers, and when services met the profile."""

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR
from service.core.event import Event
from service.core.facts import State
from service.core.registers import TRAIT_LIMIT
from service.core.view import view
from tests.given import NOON, a_plan, an_event

PLAN = a_plan(
    events={"paid": {}},
    tags={
        "buyer": {"when": {"count": {"event": "paid"}, "gte": 1}},
        "level": {
            "values": [
                {"value": "high", "when": {"count": {"event": "paid"}, "gte": 2}},
                {"value": "low", "when": {"count": {"event": "paid"}, "gte": 1}},
            ]
        },
        "vip": {"kind": "manual"},
        "guest": {"when": {"any": [{"tag": "vip"}, {"tag": "level", "eq": "high"}]}},
    },
    services={"reminder": {}},
    contact_policy={"at_most": 2, "within": "7d"},
)


def said(kind: str, layer: str, number: int, tag: str = "vip", **more: object) -> Event:
    return an_event(kind, NOON + number, number, tag=tag, layer=layer, **more)


def tags(events: list[Event], at: int = NOON + HOUR) -> dict[str, tuple[object, object]]:
    """What shows, as answers say it: by tag, its value and who said so."""
    state = State(PLAN.layout, fold.refold(PLAN, events, ()).encode())
    fold.pass_silence(PLAN, state, at, ())
    shown = view(PLAN, state, at, ())["tags"]
    assert isinstance(shown, list)
    return {tag["key"]: (tag["value"], tag["source"]) for tag in shown}


LAYERS = [
    ([said("tag_set", "manual", 1)], {"vip": (None, "manual"), "guest": (None, "rule")}),
    ([said("tag_set", "import", 1)], {"vip": (None, "import"), "guest": (None, "rule")}),
    ([said("tag_set", "import", 1), said("tag_removed", "manual", 2)], {}),
    ([said("tag_removed", "manual", 1), said("tag_set", "import", 2)], {}),
    ([said("tag_set", "import", 1), said("tag_removed", "manual", 2), said("tag_released", "manual", 3)],
     {"vip": (None, "import"), "guest": (None, "rule")}),
    ([said("tag_set", "manual", 1), said("tag_removed", "user", 2)], {}),
    ([said("tag_set", "manual", 1), said("tag_released", "user", 2)],
     {"vip": (None, "manual"), "guest": (None, "rule")}),
    ([said("tag_set", "manual", 1), said("tag_released", "manual", 2)], {}),
    ([said("tag_set", "manual", 1), said("tag_removed", "manual", 2)], {}),
    # over a rule: what the user and staff say is above it, what another system says below
    ([an_event("paid", number=0), said("tag_removed", "user", 1, "buyer")], {"level": ("low", "rule")}),
    ([an_event("paid", number=0), said("tag_removed", "import", 1, "buyer")],
     {"buyer": (None, "rule"), "level": ("low", "rule")}),
    ([said("tag_set", "import", 1, "buyer")], {}),
    ([said("tag_set", "manual", 1, "level", value="high")], {"level": ("high", "manual"), "guest": (None, "rule")}),
    ([an_event("paid", number=0), said("tag_set", "manual", 1, "level", value="high")],
     {"buyer": (None, "rule"), "level": ("high", "manual"), "guest": (None, "rule")}),
    ([an_event("paid", number=0), said("tag_set", "manual", 1, "level", value="gone")], {"buyer": (None, "rule")}),
    ([an_event("paid", number=0), said("tag_set", "manual", 1, "level")], {"buyer": (None, "rule")}),
    ([an_event("tag_set", layer="manual")], {}),
    ([an_event("tag_set", layer="manual", tag=3)], {}),
    ([an_event("tag_set", layer="manual", tag="no_such_tag")], {}),
]  # fmt: skip


@pytest.mark.parametrize(("events", "shown"), LAYERS, ids=[str(n) for n in range(len(LAYERS))])
def test_the_first_layer_with_an_opinion_wins(events: list[Event], shown: dict[str, tuple[object, object]]) -> None:
    assert tags(events) == shown


def test_an_opinion_ends_when_it_was_said_to() -> None:
    events = [
        an_event("paid", number=0),
        said("tag_set", "manual", 1, "level", value="high", until="2026-09-23T12:00:00+08:00"),
    ]
    assert tags(events, NOON + DAY - 1)["level"] == ("high", "manual")
    assert tags(events, NOON + DAY)["level"] == ("low", "rule")
    assert "guest" not in tags(events, NOON + DAY)


def test_traits_are_set_changed_and_forgotten() -> None:
    events = [
        an_event("trait_set", NOON, 1, city="上海", age=30, odd=[1]),
        an_event("trait_set", NOON + 1, 2, city=None, age=31),
    ]
    assert fold.refold(PLAN, events, ()).traits == {"age": 31_000_000}


def test_what_was_emptied_stays_empty() -> None:
    """A register whose last entry is taken away in facts that were packed."""
    given = [an_event("trait_set", NOON, 1, city="上海"), said("tag_set", "manual", 2)]
    packed = fold.refold(PLAN, given, ()).encode()
    taken = [an_event("trait_set", NOON + 3, 3, city=None), said("tag_released", "manual", 4)]
    state = State(PLAN.layout, fold.refold(PLAN, taken, (), State(PLAN.layout, packed)).encode())
    assert (state.traits, state.opinions, state.marks) == ({}, {}, {})


def test_traits_have_a_limit_but_known_ones_still_change() -> None:
    many = [an_event("trait_set", NOON + n, n, **{f"t{n}": True}) for n in range(TRAIT_LIMIT + 1)]
    again = an_event("trait_set", NOON + 999, 999, t0=False)
    traits = fold.refold(PLAN, [*many, again], ()).traits
    assert len(traits) == TRAIT_LIMIT
    assert traits["t0"] is False


def test_contacts_keep_what_the_policy_can_ask_for() -> None:
    shown = [an_event("service_shown", NOON + n, n, service="reminder") for n in range(3)]
    other = [an_event("service_dismissed", NOON + n, n, service="reminder") for n in (5, 6)]
    strange = [
        an_event("service_shown", NOON + 8, 8, service="gone"),
        an_event("service_shown", NOON + 9, 9, service=3),
    ]
    state = fold.refold(PLAN, [*shown, *other, *strange], ())
    assert state.contacts == {"shown:reminder": [NOON + 1, NOON + 2], "dismissed:reminder": [NOON + 6]}
