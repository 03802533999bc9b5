"""Health of many runs at once: continuity × timeliness × quality, from counts, with the largest deduction named."""

from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction

from service.core.breakpoints import IN_WORDS
from service.core.judging import WORTH

BEST = max(WORTH)


@dataclass(slots=True)
class Tally:
    """What was counted of a group in a span of time, each by stage."""

    lit: Counter[str] = field(default_factory=Counter)
    waits: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    breaks: Counter[tuple[str, str]] = field(default_factory=Counter)  # by stage and kind
    ratings: Counter[tuple[str, int]] = field(default_factory=Counter)  # by stage and rating (micro units)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """The largest deduction: of which part, at which stage, in words; `n` of `of`."""

    code: str
    stage: str
    zh: str
    en: str
    n: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Rolled:
    """`score` 0–100, None if nothing happened; the parts are shares of 1."""

    score: int | None
    continuity: Fraction
    timeliness: Fraction
    quality: Fraction
    largest: Lost | None


def roll_up(tally: Tally) -> Rolled:
    """Continuity: of the steps on and the breaks, the steps on. Timeliness: of the waits that ended, those in time.

    Quality: the mean worth of the ratings; without any, 1.
    """
    lit, broken = tally.lit.total(), tally.breaks.total()
    waits, late, rated = tally.waits.total(), tally.late.total(), tally.ratings.total()
    continuity = Fraction(lit, lit + broken) if lit + broken else Fraction(1)
    timeliness = Fraction(waits - late, waits) if waits else Fraction(1)
    worth = sum(WORTH.get(rating, 0) * number for (_, rating), number in tally.ratings.items())
    quality = Fraction(worth, 1000 * rated) if rated else Fraction(1)
    happened = lit or broken or waits or rated
    return Rolled(
        score=round(100 * continuity * timeliness * quality) if happened else None,
        continuity=continuity, timeliness=timeliness, quality=quality,
        largest=_largest(tally, {"continuity": continuity, "timeliness": timeliness, "quality": quality}),
    )  # fmt: skip


def _largest(tally: Tally, parts: dict[str, Fraction]) -> Lost | None:
    part = min(parts, key=lambda name: parts[name])
    if parts[part] == 1:
        return None
    if part == "continuity":
        (stage, kind), number = min(tally.breaks.items(), key=lambda each: (-each[1], each[0]))
        zh, en = IN_WORDS[kind]
        return Lost(
            code=kind, stage=stage, zh=f"{{stage}}{zh}", en=f"{{stage}} {en}", n=number, of=tally.breaks.total()
        )
    if part == "timeliness":
        stage, number = min(tally.late.items(), key=lambda each: (-each[1], each[0]))
        return Lost(code="late", stage=stage, zh="{stage}偏慢", en="{stage} is late", n=number, of=tally.waits[stage])
    losses: Counter[str] = Counter()
    for (stage, rating), number in tally.ratings.items():
        losses[stage] += (1000 - WORTH.get(rating, 0)) * number
    stage = min(losses, key=lambda each: (-losses[each], each))
    of = sum(number for (each, _), number in tally.ratings.items() if each == stage)
    less = sum(number for (each, rating), number in tally.ratings.items() if each == stage and rating < BEST)
    return Lost(
        code="low_rating", stage=stage, zh="“{stage}”评分未满 5 分", en="{stage} is rated below 5", n=less, of=of
    )
