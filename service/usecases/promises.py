"""Promises kept and targets reached: what the playbook says of a stage against what happened."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from service.core.calendar import DAY, say_instant
from service.core.event import MICRO
from service.core.playbook.care import EVERYONE, Promise
from service.core.playbook.definitions import Stage
from service.core.proportions import distance, share
from service.store import Span, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.spans import Asked, Scope, columns, named, scope_of, shown

Json = dict[str, object]
LATELY, BEFORE = 7 * DAY, 28 * DAY  # what is compared to tell that a promise slides
ENOUGH = 10  # of a week, and of what it is compared with, before anything is said of it
ALARMING = 2.6  # standard errors: every promise is looked at every day, and nobody listens to false alarms
GOOD = 4 * MICRO


async def promises(app: App, asked: Asked, by: str | None = None) -> Json:
    """Every promise of the journey: kept or not in the span, for whom, by place or week; and whether it slides."""
    now = app.clock()
    return await app.read(lambda unit, found: _promises(unit, found, scope_of(found, asked, now), now, by))


def _promises(unit: Unit, definitions: Definitions, scope: Scope, now: int, by: str | None) -> Json:
    found = [
        _promise(unit, scope, (stage, each), by, now)
        for stage in scope.journey.stages
        for promise in stage.promises
        for each in _apart(promise)
    ]
    return {**scope.about(unit, definitions, now), "by": by, "items": found, "targets": _targets(unit, scope, now)}


def _apart(promise: Promise) -> tuple[Promise, ...]:
    """How soon and how good are two promises, even if they are written as one."""
    if promise.rating is None or promise.within is None:
        return (promise,)
    return replace(promise, rating=None), replace(promise, within=None, percent=100)


def _promise(unit: Unit, scope: Scope, said: tuple[Stage, Promise], by: str | None, now: int) -> Json:
    stage, promise = said
    measure = _in_time if promise.within is not None else _rated
    head: dict[str, Any] = {
        "stage": stage.key, "name": stage.name, "persona": promise.cls,
        "persona_name": "所有人" if promise.cls == EVERYONE else named(scope, "persona", promise.cls)["name"],
        "rating": None if promise.rating is None else promise.rating / MICRO,
        "within_seconds": None if promise.within is None else promise.within / MICRO,
        "percent": promise.percent,
    }  # fmt: skip
    whole = measure(unit, scope.span, stage, promise, ())
    head |= whole.get((), _nothing(promise))
    head["slides"] = _slides(unit, scope, stage, promise, now)
    if by is not None:
        groups = measure(unit, scope.span, stage, promise, columns((by,)))
        head["groups"] = [{**named(scope, by, key[0]), **each} for key, each in sorted(groups.items(), key=_in_turn)]
    return head


Measured = dict[tuple[Any, ...], Json]


def _in_turn(group: tuple[tuple[Any, ...], Json]) -> tuple[bool, Any]:
    """Hours and weeks as they follow each other, what was not said last."""
    (key,), _ = group
    return key is None, key


def _in_time(unit: Unit, span: Span, stage: Stage, promise: Promise, by: tuple[str, ...]) -> Measured:
    """Those of the class whose wait ended, and whether as many of them as promised had it end in time."""
    assert promise.within is not None
    counts: dict[tuple[object, ...], list[int]] = {}
    for (cls, *key), number, in_time in unit.analytics.in_time(span, stage.key, promise.within, ("cls", *by)):
        if promise.is_for(cls):
            counted = counts.setdefault(tuple(key), [0, 0])
            counted[0], counted[1] = counted[0] + number, counted[1] + in_time
    return {
        key: {
            "kept": 100 * in_time >= promise.percent * number if number else None,
            "in_time": shown(share(in_time, number)),
        }
        for key, (number, in_time) in counts.items()
    }


def _rated(unit: Unit, span: Span, stage: Stage, promise: Promise, by: tuple[str, ...]) -> Measured:
    """The mean of the ratings of the class."""
    counts: dict[tuple[object, ...], list[int]] = {}
    for (cls, rated, *key), _number, _waits, _late, number, total in unit.analytics.steps_by(
        span, ("rated",), ("cls", "stage", *by)
    ):
        if promise.is_for(cls) and rated == stage.key:
            counted = counts.setdefault(tuple(key), [0, 0])
            counted[0], counted[1] = counted[0] + number, counted[1] + total
    return {
        key: {
            "kept": total >= (promise.rating or 0) * number if number else None,
            "mean": round(total / number / MICRO, 2) if number else None,
            "n": number,
        }
        for key, (number, total) in counts.items()
    }


def _nothing(promise: Promise) -> Json:
    empty = {"in_time": shown(share(0, 0))} if promise.within is not None else {"mean": None, "n": 0}
    return {"kept": None, **empty}


def _slides(unit: Unit, scope: Scope, stage: Stage, promise: Promise, now: int) -> Json | None:
    """Whether the last week kept the promise less often than the four weeks before, by more than chance.

    The last week of the span, or until now if the span is not over.
    """
    end = min(scope.span.end, now)
    lately = replace(scope.span, start=end - LATELY)
    before = replace(scope.span, start=end - LATELY - BEFORE, end=end - LATELY)
    one, other = (share(*_good(unit, span, stage, promise)) for span in (lately, before))
    if min(one.n, other.n) < ENOUGH or distance(other, one) < ALARMING:
        return None
    name, name_en = stage.names
    when = say_instant(end, ZoneInfo(scope.playbook.timezone))
    week, week_en = ("最近 7 天", "last 7 days") if end == now else (f"{when} 前的 7 天", f"7 days before {when}")
    zh = f"“{name}”：{week}达到承诺的比例 {one.k}/{one.n}，之前 28 天 {other.k}/{other.n}，正在下滑"
    en = f"{name_en}: kept {one.k} of {one.n} in the {week_en}, {other.k} of {other.n} in the 28 before: it slides"
    return {"lately": shown(one), "before": shown(other), "text": zh, "text_en": en}


def _good(unit: Unit, span: Span, stage: Stage, promise: Promise) -> tuple[int, int]:
    """How many were served as promised, of how many: in time, or rated 4 and better."""
    if promise.within is not None:
        rows = unit.analytics.in_time(span, stage.key, promise.within, ("cls",))
        return _sums((in_time, number) for (cls,), number, in_time in rows if promise.is_for(cls))
    rows = unit.analytics.steps_by(span, ("rated",), ("cls", "stage", "rating"))
    mine = [(rating, number) for (cls, at, rating), number, *_ in rows if promise.is_for(cls) and at == stage.key]
    return _sums((number if rating is not None and rating >= GOOD else 0, number) for rating, number in mine)


def _sums(pairs: Iterable[tuple[int, int]]) -> tuple[int, int]:
    listed = list(pairs)
    return sum(good for good, _ in listed), sum(number for _, number in listed)


def _targets(unit: Unit, scope: Scope, now: int) -> list[Json]:
    """Of the runs entered in the span that are old enough to tell, how many lit the stage in time."""
    found: list[Json] = []
    for stage in scope.journey.stages:
        target = stage.target
        if target is None:
            continue
        within = target.within
        end = scope.span.end if within is None else min(scope.span.end, now - within)
        span = replace(scope.span, end=max(end, scope.span.start))
        runs = sum(number for _, _, number, _ in unit.analytics.cohort(span))
        reached = unit.analytics.soon(span, stage.key, now if within is None else within)
        actual = share(min(reached, runs), runs)
        met = None if not runs else 100 * reached >= target.percent * runs
        found.append(
            {
                "stage": stage.key, "name": stage.name, "percent": target.percent,
                "within_seconds": None if within is None else within / MICRO, "actual": shown(actual), "met": met,
            }
        )  # fmt: skip
    return found
