"""Health of a journey over a span: the whole, each stage, by place, staff, class or time; and what people felt."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

from service.core.event import MICRO
from service.core.judging import WORTH
from service.core.progress import rounded
from service.core.rollup import Rolled, Tally, roll_up
from service.store import Span, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.gaps import Gaps, gaps, shown
from service.usecases.spans import Asked, Scope, columns, named, scope_of

Json = dict[str, object]
GOOD = 4 * MICRO


async def journey_health(app: App, asked: Asked, by: str | None = None) -> Json:
    """The health of everything that happened in the span, beside the span before."""
    now = app.clock()
    return await app.read(lambda unit, found: _health(unit, found, scope_of(found, asked, now), now, by))


def _health(unit: Unit, definitions: Definitions, scope: Scope, now: int, by: str | None) -> Json:
    silent = gaps(unit, definitions, now)
    whole = tallies(unit, scope.span, silent)
    before = tallies(unit, scope.before, silent)
    answer = {
        **scope.about(unit, definitions, now),
        **_shown(scope, whole.get(None, Tally())),
        "gaps": shown(scope.journey.key, silent),
        "before": _shown(scope, before.get(None, Tally())),
        "stages": [
            {"stage": each.key, "name": each.name, **_shown(scope, _of_stage(whole.get(None, Tally()), each.key))}
            for each in scope.journey.stages
        ],
    }
    if by is not None:
        groups = tallies(unit, scope.span, silent, columns((by,))[0])
        answer["by"] = by
        answer["groups"] = [
            {**named(scope, by, key), **_shown(scope, tally)}
            for key, tally in sorted(groups.items(), key=lambda each: (-each[1].lit.total(), str(each[0])))
        ]
    return answer


def tallies(unit: Unit, span: Span, silent: Gaps, by: str | None = None) -> dict[object, Tally]:
    """What happened, by one column; None: all of it together. Stalls that may be a source's silence do not count."""
    found: dict[object, Tally] = defaultdict(Tally)
    keys, none = (() if by is None else (by,)), (None,)
    for key, _steps, waits, late, *_ in unit.analytics.steps_by(span, ("lit", "reached"), ("waited", *keys)):
        if key[0] is None:
            continue
        tally = found[(*key, *none)[1]]
        tally.waits[key[0]] += waits
        tally.late[key[0]] += late
    for key, number, *_ in unit.analytics.steps_by(span, ("lit",), ("stage", *keys)):
        found[(*key, *none)[1]].lit[key[0]] += number
    for key, number, *_ in unit.analytics.breaks_by(span, ("stage", "kind", *keys)):
        found[(*key, *none)[2]].breaks[key[0], key[1]] += number
    for key, number in _suspected(unit, span, silent, keys):
        found[(*key, *none)[2]].breaks[key[0], key[1]] -= number
    for key, number, *_ in unit.analytics.steps_by(span, ("rated",), ("stage", "rating", *keys)):
        found[(*key, *none)[2]].ratings[key[0], key[1]] += number
    return found


def _suspected(unit: Unit, span: Span, silent: Gaps, keys: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], int]]:
    """The stalls that stand since their source fell silent."""
    for name, since in silent.items():
        journey, _, stage = name.partition("/")
        if journey == span.journey and since < span.end:
            late = replace(span, start=max(span.start, since))
            rows = unit.analytics.breaks_by(late, ("stage", "kind", *keys))
            mine = [row for row in rows if row[0][:2] == (stage, "stalled")]
            yield from ((key, number - well - left) for key, number, well, _, left in mine)


def _of_stage(tally: Tally, stage: str) -> Tally:
    one = Tally()
    for mine, theirs in ((one.lit, tally.lit), (one.waits, tally.waits), (one.late, tally.late)):
        mine[stage] = theirs[stage]
    one.breaks.update({key: number for key, number in tally.breaks.items() if key[0] == stage})
    one.ratings.update({key: number for key, number in tally.ratings.items() if key[0] == stage})
    return one


def _shown(scope: Scope, tally: Tally) -> Json:
    rolled = roll_up(tally)
    return {
        "score": rolled.score,
        "continuity": rounded(rolled.continuity),
        "timeliness": rounded(rolled.timeliness),
        "quality": rounded(rolled.quality),
        "largest_deduction": _deduction(scope, rolled),
        "n": {
            "steps": tally.lit.total(), "breakpoints": tally.breaks.total(), "waits": tally.waits.total(),
            "late": tally.late.total(), "ratings": tally.ratings.total(),
        },
    }  # fmt: skip


def _deduction(scope: Scope, rolled: Rolled) -> Json | None:
    lost = rolled.largest
    if lost is None:
        return None
    stages = {each.key: each.names for each in scope.journey.stages}
    name, english = stages.get(lost.stage, (lost.stage, lost.stage))
    text, text_en = lost.zh.format(stage=name), lost.en.format(stage=english)
    return {"code": lost.code, "stage": lost.stage, "text": text, "text_en": text_en, "n": lost.n, "of": lost.of}


async def feedback(app: App, asked: Asked) -> Json:
    """What people felt, stage by stage: ratings of the span, how many, their mean and how they are spread."""
    now = app.clock()
    return await app.read(lambda unit, found: _feedback(unit, found, scope_of(found, asked, now), now))


def _feedback(unit: Unit, definitions: Definitions, scope: Scope, now: int) -> Json:
    now_felt, before_felt = (tallies(unit, span, {}).get(None, Tally()).ratings for span in (scope.span, scope.before))
    return {
        **scope.about(unit, definitions, now),
        "stages": [
            {
                "stage": each.key, "name": each.name, "phase": each.phase, "key_moment": each.key_moment,
                "asks": each.feedback, "asks_en": each.feedback_en, **_felt(now_felt, each.key),
                "before": _felt(before_felt, each.key),
            }
            for each in scope.journey.stages
        ],
    }  # fmt: skip


def _felt(ratings: dict[tuple[str, int], int], stage: str) -> Json:
    mine = {rating: number for (each, rating), number in ratings.items() if each == stage}
    total = sum(mine.values())
    spread = {str(worth // MICRO): mine.get(worth, 0) for worth in sorted(WORTH)}
    mean = round(sum(rating * number for rating, number in mine.items()) / total / MICRO, 2) if total else None
    return {"n": total, "mean": mean, "spread": spread, "good": sum(n for rating, n in mine.items() if rating >= GOOD)}
