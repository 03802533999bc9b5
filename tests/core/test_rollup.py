"""Health of many runs: three shares multiplied, and the largest deduction named."""

from collections import Counter
from fractions import Fraction

import pytest

from service.core.event import MICRO
from service.core.rollup import Rolled, Tally, roll_up

LIT = Counter({"order": 60, "pickup": 30})
IN_TIME: Counter[str] = Counter({"order": 40, "pickup": 20})
BROKEN = Counter({("pickup", "failed"): 2, ("pickup", "stalled"): 3})


def rated(*ratings: tuple[str, int, int]) -> Counter[tuple[str, int]]:
    return Counter({(stage, rating * MICRO): number for stage, rating, number in ratings})


def test_of_nothing_there_is_no_score() -> None:
    one = Fraction(1)
    assert roll_up(Tally()) == Rolled(score=None, continuity=one, timeliness=one, quality=one, largest=None)


def test_three_shares_make_the_score() -> None:
    tally = Tally(
        lit=LIT, waits=IN_TIME, late=Counter({"pickup": 15}), breaks=Counter({("pickup", "stalled"): 10}),
        ratings=rated(("pickup", 5, 3), ("pickup", 1, 1)),
    )  # fmt: skip
    found = roll_up(tally)
    assert (found.continuity, found.timeliness, found.quality) == (Fraction(9, 10), Fraction(3, 4), Fraction(4, 5))
    assert found.score == 54


@pytest.mark.parametrize(
    ("tally", "wanted"),
    [
        (Tally(lit=LIT, waits=IN_TIME, ratings=rated(("order", 5, 9))), None),
        (
            Tally(lit=LIT, breaks=Counter({("pickup", "failed"): 2, ("pickup", "stalled"): 3})),
            ("stalled", "pickup", 3, 5),
        ),
        (Tally(waits=IN_TIME, late=Counter({"order": 2, "pickup": 3})), ("late", "pickup", 3, 20)),
        (Tally(ratings=rated(("order", 1, 2), ("order", 5, 9), ("pickup", 3, 2))), ("low_rating", "order", 2, 11)),
        (Tally(ratings=rated(("pickup", 1, 2), ("order", 1, 2))), ("low_rating", "order", 2, 2)),
    ],
)
def test_the_largest_deduction_is_named_with_its_numbers(
    tally: Tally, wanted: tuple[str, str, int, int] | None
) -> None:
    lost = roll_up(tally).largest
    assert (lost and (lost.code, lost.stage, lost.n, lost.of)) == wanted
    assert lost is None or (lost.zh and lost.en)
