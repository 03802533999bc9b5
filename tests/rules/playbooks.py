"""Random playbooks: one to six tags of all kinds, groups, tags that read tags, holidays, a persona scheme."""

from functools import cache, lru_cache
from typing import Any

from hypothesis import strategies as st

Tree = dict[str, Any]
ZONES = ("Asia/Shanghai", "America/New_York", "UTC", "Asia/Kathmandu", "Africa/Cairo")
EVENTS: Tree = {
    "paid": {
        "properties": {
            "x": "number",
            "m": {"type": "money", "unit": "fen"},
            "y": "string",
            "g": "boolean",
            "id": "string",
        }
    },
    "seen": {},
    "refunded": {"properties": {"id": "string"}, "reverses": {"event": "paid", "by": "id"}},
    "undone": {},
}
SAID_OF_THE_OTHER: Tree = EVENTS | {
    "paid": EVENTS["paid"] | {"reversed_by": {"event": "refunded", "by": "id"}},
    "refunded": {"properties": {"id": "string"}},
}
HOLIDAYS: Tree = {
    "spring": {"dates": [{"from": "2026-03-07", "to": "2026-03-09"}, "2028-02-29"]},
    "golden": {"dates": ["2026-10-31", {"from": "2026-11-02", "to": "2026-11-03"}]},
}
LAYERS = (None, ["user", "manual", "import", "rule"], ["user", "rule", "import", "manual"])
NUMBERS = st.sampled_from([1, 2, 1, 2, 0, 1, 2, 3, 5, -1, 0.5, 2.000001])
WINDOWS = st.sampled_from(["1s", "7s", "90s", "20m", "2h", "9h", "12h", "1d", "3d", "6d", "30d", "130d", "600d"])
LENGTHS = st.sampled_from(["1s", "10s", "30m", "2h", "1d", "7d"])
HALVES = st.sampled_from(["1d", "2d", "7d", "30d", "45d"])
PERIODS = st.sampled_from(
    ["today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_year", "last_year"]
)
FIELDS = st.sampled_from(["channel", "place", "scenario"])
PATTERNS = st.sampled_from(["^a", "b$", "a|c", "^[ab]{1,2}$", "[0-9]", "^$", "上"])
CLOCKS = st.sampled_from(["00:00", "02:00", "02:30", "06:15", "12:00", "23:30"])
MARGINS = st.sampled_from(["1d", "2d", "7d", "30d", "366d"])


@cache
def numeric(operands: st.SearchStrategy[Any] = NUMBERS) -> st.SearchStrategy[Tree]:
    ordered = st.sampled_from(["gte", "gt", "lte", "lt", "eq", "ne"])
    one = st.tuples(ordered, operands).map(lambda pair: dict([pair]))
    two = st.tuples(operands, operands).filter(lambda pair: pair[0] != pair[1])
    several = st.lists(operands, min_size=1, max_size=3, unique=True).map(lambda listed: {"in": listed})
    return st.one_of(one, one, several, st.booleans().map(lambda flag: {"exists": flag}), two.map(_range))


def _range(pair: tuple[Any, Any]) -> Tree:
    low, high = pair if isinstance(pair[0], str) else sorted(pair)
    return {"gte": low, "lt": high} if isinstance(low, str) else {"between": [low, high]}


@cache
def wordy(words: tuple[str, ...] = ("a", "b", "ab", "c")) -> st.SearchStrategy[Tree]:
    word = st.sampled_from(words)
    return st.one_of(
        st.tuples(st.sampled_from(["eq", "ne"]), word).map(lambda pair: dict([pair])),
        st.lists(word, min_size=1, max_size=2, unique=True).map(lambda listed: {"in": listed}),
        st.booleans().map(lambda flag: {"exists": flag}),
        PATTERNS.map(lambda pattern: {"matches": pattern}),
    )


MIXED = st.one_of(numeric(), wordy(), st.sampled_from([{"eq": True}, {"ne": False}]))


# ---- the calendar, of now or of an event


@st.composite
def times_of_day(draw: st.DrawFn) -> Tree:
    first = draw(CLOCKS)
    after = draw(st.one_of(CLOCKS, st.just("24:00")).filter(lambda text: text != first))
    return {"time_of_day": {"from": first, "to": after}}


DATES = st.sampled_from(
    ["2026-02-28", "2026-03-08", "2026-03-09", "2026-09-22", "2026-11-01", "2026-12-31", "2028-02-29"]
)


@st.composite
def dates(draw: st.DrawFn) -> Tree:
    first, last = sorted([draw(DATES), draw(DATES)])
    ends = draw(st.sampled_from([("from", "to"), ("from",), ("to",)]))
    return {"date": {name: text for name, text in (("from", first), ("to", last)) if name in ends}}


@st.composite
def near(draw: st.DrawFn, start: Tree) -> Tree:
    names = draw(st.sets(st.sampled_from(["before", "after"])))
    return start | {name: draw(MARGINS) for name in sorted(names)}


WEEKDAYS = st.lists(
    st.sampled_from(["mon", "tue", "wed", "thu", "fri", "sat", "sun"]), min_size=1, max_size=3, unique=True
).map(lambda listed: {"weekday": listed if len(listed) > 1 else listed[0]})
IN_HOLIDAYS = st.sampled_from([{}, {"in": ["spring"]}, {"in": ["golden", "spring"]}])
CALENDAR = st.one_of(WEEKDAYS, times_of_day(), dates(), IN_HOLIDAYS.flatmap(near).map(lambda test: {"holiday": test}))
WHERES = st.recursive(
    st.one_of(
        numeric().map(lambda test: {"property": "x", **test}),
        wordy().map(lambda test: {"property": "y", **test}),
        wordy(("app", "pos")).map(lambda test: {"channel": test}),
        st.sampled_from([{"channel": "app"}, {"channel": "pos", "place": "a"}, {"channel": ["app", "pos"]}]),
        st.sampled_from([{"property": "g", "eq": True}, {"property": "g", "ne": True}, {"source": "app"}]),
        CALENDAR,
    ),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=2),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"all": parts}),
        st.lists(inner, min_size=1, max_size=2).map(lambda parts: {"any": parts}),
        inner.map(lambda part: {"not": part}),
    ),
    max_leaves=3,
)


# ---- aggregates

KINDS = (
    "count", "sum", "avg", "min", "max", "distinct", "active_days", "first", "last", "since_last", "decayed_sum", "top",
    "sequence",
)  # fmt: skip
WINDOWED = ("count", "sum", "avg", "min", "max", "distinct", "active_days", "top")


@st.composite
def windows(draw: st.DrawFn, names: tuple[str, ...] = ("within", "last_days", "during")) -> Tree:
    name = draw(st.sampled_from(names))
    days = st.sampled_from([1, 2, 3, 7, 30, 365, 1100])
    return {name: draw({"within": WINDOWS, "last_days": days, "during": PERIODS}[name])}


@st.composite
def aggregates(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> tuple[str, Tree, str]:
    """The kind, what it is of, and whether its value is a number, a text or anything."""
    kind = draw(st.sampled_from(kinds))
    spec: Tree = {"event": draw(st.sampled_from(["paid", "paid", "seen", ["paid", "seen"]]))}
    tells = "number"
    if kind in ("sum", "avg", "min", "max") or (kind == "decayed_sum" and draw(st.booleans())):
        spec |= draw(st.sampled_from([{"property": "x"}, {"event": "paid", "property": "m"}]))
    elif kind == "top":
        spec |= draw(st.sampled_from([{"event": "paid", "property": "y"}, {"field": "channel"}]))
        by: list[Tree] = [{}, {"by": "x"}, {"event": "paid", "by": "m"}]
        spec |= draw(st.sampled_from(by))
        spec |= draw(st.sampled_from([{}, {}, {"share": 0.4}, {"share": 0.5}]))
        tells = "text"
    elif kind in ("first", "last", "distinct"):
        which = draw(st.sampled_from(["x", "y", "z", "field"]))
        tells = {"x": "number", "z": "any"}.get(which, "text") if kind != "distinct" else "number"
        asked = {"field": draw(FIELDS)} if which == "field" else {"event": "paid", "property": which}
        spec |= {"event": "seen", "property": "z"} if which == "z" else asked
    elif kind == "sequence":
        steps = [{"event": draw(st.sampled_from(["paid", "seen"]))} for _ in range(draw(st.integers(2, 3)))]
        spec = {"steps": [step | draw(_filters(step)) for step in steps], "within": draw(WINDOWS)}
        spec |= draw(windows(("last_days", "during"))) if draw(st.integers(0, 2)) == 0 else {}
    if kind == "decayed_sum":
        spec["half_life"] = draw(HALVES)
    if kind in WINDOWED and draw(st.integers(0, 2)):
        spec |= draw(windows())
    spec |= draw(_filters(spec)) if "event" in spec else {}
    if draw(st.integers(0, 5)) == 0:
        spec["reverses"] = {"event": "undone", "by": "id"}
    return kind, spec, tells


@st.composite
def _filters(draw: st.DrawFn, spec: Tree) -> Tree:
    """Now and then a `where`; `seen` has no declared properties and may be asked for any."""
    return {"where": draw(WHERES)} if draw(st.integers(0, 3)) == 0 and spec["event"] == "paid" else {}


@st.composite
def aggregate_tests(draw: st.DrawFn, kinds: tuple[str, ...] = KINDS) -> Tree:
    kind, spec, tells = draw(aggregates(kinds))
    tested: dict[str, st.SearchStrategy[Tree]] = {"number": numeric(), "text": wordy(), "any": MIXED}
    if kind == "since_last":
        return {kind: spec, **draw(numeric(LENGTHS))}
    test = draw(tested[tells])
    return {kind: spec, **test}


# ---- conditions

CITIES: list[Tree] = [{"eq": "上海"}, {"ne": "北京"}, {"exists": False}, {"matches": "^上"}]
TRAITS = st.one_of(
    st.sampled_from(CITIES).map(lambda test: {"trait": "city", **test}),
    numeric().map(lambda test: {"trait": "age", **test}),
)
ALWAYS = st.sampled_from([{"always": True}, {"always": False}])
BUCKETS = st.tuples(st.sampled_from(["s", "trial"]), st.sampled_from([0, 0.01, 12.5, 50, 99.99, 100])).map(
    lambda pair: {"bucket": {"salt": pair[0], "percent": pair[1]}}
)
BIRTHDAYS = near({"trait": "born"}).map(lambda test: {"anniversary": test})
PLAIN = st.one_of(aggregate_tests(), aggregate_tests(), aggregate_tests(), TRAITS, CALENDAR, BIRTHDAYS, BUCKETS, ALWAYS)


@lru_cache(maxsize=32)  # to build a strategy costs more than to draw from it
def conditions(leaves: st.SearchStrategy[Tree] = PLAIN, most: int = 3) -> st.SearchStrategy[Tree]:
    return st.recursive(
        leaves,
        lambda inner: st.one_of(
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"all": parts}),
            st.lists(inner, min_size=1, max_size=3).map(lambda parts: {"any": parts}),
            inner.map(lambda part: {"not": part}),
        ),
        max_leaves=most,
    )


# What a whole playbook is about: then and now one thing only, so that its edges are met more often.
SHOWN = tuple(kind for kind in KINDS if kind != "since_last")
THEMES: list[tuple[tuple[str, ...], st.SearchStrategy[Tree]]] = [
    *[(SHOWN, PLAIN)] * 4,
    *[(kinds, aggregate_tests(kinds)) for kinds in (("top",), ("sequence",), ("decayed_sum",))],
    (("count", "distinct", "active_days"), aggregate_tests(("count", "distinct", "active_days"))),
    (SHOWN, st.one_of(CALENDAR, BIRTHDAYS, BUCKETS)),
]
