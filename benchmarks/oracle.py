"""The oracle: what `GET /v1/profiles/…?at=…` must answer, worked out from the raw events as obviously as possible.

It shares no code with `service/` and keeps no running state. At every moment (after each event, and at every instant
at which silence could matter) each condition is evaluated from scratch over all events; since, until and the path of
classes are read off the resulting list.
"""

from collections.abc import Sequence
from typing import Any

from benchmarks import oracle_health
from benchmarks.oracle_book import Book, Calibration, Happened, Loose, Tree
from benchmarks.oracle_conditions import World
from benchmarks.oracle_numbers import score_of
from benchmarks.oracle_personas import UNDETERMINED, in_force
from benchmarks.oracle_time import written

Answer = dict[str, Any]


def expected(
    book: Book, raw: Sequence[Tree], calibrations: Sequence[Calibration], ats: Sequence[int]
) -> list[Answer | None]:
    """Answer for one profile at each instant; None where nothing has happened yet."""
    log = book.log(raw)
    worlds: dict[tuple[int, int], World] = {}
    answers: list[Answer | None] = []
    for at in ats:
        read = [event for event in log if event.t <= at]
        known = known_at(calibrations, at)
        if (len(read), len(known)) not in worlds:
            worlds[len(read), len(known)] = World(book, read, known)
        answers.append(answer(worlds[len(read), len(known)], at) if read else None)
    return answers


def known_at(calibrations: Sequence[Calibration], at: int) -> list[Calibration]:
    """List the calibrations that a read at an instant knows of; before the first, the first."""
    first = in_force(calibrations, at)
    return [one for one in calibrations if one.effective_from <= at or one is first]


def answer(world: World, at: int) -> Answer:
    """Put the whole answer together."""
    moment = (at, len(world.log))
    journeys = {}
    for name, journey in world.journeys.items():
        for run in world.runs(name, moment):
            journeys[name, run.key] = oracle_health.answer(journey, run, at)
    return {
        "traits": {name: plain(value) for name, value in world.traits(moment).items()},
        "tags": tags(world, at),
        "personas": {name: persona(world, name, at) for name in world.schemes},
        "journeys": journeys,
    }


def plain(value: Loose) -> Loose:
    """Write a number of 10⁻⁶ as JSON does."""
    return value / 1_000_000 if type(value) is int else value


def tags(world: World, at: int) -> dict[str, dict[str, str | None]]:
    """Say which tags are on, with value, since and until."""
    result = {}
    for tag in world.tags:
        if "when" not in world.tags[tag] and "values" not in world.tags[tag]:
            continue
        moments = world.moments(world.tag_instants(tag))
        path = [(moment[0], world.value(tag, moment)) for moment in moments]
        here = max(place for place, (instant_, _) in enumerate(path) if instant_ <= at)
        value = path[here][1]
        if value is None:
            continue
        first = here
        while first > 0 and path[first - 1][1] == value:
            first -= 1
        until = next((instant_ for instant_, later in path[here:] if later != value), None)
        result[tag] = {
            "value": value if isinstance(value, str) else None,
            "since": written(path[first][0]),
            "until": written(until),
        }
    return result


def persona(world: World, name: str, at: int) -> dict[str, Any]:
    """Say class, since, score and position."""
    moment = (at, len(world.log))
    path = world.classes(name)
    chosen = path.at(moment)
    since = path.since(moment)
    result: dict[str, Any] = {"class": chosen}
    if chosen != UNDETERMINED or since != path.moments[0][0]:
        result["since"] = written(since)  # nobody says since when a class has been undetermined that was never another
    if chosen != UNDETERMINED:
        result["score"] = path.score(moment)
        calibration = in_force(world.calibrations, at)
        if calibration is not None and name in calibration.schemes:
            result["position"] = sum(bound <= result["score"] for bound in calibration.schemes[name][1])
    return result


def calibrate(book: Book, profiles: Sequence[Sequence[Happened]], at: int) -> dict[str, tuple[int, list[int]]]:
    """Learn m0 and the quantiles from all profiles as they are at an instant."""
    result = {}
    for name, scheme in World(book, [], []).schemes.items():
        found = []
        for log in profiles:
            world = World(book, [event for event in log if event.t <= at], [])
            path = world.classes(name)
            moment = (at, len(world.log))
            if not path.ask.undetermined(moment):
                found.append(scheme.statistics([world.log[i] for i in path.ask.standing(moment)]))
        number = sum(one.number for one in found)
        mean = sum(one.total for one in found) // number if number else 0
        result[name] = (mean, quantiles(sorted(score_of(one.value(mean)) for one in found)))
    return result


def quantiles(scores: Sequence[int]) -> list[int]:
    """Take the nearest ranks q_1 … q_1000 of sorted scores."""
    return [scores[-(-k * len(scores) // 1000) - 1] for k in range(1, 1001)] if scores else []
