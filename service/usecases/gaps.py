"""Stages whose completing sources have fallen silent: whoever stalls there may well have gone on."""

from service.core.calendar import DAY, HOUR, write_instant
from service.core.calibration import in_force
from service.core.expectations import learned_of
from service.core.gaps import gap_of, silent_since
from service.store import BreakpointRow, Unit
from service.usecases.definitions import Definitions

Json = dict[str, object]
Gaps = dict[str, int]  # by `journey/stage`, since when
LATELY = 28 * DAY


def gaps(unit: Unit, definitions: Definitions, now: int) -> Gaps:
    """The stages that nothing is heard of, though by their sources' own rhythm something should have been."""
    learned = in_force(definitions.calibrations, now)
    if learned is None or not learned.sources:
        return {}
    heard = unit.counts.hours((now - LATELY) // HOUR)
    silent = {source: since for source, hours in heard.items() if (since := silent_since(hours, now)) is not None}
    found = {
        f"{journey.key}/{stage.key}": gap_of(
            learned_of(journey.key, (stage.key, *stage.was), learned.sources) or (), silent
        )
        for journey in definitions.plan.playbook.journeys.values()
        for stage in journey.stages
    }
    return {key: since for key, since in found.items() if since is not None}


def is_suspected(row: BreakpointRow, found: Gaps) -> bool:
    """Whether a breakpoint may be one only because its source is silent."""
    since = found.get(f"{row.journey}/{row.stage}")
    return row.kind == "stalled" and row.resolved_at is None and since is not None and row.since >= since


def shown(journey: str, found: Gaps) -> list[Json]:
    """The silent stages of a journey."""
    stages = [(key.partition("/")[2], since) for key, since in sorted(found.items()) if key.startswith(f"{journey}/")]
    return [{"stage": stage, "since": write_instant(since)} for stage, since in stages]
