"""Health of an enrollment: continuity × timeliness × quality, with the largest deduction named."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from service.core.enrollment import (
    ACTIVE,
    DISSATISFIED,
    DROPPED,
    FAILED,
    HOPELESS,
    LEFT,
    NEVER,
    REGRESSED,
    SKIPPED,
    SLIDING,
    STALLED,
    Enrollment,
)
from service.core.playbook.definitions import Journey

BROKEN = {
    STALLED: Fraction(1, 2),
    HOPELESS: Fraction(1, 2),
    FAILED: Fraction(1, 2),
    SKIPPED: Fraction(4, 5),
    LEFT: Fraction(1, 5),
    REGRESSED: Fraction(4, 5),
}
LATE_NOW, WAS_LATE = Fraction(7, 10), Fraction(17, 20)
DISPLEASED = Fraction(3, 4)  # of the quality
_SAID = {
    REGRESSED: ("regressed", "退回{}", "went back to {}"),
    DISSATISFIED: ("dissatisfied", "对{}不满", "dissatisfied with {}"),
    SLIDING: ("sliding", "{}的评价下滑", "ratings of {} slide"),
    STALLED: ("stalled", "{}超时", "{} is overdue"),
    HOPELESS: ("stalled", "{}久等未果", "{} has waited beyond hope"),
    FAILED: ("failed", "{}失败", "{} failed"),
    SKIPPED: ("skipped", "跳过了{}", "{} was skipped"),
    LEFT: ("dropped", "在{}离开", "left at {}"),
}


@dataclass(frozen=True, slots=True)
class Deduction:
    """Something that lowers one of the three parts by a factor."""

    part: str
    factor: Fraction
    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """`score` 0–100; the parts are fractions of 1."""

    score: int
    continuity: Fraction
    timeliness: Fraction
    quality: Fraction
    largest: Deduction | None


PERFECT = Health(score=100, continuity=Fraction(1), timeliness=Fraction(1), quality=Fraction(1), largest=None)


def is_late(each: Enrollment, at: int) -> bool:
    """Whether the current stage is past its expected time; a run that was left is judged by the instant it was left."""
    if each.late_at == NEVER or each.status not in (ACTIVE, DROPPED):
        return False
    left = next((found.since for found in each.open_breaks() if found.kind == LEFT), at)
    return min(at, left) >= each.late_at


def health(journey: Journey, each: Enrollment, at: int) -> Health:
    """The health of an enrollment at an instant."""
    parts = {"continuity": Fraction(1), "timeliness": Fraction(1), "quality": Fraction(1)}
    deductions = list(_deductions(journey, each, at))
    if not deductions:
        return PERFECT
    for deduction in deductions:
        parts[deduction.part] *= deduction.factor
    score = round(100 * parts["continuity"] * parts["timeliness"] * parts["quality"])
    return Health(score=score, largest=min(deductions, key=lambda found: found.factor, default=None), **parts)


def _deductions(journey: Journey, each: Enrollment, at: int) -> Iterator[Deduction]:
    for found in each.open_breaks():
        displeased = found.kind in (DISSATISFIED, SLIDING)
        if found.kind == DISSATISFIED and each.ratings:
            continue  # the ratings tell already
        stage = journey.stages[found.stage]
        code, zh, en = _SAID[found.kind]
        part, factor = ("quality", DISPLEASED) if displeased else ("continuity", BROKEN[found.kind])
        yield Deduction(part, factor, code, zh.format(stage.name), en.format(stage.english))
    if is_late(each, at):
        stage = journey.stages[each.current]
        yield Deduction("timeliness", LATE_NOW, "late", f"{stage.name}偏慢", f"{stage.english} is late")
    for index, stage in enumerate(journey.stages):
        if each.late >> index & 1:
            yield Deduction("timeliness", WAS_LATE, "was_late", f"{stage.name}曾超时", f"{stage.english} was late")
    if each.ratings and each.ratings[0] < 1000 * each.ratings[1]:
        factor = Fraction(each.ratings[0], 1000 * each.ratings[1])
        yield Deduction("quality", factor, "low_rating", "评分未满 5 分", "rated below 5")
