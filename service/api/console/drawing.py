"""Where things stand in the picture of a journey: stages as circles, the ways between them as lines. Numbers only."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import cast

Json = Mapping[str, object]
STEP, ROW, MARGIN = 168, 172, 96  # from one stage to the next, from one branch to the next, to the edges
SMALLEST, LARGEST = 26, 42  # radius of a circle
TOP, ARC = 44, 46  # room for the phases; for a way that passes over stages, for each of them
THIN, THICK = 2.0, 14.0
BELOW = 78  # a circle: its name, and who left
MANY = 10  # a way that is none of the playbook's is drawn if it was taken a tenth as often as the busiest
LETTERS = 14  # of half width in a line of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """From one stage to another, and how many took it. `own`: the playbook has no such way."""

    start: str
    end: str
    n: int
    own: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A stage. `score`: its health, 0 to 100, which is how much of the ring round it is filled; None: nothing yet."""

    stage: Json
    x: int
    y: int
    r: int
    score: int | None
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A way from one stage to another: how many took it, and where that is written.

    `back` leads to an earlier one; `own` is none of the playbook: people took it all the same.
    """

    path: str
    width: float
    back: bool
    own: bool
    n: int
    x: int
    y: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """Stages of one phase, side by side."""

    phase: str
    x: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    width: int
    height: int
    circles: tuple[Circle, ...]
    lines: tuple[Line, ...]
    bands: tuple[Band, ...]


def picture(found: Json, flow: Json, health: Json, language: str) -> Picture:
    """The map of a journey drawn, with how people moved and how well it went."""
    stages = cast("Sequence[Json]", found["stages"])
    scores = {str(each["stage"]): _score(each) for each in cast("Sequence[Json]", health["stages"])}
    columns, ways = _columns(stages), _ways(stages, flow)
    rows = {column: [key for key, each in columns.items() if each == column] for column in columns.values()}
    spans = [columns[way.end] - columns[way.start] for way in ways]
    over = ARC * max((span for span in spans if span > 1), default=1)
    under = ARC * max((1 - span for span in spans if span <= 0), default=0)
    tallest = max(map(len, rows.values()))
    middle = TOP + over + LARGEST + (tallest - 1) * ROW // 2
    busiest = max(cast("int", each["here"]) for each in stages)
    circles = {}
    for each in stages:
        key = str(each["stage"])
        mates = rows[columns[key]]
        y = middle + (2 * mates.index(key) - len(mates) + 1) * ROW // 2
        circles[key] = _circle(each, (MARGIN + columns[key] * STEP, y), busiest, scores.get(key), language)
    return Picture(
        width=2 * MARGIN + max(columns.values()) * STEP,
        height=middle + (tallest - 1) * ROW // 2 + LARGEST + BELOW + under,
        circles=tuple(circles.values()),
        lines=tuple(_lines(ways, circles)),
        bands=tuple(_bands(stages, columns)),
    )


def _score(health: Json) -> int | None:
    counted = cast("Mapping[str, int]", health["n"])
    return cast("int | None", health["score"]) if any(counted.values()) else None


def _ways(stages: Sequence[Json], flow: Json) -> list[Way]:
    """The playbook's, and those that many people took although it has none."""
    keys = [str(each["stage"]) for each in stages]
    edges = cast("Sequence[Json]", flow["edges"])
    taken = {(each["from"], str(each["to"])): cast("int", each["n"]) for each in edges if each["from"] is not None}
    most = max(taken.values(), default=0)
    planned = [(str(each["stage"]), to) for each in stages for to in _following(each)]
    found = [Way(start=start, end=end, n=taken.get((start, end), 0), own=False) for start, end in planned]
    for (start, end), n in taken.items():
        wild = (start, end) not in planned and start != end and n * MANY >= most
        if wild and start in keys and end in keys:
            found.append(Way(start=str(start), end=end, n=n, own=True))
    return found


def _following(stage: Json) -> list[str]:
    return [*cast("list[str]", stage["next"]), *cast("list[str]", stage["back"])]


def _columns(stages: Sequence[Json]) -> dict[str, int]:
    """Every stage as far right as its longest way makes it; one that no way leads to follows the one before it."""
    found: dict[str, int] = {}
    for place, each in enumerate(stages):
        before = [found[str(other["stage"])] for other in stages[:place] if each["stage"] in _following(other)]
        found[str(each["stage"])] = max(before, default=max(found.values(), default=-1)) + 1
    return found


def _circle(stage: Json, place: tuple[int, int], busiest: int, score: int | None, language: str) -> Circle:
    here = cast("int", stage["here"])
    radius = round(SMALLEST + (LARGEST - SMALLEST) * sqrt(here / busiest)) if busiest else SMALLEST
    name = str((stage["name_en"] if language == "en" else None) or stage["name"])
    return Circle(stage=stage, x=place[0], y=place[1], r=radius, score=score, lines=_broken_in_lines(name))


def _broken_in_lines(name: str) -> tuple[str, ...]:
    """Two lines at most, parted between words if there are several."""
    first = _fitting(name)
    if first == len(name):
        return (name,)
    space = name.rfind(" ", 1, first + 1)
    first = first if space < 0 else space
    rest = name[first:].lstrip()
    last = _fitting(rest)
    return name[:first], rest if last == len(rest) else rest[: last - 1] + "…"


def _fitting(text: str) -> int:
    """How many letters have room in a line; one of Chinese is as wide as two others."""
    room = LETTERS
    for place, letter in enumerate(text):
        room -= 1 if letter.isascii() else 2
        if room < 0:
            return place
    return len(text)


def _lines(ways: Sequence[Way], circles: Mapping[str, Circle]) -> Iterator[Line]:
    most = max((way.n for way in ways), default=0)
    order = {key: place for place, key in enumerate(circles)}
    for way in ways:
        back = order[way.end] <= order[way.start]
        width = round(THIN + (THICK - THIN) * way.n / most, 1) if most and not way.own else THIN
        path, x, y = _path(circles[way.start], circles[way.end], back=back)
        yield Line(path=path, width=width, back=back, own=way.own, n=way.n, x=x, y=round(y - width / 2))


def _path(start: Circle, end: Circle, *, back: bool) -> tuple[str, int, int]:
    """Side by side a soft curve; over several stages an arc above; back an arc below. And where its number goes."""
    if back:
        reach = max(abs(end.x - start.x) // STEP, 1) * ARC
        low = max(start.y, end.y) + BELOW + reach
        left, right = start.x - (start.r if start is end else 0), end.x + (end.r if start is end else 0)
        path = f"M{left} {start.y + start.r} C{left} {low} {right} {low} {right} {end.y + end.r + 8}"
        return path, (left + right) // 2, (start.y + start.r + 6 * low + end.y + end.r) // 8 + 16
    if end.x - start.x > STEP:
        high = min(start.y, end.y) - (end.x - start.x) // STEP * ARC
        path = f"M{start.x} {start.y - start.r} C{start.x} {high} {end.x} {high} {end.x} {end.y - end.r - 8}"
        return path, (start.x + end.x) // 2, (start.y - start.r + 6 * high + end.y - end.r) // 8 - 4
    x1, x2 = start.x + start.r, end.x - end.r - 8
    half = (x1 + x2) // 2
    return f"M{x1} {start.y} C{half} {start.y} {half} {end.y} {x2} {end.y}", half, (start.y + end.y) // 2 - 5


def _bands(stages: Sequence[Json], columns: Mapping[str, int]) -> list[Band]:
    found: list[Band] = []
    phases = {columns[str(each["stage"])]: str(each["phase"]) for each in reversed(stages)}
    for column, phase in sorted(phases.items()):
        x = MARGIN + column * STEP - STEP // 2
        if found and found[-1].phase == phase:
            found[-1] = Band(phase=phase, x=found[-1].x, width=x + STEP - found[-1].x)
        else:
            found.append(Band(phase=phase, x=x, width=STEP))
    return found
