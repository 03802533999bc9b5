"""What tags show at an instant: rules, opinions by layers, exclusive groups, and tags that read tags."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from hashlib import blake2b
from typing import Any

from service.core.calibration import Calibration
from service.core.event import Event
from tests.rules.compare import MICRO, Reading, compare
from tests.rules.days import MOMENTS, Tree, anniversaries, day_of, duration, is_near, listed, local, moment_passes
from tests.rules.days import read_instant as read_until
from tests.rules.reading import Log

SAYS = ("tag_set", "tag_removed", "tag_released")
RULES = ("when", "value_of", "rfm")


@dataclass(frozen=True)
class Shown:
    """A tag that is on: its value (None: it has none to tell), and whose opinion that is."""

    value: Reading
    layer: str


def in_force(calibrations: Sequence[Calibration], at: int) -> Calibration | None:
    effective = [each for each in calibrations if each.effective_from <= at]
    return effective[-1] if effective else next(iter(calibrations), None)


def has_rule(tag: Tree) -> bool:
    return any(name in tag for name in RULES) or any("when" in each for each in tag.get("values", []))


class Tags(Log):
    """All tags of one profile, after any number of his events, at any instant."""

    def __init__(self, tree: Tree, events: Sequence[Event], calibrations: Sequence[Calibration], who: int) -> None:
        super().__init__(tree, events)
        self.calibrations, self.who = calibrations, who
        self.tags: Tree = tree.get("tags", {})
        self._opinions: dict[tuple[str, int], dict[str, Event]] = {}
        self._shown: dict[tuple[str, int, int], Shown | None] = {}

    # ---- conditions

    def holds(self, condition: Tree, k: int, at: int) -> bool:
        if "all" in condition:
            return all(self.holds(each, k, at) for each in listed(condition["all"]))
        if "any" in condition:
            return any(self.holds(each, k, at) for each in listed(condition["any"]))
        if "not" in condition:
            return not self.holds(condition["not"], k, at)
        kind = next(each for each in condition if each in KINDS)
        return KINDS[kind](self, condition, k, at)

    def _of_trait(self, condition: Tree, k: int, _: int) -> bool:
        return compare(self.trait(condition["trait"], k), condition)

    def _of_now(self, condition: Tree, _: int, at: int) -> bool:
        kind = next(iter(condition))
        return moment_passes(kind, condition[kind], local(at, self.zone), self.holidays)

    def _of_anniversary(self, condition: Tree, k: int, at: int) -> bool:
        test, today = condition["anniversary"], day_of(at, self.zone)
        near = range(today.year - 2, today.year + 3)
        return is_near(today, anniversaries(self.trait(test["trait"], k), near), test)

    def _of_bucket(self, condition: Tree, _k: int, _at: int) -> bool:
        test = condition["bucket"]
        digest = blake2b(f"{test['salt']}:{self.who:016x}".encode(), digest_size=8).digest()
        return int.from_bytes(digest, "big") % 10_000 < Fraction(str(test["percent"])) * 100

    def _of_tag(self, condition: Tree, k: int, at: int) -> bool:
        shown = self.show(condition["tag"], k, at)
        if len(condition) == 1:
            return shown is not None
        return compare(shown.value if shown else None, condition)

    def _of_rfm(self, condition: Tree, k: int, at: int) -> bool:
        test = condition["rfm"]
        shown = self.show(test["tag"], k, at)
        if shown is None or not isinstance(shown.value, str):
            return False
        parts = dict(zip("rfm", map(Fraction, shown.value.split("-")), strict=True))
        return all(compare(parts[name], test[name]) for name in parts if name in test)

    def _of_persona(self, condition: Tree, k: int, at: int) -> bool:
        test = condition["persona"]
        return self.class_of(test["scheme"], k, at) in listed(test["in"])

    def _of_aggregate(self, condition: Tree, k: int, at: int) -> bool:
        kind = next(each for each in condition if each in AGGREGATES)
        return compare(self.aggregate(kind, condition[kind], k, at), condition, durations=kind == "since_last")

    def trait(self, name: str, k: int) -> Reading:
        said = [e for e in self.events[:k] if e.type == "trait_set" and name in e.properties]
        return self.read(said[-1], name) if said else None

    def class_of(self, scheme: str, k: int, at: int) -> str:
        raise NotImplementedError  # classes have a memory, see classes.py

    # ---- rules

    def rule(self, key: str, k: int, at: int) -> Reading:
        """What the rule of a tag shows: None for off, True where there is no value to tell."""
        tag = self.tags[key]
        if "values" in tag:
            return next((each["value"] for each in tag["values"] if self.holds(each["when"], k, at)), None)
        if "when" in tag and not self.holds(tag["when"], k, at):
            return None
        if "value_of" in tag:
            return self.rounded(tag, k, at)
        return self.rfm(key, k, at) if "rfm" in tag else True

    def rounded(self, tag: Tree, k: int, at: int) -> Reading:
        [(kind, spec)] = tag["value_of"].items()
        value = self.aggregate(kind, spec, k, at)
        if isinstance(value, Fraction):
            step = Fraction(str(tag.get("round", 1 if kind == "decayed_sum" else "0.01")))
            value = int(value / step) * step  # int() cuts towards 0
        return value or None

    def rfm(self, key: str, k: int, at: int) -> Reading:
        spec = self.tags[key]["rfm"]
        counted = [(e, x) for e in self.counted(spec, k) if isinstance(x := self.read(e, spec["property"]), Fraction)]
        calibration = in_force(self.calibrations, at)
        learned = calibration.rfm.get(key) if calibration else None
        if not counted or learned is None:
            return None
        age, total = at - counted[-1][0].t, sum(x for _, x in counted) * MICRO
        r = 5 - sum(age > each for each in learned.ages)
        f = 1 + sum(len(counted) * MICRO > each for each in learned.counts)
        return f"{r}-{f}-{1 + sum(total > each for each in learned.sums)}"

    # ---- opinions

    def opinions(self, key: str, k: int) -> dict[str, Event]:
        """By layer, the newest that was said of a tag and not released."""
        if (key, k) not in self._opinions:
            found = self._opinions[key, k] = {}
            for event in self.events[:k]:
                if event.type in SAYS and event.properties.get("tag") == key:
                    found[event.layer] = event
            for layer in [layer for layer, event in found.items() if event.type == "tag_released"]:
                del found[layer]
        return self._opinions[key, k]

    def end_of_opinion(self, key: str, event: Event) -> int | None:
        """The instant from which on an opinion is none; one that a tag is off has no end."""
        if event.type != "tag_set":
            return None
        tag, until = self.tags[key], event.properties.get("until")
        ends = [event.t + 3 * duration(tag["half_life"])] if "half_life" in tag else []
        if isinstance(until, str):
            ends.append(read_until(until))
        elif "ttl" in tag:
            ends.append(event.t + duration(tag["ttl"]))
        return min(ends, default=None)

    def said(self, key: str, event: Event) -> Reading:
        """What somebody's opinion shows."""
        tag, value = self.tags[key], event.properties.get("value")
        if event.type == "tag_removed":
            return None
        if "values" in tag:
            return value if isinstance(value, str) and value in [each["value"] for each in tag["values"]] else None
        if "value_of" in tag:
            [kind] = tag["value_of"]
            plain = isinstance(value, str) and value.lstrip("-").replace(".", "", 1).isdigit()
            if plain and kind not in ("first", "last", "top"):
                return Fraction(str(value))
            return value if isinstance(value, str) and value else None
        return True

    def alone(self, key: str, k: int, at: int) -> tuple[Reading, str]:
        """What a tag shows but for its group, and in which layer the deciding opinion stands."""
        opinions = self.opinions(key, k)
        for layer in self.layers():
            if layer == "rule" and has_rule(self.tags[key]):
                return self.rule(key, k, at), layer
            if layer in opinions:
                end = self.end_of_opinion(key, opinions[layer])
                if end is None or at < end:
                    return self.said(key, opinions[layer]), layer
        return None, ""

    def layers(self) -> list[str]:
        return list(self.tree.get("layers", ["user", "manual", "rule", "import"]))

    # ---- all together

    def group_of(self, key: str) -> list[str]:
        """The tags of which only one may be on; a tag alone, if its group is not exclusive."""
        group = self.tags[key].get("group")
        if not self.tree.get("tag_groups", {}).get(group, {}).get("exclusive"):
            return [key]
        return [each for each in self.tags if self.tags[each].get("group") == group]

    def show(self, key: str, k: int, at: int) -> Shown | None:
        if (key, k, at) not in self._shown:
            group = self.group_of(key)
            found = {each: self.alone(each, k, at) for each in group}
            ranks = {each: self.layers().index(layer) for each, (value, layer) in found.items() if value is not None}
            first = min(ranks, key=ranks.__getitem__, default=None)  # of equal ranks the first in the playbook
            for each in group:
                value, layer = found[each]
                plain = value is True and "value_of" not in self.tags[each]
                self._shown[each, k, at] = Shown(None if plain else value, layer) if each == first else None
        return self._shown[key, k, at]


AGGREGATES = (
    "count", "sum", "avg", "min", "max", "distinct", "active_days", "first", "last", "since_last", "decayed_sum", "top",
    "sequence",
)  # fmt: skip
KINDS: dict[str, Callable[[Tags, Any, int, int], bool]] = {
    "always": lambda _, condition, _k, _at: bool(condition["always"]),
    "trait": Tags._of_trait, "tag": Tags._of_tag, "rfm": Tags._of_rfm, "persona": Tags._of_persona,
    "anniversary": Tags._of_anniversary, "bucket": Tags._of_bucket,
    **dict.fromkeys(MOMENTS, Tags._of_now), **dict.fromkeys(AGGREGATES, Tags._of_aggregate),
}  # fmt: skip
