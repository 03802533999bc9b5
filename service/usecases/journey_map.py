"""The map of a journey: its stages with how many people stand, finished or left where, and what is broken there."""

from collections.abc import Sequence

from service.core.enrollment import STATUSES
from service.core.playbook.definitions import Journey, Stage
from service.core.ways import graph_of
from service.store import Only, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Unknown
from service.usecases.search import freshness

Json = dict[str, object]
Counts = dict[tuple[str, str], int]  # by status or kind, and stage


async def journey_maps(app: App, only: Only = ()) -> Json:
    """Every journey of the playbook; `only` in these circumstances, such as a place."""
    now = app.clock()

    def work(unit: Unit, definitions: Definitions) -> Json:
        journeys = list(definitions.plan.playbook.journeys.values())
        return {"items": _maps(unit, journeys, only), **freshness(unit, definitions, now)}

    return await app.read(work)


async def journey_map(app: App, key: str, only: Only = ()) -> Json:
    """One journey."""
    now = app.clock()

    def work(unit: Unit, definitions: Definitions) -> Json:
        journey = definitions.plan.playbook.journeys.get(key)
        if journey is None:
            raise Unknown("unknown_journey", "方案里没有这个旅程", "the playbook has no such journey")
        return {**_maps(unit, [journey], only)[0], **freshness(unit, definitions, now)}

    return await app.read(work)


def _maps(unit: Unit, journeys: Sequence[Journey], only: Only) -> list[Json]:
    keys = [journey.key for journey in journeys]
    runs: dict[str, Counts] = {key: {} for key in keys}
    for run in unit.overview.runs(keys, only):
        runs[run.journey][run.status, run.stage or ""] = run.n
    broken: dict[str, Counts] = {key: {} for key in keys}
    for each in unit.overview.breaks(keys, only):
        broken[each.journey][each.kind, each.stage] = each.n
    return [_map(journey, runs[journey.key], broken[journey.key]) for journey in journeys]


def _map(journey: Journey, runs: Counts, broken: Counts) -> Json:
    graph = graph_of(journey)
    stages = [_stage(stage, runs, broken) for stage in journey.stages]
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
        "runs": {status: sum(n for (found, _), n in runs.items() if found == status) for status in STATUSES},
        "breakpoints": sum(broken.values()),
        "stages": stages,
    }


def _stage(stage: Stage, runs: Counts, broken: Counts) -> Json:
    counts = {status: runs.get((status, stage.key), 0) for status in STATUSES}
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
        "here": counts["active"],
        "left": counts["dropped"],
        "finished": counts["completed"],
        "breakpoints": {kind: n for (kind, at), n in sorted(broken.items()) if at == stage.key},
    }
