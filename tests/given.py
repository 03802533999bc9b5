"""Builders and strategies: events, playbooks, whole histories; whatever a test does not name is plain and fixed."""

from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from ruamel.yaml import YAML

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE, SECOND
from service.core.calibration import Calibration, SchemeCalibration
from service.core.check import check
from service.core.event import MICRO, Event, Value
from service.core.facts import State
from service.core.plan import Plan, compile_playbook
from service.core.playbook.definitions import Playbook
from service.core.playbook.read import read_playbook
from service.core.view import show_tags

NOON = 1_790_049_600 * SECOND  # 2026-09-22T12:00:00+08:00, a Tuesday


def an_event(kind: str = "order_paid", t: int = NOON, number: int = 1, **given: object) -> Event:
    """An event; what is no field of it becomes a property. Whole numbers are meant as they are read: 3 is 3."""
    fields = {
        name: given.pop(name) for name in ("source", "channel", "scenario", "place", "layer", "under") if name in given
    }
    properties = {name: _value(value) for name, value in given.items() if name != "occurred_at"}
    return Event(
        event_id=f"e{number}", type=kind, t=t, occurred_at=int(str(given.get("occurred_at", t))),
        properties=properties, **{"source": "pos", **fields},  # type: ignore[arg-type]  # the test knows its fields
    )  # fmt: skip


def _value(given: object) -> Value:
    if isinstance(given, float):
        return round(given * MICRO)
    return given * MICRO if isinstance(given, int) and not isinstance(given, bool) else given  # type: ignore[return-value]  # as JSON


def a_playbook(**sections: object) -> Playbook:
    """A playbook of these sections, read and checked. What can never hold is not published, but the core answers it."""
    found, problems = read_playbook({"playbook": "given"} | sections)
    assert not problems, problems
    wrong = [each for each in check(found) if each.code != "never_holds"]
    assert not wrong, wrong
    return found


def a_plan(**sections: object) -> Plan:
    """A playbook of these sections, compiled."""
    return compile_playbook(a_playbook(**sections))


def a_calibration(number: int, effective_from: int, scheme: str = "tier", mean: int = 20, **spread: int) -> Calibration:
    """A calibration whose quantiles rise evenly from `low` to `high`."""
    low, high = spread.get("low", 0), spread.get("high", 1000)
    quantiles = tuple(low + (high - low) * k // 1000 for k in range(1, 1001))
    learned = SchemeCalibration(mean=mean * MICRO, quantiles=quantiles, profiles=1000)
    return Calibration(number=number, effective_from=effective_from, schemes={scheme: learned})


@cache
def rich_tree() -> dict[str, Any]:
    """The playbook in which everything occurs, as it is written."""
    tree: dict[str, Any] = YAML(typ="safe").load(Path(__file__).with_name("rich.yaml"))
    return tree


@cache
def rich() -> Plan:
    """The playbook in which everything occurs, compiled once."""
    return a_plan(**rich_tree())


def tags_at(
    plan: Plan, events: Sequence[Event], at: int, learned: Sequence[Calibration] = (), *, who: int = 0
) -> dict[str, dict[str, Any]]:
    """The tags that are on, by their keys. Facts are packed and unpacked before the silence after the last event."""
    facts = fold.refold(plan, events, learned, State(plan.layout, who=who)).encode()
    state = State(plan.layout, facts, who=who)
    fold.pass_silence(plan, state, at, learned)
    shown: list[dict[str, Any]] = show_tags(plan, state, at, learned)
    return {each["key"]: each for each in shown}


# ---- histories

GAPS = (
    0, 0, 0, 1, 999_999, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR, 6 * HOUR, 12 * HOUR,
    DAY - 1, DAY, DAY + 1, 3 * DAY, 5 * DAY, 7 * DAY, 20 * DAY, 30 * DAY,
)  # fmt: skip


def _whole(number: int) -> int:
    return number * MICRO


_ORDERS = st.sampled_from(["o1", "o2", "o3"])
_OPTIONAL: Mapping[str, Mapping[str, st.SearchStrategy[Value]]] = {
    "order_paid": {
        "order_id": _ORDERS, "amount": st.sampled_from([0, 50, 990, 1000, 1005, 2500, 8000]).map(_whole),
        "items": st.integers(1, 5).map(_whole), "gift": st.booleans(),
    },
    "order_refunded": {"order_id": _ORDERS},
    "order_ready": {"order_id": _ORDERS},
    "order_cancelled": {"order_id": _ORDERS},
    "payment_failed": {"order_id": _ORDERS},
    "menu_viewed": {},
    "wecom_added": {"relation": st.sampled_from(["r1", "r2"])},
    "wecom_removed": {"relation": st.sampled_from(["r1", "r2"])},
    "feedback_given": {"order_id": _ORDERS, "rating": st.integers(1, 5).map(_whole)},
    "stage_lit": {
        "journey": st.sampled_from(["first", "pickup"]),
        "stage": st.sampled_from(["taste", "review", "rated", "again"]),
        "key": _ORDERS, "friend": st.sampled_from(["00000000000000a1", "00000000000000b2", "00000000000000c3"]),
    },
    "trait_set": {"city": st.sampled_from(["上海", "北京", "广州", None]), "known": st.booleans()},
    "tag_set": {"tag": st.sampled_from(["vip", "spend_level"]), "value": st.sampled_from(["high", "low"]),
                "until": st.sampled_from(["2026-09-25T00:00:00Z", "2026-10-10T00:00:00Z"])},
    "tag_removed": {"tag": st.sampled_from(["vip", "bought"])},
    "tag_released": {"tag": st.sampled_from(["vip", "bought", "spend_level"])},
    "service_shown": {"service": st.sampled_from(["reminder", "tasting", "gone"])},
    "service_dismissed": {"service": st.sampled_from(["reminder", "tasting"])},
}  # fmt: skip
_COMMON = ("order_paid", "order_paid", "order_paid", "order_ready", "menu_viewed")
_KINDS = st.sampled_from([*_COMMON, *_OPTIONAL])


@st.composite
def properties(draw: st.DrawFn, kind: str) -> dict[str, Value]:
    """Properties that an event of a type may have; now and then one is missing."""
    missing = draw(st.sets(st.sampled_from(sorted(_OPTIONAL[kind]) or ["none"]), max_size=1))
    return {name: draw(values) for name, values in _OPTIONAL[kind].items() if name not in missing}


@st.composite
def histories(
    draw: st.DrawFn, most: int = 14, kinds: st.SearchStrategy[str] = _KINDS, gaps: Sequence[int] = GAPS
) -> list[Event]:
    """Events of one profile in the rich playbook, in their canonical order, often at the same instant."""
    t, events = NOON, []
    for number in range(draw(st.integers(1, most))):
        t += draw(st.sampled_from(gaps))
        kind = draw(kinds)
        events.append(
            Event(
                event_id=f"e{number}", source=draw(st.sampled_from(["app", "pos"])), type=kind, t=t,
                occurred_at=t + draw(st.sampled_from([0, 0, 0, 5])),
                channel=draw(st.sampled_from(["app", "pos", None])),
                layer=draw(st.sampled_from(["manual", "import", "user"])), properties=draw(properties(kind)),
            )
        )  # fmt: skip
    return sorted(events, key=lambda event: event.key)


@st.composite
def arrivals(draw: st.DrawFn, events: Sequence[Event]) -> list[Event]:
    """An order of arrival: any, or nearly the order of reading, in which a neighbour comes too early here and there."""
    arriving = list(events)
    if draw(st.booleans()):
        return draw(st.permutations(arriving))
    for place in draw(st.sets(st.integers(0, max(len(events) - 2, 0)), max_size=3)):
        arriving[place : place + 2] = reversed(arriving[place : place + 2])
    return arriving


@st.composite
def calibrations(draw: st.DrawFn, events: Sequence[Event]) -> tuple[Calibration, ...]:
    """Up to three calibrations around and at the instants of a history, with bounds among the scores of its profile."""
    near = [event.t for event in events] + [event.t + DAY for event in events]
    moments = draw(st.sets(st.sampled_from(near), max_size=3))
    middle = 20 * (1 << 20) + 27 * (1 << 20) + NOON * (1 << 20) // (30 * DAY)
    spread = st.sampled_from([(middle - (4 << 20), middle + (4 << 20)), (0, 1), (middle, middle + (2 << 20))])
    found = []
    for number, moment in enumerate(sorted(moments), 1):
        low, high = draw(spread)
        found.append(a_calibration(number, moment, low=low, high=high))
    return tuple(found)


# ---- what an ingest does


def batches(plan: Plan, arriving: Iterable[Sequence[Event]], learned: Sequence[Calibration]) -> bytes:
    """A profile's facts after batches of events in the order of their arrival, as an ingest makes them.

    What comes after everything known is taken in; what comes earlier, what reverses others and what speaks of a keyed
    run that is over makes it read the whole log again.
    """
    log: list[Event] = []
    facts, over = b"", set[tuple[int, str]]()
    for arrived in arriving:
        batch = [event for event in fold.in_order(arrived) if event not in log]
        log += batch
        state = State(plan.layout, facts)
        if fold.can_append(plan, state, batch) and not spoken_of(plan, batch) & over:
            for event in batch:
                fold.absorb(plan, state, event, learned)
        else:
            state = fold.refold(plan, log, learned)
            over = set()
        over |= {each.id for each in state.enrollments.values() if not each.kept}
        facts = state.encode()
    return facts


def spoken_of(plan: Plan, events: Iterable[Event]) -> set[tuple[int, str]]:
    """The keyed runs that events speak of."""
    return {
        (route.index, key)
        for event in events
        for route in plan.touch(event.type).journeys
        if route.journey.by is not None and (key := route.key_of(event)) is not None
    }
