"""The funnel of a journey: of those who entered, how many came how far, and where the others are lost."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from service.core.enrollment import UNLIT
from service.core.playbook.definitions import Journey
from service.core.proportions import share
from service.core.ways import compile_ways, current_of, graph_of
from service.store import Cells, CohortCell, Unit
from service.usecases.app import App
from service.usecases.cohort import cohort, keep_cohorts
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.spans import Asked, Scope, columns, named, scope_of, shown

Json = dict[str, object]
EXCLUDED = ("failed", "complained", "again")
MOST_STAGES = 20


@dataclass(slots=True)
class Count:
    """Runs of a cohort: how many lit each stage, how many of them with nothing required left out before it.

    `standing`: by status and place, those that have gone so far and no further.
    """

    runs: int = 0
    health: int = 0
    reached: list[int] = field(default_factory=list)
    in_order: list[int] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    standing: Counter[tuple[str, int]] = field(default_factory=Counter)
    stands_at: Callable[[str], int] = field(kw_only=True)

    def add(self, lit: str, status: str, number: int, health: int) -> None:
        """Count runs with one pattern of lit stages."""
        missing = len(lit) - len(self.reached)
        self.reached += [0] * missing
        self.in_order += [0] * missing
        self.runs, self.health = self.runs + number, self.health + health
        self.statuses[status] = self.statuses.get(status, 0) + number
        self.standing[status, self.stands_at(lit)] += number
        for place, letter in enumerate(lit):
            self.reached[place] += number * (letter != "-")
            self.in_order[place] += number * (letter in "oO")


async def funnel(app: App, asked: Asked, by: str | None = None) -> Json:
    """The funnel of the runs entered in a span, beside the span before; by what was so at entry, if that is asked."""
    now = app.clock()
    answer, fresh = await app.read(lambda unit, found: _funnel(unit, found, scope_of(found, asked, now), now, by))
    await keep_cohorts(app, fresh)
    return answer


def _funnel(
    unit: Unit, definitions: Definitions, scope: Scope, now: int, by: str | None
) -> tuple[Json, list[CohortCell]]:
    stands_at = _standing(scope.journey)
    found, before = (cohort(unit, span, now) for span in (scope.span, scope.before))
    answer = {
        **scope.about(unit, definitions, now),
        **_told(scope.journey, _count(stands_at, found.rows)),
        "before": _told(scope.journey, _count(stands_at, before.rows)),
    }
    if by is not None:
        (column,) = columns((by,))
        counts: dict[object, Count] = {}
        for key, lit, status, number, health in unit.analytics.cohort_by(scope.span, column):
            counts.setdefault(key, Count(stands_at=stands_at)).add(lit, status, number, health)
        groups = sorted(counts.items(), key=lambda each: (-each[1].runs, str(each[0])))
        answer["by"] = by
        answer["groups"] = [{**named(scope, by, key), **_told(scope.journey, count)} for key, count in groups]
    return answer, [*found.fresh, *before.fresh]


def _standing(journey: Journey) -> Callable[[str], int]:
    """At which stage a run stands, by the pattern of its lit stages; where stages branch, on the way it took."""
    graph = graph_of(journey)
    way, known = compile_ways(graph), len(journey.stages)  # a pattern may be of an older definition

    def stands_at(pattern: str) -> int:
        lit = [0 if letter in "ox" else UNLIT for letter in pattern.ljust(known, "-")[:known]]
        return current_of(graph, way(lit), lit)

    return stands_at


def _count(stands_at: Callable[[str], int], rows: Iterable[Cells]) -> Count:
    count = Count(stands_at=stands_at)
    for row in rows:
        count.add(*row)
    return count


def _told(journey: Journey, count: Count) -> Json:
    reached = [*count.reached, *[0] * len(journey.stages)]
    in_order = [*count.in_order, *[0] * len(journey.stages)]
    stages: list[Json] = []
    for place, stage in enumerate(journey.stages):
        stages.append(
            {
                "stage": stage.key, "name": stage.name, "phase": stage.phase,
                "optional": stage.optional, "key_moment": stage.key_moment,
                "reached": shown(share(reached[place], count.runs)),
                "in_order": in_order[place],
                "standing": count.standing["active", place],
                "lost": count.standing["dropped", place],
            }
        )  # fmt: skip
    return {
        "runs": count.runs,
        "statuses": {status: count.statuses.get(status, 0) for status in ("active", "completed", "dropped")},
        "health": round(count.health / count.runs, 1) if count.runs else None,
        "stages": stages,
    }


# ---- one that somebody puts together


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """Stages one after the other; `within` so long after entry (microseconds), with none of these things between."""

    stages: tuple[str, ...]
    within: int | None = None
    without: tuple[str, ...] = ()


async def ordered_funnel(app: App, asked: Asked, steps: Steps) -> Json:
    """Of the runs entered in a span, how many lit these stages in this order; within a time, of those old enough."""
    now = app.clock()
    return await app.read(
        lambda unit, definitions: _ordered(unit, definitions, scope_of(definitions, asked, now), (steps, now))
    )


def _ordered(unit: Unit, definitions: Definitions, scope: Scope, wanted: tuple[Steps, int]) -> Json:
    steps, now = wanted
    names: Mapping[str, str] = {stage.key: stage.name for stage in scope.journey.stages}
    unknown = [key for key in steps.stages if key not in names]
    if unknown or not 1 <= len(steps.stages) <= MOST_STAGES:
        known = ", ".join(names)
        zh = f"stages 要写 1 到 {MOST_STAGES} 个这段旅程的阶段，可用：{known}"
        raise Invalid("unknown_stage", zh, f"give 1 to {MOST_STAGES} stages of this journey: {known}")
    span = scope.span
    since = span.end if steps.within is None else min(max(now - steps.within, span.start), span.end)
    young = unit.analytics.cohort(replace(span, start=since))
    counts = unit.analytics.in_order(replace(span, end=since), steps.stages, steps.within, steps.without)
    return {
        **scope.about(unit, definitions, now),
        "runs": counts[0],
        "young": sum(number for _, _, number, _ in young),
        "stages": [
            {
                "stage": key,
                "name": names[key],
                "reached": shown(share(count, counts[0])),
                "of_last": shown(share(count, last)),
            }
            for key, count, last in zip(steps.stages, counts[1:], counts, strict=False)
        ],
    }  # fmt: skip
