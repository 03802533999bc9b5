"""Persona classes: decided in the fold's order with the memory of the present class; pins, signals, class rules."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_FLOOR, Decimal, localcontext
from fractions import Fraction
from functools import cache
from math import floor
from typing import Any

from service.core.calibration import Calibration, SchemeCalibration
from service.core.event import Event
from tests.rules.compare import MICRO
from tests.rules.days import DAY, Tree, duration, listed
from tests.rules.instants import Times, ends_of, parts, recurs
from tests.rules.reading import step_of, weight
from tests.rules.showing import AGGREGATES, in_force

ONE_DOUBLING = 2**20
UNDETERMINED = "undetermined"
PINS = ("persona_pinned", "persona_released")
FAR, NEAR = 4000 * DAY, 400 * DAY  # how far silence is followed; less far where something comes again and again


@cache
def log2_fixed(number: int) -> int:
    """`⌊2^20·log2(number)⌋`."""
    if number & (number - 1) == 0:
        return (number.bit_length() - 1) * ONE_DOUBLING
    beyond = max(number.bit_length() - 400, 0)  # what is cut off is too small to matter: 2^-399 of it
    with localcontext() as context:
        context.prec = 140
        found = (Decimal(number >> beyond).ln() / Decimal(2).ln() + beyond) * ONE_DOUBLING
        return int(found.to_integral_value(ROUND_FLOOR))


def is_percentile(bound: Any) -> bool:
    return isinstance(bound, str)


@dataclass(frozen=True)
class Class:
    """What a profile is in a scheme from an instant on."""

    key: str
    since: int
    score: int
    earned: str = UNDETERMINED  # without pins


class Classes(Times):
    """The classes of one profile. `at` is the instant of the read: silence is followed from there."""

    def __init__(
        self, tree: Tree, events: Sequence[Event], calibrations: Sequence[Calibration], who: int, at: int = 0
    ) -> None:
        super().__init__(tree, events, calibrations, who)
        self.personas: Tree = tree.get("personas", {})
        self.now = max(at, self.events[-1].t) if self.events else at
        self._timelines: dict[str, list[tuple[int, int, Class]]] = {}

    def reach(self, trees: list[Any]) -> int:
        return self.now + (NEAR if any(recurs(each) for tree in trees for each in parts(tree)) else FAR)

    def class_of(self, scheme: str, k: int, at: int) -> str:
        return self.standing(scheme, k, at).key

    def standing(self, scheme: str, k: int, at: int) -> Class:
        line = self.timeline(scheme)
        return line[bisect_right(line, (k, at), key=lambda each: each[:2]) - 1][2]

    def timeline(self, scheme: str) -> list[tuple[int, int, Class]]:
        if scheme not in self._timelines:
            line = self._timelines[scheme] = [(0, 0, Class(UNDETERMINED, 0, 0))]
            line += self._walk(scheme)
        return self._timelines[scheme]

    def _walk(self, scheme: str) -> Iterator[tuple[int, int, Class]]:
        persona, present = self.personas[scheme], Class(UNDETERMINED, 0, 0)
        last = self.reach([persona])
        for k, event in enumerate(self.events, 1):
            if k == 1 or self.concerns(persona, event):
                present = self._decide(scheme, present, k, event.t)
                yield k, event.t, present
            upto = self.events[k].t - 1 if k < len(self.events) else last
            quiet = sorted(self._quiet(scheme, k) | self.recurring([persona], event.t - 1, upto))
            at = event.t - 1
            while True:
                ahead = quiet[bisect_right(quiet, at) :][:1] + self._crossings(persona, present.score, at)
                at = min(ahead, default=upto + 1)
                if at > upto:
                    break
                present = self._decide(scheme, present, k, at)
                yield k, at, present

    def concerns(self, persona: Tree, event: Event) -> bool:
        """Whether a class is decided after an event: of a type that its score or a condition reads."""
        trees = [spec for each in parts(persona) for kind in AGGREGATES if isinstance(spec := each.get(kind), dict)]
        trees += [persona["score"]] if "score" in persona else []
        read = {kind for tree in trees for each in parts(tree) if "event" in each for kind in listed(each["event"])}
        read |= set(PINS)
        if any("trait" in each for each in parts(persona)):
            read.add("trait_set")
        return event.type in read or any(kind == event.type and of in read for kind, of, _ in self.reversals)

    def _quiet(self, scheme: str, k: int) -> set[int]:
        found = self.of_conditions(self.personas[scheme], k) | {each.effective_from for each in self.calibrations}
        pin = self.pin(scheme, k)
        end = ends_of(pin.properties) if pin else None
        return {at for at in found | ({end} if end is not None else set()) if at >= self.events[k - 1].t}

    @staticmethod
    def _crossings(persona: Tree, score: int, at: int) -> list[int]:
        """When the value falls below an amount; a score falls by itself only where it is held against one."""
        bounds = [each[name] for each in persona["classes"] for name in ("enter", "leave") if name in each]
        found = []
        for bound in bounds:
            if not is_percentile(bound):
                left = score - 20 * ONE_DOUBLING - log2_fixed(int(Fraction(str(bound)) * MICRO)) + 1
                found.append(-(-left * duration(persona["score"]["half_life"]) // ONE_DOUBLING))
        return [each for each in found if each > at]

    # ---- one decision

    def pin(self, scheme: str, k: int) -> Event | None:
        said = [
            e for e in self.events[:k]
            if e.type in PINS and e.layer == "manual" and e.properties.get("scheme") == scheme
        ]  # fmt: skip
        return said[-1] if said and said[-1].type == "persona_pinned" else None

    def _decide(self, scheme: str, present: Class, k: int, at: int) -> Class:
        calibration = in_force(self.calibrations, at)
        learned = calibration.schemes.get(scheme) if calibration else None
        score = self.score(scheme, k, at, learned)
        earned = self._by_itself(scheme, present.earned, score, (k, at), learned)
        pin = self.pin(scheme, k)
        end = ends_of(pin.properties) if pin else None
        key = str(pin.properties["class"]) if pin and (end is None or at < end) else earned
        return Class(key, present.since if key == present.key else at, score or 0, earned)

    def _by_itself(
        self, scheme: str, present: str, score: int | None, moment: tuple[int, int], learned: SchemeCalibration | None
    ) -> str:
        persona = self.personas[scheme]
        classes = persona["classes"]
        keys = [each["class"] for each in classes]
        bounds = [each[name] for each in classes for name in ("enter", "leave") if name in each]
        if "undetermined_below" in persona and self.holds(persona["undetermined_below"], *moment):
            return UNDETERMINED
        if (bounds and score is None) or (any(map(is_percentile, bounds)) and learned is None):
            return UNDETERMINED
        rank = keys.index(present) if present in keys else len(keys)
        for place, each in enumerate(classes):
            if "when" in each:
                holds = self.holds(each["when"], *moment)
            elif "enter" in each:
                bound = each.get("leave", each["enter"]) if rank <= place else each["enter"]
                holds = self._meets(persona, score or 0, bound, moment[1], learned)
            else:
                holds = True
            if holds:
                return str(each["class"])
        raise AssertionError  # the last class takes everybody

    @staticmethod
    def _meets(persona: Tree, score: int, bound: Any, at: int, learned: SchemeCalibration | None) -> bool:
        if is_percentile(bound):
            assert learned is not None
            return score >= learned.quantiles[int(Fraction(bound[1:]) * 10) - 1]
        decayed = score - 20 * ONE_DOUBLING - at * ONE_DOUBLING // duration(persona["score"]["half_life"])
        return decayed >= log2_fixed(int(Fraction(str(bound)) * MICRO))

    def score(self, scheme: str, k: int, at: int, learned: SchemeCalibration | None) -> int | None:
        """None without a counted event."""
        spec = self.personas[scheme].get("score")
        if spec is None:
            return None
        values = [(e.t, x) for e in self.counted(spec, k) if isinstance(x := self.read(e, spec["property"]), Fraction)]
        if not values:
            return None
        weights = sum(weight(step_of(t, duration(spec["half_life"]))) for t, _ in values)
        count, total = len(values), int(sum(x for _, x in values) * MICRO)
        mean = learned.mean if learned else int(Fraction(str(spec["mean"])) * MICRO) if "mean" in spec else None
        product = (
            weights * max(total, 0) // count if mean is None else weights * max(2 * mean + total, 0) // (2 + count)
        )
        score = log2_fixed(product) if product >= 1 else 0
        if score == 0:
            return 0
        adds = [each["adds"] for each in spec.get("signals", []) if self.holds(each["when"], k, at)]
        return max(0, score + sum(floor(Fraction(str(each)) * ONE_DOUBLING) for each in adds))
