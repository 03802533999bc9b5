"""Conditions, evaluated from scratch at any moment, and the instants at which silence may change them."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from benchmarks.oracle_book import Book, Calibration, Happened, Loose, Tree, gone_from
from benchmarks.oracle_journeys import Journey, Run
from benchmarks.oracle_personas import ClassPath, Moment, Questions, Scheme
from benchmarks.oracle_time import duration, window_end
from benchmarks.oracle_where import OPERATORS, Comparable, compares, matches

AGGREGATES = ("count", "sum", "avg", "min", "max", "last", "since_last", "active_days")
FOREVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Counted:
    """An event that an aggregate may count: from when and until when it does."""

    place: int  # counts once more than `place` events are read …
    gone: int  # … and fewer than `gone`
    end: int  # … and before this instant
    event: Happened


class World:
    """One profile: what was read of its log, and what is known of the population."""

    def __init__(self, book: Book, log: Sequence[Happened], calibrations: Sequence[Calibration]) -> None:
        self.book, self.log, self.calibrations = book, log, calibrations
        self.times = [event.t for event in log]
        self.gone = gone_from(log, book.reversals)
        self.tags = book.part("tags")
        self.journeys = {name: Journey(name, tree, calibrations) for name, tree in book.part("journeys").items()}
        self.schemes = {name: Scheme(name, tree) for name, tree in book.part("personas").items()}
        self._counted: dict[int, list[Counted]] = {}
        self._values: dict[tuple[str, Moment], Any] = {}
        self._runs: dict[tuple[str, Moment], list[Run]] = {}
        self._classes: dict[str, ClassPath] = {}

    def moments(self, instants: set[int]) -> list[Moment]:
        """List every moment of the fold: after each event, and at the given instants of silence."""
        read = {(event.t, place + 1) for place, event in enumerate(self.log)}
        silent = {(at, bisect_right(self.times, at)) for at in instants}
        return sorted(read | {moment for moment in silent if moment[1]})

    # -- tags ---------------------------------------------------------------------------------------------------

    def value(self, tag: str, moment: Moment) -> str | bool | None:
        """Find a tag's value at a moment: None is off, True is on without a value."""
        known = self._values
        if (tag, moment) not in known:
            tree = self.tags[tag]
            choices = tree.get("values") or [{"value": True, "when": tree["when"]}]
            known[tag, moment] = next((one["value"] for one in choices if self.holds(one["when"], moment)), None)
        found: str | bool | None = known[tag, moment]
        return found

    def tag_instants(self, tag: str) -> set[int]:
        """List the instants at which silence may change a tag."""
        tree = self.tags[tag]
        whens = [one["when"] for one in tree["values"]] if "values" in tree else [tree["when"]]
        return {at for when in whens for at in self.instants(when)}

    # -- conditions ---------------------------------------------------------------------------------------------

    def holds(self, when: Tree, moment: Moment) -> bool:
        """Say whether a condition holds at a moment."""
        if "all" in when:
            return all(self.holds(one, moment) for one in when["all"])
        if "any" in when:
            return any(self.holds(one, moment) for one in when["any"])
        if "not" in when:
            return not self.holds(when["not"], moment)
        if "always" in when:
            return bool(when["always"])
        return self._test(when, moment)

    def _test(self, when: Tree, moment: Moment) -> bool:
        if "trait" in when:
            return compares(when, self.traits(moment).get(when["trait"]))
        if "tag" in when:
            value = self.value(when["tag"], moment)
            return compares(when, value) if set(when) & set(OPERATORS) else value is not None
        if "persona" in when:
            wanted = when["persona"]
            return compares(wanted, self.classes(wanted["scheme"]).at(moment))
        if "journey" in when:
            return self._journey(when["journey"], moment)
        kind = next(name for name in AGGREGATES if name in when)
        read = {"read": duration_of} if kind == "since_last" else {}
        return compares(when, self.aggregate(kind, when[kind], moment), **read)

    def instants(self, when: Loose) -> Iterator[int]:
        """List the instants at which silence may change a condition; too many do no harm."""
        for one in [*when.get("all", []), *when.get("any", []), *([when["not"]] if "not" in when else [])]:
            yield from self.instants(one)
        if "tag" in when:
            yield from self.tag_instants(when["tag"])
        if "persona" in when:
            yield from (at for at, _ in self.classes(when["persona"]["scheme"]).moments)
        if "journey" in when:
            journey = self.journeys[when["journey"]["journey"]]
            waits = [wait for wait in (journey.abandon, journey.ends) if wait is not None]
            yield from (t + wait for t in self.times for wait in waits)
        for kind in AGGREGATES:
            if kind in when:
                yield from self._aggregate_instants(kind, when)

    def _aggregate_instants(self, kind: str, when: Tree) -> Iterator[int]:
        counted = self.counted(when[kind])
        if kind != "since_last":
            yield from (one.end for one in counted if one.end != FOREVER)
            return
        bounds = [when[name] for name in OPERATORS if name in when]
        for bound in bounds:
            for wait in bound if isinstance(bound, list) else [bound]:
                for one in counted:
                    yield from (one.event.t + duration_of(wait) + step for step in (0, 1))

    # -- aggregates ---------------------------------------------------------------------------------------------

    def counted(self, spec: Tree) -> list[Counted]:
        """List the events that an aggregate may ever count."""
        found = self._counted.get(id(spec))
        if found is None:
            gone = self.gone
            if "reverses" in spec:
                kinds = spec["event"] if isinstance(spec["event"], list) else [spec["event"]]
                own = gone_from(self.log, [(spec["reverses"]["event"], kind, spec["reverses"]["by"]) for kind in kinds])
                gone = [min(pair) for pair in zip(gone, own, strict=True)]
            window = duration(spec["within"]) if "within" in spec else None
            found = self._counted[id(spec)] = [
                Counted(i, gone[i], FOREVER if window is None else window_end(event.t, window), event)
                for i, event in enumerate(self.log)
                if matches(spec, event)
            ]
        return found

    def aggregate(self, kind: str, spec: Tree, moment: Moment) -> Comparable | None:
        """Compute an aggregate from scratch."""
        at, read = moment
        events = [one.event for one in self.counted(spec) if one.place < read < one.gone and at < one.end]
        if kind == "count":
            return len(events) * 1_000_000
        if kind == "active_days":
            return len({event.date for event in events}) * 1_000_000
        if kind == "since_last":
            return at - events[-1].t if events else None
        values = [event.values.get(spec["property"]) for event in events]
        if kind == "last":
            return next((value for value in reversed(values) if value is not None), None)
        return _of_numbers(kind, [value for value in values if type(value) is int])

    # -- traits, personas, journeys -----------------------------------------------------------------------------

    def traits(self, moment: Moment) -> dict[str, Any]:
        """Put together what `trait_set` has set."""
        result: dict[str, Any] = {}
        for event in self.log[: moment[1]]:
            if event.type == "trait_set":
                result.update(event.values)
        return result

    def classes(self, name: str) -> ClassPath:
        """Walk a persona scheme through the whole log, once."""
        if name not in self._classes:
            scheme = self.schemes[name]
            takes = [i for i, event in enumerate(self.log) if scheme.takes(event)]
            below = scheme.tree.get("undetermined_below", {"not": {"always": True}})
            ask = Questions(
                self.log,
                self.calibrations,
                self.moments,
                lambda moment: [i for i in takes if i < moment[1] < self.gone[i]],
                lambda moment: self.holds(below, moment),
            )
            self._classes[name] = ClassPath(scheme, ask)
        return self._classes[name]

    def runs(self, name: str, moment: Moment) -> list[Run]:
        """Tell a journey as it is at a moment: reversed events have never happened."""
        if (name, moment) not in self._runs:
            at, read = moment
            events = [event for i, event in enumerate(self.log[:read]) if read < self.gone[i]]
            self._runs[name, moment] = self.journeys[name].runs(events, at)
        return self._runs[name, moment]

    def _journey(self, test: Tree, moment: Moment) -> bool:
        journey = self.journeys[test["journey"]]
        for run in self.runs(test["journey"], moment):
            stage = run.current if run.current is not None else journey.names[max(journey.furthest(run), 0)]
            if test.get("status", run.status) == run.status and test.get("stage", stage) == stage:
                return True
        return False


def _of_numbers(kind: str, numbers: Sequence[int]) -> Comparable | None:
    if kind == "sum":
        return sum(numbers)
    if not numbers:
        return None
    if kind == "avg":
        return Fraction(sum(numbers), len(numbers))
    return min(numbers) if kind == "min" else max(numbers)


def duration_of(value: Loose) -> Loose:
    """Read what `since_last` is compared with."""
    if isinstance(value, list):
        return [duration_of(one) for one in value]
    return duration(value) if isinstance(value, str) else value
