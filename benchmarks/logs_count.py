"""Runs, funnels and directly-follows graphs of a log, counted with dictionaries; no code is shared with the service."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ruamel.yaml import YAML

from benchmarks.logs_data import Case, Happened

DAY = 86_400
SPAN = 700 * DAY  # the service counts two years at once
Edge = tuple[str | None, str]
Types = frozenset[str]


@dataclass(frozen=True, slots=True)
class Told:
    """What a playbook says of a journey, as far as it is counted here: types of events alone."""

    key: str
    enter: Types
    leave: Types
    goal: Types
    stages: Mapping[str, Types]


@dataclass(slots=True)
class Run:
    """One run: when it was entered, what it reached, and its steps: when, from which stage since when, to which."""

    entered_at: int
    reached: dict[str, int] = field(default_factory=dict)
    steps: list[tuple[int, str | None, int, str]] = field(default_factory=list)


@dataclass(slots=True)
class Counts:
    """What is counted of one span."""

    runs: int = 0
    reached: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    edges: dict[Edge, int] = field(default_factory=lambda: defaultdict(int))
    seconds: dict[Edge, int] = field(default_factory=lambda: defaultdict(int))


def journeys(playbook: str) -> dict[str, Told]:
    """The journeys of a playbook."""
    book = YAML(typ="safe", pure=True).load(StringIO(playbook))
    return {
        name: Told(
            key=each["key"], enter=_types(each["enter"]), leave=_types(each.get("exit", ())),
            goal=_types(each.get("goal", ())),
            stages={stage["stage"]: _types(stage["completed_by"]) for stage in each["stages"]},
        )
        for name, each in book["journeys"].items()
    }  # fmt: skip


def _types(patterns: Any) -> Types:  # noqa: ANN401 - YAML
    listed = patterns if isinstance(patterns, list | tuple) else [patterns]
    assert all(set(each) == {"event"} for each in listed), listed
    return frozenset(each["event"] for each in listed)


def runs(journey: Told, cases: Iterable[Case]) -> dict[str, Run]:
    """Every run of a journey, by its key."""
    by_key: dict[str, list[Happened]] = defaultdict(list)
    for case in cases:
        for each in case:
            by_key[each.properties[journey.key]].append(each)
    return {key: found for key, events in by_key.items() if (found := _run(journey, events)) is not None}


def _run(journey: Told, events: Sequence[Happened]) -> Run | None:
    first = next((place for place, each in enumerate(events) if each.type in journey.enter), None)
    if first is None:
        return None
    run = Run(events[first].at)
    last: tuple[str | None, int] = (None, 0)
    done = False
    for each in events[first:]:
        met = [stage for stage, types in journey.stages.items() if each.type in types]
        for stage in [stage for stage in met if stage not in run.reached] or met[:1]:
            run.reached.setdefault(stage, each.at)
            run.steps.append((each.at, *last, stage))
            last = stage, each.at
        done = done or each.type in journey.goal
        if each.type in journey.leave and not done:
            break
    return run


def spans(cases: Sequence[Case]) -> list[tuple[int, int]]:
    """Times, one after the other, that hold everything."""
    start, end = cases[0][0].at, max(each.at for case in cases for each in case) + 1
    return [(at, min(at + SPAN, end)) for at in range(start, end, SPAN)]


def count(found: Iterable[Run], start: int, end: int) -> Counts:
    """What happened in a span: runs that were entered in it, steps that were taken in it."""
    counts = Counts()
    for run in found:
        if start <= run.entered_at < end:
            counts.runs += 1
            for stage in run.reached:
                counts.reached[stage] += 1
        for at, before, since, stage in run.steps:
            if start <= at < end:
                counts.edges[before, stage] += 1
                counts.seconds[before, stage] += at - since
    return counts


# ---- held against what the service says

Compared = tuple[int, list[str]]  # how many numbers, and those that differ


def compare_funnel(counts: Counts, told: Mapping[str, Any]) -> Compared:
    """The number of runs, and how many reached each stage."""
    wanted: dict[str, int] = {"runs": counts.runs}
    wanted |= {f"reached {each['stage']}": counts.reached[each["stage"]] for each in told["stages"]}
    got = {"runs": told["runs"]}
    got |= {f"reached {each['stage']}": each["reached"]["k"] for each in told["stages"]}
    return _compared(wanted, got)


def compare_graph(counts: Counts, told: Mapping[str, Any]) -> Compared:
    """Each edge: how often, and after how many seconds on average (one number for each edge)."""
    wanted = {
        edge: (number, None if edge[0] is None else round(counts.seconds[edge] / number, 2))
        for edge, number in counts.edges.items()
    }
    got = {
        (each["from"], each["to"]): (each["n"], None if each["from"] is None else each["mean_seconds"])
        for each in told["edges"]
    }
    same = {edge: wanted[edge] for edge in wanted.keys() & got.keys() if _near(wanted[edge], got[edge])}
    return _compared(wanted, {**got, **same})


def _near(wanted: tuple[int, float | None], got: tuple[int, float | None]) -> bool:
    """The same number, and the same mean but for rounding."""
    return wanted[0] == got[0] and abs((wanted[1] or 0) - (got[1] or 0)) <= 0.01


def _compared(wanted: Mapping[Any, Any], got: Mapping[Any, Any]) -> Compared:
    keys = wanted.keys() | got.keys()
    unequal = [key for key in keys if wanted.get(key) != got.get(key)]
    return len(keys), sorted(f"{key}: {wanted.get(key)}, the service says {got.get(key)}" for key in unequal)
