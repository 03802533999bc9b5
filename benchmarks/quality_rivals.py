"""Rankings that a persona's score is held against: RFM quintiles, and BG/NBD with gamma-gamma, fitted here.

BG/NBD: Fader, Hardie and Lee (2005); gamma-gamma: Fader and Hardie (2013). Days of purchase count, not orders; time is
in weeks. Maximum likelihood by the simplex of Nelder and Mead (1965) on the logarithms of the parameters.
"""

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from math import exp, inf, lgamma, log

from benchmarks.quality_people import DAY, Person

Point = tuple[float, ...]
Loss = Callable[[Point], float]
Visits = tuple[int, float, float]  # repeat days, weeks from the first to the last, weeks from the first to the cut
FIFTHS, FAR = 5, 12.0  # no logarithm of a parameter beyond ± FAR


# ---- RFM


def rfm(people: Mapping[str, Person]) -> dict[str, float]:
    """The sum of the quintiles of recency, frequency and money; equal values share the middle of their places."""
    columns = [
        {name: float(max(t for t, _ in one.orders)) for name, one in people.items()},
        {name: float(len(one.orders)) for name, one in people.items()},
        {name: sum(amount for _, amount in one.orders) for name, one in people.items()},
    ]
    quintiles = [_quintiles(column) for column in columns]
    return {name: float(sum(each[name] for each in quintiles)) for name in people}


def _quintiles(column: Mapping[str, float]) -> dict[str, int]:
    ordered = sorted(column.values())

    def fifth(value: float) -> int:
        middle = (bisect_left(ordered, value) + bisect_right(ordered, value) - 1) / 2
        return int(middle * FIFTHS / len(ordered)) + 1

    return {name: fifth(value) for name, value in column.items()}


# ---- BG/NBD with gamma-gamma


def lifetime_value(people: Mapping[str, Person], edge: int, days: int) -> dict[str, float]:
    """How often somebody is expected to buy until then × how much he is expected to spend."""
    visits = {name: _visits(one, edge) for name, one in people.items()}
    means = {name: _repeat_mean(one) for name, one in people.items()}
    often = fit_often(Counter(visits.values()))
    much = fit_much([(visits[name][0], mean) for name, mean in means.items() if mean > 0])
    found = {}
    for name, (repeats, last, age) in visits.items():
        expected = expected_visits(often, (repeats, last, age), days / 7)
        found[name] = expected * max(expected_mean(much, repeats, means[name]), 0.0)
    return found


def _by_day(person: Person) -> list[tuple[int, float]]:
    found: dict[int, float] = defaultdict(float)
    for t, amount in person.orders:
        found[t // DAY] += amount
    return sorted(found.items())


def _visits(person: Person, edge: int) -> Visits:
    days = _by_day(person)
    return len(days) - 1, (days[-1][0] - days[0][0]) / 7, (edge // DAY - days[0][0]) / 7


def _repeat_mean(person: Person) -> float:
    amounts = [amount for _, amount in _by_day(person)[1:]]
    return sum(amounts) / len(amounts) if amounts else 0.0


def fit_often(visits: Mapping[Visits, int]) -> Point:
    """BG/NBD's r, α, a, b."""
    most = max(repeats for repeats, _, _ in visits)

    def loss(at: Point) -> float:
        r, alpha, a, b = at
        fixed = [
            lgamma(r + x) - lgamma(r) + r * log(alpha) + lgamma(a + b) + lgamma(b + x) - lgamma(b) - lgamma(a + b + x)
            for x in range(most + 1)
        ]
        total = 0.0
        for (x, last, age), count in visits.items():
            alive = -(r + x) * log(alpha + age)
            if x:
                gone = log(a) - log(b + x - 1) - (r + x) * log(alpha + last) if b + x > 1 else -inf
                alive = max(alive, gone) + log(1 + exp(-abs(alive - gone)))
            total -= count * (fixed[x] + alive)
        return total

    return minimum(loss, (1.0, 1.0, 1.0, 1.0))


def fit_much(spent: Sequence[tuple[int, float]]) -> Point:
    """Gamma-gamma's p, q, v, from the repeat days and their mean."""

    def loss(at: Point) -> float:
        p, q, v = at
        total = -len(spent) * (q * log(v) - lgamma(q))
        for x, mean in spent:
            total -= lgamma(p * x + q) - lgamma(p * x) + (p * x - 1) * log(mean) + p * x * log(x)
            total += (p * x + q) * log(v + x * mean)
        return total

    return minimum(loss, (1.0, 1.5, 10.0))


def expected_visits(at: Point, visits: Visits, weeks: float) -> float:
    """How many more days of purchase within so many weeks."""
    (r, alpha, a, b), (x, last, age) = at, visits
    series = _gauss(r + x, b + x, a + b + x - 1, weeks / (alpha + age + weeks))
    rest = 1 - math.pow((alpha + age) / (alpha + age + weeks), r + x) * series
    gone = a / (b + x - 1) * math.pow((alpha + age) / (alpha + last), r + x) if x else 0.0
    return (a + b + x - 1) / (a - 1) * rest / (1 + gone)


def expected_mean(at: Point, repeats: int, mean: float) -> float:
    """How much is spent on a day: of nobody's repeat days, what all spend."""
    p, q, v = at
    return p * (v + repeats * mean) / (p * repeats + q - 1)


def _gauss(a: float, b: float, c: float, z: float) -> float:
    """The hypergeometric function ₂F₁ for 0 ≤ z < 1, by its series."""
    total = term = 1.0
    n = 0
    while abs(term) > 1e-13 * abs(total) or n < 10:
        term *= (a + n) * (b + n) / ((c + n) * (n + 1)) * z
        total += term
        n += 1
    return total


# ---- the simplex


def minimum(loss: Loss, start: Point, steps: int = 600) -> Point:
    """The positive parameters of the least loss, begun anew once where it came to rest."""

    def of_logs(logs: Point) -> float:
        return inf if any(abs(each) > FAR for each in logs) else loss(tuple(map(exp, logs)))

    best = tuple(map(log, start))
    for _ in range(2):
        best = _simplex(of_logs, best, steps)
    return tuple(map(exp, best))


def _simplex(loss: Loss, start: Point, steps: int) -> Point:
    corners = [start, *(tuple(each + (i == j) * 0.5 for j, each in enumerate(start)) for i in range(len(start)))]
    simplex = sorted((loss(corner), corner) for corner in corners)
    for _ in range(steps):
        if simplex[-1][0] - simplex[0][0] < 1e-7 * (1 + abs(simplex[0][0])) * 1e-3:
            break
        simplex = sorted(_moved(loss, simplex))
    return simplex[0][1]


def _moved(loss: Loss, simplex: list[tuple[float, Point]]) -> list[tuple[float, Point]]:
    """The worst corner reflected, further out, or drawn in; if nothing helps, all corners drawn to the best."""
    *kept, (worst, corner) = simplex
    centre = tuple(sum(each) / len(kept) for each in zip(*(point for _, point in kept), strict=True))

    def at(way: float) -> tuple[float, Point]:
        point = tuple(c + way * (c - w) for c, w in zip(centre, corner, strict=True))
        return loss(point), point

    reflected = at(1.0)
    if reflected[0] < kept[0][0]:
        return [*kept, min(reflected, at(2.0))]
    if reflected[0] < kept[-1][0]:
        return [*kept, reflected]
    inner = at(0.5) if reflected[0] < worst else at(-0.5)
    if inner[0] < min(worst, reflected[0]):
        return [*kept, inner]
    best = simplex[0][1]
    drawn = [tuple((one + other) / 2 for one, other in zip(point, best, strict=True)) for _, point in simplex[1:]]
    return [simplex[0], *((loss(point), point) for point in drawn)]
