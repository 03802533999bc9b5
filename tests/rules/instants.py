"""Every instant at which silence alone could change a tag or a class: rather too many than one too few."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from fractions import Fraction
from functools import cached_property, lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.rules.compare import OPERATORS, number
from tests.rules.days import (
    DAY,
    ONE,
    Tree,
    anniversaries,
    as_date,
    clock,
    day_of,
    duration,
    holiday_dates,
    instant,
    jumps,
    listed,
    margin,
    midnight,
    turning_days,
)  # fmt: skip
from tests.rules.days import read_instant as read_until
from tests.rules.reading import end_of, relative, step_of
from tests.rules.showing import AGGREGATES, Tags


def parts(tree: Any) -> Iterator[Tree]:
    """Every mapping anywhere in a tree."""
    if isinstance(tree, Mapping):
        yield tree
    for each in tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list) else ():
        yield from parts(each)


def operands(condition: Tree) -> list[Any]:
    return [each for name in OPERATORS if name in condition for each in listed(condition[name])]


class Times(Tags):
    """When tags could change by themselves."""

    # ---- of conditions, after k events

    def of_conditions(self, tree: Any, k: int) -> set[int]:
        """Of every condition anywhere in a tree; of tags and classes that it reads, nothing."""
        found = set[int]()
        for condition in parts(tree):
            for kind in AGGREGATES:
                if isinstance(condition.get(kind), Mapping):
                    found |= self.of_aggregate(kind, condition[kind], k, operands(condition))
            found |= {midnight(day, self.zone) for day in self._dates(condition, k)}
        return found

    def _dates(self, condition: Tree, k: int) -> Iterator[date]:
        """The dates with which the calendar's own conditions begin and end to hold."""
        if isinstance(condition.get("date"), Mapping):
            yield from (as_date(day) + ONE * n for day in condition["date"].values() for n in (0, 1))
        for kind in ("holiday", "anniversary"):
            if isinstance(test := condition.get(kind), Mapping):
                years = range(self.first_year - 1, self.first_year + 14)
                days = holiday_dates(test, self.holidays) if kind == "holiday" else (
                    anniversaries(self.trait(test["trait"], k), years))  # fmt: skip
                for day in days:
                    yield day - margin(test, "before")
                    yield day + margin(test, "after") + ONE

    @cached_property
    def first_year(self) -> int:
        return day_of(self.events[0].t, self.zone).year

    def of_aggregate(self, kind: str, spec: Tree, k: int, wanted: list[Any], step: Fraction | None = None) -> set[int]:
        if kind == "decayed_sum":
            bounds = [abs(each) for text in wanted if (each := number(text)) is not None]
            return self._of_decay(spec, k, bounds, step)
        kinds = listed(spec["event"]) if "event" in spec else listed(spec["steps"][-1]["event"])
        log = [e.t for e in self.events[:k] if e.type in kinds]
        found = set[int]()
        if kind == "since_last":
            found |= {t + duration(text) + n for t in log for text in wanted if isinstance(text, str) for n in (0, 1)}
        elif kind == "sequence":  # silence changes nothing at the end of its length, but there an event may be too late
            found |= {e.t + duration(spec["within"]) for e in self.events[:k]}
        elif "within" in spec:
            found |= {end_of(t, duration(spec["within"])) for t in log}
        days = {day for t in log for day in turning_days(spec, day_of(t, self.zone))}
        return found | {midnight(day, self.zone) for day in days}

    def _of_decay(self, spec: Tree, k: int, bounds: list[Fraction], step: Fraction | None) -> set[int]:
        """The steps of the weight with which the value passes a bound or, if it is shown, a multiple of the step."""
        half_life, begin = duration(spec["half_life"]), self.events[k - 1].t
        now = step_of(begin, half_life)
        value = abs(self.decayed(spec, k, begin))
        if step is not None:
            bounds = bounds + [step * n for n in range(1, int(value / step) + 1)]
        found = set[int]()
        for bound in bounds:
            if 0 < bound <= value:
                for beyond in (False, True):
                    u = _first_below(value, bound, now, beyond=beyond)
                    found.add(-(-u * half_life // 1024))
        return found

    def of_tag(self, key: str, k: int) -> set[int]:
        """Of a tag alone: its rule, and the opinions on it."""
        tag = self.tags[key]
        found = self.of_conditions(tag, k)
        for kind, spec in tag.get("value_of", {}).items():
            step = Fraction(str(tag.get("round", 1 if kind == "decayed_sum" else "0.01")))
            found |= self.of_aggregate(kind, spec, k, [], step)
        if "rfm" in tag:
            ages = {age for each in self.calibrations if key in each.rfm for age in each.rfm[key].ages}
            found |= {e.t + age + 1 for e in self.counted(tag["rfm"], k) for age in ages}
        for event in self.opinions(key, k).values():
            end = self.end_of_opinion(key, event)
            found |= set() if end is None else {end}
        return found | {each.effective_from for each in self.calibrations}

    # ---- what comes again and again

    def recurring(self, trees: list[Any], low: int, high: int) -> frozenset[int]:
        """Midnights for tests of weekdays, and the edges of times of day, after `low` and up to `high`."""
        tests = [each for tree in trees for each in parts(tree) if recurs(each)]
        if not tests or high <= low:
            return frozenset()
        ends = [each["time_of_day"][end] for each in tests if "time_of_day" in each for end in ("from", "to")]
        return turns_of_clock(self.zone, frozenset(ends), low, high)

    # ---- what a tag rests on

    def rests_on(self, key: str) -> tuple[set[str], set[str]]:
        """The tags that a tag reads, itself and its group among them, and the persona schemes."""
        tags, schemes, left = set[str](), set[str](), [key]
        while left:
            one = left.pop()
            if one in tags:
                continue
            tags.add(one)
            left += self.group_of(one)
            for each in parts(self.tags[one]):
                if isinstance(each.get("tag"), str):
                    left.append(each["tag"])
                if isinstance(each.get("persona"), Mapping):
                    schemes.add(each["persona"]["scheme"])
        return tags, schemes


@lru_cache(maxsize=256)
def turns_of_clock(zone: ZoneInfo, clocks: frozenset[str], low: int, high: int) -> frozenset[int]:
    """After `low` and up to `high`: midnights, changes of the clock, and every time that it shows one of these."""
    day, found = day_of(low, zone) - ONE, {at for at in jumps(zone) if low < at <= high}
    while (start := midnight(day, zone)) <= high + DAY:
        found.add(start)
        for edge in clocks:
            found |= {instant(datetime.combine(day, clock(edge), zone).replace(fold=fold)) for fold in (0, 1)}
        day += ONE
    return frozenset(at for at in found if low < at <= high)


def recurs(condition: Tree) -> bool:
    return "weekday" in condition or isinstance(condition.get("time_of_day"), Mapping)


def _first_below(value: Fraction, bound: Fraction, now: int, *, beyond: bool) -> int:
    """The first step of the weight at which a value that decays from `now` on is at (beyond: below) a bound."""

    def passed(u: int) -> bool:
        left = value * relative(now, u)
        return left < bound if beyond else left <= bound

    low, high = now - 1, now + 1024 * (int(value / bound).bit_length() + 1)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if passed(middle) else (middle, high)
    return high


def ends_of(properties: Mapping[str, Any]) -> int | None:
    """The `until` of what somebody said."""
    until = properties.get("until")
    return read_until(until) if isinstance(until, str) else None
