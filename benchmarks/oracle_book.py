"""A playbook as it stands in its YAML, and what happened to one profile, both as plain data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ruamel.yaml import YAML

from benchmarks.oracle_numbers import micro
from benchmarks.oracle_time import EPOCH, instant

Scalar = str | bool | int  # an int is a number in units of 10⁻⁶
Loose = Any  # whatever stands in YAML or JSON
Tree = Mapping[str, Loose]
NEVER = 1 << 62


@dataclass(frozen=True, slots=True)
class Happened:
    """One event: instants are microseconds, numbers are integers of 10⁻⁶, money is in yuan."""

    t: int
    order: tuple[int, int, str, str]
    type: str
    fields: Mapping[str, str]
    values: Mapping[str, Scalar]
    date: int  # the local day in the playbook's zone


@dataclass(frozen=True, slots=True)
class Calibration:
    """What was learned from the population, as `GET /v1/calibrations` tells it."""

    number: int
    effective_from: int
    schemes: Mapping[str, tuple[int, Sequence[int]]]  # scheme → (m0, a thousand quantiles)
    stages: Mapping[str, tuple[int, int | None]] = field(default_factory=dict)  # journey/stage → (late, stalled)


class Book:
    """The playbook's tree, with the few things that are looked up often."""

    def __init__(self, text: str) -> None:
        self.tree: Tree = YAML(typ="safe", pure=True).load(text)
        self.zone = ZoneInfo(self.tree.get("timezone", "Asia/Shanghai"))
        self.fen: set[tuple[str, str]] = set()
        self.reversals: list[tuple[str, str, str]] = []  # (reversing type, reversed type, by)
        for kind, event in self.part("events").items():
            for name, declared in (event.get("properties") or {}).items():
                if isinstance(declared, Mapping) and declared.get("unit") == "fen":
                    self.fen.add((kind, name))
            if "reverses" in event:
                self.reversals.append((kind, event["reverses"]["event"], event["reverses"]["by"]))
            if "reversed_by" in event:
                self.reversals.append((event["reversed_by"]["event"], kind, event["reversed_by"]["by"]))

    def part(self, name: str) -> Tree:
        """Find `tags`, `personas`, `journeys` … or nothing."""
        found: Tree = self.tree.get(name) or {}
        return found

    def log(self, raw: Iterable[Tree]) -> list[Happened]:
        """Read a profile's events into the canonical order."""
        return sorted((self._happened(event) for event in raw), key=lambda event: event.order)

    def _happened(self, raw: Tree) -> Happened:
        t = instant(raw["occurred_at"])
        kind = raw["type"]
        values: dict[str, Scalar] = {}
        for name, value in raw.get("properties", {}).items():
            if isinstance(value, str | bool):
                values[name] = value
            elif isinstance(value, int | float | Decimal):
                values[name] = micro(value, 100 if (kind, name) in self.fen else 1)
        fields = {
            name: raw[name]
            for name in ("channel", "touchpoint", "scenario", "place", "staff", "source")
            if raw.get(name) is not None
        }
        local = (EPOCH + timedelta(microseconds=t)).astimezone(self.zone)
        return Happened(t, (t, t, raw["source"], raw["event_id"]), kind, fields, values, local.toordinal())


def gone_from(log: Sequence[Happened], reversals: Sequence[tuple[str, str, str]]) -> list[int]:
    """Say for each event after how many read events it is reversed (NEVER if it stands)."""
    result = [NEVER] * len(log)
    for reversing, reversed_type, by in reversals:
        for j, later in enumerate(log):
            if later.type != reversing or by not in later.values:
                continue
            for i, event in enumerate(log):
                if event.type == reversed_type and event.values.get(by) == later.values[by]:
                    result[i] = min(result[i], max(i, j) + 1)
    return result
