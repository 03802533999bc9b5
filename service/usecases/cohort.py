"""Runs entered in a span, by how they stand: sums of whole days that are kept, and what lies between counted anew."""

from dataclasses import dataclass, field, replace

from service.core.calendar import DAY
from service.store import Cells, CohortCell, Span, Unit
from service.usecases.app import App

SETTLED = 2  # days, until runs of a day change so seldom that its sums are worth keeping


@dataclass(slots=True)
class Cohort:
    """Rows of pattern, status, number and sum of health; and the sums that were made for it and are worth keeping."""

    rows: list[Cells] = field(default_factory=list)
    fresh: list[CohortCell] = field(default_factory=list)


def cohort(unit: Unit, span: Span, now: int) -> Cohort:
    """The runs of a span."""
    first, last = -(-span.start // DAY), span.end // DAY - 1
    if first > last or span.only:  # what is kept is of all circumstances together
        return Cohort(rows=unit.analytics.cohort(span))
    found = Cohort()
    for edge in (replace(span, end=first * DAY), replace(span, start=(last + 1) * DAY)):
        found.rows += unit.analytics.cohort(edge) if edge.start < edge.end else ()
    versions = unit.cohorts.versions(span.journey, first, last)
    known: dict[int, list[CohortCell]] = {}
    for cell in unit.cohorts.cells(span.journey, first, last):
        if versions.get(cell.day) == cell.version:
            known.setdefault(cell.day, []).append(cell)
    for day, version in sorted(versions.items()):
        cells = known.get(day) or _count(unit, span, day, version)
        found.rows += [(each.lit, each.status, each.n, each.health) for each in cells]
        if day not in known and day < now // DAY - SETTLED:
            found.fresh += cells
    return found


def _count(unit: Unit, span: Span, day: int, version: int) -> list[CohortCell]:
    rows = unit.analytics.cohort(replace(span, start=day * DAY, end=(day + 1) * DAY))
    # A day on which nobody is left has a sum too, or it would be counted again and again.
    return [
        CohortCell(journey=span.journey, day=day, lit=lit, status=status, version=version, n=number, health=health)
        for lit, status, number, health in rows or [("", "active", 0, 0)]
    ]


async def keep_cohorts(app: App, fresh: list[CohortCell]) -> None:
    """Keep what was added up."""
    if fresh:
        await app.write(lambda unit, _: unit.cohorts.keep(fresh))
