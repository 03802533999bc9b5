"""What is otherwise than before: another version of the playbook, touchpoints that help, combinations that grow."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from service.core.calendar import DAY, write_instant
from service.core.event import MICRO
from service.core.playbook.definitions import Journey
from service.core.proportions import differ, share
from service.store import Span, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.spans import Asked, Scope, named, scope_of, shown

Json = dict[str, object]
LONGEST_AGE = 28 * DAY
MOST = 50


async def versions(app: App, asked: Asked) -> Json:
    """Runs entered under the version in force against those under the version before, at equal age."""
    now = app.clock()
    return await app.read(lambda unit, found: _versions(unit, found, scope_of(found, asked, now), now))


def _versions(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    """The age is half of the time since the publication: the first half of its runs have reached it.

    Runs of the version before are taken if they reached that age before it was replaced. The span that is told is the
    one in which the runs of this version were entered.
    """
    rows = unit.playbooks.versions(2)[::-1]
    version = {"version": definitions.plan.version}
    if len(rows) < 2:  # noqa: PLR2004 (this one and the one before)
        return {
            **scope.about(unit, definitions, now), **version, "before_version": None, "age_seconds": None, "stages": []
        }  # fmt: skip
    old, new = rows[-2], rows[-1]
    age = min((now - new.published_at) // 2, LONGEST_AGE)
    spans = [
        replace(scope.span, start=new.published_at, end=now - age),
        replace(scope.span, start=old.published_at, end=max(new.published_at - age, old.published_at)),
    ]
    about = replace(scope, span=spans[0]).about(unit, definitions, now)
    return {
        **about, **version, "before_version": old.version, "published_at": write_instant(new.published_at),
        "age_seconds": age / MICRO, "stages": _at_age(unit, scope.journey, spans, age),
    }  # fmt: skip


async def periods(app: App, asked: Asked) -> Json:
    """Runs entered in the span against those of the span before, at equal age: half of the span.

    Of either those are taken that reached that age before their span was over: younger ones cannot tell yet.
    """
    now = app.clock()
    return await app.read(lambda unit, found: _periods(unit, found, scope_of(found, asked, now), now))


def _periods(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    age = min((scope.span.end - scope.span.start) // 2, LONGEST_AGE)
    ends = min(scope.span.end, now), min(scope.before.end, now)
    pairs = zip((scope.span, scope.before), ends, strict=True)
    spans = [replace(span, end=max(end - age, span.start)) for span, end in pairs]
    stages = _at_age(unit, scope.journey, spans, age)
    return {**scope.about(unit, definitions, now), "age_seconds": age / MICRO, "stages": stages}


def _at_age(unit: Unit, journey: Journey, spans: Sequence[Span], age: int) -> list[Json]:
    """How many of the runs entered in either span had lit each stage at an age that all of them have reached."""
    runs = [sum(number for _, _, number, _ in unit.analytics.cohort(span)) for span in spans]
    stages: list[Json] = []
    for stage in journey.stages:
        one, other = (
            share(unit.analytics.soon(span, stage.key, age), number) for span, number in zip(spans, runs, strict=True)
        )
        about = {"stage": stage.key, "name": stage.name}
        stages.append({**about, "now": shown(one), "then": shown(other), "differs": differ(one, other)})
    return stages


async def touchpoints(app: App, asked: Asked) -> Json:
    """Of the runs entered in the span: how many of those that met a touchpoint were completed, and of the others."""
    now = app.clock()
    return await app.read(lambda unit, found: _touchpoints(unit, found, scope_of(found, asked, now), now))


def _touchpoints(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    runs, completed = 0, 0
    for _lit, status, number, _health in unit.analytics.cohort(scope.span):
        runs += number
        completed += number * (status == "completed")
    items: list[Json] = []
    for touchpoint, number, done in sorted(unit.analytics.touchpoints(scope.span), key=lambda row: (-row[1], row[0])):
        met, other = share(done, number), share(completed - done, runs - number)
        items.append(
            {"touchpoint": touchpoint, "met": shown(met), "not_met": shown(other), "differs": differ(met, other)}
        )
    return {**scope.about(unit, definitions, now), "association": True, "runs": runs, "items": items}


async def combinations(app: App, asked: Asked) -> Json:
    """Where runs begin: scenario, place and hour together, those that grow first, and those that nobody has listed."""
    now = app.clock()
    return await app.read(lambda unit, found: _combinations(unit, found, scope_of(found, asked, now), now))


def _combinations(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    counts, before = (_begun(unit, span) for span in (scope.span, scope.before))
    totals = counts.total(), before.total()
    items: list[dict[str, Any]] = []
    for key, number in counts.items():
        one, other = share(number, totals[0]), share(before[key], totals[1])
        scenario, place, hour = key
        listed = scope.playbook.places.get(str(place))
        items.append(
            {
                "scenario": scenario, "place": place, "place_name": named(scope, "place", place)["name"], "hour": hour,
                "n": number, "before": before[key],
                "grows": bool(other.n) and differ(one, other) and one.k * other.n > other.k * one.n,
                "unlisted": bool(listed and scenario and listed.scenarios and scenario not in listed.scenarios),
            }
        )  # fmt: skip
    items.sort(key=_standing_out)
    return {**scope.about(unit, definitions, now), "runs": totals[0], "items": items[:MOST], "more": len(items) > MOST}


def _standing_out(item: dict[str, Any]) -> tuple[object, ...]:
    where = str(item["place"]), item["hour"], str(item["scenario"])
    return not item["grows"], not item["unlisted"], -item["n"], *where


def _begun(unit: Unit, span: Span) -> Counter[tuple[object, ...]]:
    rows = unit.analytics.steps_by(span, ("entered",), ("scenario", "place", "hour"))
    return Counter({key: number for key, number, *_ in rows})
