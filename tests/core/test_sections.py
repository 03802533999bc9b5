"""Facts with every kind of section: packed and unpacked without loss; a copy that time has passed keeps to itself."""

from collections.abc import Callable

import pytest

from service.core import fold, view
from service.core.calendar import DAY, HOUR, write_instant
from service.core.calibration import Calibration, RfmCalibration, SchemeCalibration
from service.core.event import MICRO, Event
from service.core.facts import State
from service.core.streams import Stream
from tests.given import NOON, a_plan, an_event

PAID = {"properties": {"id": "string", "x": "number", "y": "string"}}
TRACKED = {kind: {"event": "paid", "property": "x"} for kind in ("sum", "avg", "min", "max")}
TAGS: dict[str, object] = {
    **{f"{kind}_days": {"value_of": {kind: {**spec, "last_days": 3}}} for kind, spec in TRACKED.items()},
    **{f"{kind}_month": {"value_of": {kind: {**spec, "during": "this_month"}}} for kind, spec in TRACKED.items()},
    "kinds": {"value_of": {"distinct": {"event": "paid", "property": "y"}}},
    "kinds_lately": {"value_of": {"distinct": {"event": "paid", "property": "y", "within": "3d"}}},
    "liked": {"value_of": {"top": {"event": "paid", "property": "y", "by": "x", "last_days": 3}}},
    "days": {"value_of": {"active_days": {"event": "paid", "within": "3d"}}},
    "first": {"value_of": {"first": {"event": "paid", "field": "channel"}}},
    "last": {"value_of": {"last": {"event": "paid", "property": "y"}}},
    "heat": {"value_of": {"decayed_sum": {"event": "paid", "property": "x", "half_life": "1d"}}},
    "chain": {
        "value_of": {"sequence": {"steps": [{"event": "seen"}, {"event": "seen"}, {"event": "paid"}], "within": "3d"}}
    },
    "rfm": {"rfm": {"event": "paid", "property": "x"}},
    "vip": {"kind": "manual", "ttl": "2d"},
    "big": {"group": "one", "when": {"tag": "sum_days", "gte": 5}},
    "small": {"group": "one", "when": {"always": True}},
    "weekend": {"when": {"weekday": ["sat", "sun"]}},
    "in_run": {"when": {"journey": {"journey": "cup", "status": "active"}}},
    "high": {"when": {"persona": {"scheme": "tier", "in": ["high"]}}},
}
STAGES = [
    {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"}},
    {"stage": "see", "phase": "in_sale", "completed_by": {"event": "gone"}, "expected_within": "1h"},
    {"stage": "say", "phase": "in_sale", "completed_by": {"event": "feedback_given"}, "optional": True},
]
PLAN = a_plan(
    events={"paid": PAID, "seen": {}, "gone": {}, "back": {"properties": {"id": "string"},
            "reverses": {"event": "paid", "by": "id"}}},
    tag_groups={"one": {"exclusive": True}},
    tags=TAGS,
    personas={
        "tier": {
            "score": {
                "kind": "value", "event": "paid", "property": "x", "half_life": "1d",
                "signals": [{"name": "s", "when": {"count": {"event": "seen", "within": "1d"}, "gte": 1}, "adds": 1}],
            },
            "classes": [{"class": "high", "enter": 5, "leave": 2}, {"class": "mass"}],
        },
        "ruled": {"classes": [{"class": "known", "when": {"trait": "known", "eq": True}}, {"class": "mass"}]},
    },
    journeys={"cup": {"enter": {"event": "paid"}, "abandon_after": "5d", "stages": STAGES}},
    services={"it": {}},
    contact_policy={"at_most": 3, "within": "7d"},
)  # fmt: skip
LEARNED = Calibration(
    number=1, effective_from=NOON - DAY, schemes={"tier": SchemeCalibration(mean=MICRO, quantiles=(), profiles=1)},
    rfm={"rfm": RfmCalibration(ages=(DAY,) * 4, counts=(MICRO,) * 4, sums=(MICRO,) * 4, profiles=9)},
)  # fmt: skip
SAID: list[tuple[str, dict[str, object]]] = [
    ("trait_set", {"known": True, "city": "上海", "age": 30.5}),
    ("seen", {}),
    ("seen", {}),
    ("paid", {"id": "a", "x": 8, "y": "茶", "channel": "app"}),
    ("paid", {"id": "b", "x": 4, "y": "😀", "channel": "pos"}),
    ("paid", {"id": "c", "x": 2, "y": "茶"}),
    ("back", {"id": "c"}),
    ("tag_set", {"tag": "vip", "layer": "manual"}),
    ("tag_set", {"tag": "kinds", "value": "三种", "layer": "user", "until": write_instant(NOON + 2 * DAY)}),
    ("tag_hidden", {"tag": "vip", "layer": "user"}),
    ("personalisation_set", {"on": False, "layer": "user"}),
    ("persona_pinned", {"scheme": "ruled", "class": "known", "reason": "老友", "layer": "manual"}),
    ("service_shown", {"service": "it"}),
    ("benefit_granted", {"benefit": "cup"}),
    ("feedback_given", {"rating": 5}),
]
EVENTS = [an_event(kind, NOON + n * HOUR, n, **given) for n, (kind, given) in enumerate(SAID)]
END = EVENTS[-1].t
LATER = END + 400 * DAY


def folded(events: list[Event]) -> State:
    return fold.refold(PLAN, events, [LEARNED], State(PLAN.layout, who=7))


def contents(stream: Stream) -> object:
    rows = [(each.first_key, each.first_bucket, each.names, [*map(list, each.columns)]) for each in stream.rows]
    return list(stream.totals), stream.firsts, stream.lasts, rows


SECTIONS: dict[str, Callable[[State], object]] = {
    "traits": lambda state: state.traits,
    "marks": lambda state: state.marks,
    "values": lambda state: state.values,
    "standings": lambda state: state.standings,
    "enrollments": lambda state: state.enrollments,
    "contacts": lambda state: state.contacts,
    "opinions": lambda state: {
        tag: {layer: tuple(said) for layer, said in layers.items()} for tag, layers in state.opinions.items()
    },
    "taken back": lambda state: state.taken_back,
    "pins": lambda state: {scheme: tuple(pin) for scheme, pin in state.pins.items()},
    "wishes": lambda state: state.wishes,
    "benefits": lambda state: {benefit: tuple(said) for benefit, said in state.benefits.items()},
    "ratings": lambda state: state.ratings,
    "streams": lambda state: [contents(state.stream(index)) for index in range(len(PLAN.layout.streams))],
}


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_comes_back_as_it_was(section: str) -> None:
    read = SECTIONS[section]
    state = folded(EVENTS)
    assert read(state), "there is something to lose"
    back = State(PLAN.layout, state.encode(), who=7)
    assert read(back) == read(state)
    assert back.encode() == state.encode(), "also after it was unpacked"


def test_it_makes_no_difference_after_which_event_facts_are_packed() -> None:
    """But for what takes something back: with it the whole log is read."""
    whole = folded(EVENTS).encode()
    for number in range([each.type for each in EVENTS].index("back") + 1, len(EVENTS)):
        begun = State(PLAN.layout, folded(EVENTS[:number]).encode(), who=7)
        assert fold.refold(PLAN, EVENTS[number:], [LEARNED], begun).encode() == whole, number


def test_what_passes_a_copy_leaves_the_original_alone() -> None:
    """Both as it was folded and as it was unpacked, touched in between or not."""
    for state in (folded(EVENTS), State(PLAN.layout, folded(EVENTS).encode(), who=7)):
        before = state.encode()
        copy = state.copy()
        assert (copy.who, copy.encode()) == (7, before)
        fold.pass_silence(PLAN, copy, LATER, [LEARNED])
        assert copy.encode() != before
        assert state.encode() == before
        fresh = State(PLAN.layout, before, who=7)
        fold.pass_silence(PLAN, fresh, LATER, [LEARNED])
        fold.pass_silence(PLAN, state, LATER, [LEARNED])
        assert state.encode() == fresh.encode(), "nor does the copy come between it and its own future"


def test_a_look_at_every_kind_of_tag_leaves_the_facts_alone() -> None:
    state = folded(EVENTS)
    before = state.encode()
    shown = view.view(PLAN, state, END, [LEARNED])
    assert state.encode() == before
    again = State(PLAN.layout, before, who=7)
    fold.pass_silence(PLAN, again, END, [LEARNED])
    assert view.view(PLAN, again, END, [LEARNED]) == shown
