"""How an enrollment is answered: stages, pace, progress, health."""

from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction
from typing import Any

from benchmarks.oracle_journeys import Journey, Run
from benchmarks.oracle_time import written

OPEN = {
    "stalled": Fraction(1, 2),
    "failed": Fraction(1, 2),
    "skipped": Fraction(4, 5),
    "dropped": Fraction(1, 5),
    "regressed": Fraction(4, 5),
    "dissatisfied": Fraction(1),  # of the quality
}
DISSATISFIED = Fraction(3, 4)
RATING = {5: Fraction(1), 4: Fraction(9, 10), 3: Fraction(7, 10), 2: Fraction(2, 5), 1: Fraction(1, 5)}


def answer(journey: Journey, run: Run, at: int) -> dict[str, Any]:
    """Say what the service must answer for one enrollment at an instant."""
    stage = run.current if run.current is not None else journey.names[max(journey.furthest(run), 0)]
    late = is_late(run, at)
    return {
        "status": run.status,
        "stage": stage,
        "entered_at": written(run.entered_at),
        "stages": {name: stage_state(journey, run, name) for name in journey.names},
        "breakpoints": sorted(
            [b.kind, b.stage, written(b.since) or "", written(b.resolved_at) or ""] for b in run.breakpoints
        ),
        "pace": ("late" if late else "on_time") if run.status == "active" else None,
        "progress": progress(journey, run),
        "health": health(run, late=late),
    }


def stage_state(journey: Journey, run: Run, name: str) -> list[str | None]:
    """Say the state of a stage, and since when it is lit."""
    if name in run.lit:
        return ["lit", written(run.lit[name])]
    if name in run.claimed:
        return ["lit", written(run.claimed[name])]
    if name == run.current:
        return ["current", None]
    passed = journey.names.index(name) < journey.furthest(run)
    if passed and name not in journey.way(run):
        return ["beside", None]
    return ["skipped" if passed and name in journey.required(run) else "ahead", None]


def is_late(run: Run, at: int) -> bool:
    """Say whether the current stage is late; a run that was dropped stays as it was when it was dropped."""
    now = min([at, *(found.since for found in run.find("dropped"))])
    return run.late_from is not None and now >= run.late_from


def progress(journey: Journey, run: Run) -> float:
    """Lit required stages of all required stages, three decimals, half-even."""
    required = journey.required(run)
    lit = sum(name in run.lit for name in required)
    exact = Decimal(lit) / Decimal(len(required)) if required else Decimal(1)
    return float(exact.quantize(Decimal("0.001"), rounding=ROUND_HALF_EVEN))


def health(run: Run, *, late: bool) -> dict[str, float]:
    """Multiply continuity, timeliness and quality."""
    continuity = Fraction(1)
    for found in run.breakpoints:
        if found.resolved_at is None:
            continuity *= OPEN[found.kind]
    timeliness = Fraction(7, 10) if late else Fraction(1)
    timeliness *= Fraction(17, 20) ** len(run.late)
    quality = Fraction(1)
    if run.ratings:
        quality = sum((RATING[rating] for rating in run.ratings), Fraction(0)) / len(run.ratings)
    told = bool(run.ratings)  # by the ratings, but that they slide
    quality *= DISSATISFIED ** sum(not told or each.slide for each in run.find("dissatisfied"))
    return {
        "score": round(100 * continuity * timeliness * quality),
        "continuity": float(continuity),
        "timeliness": float(timeliness),
        "quality": float(quality),
    }
