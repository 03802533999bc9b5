"""Badges: shapes in a square of 100 by 100. Built-in ones, and paths of which every letter is checked."""

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

Point = tuple[float, float]
SIDE = 100
LONGEST = 2_000
TRIANGLE = 3  # corners
STEPS = 12  # straight pieces that stand for a curve
_NEEDED = {"M": 2, "L": 2, "H": 1, "V": 1, "C": 6, "Q": 4, "Z": 0}
_ALLOWED = re.compile(r"[MLHVCQZ0-9., ]+")
_COMMAND = re.compile(r"([MLHVCQZ])([0-9., ]*)")
_NUMBER = re.compile(r"\d{1,3}(?:\.\d{1,4})?")

BADGES: Mapping[str, str] = {
    "star": "M50 6 L61.8 36.2 L94 38.2 L69 58.8 L77.2 90 L50 72.6 L22.8 90 L31 58.8 L6 38.2 L38.2 36.2 Z",
    "heart": "M50 90 C18 66 6 50 6 33 C6 18 17 9 29 9 C38 9 46 14 50 22 C54 14 62 9 71 9 C83 9 94 18 94 33"
             " C94 50 82 66 50 90 Z",
    "cup": "M14 28 L74 28 L74 38 C88 38 94 45 94 54 C94 64 86 71 73 71 C70 82 62 88 52 88 L36 88 C22 88 14 78 14 64 Z"
           " M74 47 L74 62 C82 62 85 59 85 54 C85 49 82 47 74 47 Z M50 8 L57 8 L57 20 L50 20 Z"
           " M30 8 L37 8 L37 20 L30 20 Z",
    "leaf": "M10 90 C6 48 26 14 90 10 C94 66 66 92 28 82 L18 92 Z M28 72 C40 54 52 44 68 34 C50 40 36 52 26 66 Z",
    "gift": "M10 32 L90 32 L90 48 L10 48 Z M16 54 L45 54 L45 92 L16 92 Z M55 54 L84 54 L84 92 L55 92 Z"
            " M48 28 C30 28 22 22 24 14 C28 4 44 10 50 26 C56 10 72 4 76 14 C78 22 70 28 52 28 Z",
    "crown": "M8 26 L30 46 L50 14 L70 46 L92 26 L84 76 L16 76 Z M16 82 L84 82 L84 92 L16 92 Z",
    "flag": "M18 6 L27 6 L27 12 L88 12 L74 32 L88 54 L27 54 L27 94 L18 94 Z",
    "home": "M50 10 L94 48 L82 48 L82 90 L58 90 L58 62 L42 62 L42 90 L18 90 L18 48 L6 48 Z",
    "needle": "M88 6 L94 12 L38 68 L24 76 L32 62 Z M82 14 L78 18 L82 22 L86 18 Z"
              " M24 76 C10 80 6 90 16 94 L20 88 C16 86 20 82 28 80 Z",
    "lantern": "M42 6 L58 6 L58 16 L70 16 L70 24 C86 30 92 42 92 51 C92 62 86 72 70 78 L70 84 L54 84 L54 96 L46 96"
               " L46 84 L30 84 L30 78 C14 72 8 62 8 51 C8 42 14 30 30 24 L30 16 L42 16 Z"
               " M36 26 C28 42 28 60 36 76 L42 76 C34 60 34 42 42 26 Z"
               " M64 26 C72 42 72 60 64 76 L58 76 C66 60 66 42 58 26 Z",
}  # fmt: skip


def path_of(badge: str | None) -> str:
    """The path of a badge by its name, or the path that it is."""
    return BADGES.get(badge or "lantern", badge or "")


def is_path(text: str) -> bool:
    """Whether a text is a path that can be drawn: absolute commands M L H V C Q Z, numbers from 0 to 100."""
    if len(text) > LONGEST or not _ALLOWED.fullmatch(text) or not text.startswith("M"):
        return False
    drawn = False
    for letter, rest in _COMMAND.findall(text):
        numbers = re.split(r" *, *| +", rest.strip(" ")) if rest.strip(" ") else []
        if len(numbers) != _NEEDED[letter] or not all(_is_number(each) for each in numbers):
            return False
        drawn = drawn or letter not in "MZ"
    return drawn


def _is_number(text: str) -> bool:
    return _NUMBER.fullmatch(text) is not None and float(text) <= SIDE


def outlines(path: str) -> Iterator[list[Point]]:
    """The closed outlines of a path, curves as straight pieces; a point is inside if an odd number of them hold it."""
    points: list[Point] = []
    for letter, rest in _COMMAND.findall(path):
        numbers = [float(each) for each in _NUMBER.findall(rest)]
        if letter == "M":
            yield from _whole(points)
            points = [(numbers[0], numbers[1])]
        elif letter in "HV":
            x, y = points[-1]
            points.append((numbers[0], y) if letter == "H" else (x, numbers[0]))
        elif letter in "LCQ":
            given = [points[-1], *((x, y) for x, y in list(pairwise(numbers))[::2])]
            points += [given[1]] if letter == "L" else [_on(given, step / STEPS) for step in range(1, STEPS + 1)]
    yield from _whole(points)


def _whole(points: list[Point]) -> Iterator[list[Point]]:
    """An outline has an inside from three points on."""
    if len(points) >= TRIANGLE:
        yield points


def _on(given: list[Point], share: float) -> Point:
    """The point of a curve at a share of it, by halving in that ratio."""
    if len(given) == 1:
        return given[0]
    return _on([(a + (c - a) * share, b + (d - b) * share) for (a, b), (c, d) in pairwise(given)], share)
