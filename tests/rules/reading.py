"""Values of aggregates over the first events of a log at an instant, as docs/playbook.md (Conditions) defines them."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from service.core.event import Event
from tests.rules.compare import MICRO, Reading, compare, same
from tests.rules.days import MOMENTS, SECOND, Tree, day_of, duration, listed, local, moment_passes, within_days

BUCKETS = [n * SECOND for n in (1, 10, 60, 300, 900, 3600, 21_600, 86_400)]


def end_of(t: int, within: int) -> int:
    """The first instant at which an event does not count in a rolling window any more."""
    width = max([b for b in BUCKETS if 500 * b <= within], default=SECOND)
    return (t // width + 1) * width + within


@cache
def ratio(j: int) -> int:
    """`R[j] = round(2^(j/1024)·2^20)`."""
    with localcontext() as context:
        context.prec = 50
        return int((Decimal(2) ** (Decimal(j) / 1024) * 2**20).to_integral_value())


def step_of(t: int, half_life: int) -> int:
    return t * 1024 // half_life


def weight(u: int) -> int:
    return ratio(u % 1024) << (u // 1024)


def relative(u: int, now: int) -> Fraction:
    """w(u) / w(now)."""
    return Fraction(ratio(u % 1024), ratio(now % 1024)) * Fraction(2) ** (u // 1024 - now // 1024)


def _reversals(types: Tree) -> Iterator[tuple[str, str, str]]:
    """Which type reverses which, by which property, on whichever of both it is said."""
    for kind, each in types.items():
        if "reverses" in each:
            yield kind, each["reverses"]["event"], each["reverses"]["by"]
        if "reversed_by" in each:
            yield each["reversed_by"]["event"], kind, each["reversed_by"]["by"]


class Log:
    """One profile's events in their one order. `k`: how many of them have been read; `at`: the instant asked for."""

    def __init__(self, tree: Tree, events: Sequence[Event]) -> None:
        self.tree = tree
        self.events = sorted(events, key=lambda e: (e.t, e.occurred_at, e.source, e.event_id))
        self.zone = ZoneInfo(tree.get("timezone", "Asia/Shanghai"))
        self.holidays: Tree = tree.get("holidays", {})
        self.reversals = list(_reversals(tree["events"]))
        self._counted: dict[tuple[int, int], list[Event]] = {}
        self._sums: dict[tuple[int, int], list[tuple[int, Fraction]]] = {}

    # ---- values of one event

    def read(self, event: Event, name: str) -> Reading:
        value = event.properties.get(name)
        if isinstance(value, bool | str):
            return value
        if not isinstance(value, int):
            return None
        declared = self.tree["events"].get(event.type, {}).get("properties", {}).get(name)
        if isinstance(declared, Mapping) and declared.get("unit") == "fen":
            value = round(Fraction(value, 100))  # half to even
        return Fraction(value, MICRO)

    def part(self, event: Event, spec: Tree) -> Reading:
        """The property or the field that an aggregate asks for."""
        if "field" in spec:
            found: str | None = getattr(event, spec["field"])
            return found
        return self.read(event, spec["property"])

    def where(self, test: Any, event: Event) -> bool:
        if isinstance(test, list):
            return all(self.where(each, event) for each in test)
        if "all" in test:
            return all(self.where(each, event) for each in listed(test["all"]))
        if "any" in test:
            return any(self.where(each, event) for each in listed(test["any"]))
        if "not" in test:
            return not self.where(test["not"], event)
        if "property" in test:
            return compare(self.read(event, test["property"]), test)
        return all(self._field(event, field, wanted) for field, wanted in test.items())

    def _field(self, event: Event, field: str, wanted: Any) -> bool:
        if field in MOMENTS:
            return moment_passes(field, wanted, local(event.t, self.zone), self.holidays)
        return compare(getattr(event, field), wanted if isinstance(wanted, Mapping) else {"in": listed(wanted)})

    # ---- which events count

    def whole(self, k: int, own: Tree | None) -> Iterator[Event]:
        """The events that nothing read so far takes back."""
        log = self.events[:k]
        for event in log:
            pairs = [(kind, by) for kind, of, by in self.reversals if of == event.type]
            pairs += [] if own is None else [(own["event"], own["by"])]
            if not any(
                other.type == kind and event.scalar(by) is not None and same(self.read(other, by), self.read(event, by))
                for kind, by in pairs for other in log
            ):  # fmt: skip
                yield event

    def counted(self, spec: Tree, k: int) -> list[Event]:
        """The events of a pattern, whenever they were."""
        found = self._counted.get((id(spec), k))
        if found is None:
            found = self._counted[id(spec), k] = [
                e for e in self.whole(k, spec.get("reverses"))
                if e.type in listed(spec["event"]) and self.where(spec.get("where", []), e)
            ]  # fmt: skip
        return found

    def windowed(self, spec: Tree, found: Sequence[Event], at: int) -> list[Event]:
        if "within" in spec and "steps" not in spec:
            return [e for e in found if at < end_of(e.t, duration(spec["within"]))]
        if "last_days" in spec or "during" in spec:
            today = day_of(at, self.zone)
            return [e for e in found if within_days(spec, day_of(e.t, self.zone), today)]
        return list(found)

    # ---- aggregates

    def aggregate(self, kind: str, spec: Tree, k: int, at: int) -> Reading:
        if kind == "sequence":
            return Fraction(len(self.windowed(spec, self.completions(spec, k), at)))
        if kind == "decayed_sum":
            return self.decayed(spec, k, at)
        found = self.windowed(spec, self.counted(spec, k), at)
        if kind == "top":
            return self.top(spec, found)
        if kind == "since_last":
            return Fraction(at - found[-1].t) if found else None
        if kind in ("count", "active_days"):
            return Fraction(len(found if kind == "count" else self.dates(found)))
        return self._of_values(kind, [value for e in found if (value := self.part(e, spec)) is not None])

    @staticmethod
    def _of_values(kind: str, values: list[Fraction | str | bool]) -> Reading:
        if kind in ("first", "last"):
            return values[0 if kind == "first" else -1] if values else None
        if kind == "distinct":
            return Fraction(len({(type(value), value) for value in values}))
        numbers = [value for value in values if isinstance(value, Fraction)]
        total = sum(numbers, Fraction(0))
        if not numbers:
            return total if kind == "sum" else None
        return {"sum": total, "avg": total / len(numbers), "min": min(numbers), "max": max(numbers)}[kind]

    def dates(self, found: Sequence[Event]) -> set[date]:
        return {day_of(e.t, self.zone) for e in found}

    def top(self, spec: Tree, found: Sequence[Event]) -> Reading:
        weights: dict[str, Fraction] = {}
        for event in found:
            value = self.part(event, spec)
            counts = self.read(event, spec["by"]) if "by" in spec else Fraction(1)
            if isinstance(value, str) and isinstance(counts, Fraction):
                weights[value] = weights.get(value, Fraction(0)) + counts
        weights = {value: each for value, each in weights.items() if each > 0}
        if not weights:
            return None
        greatest = max(weights.values())
        if greatest < Fraction(str(spec.get("share", 0))) * sum(weights.values()):
            return None
        return min(value for value, each in weights.items() if each == greatest)

    def decayed(self, spec: Tree, k: int, at: int) -> Fraction:
        half_life = duration(spec["half_life"])
        now = step_of(at, half_life)
        if (id(spec), k) not in self._sums:
            pairs = self._sums[id(spec), k] = []
            for event in self.counted(spec, k):
                value = self.read(event, spec["property"]) if "property" in spec else Fraction(1)
                if isinstance(value, Fraction):
                    pairs.append((step_of(event.t, half_life), value))
        return sum((relative(u, now) * x for u, x in self._sums[id(spec), k]), Fraction(0))

    def completions(self, spec: Tree, k: int) -> list[Event]:
        """The events that complete a sequence: after a first step near enough, the other steps lie between in turn."""
        log = list(self.whole(k, spec.get("reverses")))
        fits = [
            [e.type in listed(step["event"]) and self.where(step.get("where", []), e) for e in log]
            for step in spec["steps"]
        ]
        length = duration(spec["within"])
        return [
            last for place, last in enumerate(log)
            if fits[-1][place] and any(
                fits[0][first] and last.t - log[first].t <= length and self._between(fits[1:-1], first + 1, place)
                for first in range(place)
            )
        ]  # fmt: skip

    @staticmethod
    def _between(fits: Sequence[Sequence[bool]], low: int, high: int) -> bool:
        for step in fits:
            low = next((n for n in range(low, high) if step[n]), high) + 1
        return low <= high
