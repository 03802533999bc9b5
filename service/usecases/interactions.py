"""Interaction lines: of people who waited at a stage, who did what, and whether those went on more often.

A landmark is set at the first quartile of the waits that went on: looked at is who still waited then, and what he had
done before. Without it whoever waits longer would have had more time to do anything. An association, no cause.
"""

from collections import Counter

from service.core.event import MICRO
from service.core.proportions import differ, most_common, share
from service.core.subjects import event_name
from service.store import Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.doings import Window, types_done
from service.usecases.failures import Invalid
from service.usecases.spans import Asked, Scope, scope_of, shown

Json = dict[str, object]
SAMPLE = 2_000
FEW = 10  # people on either side, before anything is said
QUARTER, TENTH = 4, 10


async def interactions(app: App, asked: Asked, stage: str) -> Json:
    """The lines of one stage, from the newest waits of the span."""
    now = app.clock()
    return await app.read(lambda unit, found: _lines(unit, found, scope_of(found, asked, now), (stage, now)))


def _lines(unit: Unit, definitions: Definitions, scope: Scope, wanted: tuple[str, int]) -> Json:
    stage, now = wanted
    known = [each.key for each in scope.journey.stages]
    if stage not in known:
        names = ", ".join(known)
        raise Invalid("unknown_stage", f"这个旅程没有这个阶段，可用：{names}", f"the journey has these stages: {names}")
    ended = unit.analytics.visits(scope.span, stage, SAMPLE)
    waits = sorted(end - start for _, start, end, went_on in ended if went_on)
    about = {**scope.about(unit, definitions, now), "stage": stage, "association": True}
    if len(waits) < FEW:
        return {**about, "landmark_seconds": None, "n": 0, "lines": []}
    landmark, late = waits[len(waits) // QUARTER], waits[-1 - len(waits) // TENTH]
    people = [(Window(p, start, start + landmark), bool(on)) for p, start, end, on in ended if end - start > landmark]
    people += [
        (Window(profile, since, since + landmark), False)
        for profile, since in unit.analytics.waiting(scope.span, stage, SAMPLE)
        if now - since > max(late, landmark)
    ]
    return {**about, "landmark_seconds": landmark / MICRO, "n": len(people), "lines": _of(unit, scope, people)}


def _of(unit: Unit, scope: Scope, people: list[tuple[Window, bool]]) -> list[Json]:
    done = types_done(unit, [window for window, _ in people])
    did, went_on = Counter[str](), Counter[str]()
    for window, on in people:
        for kind in done.get(window, ()):
            did[kind] += 1
            went_on[kind] += on
    everybody, all_on = len(people), sum(on for _, on in people)
    lines: list[Json] = []
    for kind, number in most_common(did):
        if min(number, everybody - number) < FEW:
            continue
        one = share(went_on[kind], number)
        other = share(all_on - went_on[kind], everybody - number)
        name, english = event_name(scope.playbook, kind)
        k, n, a, b = one.n, other.n, _percent(one.k, one.n), _percent(other.k, other.n)
        zh = f"做过“{name}”的 {k} 人次里 {a} 继续，没做的 {n} 人次里 {b}"
        en = f"{english}: {a} of {k} went on, of the {n} others {b}"
        lines.append(
            {
                "type": kind, "name": name, "did": shown(one), "did_not": shown(other), "differs": differ(one, other),
                "text": zh, "text_en": en,
            }
        )  # fmt: skip
    return lines


def _percent(k: int, n: int) -> str:
    return f"{100 * k / n:.0f}%"
