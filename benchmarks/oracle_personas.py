"""Personas: the score at every moment that decides, and the class with its memory."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from benchmarks.oracle_book import Calibration, Happened, Loose, Tree
from benchmarks.oracle_numbers import ONE, micro, score_of, weight
from benchmarks.oracle_time import duration
from benchmarks.oracle_where import matches

Moment = tuple[int, int]  # an instant, and how many events have been read
UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True)
class Statistics:
    """What a score is made of: sum of weights, number, sum of the property."""

    decayed: int
    number: int
    total: int

    def value(self, mean: int | None) -> int:
        """Multiply the decayed count by the (shrunk) mean."""
        if mean is not None:
            return self.decayed * max(2 * mean + self.total, 0) // (2 + self.number)
        return self.decayed * max(self.total, 0) // self.number if self.number else 0


class Scheme:
    """One persona scheme of the playbook."""

    def __init__(self, name: str, tree: Tree) -> None:
        self.name = name
        self.tree = tree
        self.score: Tree = tree["score"]
        self.half_life = duration(self.score["half_life"])
        self.property = self.score["property"]
        self.classes: Sequence[Mapping[str, Any]] = tree["classes"]
        self.rank = {one["class"]: rank for rank, one in enumerate(self.classes)}
        self.percentiles = any(isinstance(one.get(edge), str) for one in self.classes for edge in ("enter", "leave"))

    def takes(self, event: Happened) -> bool:
        """Say whether an event counts for the score."""
        return matches(self.score, event) and type(event.values.get(self.property)) is int

    def statistics(self, events: Sequence[Happened]) -> Statistics:
        """Sum up the events that count, from scratch."""
        amounts = [int(event.values[self.property]) for event in events]
        weights = [weight(event.t, self.half_life) for event in events]
        return Statistics(sum(weights), len(weights), sum(amounts))

    def mean(self, calibration: Calibration | None) -> int | None:
        """Find the mean order value towards which small numbers are shrunk."""
        if calibration is not None:
            return calibration.schemes[self.name][0]
        return micro(self.score["mean"]) if "mean" in self.score else None

    def bound(self, edge: Loose, calibration: Calibration | None, at: int) -> int:
        """Turn `p80` or an amount into a score."""
        if isinstance(edge, str):
            if calibration is None:
                raise ValueError(edge)
            return calibration.schemes[self.name][1][int(Decimal(edge[1:]) * 10) - 1]
        return amount_score(edge) + at * ONE // self.half_life

    def amounts(self) -> list[int]:
        """List the boundaries that are amounts, as scores of 1970."""
        edges = [one.get(edge) for one in self.classes for edge in ("enter", "leave")]
        return [amount_score(edge) for edge in edges if edge is not None and not isinstance(edge, str)]

    def choose(self, score: int, present: str | None, calibration: Calibration | None, at: int) -> str:
        """Walk down from the highest class; the first whose bound is met."""
        for rank, one in enumerate(self.classes[:-1]):
            edge = one["enter"]
            if present is not None and self.rank[present] <= rank:
                edge = one.get("leave", edge)
            if score >= self.bound(edge, calibration, at):
                return str(one["class"])
        return str(self.classes[-1]["class"])


def amount_score(amount: Loose) -> int:
    """Turn an amount into the score of one order of that amount in 1970."""
    return 20 * ONE + score_of(micro(amount))


def in_force(calibrations: Sequence[Calibration], at: int) -> Calibration | None:
    """Find the newest calibration in force at an instant; before the first, the first."""
    ordered = sorted(calibrations, key=lambda one: (one.effective_from, one.number))
    past = [one for one in ordered if one.effective_from <= at]
    return past[-1] if past else (ordered[0] if ordered else None)


class ClassPath:
    """The classes one profile was given in one scheme, decision by decision."""

    def __init__(self, scheme: Scheme, ask: "Questions") -> None:
        self.scheme = scheme
        self.ask = ask
        learned = {one.effective_from for one in ask.calibrations}
        self.moments = ask.moments(learned | self._falls(ask.moments(learned)))
        self.classes: list[str] = []
        for moment in self.moments:
            self.classes.append(self._decide(moment))

    def _falls(self, moments: Sequence[Moment]) -> set[int]:
        """List the instants from which on a decayed value is below an amount: ⌊at·2^20/h⌋ exceeds what is left."""
        found = set()
        for moment in moments if self.scheme.amounts() else []:
            score = self.score(moment)
            left = [score - amount for amount in self.scheme.amounts() if score >= amount]
            found |= {-(-(one + 1) * self.scheme.half_life // ONE) for one in left}
        return found

    def _decide(self, moment: Moment) -> str:
        calibration = in_force(self.ask.calibrations, moment[0])
        if self.ask.undetermined(moment) or (self.scheme.percentiles and calibration is None):
            return UNDETERMINED
        present = self.classes[-1] if self.classes else UNDETERMINED
        score = self.score(moment)
        return self.scheme.choose(score, None if present == UNDETERMINED else present, calibration, moment[0])

    def score(self, moment: Moment) -> int:
        """Compute the score at a moment from scratch."""
        events = [self.ask.log[i] for i in self.ask.standing(moment)]
        mean = self.scheme.mean(in_force(self.ask.calibrations, moment[0]))
        return score_of(self.scheme.statistics(events).value(mean))

    def at(self, moment: Moment) -> str:
        """Find the class at a moment."""
        place = bisect_right(self.moments, moment) - 1
        return self.classes[place] if place >= 0 else UNDETERMINED

    def since(self, moment: Moment) -> int | None:
        """Find the instant from which that class has been held."""
        place = bisect_right(self.moments, moment) - 1
        if place < 0:
            return None
        while place > 0 and self.classes[place - 1] == self.classes[place]:
            place -= 1
        return self.moments[place][0]


@dataclass(frozen=True, slots=True)
class Questions:
    """What a scheme asks of the profile."""

    log: Sequence[Happened]
    calibrations: Sequence[Calibration]
    moments: Callable[[set[int]], list[Moment]]
    standing: Callable[[Moment], list[int]]  # the score's events that count at a moment
    undetermined: Callable[[Moment], bool]
