"""How people move through a journey: which stage follows which, and how long each is waited for."""

from typing import Any

from service.core.calendar import write_instant
from service.core.calibration import in_force
from service.core.expectations import learned_of
from service.store import Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.spans import Asked, Scope, scope_of

Json = dict[str, object]
QUANTILES = {100: "p10", 500: "p50", 900: "p90", 990: "p99"}


async def transitions(app: App, asked: Asked) -> Json:
    """The directly-follows graph of the span: edges with how often, and how long after on average (seconds)."""
    now = app.clock()
    return await app.read(lambda unit, found: _transitions(unit, found, scope_of(found, asked, now), now))


def _transitions(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    rows = unit.analytics.transitions(scope.span)
    places = {stage.key: place for place, stage in enumerate(scope.journey.stages)}
    edges: list[dict[str, Any]] = []
    for before, stage, number, took in rows:
        back = before is not None and places.get(stage, 0) <= places.get(before, -1)
        seconds = None if before is None else round(took / number / 1_000_000, 3)
        edges.append({"from": before, "to": stage, "n": number, "mean_seconds": seconds, "back": back})
    edges.sort(key=lambda edge: (-edge["n"], str(edge["from"]), edge["to"]))
    stages = [{"stage": stage.key, "name": stage.name, "phase": stage.phase} for stage in scope.journey.stages]
    return {**scope.about(unit, definitions, now), "stages": stages, "edges": edges}


async def times(app: App, asked: Asked) -> Json:
    """How long each stage was waited for: exact quantiles of those who went on in the span, and what is expected."""
    now = app.clock()
    return await app.read(lambda unit, found: _times(unit, found, scope_of(found, asked, now), now))


def _times(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    found: dict[str, Json] = {}
    numbers: dict[str, int] = {}
    for stage, permille, took, number in unit.analytics.waits(scope.span, list(QUANTILES)):
        found.setdefault(stage, {})[QUANTILES[permille]] = took / 1_000_000
        numbers[stage] = number
    learned = in_force(definitions.calibrations, now)
    stages: list[Json] = []
    for each in scope.journey.stages:
        known = learned_of(scope.journey.key, (each.key, *each.was), learned.stages) if learned else None
        stages.append(
            {
                "stage": each.key, "name": each.name, "n": numbers.get(each.key, 0),
                "seconds": found.get(each.key),
                "expected_within": _seconds(each.expected_within), "stalled_after": _seconds(each.stalled_after),
                "learned": known and {
                    "late": _seconds(known.late), "stalled": _seconds(known.stalled), "went_on": known.went_on,
                    "left": known.left, "waiting": known.waiting,
                    "since": write_instant(learned.effective_from) if learned else None,
                },
            }
        )  # fmt: skip
    return {**scope.about(unit, definitions, now), "stages": stages}


def _seconds(length: int | None) -> float | None:
    return None if length is None else length / 1_000_000
