"""The semantics of docs/playbook.md once more, in plain Python over the raw log: it shares no code with the service."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from service.core.event import Event

Tree = Mapping[str, Any]
Reading = Fraction | str | bool | None
SECOND = 10**6
UNITS = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": 86_400 * SECOND, "w": 7 * 86_400 * SECOND}
BUCKETS = [n * SECOND for n in (1, 10, 60, 300, 900, 3600, 21_600, 86_400)]
NEVER = 2**63 - 1


def duration(text: str) -> int:
    return int(text[:-1]) * UNITS[text[-1]]


def end_of(t: int, within: int) -> int:
    """When an event leaves a rolling window."""
    width = max([b for b in BUCKETS if 500 * b <= within], default=SECOND)
    return (t // width + 1) * width + within


class Oracle:
    """One profile's log under one playbook."""

    def __init__(self, playbook: Tree, events: Iterable[Event]) -> None:
        self.playbook = playbook
        self.events = sorted(events, key=lambda e: (e.t, e.occurred_at, e.source, e.event_id))
        self.zone = ZoneInfo(playbook.get("timezone", "Asia/Shanghai"))

    # ---- values

    def read(self, event: Event, name: str) -> Reading:
        value = event.properties.get(name)
        if isinstance(value, bool | str):
            return value
        if not isinstance(value, int):
            return None
        declared = self.playbook["events"].get(event.type, {}).get("properties", {}).get(name)
        if declared == {"type": "money", "unit": "fen"}:
            value = round(Fraction(value, 100))  # half to even
        return Fraction(value, 10**6)

    def counted(self, spec: Tree, log: Sequence[Event], at: int) -> list[Event]:
        kinds = spec["event"] if isinstance(spec["event"], list) else [spec["event"]]
        within = duration(spec["within"]) if "within" in spec else None
        return [
            e for e in log
            if e.type in kinds and e.t <= at and (within is None or at < end_of(e.t, within))
            and self.where(spec.get("where", []), e) and not self.reversed(spec, e, log)
        ]  # fmt: skip

    def reversed(self, spec: Tree, event: Event, log: Sequence[Event]) -> bool:
        pairs = [(kind, d["reverses"]["by"]) for kind, d in self.playbook["events"].items()
                 if d.get("reverses", {}).get("event") == event.type]  # fmt: skip
        if "reverses" in spec:
            pairs.append((spec["reverses"]["event"], spec["reverses"]["by"]))
        return any(
            other.type == kind and event.properties.get(by) is not None
            and same(self.read(other, by), self.read(event, by))
            for kind, by in pairs for other in log
        )  # fmt: skip

    def aggregate(self, kind: str, spec: Tree, log: Sequence[Event], at: int) -> Reading:
        found = self.counted(spec, log, at)
        if kind == "count":
            return Fraction(len(found))
        if kind == "since_last":
            return Fraction(at - found[-1].t) if found else None
        if kind == "active_days":
            epoch = datetime(1970, 1, 1, tzinfo=UTC)
            return Fraction(len({(epoch + timedelta(microseconds=e.t)).astimezone(self.zone).date() for e in found}))
        values = [value for e in found if (value := self.read(e, spec["property"])) is not None]
        if kind == "last":
            return values[-1] if values else None
        numbers = [value for value in values if isinstance(value, Fraction)]
        total = sum(numbers, Fraction(0))
        if not numbers:
            return total if kind == "sum" else None
        return {"sum": total, "avg": total / len(numbers), "min": min(numbers), "max": max(numbers)}[kind]

    # ---- conditions

    def where(self, test: Any, event: Event) -> bool:
        if isinstance(test, list):
            return all(self.where(each, event) for each in test)
        if "all" in test:
            return all(self.where(each, event) for each in test["all"])
        if "any" in test:
            return any(self.where(each, event) for each in test["any"])
        if "not" in test:
            return not self.where(test["not"], event)
        if "property" in test:
            return compare(self.read(event, test["property"]), test)
        return all(
            compare(getattr(event, field), wanted if isinstance(wanted, Mapping) else {"eq": wanted})
            for field, wanted in test.items()
        )

    def holds(self, condition: Tree, log: Sequence[Event], at: int) -> bool:
        if "all" in condition:
            return all(self.holds(each, log, at) for each in condition["all"])
        if "any" in condition:
            return any(self.holds(each, log, at) for each in condition["any"])
        if "not" in condition:
            return not self.holds(condition["not"], log, at)
        if "trait" in condition:
            return compare(self.trait(condition["trait"], log), condition)
        if "always" in condition:
            return bool(condition["always"])
        kind = next(iter(condition))
        return compare(self.aggregate(kind, condition[kind], log, at), condition, durations=kind == "since_last")

    def trait(self, name: str, log: Sequence[Event]) -> Reading:
        said = [e for e in log if e.type == "trait_set" and name in e.properties]
        return self.read(said[-1], name) if said else None

    def shows(self, tag: Tree, log: Sequence[Event], at: int) -> int:
        """0: off; else 1 + the place of the value."""
        values = tag.get("values") or [tag]
        return next((n for n, value in enumerate(values, 1) if self.holds(value["when"], log, at)), 0)

    # ---- time

    def instants(self, condition: Any, log: Sequence[Event]) -> set[int]:
        """Every instant at which silence could change anything."""
        if isinstance(condition, list):
            return {at for each in condition for at in self.instants(each, log)}
        if not isinstance(condition, Mapping):
            return set()
        found = {at for each in condition.values() for at in self.instants(each, log)}
        if "within" in condition:
            found |= {end_of(e.t, duration(condition["within"])) for e in log}
        if "since_last" in condition:
            lengths = [duration(text) for text in texts(condition) if text[-1] in UNITS and text[:-1].isdecimal()]
            found |= {e.t + length + beyond for e in log for length in lengths for beyond in (0, 1)}
        return found

    def until(self, tag: Tree, at: int) -> int:
        now = self.shows(tag, self.events, at)
        later = sorted(i for i in self.instants(tag, self.events) if i > at)
        return next((i for i in later if self.shows(tag, self.events, i) != now), NEVER)

    def since(self, tag: Tree, at: int) -> int:
        """Read event by event, with the silence between them, and note when what shows last changed."""
        value, since = 0, 0
        for number, event in enumerate(self.events):
            known = self.events[: number + 1]
            due = [event.t] if number == 0 or self.touches(tag, event) else []
            upto = self.events[number + 1].t - 1 if number + 1 < len(self.events) else at
            due += sorted(i for i in self.instants(tag, known) if event.t <= i <= upto)
            for moment in due:
                now = self.shows(tag, known, moment)
                if now != value:
                    value, since = now, moment
        return since if value else 0

    def touches(self, tag: Tree, event: Event) -> bool:
        """Whether a tag is decided anew when an event is read."""
        words = set(texts(tag))
        reverses = self.playbook["events"].get(event.type, {}).get("reverses", {}).get("event")
        return bool({event.type, reverses} & words) or (event.type == "trait_set" and bool({"city", "age"} & words))


def texts(tree: Any) -> list[str]:
    if isinstance(tree, Mapping):
        return [text for value in tree.values() for text in texts(value)]
    if isinstance(tree, list):
        return [text for value in tree for text in texts(value)]
    return [tree] if isinstance(tree, str) else []


def number(value: Any) -> Fraction | None:
    return None if isinstance(value, bool | str) else Fraction(str(value))


def same(reading: Reading, wanted: Any) -> bool:
    if isinstance(reading, Fraction):
        return reading == (wanted if isinstance(wanted, Fraction) else number(wanted))
    return type(reading) is type(wanted) and reading == wanted


def compare(reading: Reading, tests: Tree, *, durations: bool = False) -> bool:
    return all(one(reading, op, wanted, durations) for op, wanted in tests.items() if op in OPERATORS)


def one(reading: Reading, op: str, wanted: Any, durations: bool) -> bool:
    if op == "exists":
        return (reading is not None) is wanted
    listed = wanted if isinstance(wanted, list) else [wanted]
    if durations:
        listed = [duration(text) for text in listed]
    if op in ("eq", "in"):
        return reading is not None and any(same(reading, each) for each in listed)
    if op == "ne":
        return reading is not None and not same(reading, listed[0])
    numbers = [number(each) for each in listed]
    if not isinstance(reading, Fraction) or None in numbers:
        return False
    low, high = numbers[0], numbers[-1]
    assert low is not None
    assert high is not None
    return {
        "gte": reading >= low, "gt": reading > low, "lte": reading <= low, "lt": reading < low,
        "between": low <= reading <= high,
    }[op]  # fmt: skip


OPERATORS = ("gte", "gt", "lte", "lt", "eq", "ne", "in", "between", "exists")
