"""Reading aggregates: what is drawn from a profile's events, and over which time."""

from service.core.calendar import DAY
from service.core.event import MICRO
from service.core.playbook.conditions import Aggregate, Reversal, Step
from service.core.playbook.read_where import read_name, read_where
from service.core.playbook.tree import Fields, Node

OF_NUMBERS = ("sum", "avg", "min", "max")
OF_ANYTHING = ("first", "last", "distinct", "top")  # a property or a field
WINDOWED = ("count", *OF_NUMBERS, "distinct", "active_days", "top")
AGGREGATES = ("count", *OF_NUMBERS, *OF_ANYTHING, "since_last", "active_days", "decayed_sum", "sequence")
FIELDS = ("channel", "touchpoint", "scenario", "place", "staff")
WINDOWS = ("within", "last_days", "during")
PERIODS = (
    "today", "yesterday", "this_week", "last_week", "this_month", "last_month", "this_year", "last_year"
)  # fmt: skip
MOST_DAYS = 1100
STEPS = (2, 5)


def read_aggregate(kind: str, node: Node) -> Aggregate:
    """An aggregate over events."""
    if kind == "sequence":
        return _sequence(node)
    allowed = ["event", "where", "reverses"]
    allowed += ["property"] if kind in (*OF_NUMBERS, *OF_ANYTHING, "decayed_sum") else []
    allowed += ["field"] if kind in OF_ANYTHING else []
    allowed += WINDOWS if kind in WINDOWED else []
    allowed += {"top": ["by", "share"], "decayed_sum": ["half_life"]}.get(kind, [])
    needed = ["event", *(["property"] if kind in OF_NUMBERS else []), *(["half_life"] if kind == "decayed_sum" else [])]
    found = node.fields(allowed, needed)
    if kind in OF_ANYTHING and ("property" in found) == ("field" in found) and isinstance(node.value, dict):
        node.wrong("property_or_field", "property 与 field 须且只须写一个", "write exactly one of property and field")
    _one_window(found)
    return Aggregate(
        kind=kind,
        events=found.read("event", Node.words, ()),
        property=found.maybe("property", read_name),
        field=found.maybe("field", lambda item: item.choice(FIELDS)),
        where=found.maybe("where", read_where),
        reverses=found.maybe("reverses", read_reversal),
        within=found.maybe("within", Node.duration),
        last_days=found.maybe("last_days", _number_of_days),
        during=found.maybe("during", lambda item: item.choice(PERIODS)),
        half_life=found.maybe("half_life", read_half_life),
        by=found.maybe("by", read_name),
        share=found.read("share", _share, 0),
    )


def _sequence(node: Node) -> Aggregate:
    found = node.fields(("steps", "reverses", *WINDOWS), ("steps", "within"))
    steps = found.each("steps", _step)
    if "steps" in found and not STEPS[0] <= len(steps) <= STEPS[1]:
        zh, en = f"先后次序须有 {STEPS[0]} 到 {STEPS[1]} 步", f"a sequence has {STEPS[0]} to {STEPS[1]} steps"
        found["steps"].wrong("not_a_sequence", zh, en)
    _one_window(Fields({name: each for name, each in found.items() if name != "within"}))
    return Aggregate(
        kind="sequence",
        events=tuple(step.event for step in steps),
        reverses=found.maybe("reverses", read_reversal),
        within=found.maybe("within", Node.duration),
        last_days=found.maybe("last_days", _number_of_days),
        during=found.maybe("during", lambda item: item.choice(PERIODS)),
        steps=steps,
    )


def _step(node: Node) -> Step:
    found = node.fields(("event", "where"), ("event",))
    return Step(event=found.read("event", read_name, "?"), where=found.maybe("where", read_where))


def _one_window(found: Fields) -> None:
    for name in [name for name in WINDOWS if name in found][1:]:
        zh, en = "时间窗只能写一种：within、last_days 或 during", "write one window only: within, last_days or during"
        found[name].wrong("two_windows", zh, en)


def _number_of_days(node: Node) -> int:
    return node.whole(1, MOST_DAYS)


def _share(node: Node) -> int:
    share = node.number()
    if not 0 < share <= MICRO:
        node.wrong("not_a_share", "占比应大于 0 且不超过 1", "a share is above 0 and at most 1")
    return share


def read_half_life(node: Node) -> int:
    """A half-life in microseconds."""
    length = node.duration()
    if length < DAY:
        node.wrong("half_life_too_short", "半衰期至少 1 天", "a half-life is at least one day")
    return max(length, DAY)


def read_reversal(node: Node) -> Reversal:
    """`{event, by}`."""
    found = node.fields(("event", "by"), ("event", "by"))
    return Reversal(event=found.read("event", read_name, "?"), by=found.read("by", read_name, "?"))
