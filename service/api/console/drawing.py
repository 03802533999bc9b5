"""Where things stand in the picture of a journey: stages as circles, the ways between them as lines. Numbers only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import cast

Json = Mapping[str, object]
STEP, ROW, MARGIN = 168, 172, 96  # from one stage to the next, from one branch to the next, to the edges
SMALLEST, LARGEST = 26, 42  # radius of a circle
TOP, ARC = 44, 46  # room for the phases; for a way that passes over stages, for each of them
THIN, THICK = 2.0, 14.0
LETTERS = 14  # of half width in a line of a name


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """A stage. `ring` is the length of the ring round it, `broken` how much of it is red."""

    stage: Json
    x: int
    y: int
    r: int
    ring: float
    broken: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A way from one stage to another; `back` leads to an earlier one."""

    path: str
    width: float
    back: bool


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


def picture(found: Json, language: str) -> Picture:
    """The map of a journey drawn."""
    stages = cast("Sequence[Json]", found["stages"])
    columns = _columns(stages)
    rows = {column: [key for key, each in columns.items() if each == column] for column in columns.values()}
    spans = [abs(columns[to] - columns[str(each["stage"])]) for each in stages for to in _ways(each)]
    arc = ARC * max((span for span in spans if span > 1), default=1)
    tallest = max(map(len, rows.values()))
    middle = TOP + arc + LARGEST + (tallest - 1) * ROW // 2
    busiest = max(cast("int", each["here"]) for each in stages)
    circles = {}
    for each in stages:
        key = str(each["stage"])
        mates = rows[columns[key]]
        y = middle + (2 * mates.index(key) - len(mates) + 1) * ROW // 2
        circles[key] = _circle(each, (MARGIN + columns[key] * STEP, y), busiest, language)
    return Picture(
        width=2 * MARGIN + max(columns.values()) * STEP,
        height=middle + (tallest - 1) * ROW // 2 + LARGEST + 78 + arc,
        circles=tuple(circles.values()),
        lines=tuple(_lines(stages, circles)),
        bands=tuple(_bands(stages, columns)),
    )


def _ways(stage: Json) -> list[str]:
    return [*cast("list[str]", stage["next"]), *cast("list[str]", stage["back"])]


def _columns(stages: Sequence[Json]) -> dict[str, int]:
    """Every stage as far right as its longest way makes it; one that no way leads to follows the one before it."""
    found: dict[str, int] = {}
    for place, each in enumerate(stages):
        before = [found[str(other["stage"])] for other in stages[:place] if each["stage"] in _ways(other)]
        found[str(each["stage"])] = max(before, default=max(found.values(), default=-1)) + 1
    return found


def _circle(stage: Json, place: tuple[int, int], busiest: int, language: str) -> Circle:
    here = cast("int", stage["here"])
    radius = round(SMALLEST + (LARGEST - SMALLEST) * sqrt(here / busiest)) if busiest else SMALLEST
    stalled = cast("Mapping[str, int]", stage["breakpoints"]).get("stalled", 0)
    ring = 6.2832 * (radius + 4)
    name = str((stage["name_en"] if language == "en" else None) or stage["name"])
    return Circle(
        stage=stage, x=place[0], y=place[1], r=radius, ring=round(ring, 1),
        broken=round(ring * min(stalled / here, 1) if here else 0, 1), lines=_broken_in_lines(name),
    )  # fmt: skip


def _broken_in_lines(name: str) -> tuple[str, ...]:
    """Two lines at most; a letter of Chinese is as wide as two others."""
    lines, room = [""], LETTERS
    for letter in name:
        width = 1 if letter.isascii() else 2
        if width > room and len(lines) == 2:  # noqa: PLR2004 - there is room for two
            return lines[0], lines[1][:-1] + "…"
        if width > room:
            lines, room = [*lines, ""], LETTERS
        lines[-1] += letter
        room -= width
    return tuple(lines)


def _lines(stages: Sequence[Json], circles: Mapping[str, Circle]) -> list[Line]:
    most = max((cast("int", each["reached"]) for each in stages if each["reached"] is not None), default=0)
    found = []
    for each in stages:
        start = circles[str(each["stage"])]
        for key in _ways(each):
            end = circles[key]
            reached = end.stage["reached"]
            share = cast("int", reached) / most if most and reached is not None else 0.0
            back = key in cast("list[str]", each["back"])
            width = round(THIN + share * (THICK - THIN), 1)
            found.append(Line(path=_path(start, end, back=back), width=width, back=back))
    return found


def _path(start: Circle, end: Circle, *, back: bool) -> str:
    """Side by side a soft curve; over several stages an arc above them; back an arc below."""
    if back:
        reach = max(abs(end.x - start.x) // STEP, 1) * ARC
        low = max(start.y, end.y) + 78 + reach
        left, right = start.x - (start.r if start is end else 0), end.x + (end.r if start is end else 0)
        return f"M{left} {start.y + start.r} C{left} {low} {right} {low} {right} {end.y + end.r + 8}"
    if end.x - start.x > STEP:
        high = min(start.y, end.y) - (end.x - start.x) // STEP * ARC
        return f"M{start.x} {start.y - start.r} C{start.x} {high} {end.x} {high} {end.x} {end.y - end.r - 8}"
    x1, x2 = start.x + start.r, end.x - end.r - 8
    half = (x1 + x2) // 2
    return f"M{x1} {start.y} C{half} {start.y} {half} {end.y} {x2} {end.y}"


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
