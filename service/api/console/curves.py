"""Where things stand in small pictures: the curve of what people felt, and days as bars. Numbers only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import cast

Json = Mapping[str, object]
STEP, MARGIN, TOP, LEVEL = 132, 72, 34, 30  # between stages, to the edges, above five points, between points
MOST = 5  # points
SMALLEST, LARGEST = 5, 13  # radius of a dot
BAR, TALL = 10, 60  # of a day


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """A stage that was rated: how well and how often, now and in the span before."""

    stage: str
    x: int
    y: int
    r: int
    n: int
    mean: float
    before: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """`path` leads through the dots, `before` through where they were. `levels`: from one point to five."""

    width: int
    height: int
    dots: tuple[Dot, ...]
    path: str
    before: str
    columns: tuple[tuple[str, int], ...]
    levels: tuple[tuple[int, int], ...]


def curve(felt: Sequence[Json]) -> Curve | None:
    """What people felt, stage by stage; None if nobody rated anything."""
    most = max((cast("int", each["n"]) for each in felt), default=0)
    if not most:
        return None
    dots, past = list[Dot](), list[tuple[int, int]]()
    for place, each in enumerate(felt):
        x, n = MARGIN + place * STEP, cast("int", each["n"])
        then = cast("float | None", cast("Json", each["before"])["mean"])
        if then is not None:
            past.append((x, _height(then)))
        if n:
            mean, radius = cast("float", each["mean"]), round(SMALLEST + (LARGEST - SMALLEST) * sqrt(n / most))
            dots.append(Dot(stage=str(each["stage"]), x=x, y=_height(mean), r=radius, n=n, mean=mean, before=then))
    return Curve(
        width=2 * MARGIN + (len(felt) - 1) * STEP,
        height=_height(1) + LEVEL + 26,
        dots=tuple(dots),
        path=_through([(each.x, each.y) for each in dots]),
        before=_through(past),
        columns=tuple((str(each["stage"]), MARGIN + place * STEP) for place, each in enumerate(felt)),
        levels=tuple((points, _height(points)) for points in range(1, MOST + 1)),
    )


def _height(points: float) -> int:
    return round(TOP + (MOST - points) * LEVEL)


def _through(points: Sequence[tuple[int, int]]) -> str:
    return "".join(f"{'L' if place else 'M'}{x} {y}" for place, (x, y) in enumerate(points))


@dataclass(frozen=True, slots=True, kw_only=True)
class Bars:
    """Days side by side, each as tall as it had many; `since`: where a line stands, if anything changed then."""

    width: int
    days: tuple[tuple[str, int, int], ...]  # the day, how many, how tall
    top: tuple[str, int]
    since: int | None


def bars(days: Sequence[Json], since: str | None) -> Bars:
    """How many on each day of a span, of which at least one had any."""
    counts = [(str(each["day"]), cast("int", each["n"])) for each in days]
    most = max(counts, key=lambda each: each[1])
    named = [day for day, _ in counts]
    return Bars(
        width=BAR * len(counts),
        days=tuple((day, n, round(TALL * n / max(most[1], 1))) for day, n in counts),
        top=most,
        since=BAR * named.index(since) if since in named else None,
    )
