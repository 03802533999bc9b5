"""The map of a journey: how many people stand where now and what is broken there, how many of late came to an end."""

from collections.abc import Sequence

from service.core.playbook.definitions import Journey, Stage
from service.core.ways import graph_of
from service.store import CohortCell, Only, Unit
from service.usecases.app import App
from service.usecases.cohort import cohort, keep_cohorts
from service.usecases.definitions import Definitions
from service.usecases.search import freshness
from service.usecases.spans import Asked, scope_of

Json = dict[str, object]
Counts = dict[tuple[str, str], int]  # by kind, and stage


async def journey_maps(app: App, only: Only = ()) -> Json:
    """Every journey of the playbook, as to its end of late: the last 28 days; `only` in these circumstances."""
    now = app.clock()

    def work(unit: Unit, definitions: Definitions) -> tuple[Json, list[CohortCell]]:
        journeys = list(definitions.plan.playbook.journeys)
        maps, fresh = _maps(unit, definitions, [Asked(journey=each, only=only) for each in journeys], now)
        return {"items": maps, **freshness(unit, definitions, now)}, fresh

    answer, fresh = await app.read(work)
    await keep_cohorts(app, fresh)
    return answer


async def journey_map(app: App, asked: Asked) -> Json:
    """One journey; how many came to an end is told of those who entered in the span."""
    now = app.clock()

    def work(unit: Unit, definitions: Definitions) -> tuple[Json, list[CohortCell]]:
        maps, fresh = _maps(unit, definitions, [asked], now)
        return {**maps[0], **freshness(unit, definitions, now)}, fresh

    answer, fresh = await app.read(work)
    await keep_cohorts(app, fresh)
    return answer


def _maps(
    unit: Unit, definitions: Definitions, questions: Sequence[Asked], now: int
) -> tuple[list[Json], list[CohortCell]]:
    scopes = [scope_of(definitions, asked, now) for asked in questions]
    keys, only = [scope.journey.key for scope in scopes], questions[0].only if questions else ()
    here: dict[str, Counts] = {key: {} for key in keys}
    for run in unit.overview.active(keys, only):
        here[run.journey]["here", run.stage or ""] = run.n
    broken: dict[str, Counts] = {key: {} for key in keys}
    for each in unit.overview.breaks(keys, only):
        broken[each.journey][each.kind, each.stage] = each.n
    maps, fresh = list[Json](), list[CohortCell]()
    for scope in scopes:
        key, ended = scope.journey.key, cohort(unit, scope.span, now)
        fresh += ended.fresh
        lost = unit.analytics.breaks_by(scope.span, ("kind", "stage"))
        left = {("left", stage): number for (kind, stage), number, *_ in lost if kind == "dropped"}
        shown = _map(scope.journey, here[key] | left, broken[key])
        statuses = {
            status: sum(number for _, found, number, _ in ended.rows if found == status)
            for status in ("completed", "dropped")
        }
        maps.append({**shown, "runs": {"active": sum(here[key].values()), **statuses}})
    return maps, fresh


def _map(journey: Journey, people: Counts, broken: Counts) -> Json:
    graph = graph_of(journey)
    stages = [_stage(stage, people, broken) for stage in journey.stages]
    for place, shown in enumerate(stages):
        shown["next"] = [journey.stages[each].key for each in graph.onward[place]]
        shown["back"] = [journey.stages[each].key for each in graph.back[place]]
    return {
        "journey": journey.key,
        "name": journey.name,
        "name_en": journey.name_en,
        "theme": journey.theme,
        "theme_en": journey.theme_en,
        "value": journey.value,
        "value_en": journey.value_en,
        "keyed": journey.by is not None,
        "breakpoints": sum(broken.values()),
        "stages": stages,
    }


def _stage(stage: Stage, people: Counts, broken: Counts) -> Json:
    return {
        "stage": stage.key,
        "name": stage.name,
        "name_en": stage.name_en,
        "phase": stage.phase,
        "goal": stage.goal,
        "goal_en": stage.goal_en,
        "benefit": stage.benefit,
        "benefit_en": stage.benefit_en,
        "touchpoints": stage.touchpoints,
        "channels": stage.channels,
        "scenarios": stage.scenarios,
        "key_moment": stage.key_moment,
        "optional": stage.optional,
        "here": people.get(("here", stage.key), 0),
        "left": people.get(("left", stage.key), 0),
        "breakpoints": {kind: n for (kind, at), n in sorted(broken.items()) if at == stage.key},
    }
