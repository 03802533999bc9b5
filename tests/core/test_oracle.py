"""Random conditions over random logs say what an independent reading of docs/playbook.md says: value, until, since."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import fold
from service.core.calendar import DAY, HOUR, SECOND
from service.core.check import check
from service.core.event import MICRO, Event
from service.core.marks import Mark
from service.core.measures import FOREVER
from service.core.plan import Plan, compile_playbook
from service.core.playbook.read import read_playbook
from tests.given import GAPS, NOON, an_event
from tests.oracle import Oracle

EVENTS = {
    "paid": {"properties": {"x": "number", "m": {"type": "money", "unit": "fen"}, "y": "string", "id": "string"}},
    "seen": {},
    "refunded": {"properties": {"id": "string"}, "reverses": {"event": "paid", "by": "id"}},
    "undone": {},
}
NUMBERS = st.sampled_from([0, 1, 2, 3, 5, -1, 0.5, 2.000001])
WINDOWS = st.sampled_from(["1s", "7s", "90s", "20m", "2h", "9h", "12h", "1d", "3d", "6d", "30d", "130d", "600d"])
LENGTHS = st.sampled_from(["1s", "10s", "30m", "2h", "1d", "7d"])


def comparisons(operands: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    ordered = st.sampled_from(["gte", "gt", "lte", "lt", "eq", "ne"])
    one = st.tuples(ordered, operands).map(lambda pair: dict([pair]))
    two = st.tuples(operands, operands).map(lambda pair: {"gte": pair[0], "lt": pair[1]})
    several = st.lists(operands, min_size=1, max_size=3).map(lambda listed: {"in": listed})
    return st.one_of(one, two, several, st.booleans().map(lambda flag: {"exists": flag}))


WORD_TESTS: list[dict[str, Any]] = [{"eq": "a"}, {"ne": "b"}, {"in": ["b", "c"]}, {"exists": True}, {"exists": False}]
WORDS = st.sampled_from(WORD_TESTS)
FIELDS = st.one_of(
    comparisons(NUMBERS).map(lambda test: {"property": "x", **test}),
    WORDS.map(lambda test: {"property": "y", **test}),
    st.sampled_from([{"channel": "app"}, {"channel": {"ne": "app"}}, {"channel": "pos", "scenario": "gift"}]),
)
WHERES = st.recursive(
    FIELDS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=3,
)


@st.composite
def aggregates(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["count", "sum", "avg", "min", "max", "last", "since_last", "active_days"]))
    spec: dict[str, Any] = {"event": draw(st.sampled_from(["paid", "paid", "seen", ["paid", "seen"]]))}
    if kind in ("sum", "avg", "min", "max", "last"):
        spec["property"] = draw(st.sampled_from(["x", "m"]))
        spec["event"] = "paid"
    if kind not in ("last", "since_last") and draw(st.booleans()):
        spec["within"] = draw(WINDOWS)
    if draw(st.booleans()) and spec["event"] == "paid":
        spec["where"] = draw(WHERES)
    if draw(st.integers(0, 3)) == 0:
        spec["reverses"] = {"event": "undone", "by": "id"}
    return {kind: spec, **draw(comparisons(LENGTHS if kind == "since_last" else NUMBERS))}


TRAITS = st.sampled_from(
    [{"trait": "city", "eq": "上海"}, {"trait": "age", "gte": 2}, {"trait": "age", "exists": False}, {"always": True}]
)
CONDITIONS = st.recursive(
    aggregates() | aggregates() | TRAITS,
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=4,
)
TAGS = st.one_of(
    CONDITIONS.map(lambda condition: {"when": condition}),
    st.tuples(CONDITIONS, CONDITIONS).map(
        lambda pair: {"values": [{"value": "one", "when": pair[0]}, {"value": "two", "when": pair[1]}]}
    ),
)


_NUMBERS = st.sampled_from([-1, 0, MICRO // 2, MICRO, 2 * MICRO, 2 * MICRO + 1, 3 * MICRO, 5 * MICRO])
_FEN = st.sampled_from([0, 50, 150, 99 * MICRO, 100 * MICRO, 250 * MICRO + 50])
_IDS = st.sampled_from(["i", "j"])
PROPERTIES: dict[str, dict[str, st.SearchStrategy[Any]]] = {
    "paid": {"x": _NUMBERS, "m": _FEN, "y": st.sampled_from(["a", "b"]), "id": _IDS},
    "seen": {"id": _IDS},
    "refunded": {"id": _IDS},
    "undone": {"id": _IDS},
    "trait_set": {"city": st.sampled_from(["上海", "北京", None]), "age": _NUMBERS | st.none()},
}


@st.composite
def logs(draw: st.DrawFn) -> list[Event]:
    t, events = NOON, []
    for number in range(draw(st.integers(1, 9))):
        t += draw(st.sampled_from(GAPS))
        kind = draw(st.sampled_from(["paid", "paid", "paid", "seen", "refunded", "undone", "trait_set"]))
        chosen = {name: draw(values) for name, values in PROPERTIES[kind].items() if draw(st.integers(0, 4))}
        events.append(
            Event(
                event_id=f"e{number}", source="s", type=kind, t=t, occurred_at=t, properties=chosen,
                channel=draw(st.sampled_from(["app", "pos", None])), scenario=draw(st.sampled_from(["gift", None])),
            )
        )  # fmt: skip
    return events


def compiled(tree: dict[str, Any]) -> Plan:
    playbook, problems = read_playbook(tree)
    assert not problems, problems
    wrong = [each for each in check(playbook) if each.code not in ("type_mismatch", "never_holds")]
    assert not wrong, wrong
    return compile_playbook(playbook)


def near(tags: list[dict[str, Any]], events: list[Event]) -> list[int]:
    """The instants at which silence could change one of these tags, and those right beside them."""
    oracle, newest = Oracle({"events": EVENTS}, events), events[-1].t
    return sorted(
        {i + by for tag in tags for i in oracle.instants(tag, events) for by in (-1, 0, 1) if i + by >= newest}
    )


def agree(tags: list[dict[str, Any]], events: list[Event], at: int) -> None:
    tree = {"playbook": "given", "events": EVENTS, "tags": {f"t{n}": tag for n, tag in enumerate(tags)}}
    plan, oracle = compiled(tree), Oracle(tree, events)
    state = fold.refold(plan, events, ())
    fold.pass_silence(plan, state, at, ())
    for place, tag in enumerate(tags):
        found = state.marks.get(place, Mark(0, 0, FOREVER))
        assert found == Mark(oracle.shows(tag, events, at), oracle.since(tag, at), oracle.until(tag, at)), tag


@pytest.mark.no_cover
@given(st.data())
def test_tags_are_what_the_documents_say(data: st.DataObject) -> None:
    tags, events = data.draw(st.lists(TAGS, min_size=1, max_size=3)), data.draw(logs())
    newest = events[-1].t
    moments = [newest, newest + 1, newest + DAY, newest + 700 * DAY, *near(tags, events)]
    agree(tags, events, data.draw(st.sampled_from(moments)))


@pytest.mark.parametrize("kind", ["count", "sum", "avg", "min", "max", "active_days"])
@pytest.mark.parametrize("comparison", [{"eq": 1}, {"ne": 1}, {"lt": 2}, {"gte": 2}, {"between": [1, 2]}], ids=str)
def test_events_that_leave_a_window_together(kind: str, comparison: dict[str, Any]) -> None:
    """Two local days within one bucket of a long window, and three events within one of a short one."""
    for within, gaps in (
        ("600d", [0, 8 * HOUR, 20 * HOUR, 30 * HOUR]),
        ("2h", [0, 3 * SECOND, 4 * SECOND, 10 * SECOND]),
    ):
        spec = {"event": "paid", "within": within, **({} if kind in ("count", "active_days") else {"property": "x"})}
        tag = {"when": {kind: spec, **comparison}}
        start = NOON - 4 * HOUR
        events = [an_event("paid", start + gap, n, x=n) for n, gap in enumerate(gaps)]
        for at in near([tag], events):
            agree([tag], events, at)


SOON, LATER, EVER = (
    {"since_last": {"event": "paid"}, "gte": "48h", "lt": "50h"},
    {"since_last": {"event": "paid"}, "gte": "72h"},
    {"count": {"event": "paid", "within": "3d"}, "gte": 1},
)
IN_TURN: dict[str, dict[str, Any]] = {
    "never both": {"when": {"all": [SOON, LATER]}},
    "always one": {"when": {"any": [EVER, LATER]}},
    "neither": {"when": {"not": {"any": [SOON, LATER]}}},
    "both fail, one after the other": {"when": {"not": {"all": [{"not": SOON}, {"not": LATER}]}}},
    "a value in between": {"values": [{"value": "soon", "when": SOON}, {"value": "ever", "when": EVER}]},
    "a value that never shows": {
        "values": [{"value": "both", "when": {"all": [SOON, LATER]}}, {"value": "ever", "when": EVER}]
    },
}


@pytest.mark.parametrize("tag", IN_TURN.values(), ids=list(IN_TURN))
def test_parts_that_hold_in_turn(tag: dict[str, Any]) -> None:
    """Where a part changes and the whole does not, `until` is the instant at which the whole does."""
    for events in ([an_event("paid")], [an_event("paid"), an_event("paid", NOON + 3 * DAY, 2)]):
        for at in near([tag], events):
            agree([tag], events, at)


LENGTHS_OF = {"1s": (1, 1), "7s": (7, 1), "90s": (90, 1), "2h": (7200, 10), "9h": (32_400, 60), "3d": (259_200, 300)}


@given(st.data())
def test_windows_over_dense_logs(data: st.DataObject) -> None:
    """Two windows of one width, the longer or the shorter first, and events where the first ones are about to leave."""
    text, (length, width) = data.draw(st.sampled_from(list(LENGTHS_OF.items())))
    texts = data.draw(st.permutations([text, f"{length + width}s"]))
    kind = data.draw(st.sampled_from(["count", "sum", "avg", "min", "max", "active_days"]))
    spec = {"event": "paid", **({} if kind in ("count", "active_days") else {"property": "x"})}
    tags = [{"when": {kind: {**spec, "within": each}, **data.draw(comparisons(NUMBERS))}} for each in texts]
    gaps = [0, 1, width, length // 2, length - width, length - 1, length, length + width - 1, length + width]
    t, events = NOON, []
    for number in range(data.draw(st.integers(2, 8))):
        t += data.draw(st.sampled_from(gaps)) * SECOND
        events.append(an_event("paid", t, number, x=data.draw(st.integers(0, 3))))
    agree(tags, events, data.draw(st.sampled_from([t, *near(tags, events)])))


PAID = {"event": "paid", "property": "x"}
EXACT = [
    ({"avg": PAID, "gt": 2}, [2, 2.000001], True),
    ({"avg": PAID, "lte": 2}, [2, 2.000001], False),
    ({"avg": PAID, "lt": 2}, [1, 2, 3], False),
    ({"avg": PAID, "eq": 0.333333}, [0, 0, 1], False),
    ({"avg": PAID, "between": [0.333333, 0.333334]}, [0, 0, 1], True),
    ({"sum": PAID, "eq": 0.3}, [0.1, 0.2], True),
]


@pytest.mark.parametrize(("condition", "numbers", "holds"), EXACT, ids=[str(n) for n in range(len(EXACT))])
def test_averages_and_sums_are_exact(condition: dict[str, Any], numbers: list[float], *, holds: bool) -> None:
    events = [an_event("paid", NOON + n, n, x=x) for n, x in enumerate(numbers)]
    agree([{"when": condition}], events, NOON + 9)
    assert Oracle({"events": EVENTS}, events).holds(condition, events, NOON + 9) is holds


@pytest.mark.parametrize(("fen", "micros"), [(50, 0), (51, 1), (150, 2), (250, 2), (-50, 0), (-150, -2), (149, 1)])
def test_fen_are_halved_to_the_even(fen: int, micros: int) -> None:
    """A fen is a hundredth of a yuan, exact to a millionth, ties to the even one."""
    event = Event(event_id="e", source="s", type="paid", t=NOON, occurred_at=NOON, properties={"m": fen})
    tag = {"when": {"max": {"event": "paid", "property": "m"}, "eq": micros / MICRO}}
    agree([tag], [event], NOON)
    assert Oracle({"events": EVENTS}, [event]).shows(tag, [event], NOON) == 1
