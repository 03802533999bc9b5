"""Journeys told again from the beginning for every question: only the events that stand, up to one instant."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.oracle_book import Happened, Loose, Scalar, Tree
from benchmarks.oracle_time import duration
from benchmarks.oracle_where import matches

DEFAULT_KEYED = duration("90d")
# "While the enrollment is open": a run dropped by silence is open for what lights a stage; read here as open for what
# fails a stage or leaves the journey, too. False: it only listens for what lights a stage.
OPEN_WHILE_DROPPED = False


@dataclass(slots=True)
class Breakpoint:
    """One place where the journey broke."""

    kind: str
    stage: str
    since: int
    resolved_at: int | None = None


@dataclass(slots=True)
class Run:
    """One enrollment."""

    key: Scalar | None
    entered_at: int
    active_at: int
    status: str = "active"
    final: int | None = None  # from when on it changes no more
    lit: dict[str, int] = field(default_factory=dict)
    late: set[str] = field(default_factory=set)  # stages that were lit late
    current: str | None = None
    current_since: int = 0
    stalled: bool = False  # the current stage has stalled since it was entered
    breakpoints: list[Breakpoint] = field(default_factory=list)
    ratings: list[int] = field(default_factory=list)

    def find(self, kind: str, stage: str | None = None) -> list[Breakpoint]:
        """List the open breakpoints of a kind, of one stage or of all."""
        return [b for b in self.breakpoints if b.kind == kind and b.resolved_at is None and stage in (None, b.stage)]

    def resolve(self, kind: str, at: int, stage: str | None = None) -> None:
        """Close the open breakpoints of a kind."""
        for found in self.find(kind, stage):
            found.resolved_at = at


class Journey:
    """One journey of the playbook."""

    def __init__(self, tree: Tree) -> None:
        self.key: str | None = tree.get("key")
        self.enter = tree["enter"]
        self.exit = tree.get("exit")
        self.stages: Sequence[Tree] = tree["stages"]
        self.names = [stage["stage"] for stage in self.stages]
        self.required = [stage["stage"] for stage in self.stages if not stage.get("optional", False)]
        self.expected: Mapping[str, int] = self._durations("expected_within")
        self.stalls: Mapping[str, int] = {**self.expected, **self._durations("stalled_after")}
        self.abandon = duration(tree["abandon_after"]) if "abandon_after" in tree else None
        if self.abandon is None and self.key is not None:
            self.abandon = DEFAULT_KEYED
        self.ends = duration(tree["ends_after"]) if "ends_after" in tree else None
        self.rated = self.key is not None or any(
            "feedback_given" in _types(stage["completed_by"]) for stage in self.stages
        )

    def _durations(self, name: str) -> dict[str, int]:
        return {stage["stage"]: duration(stage[name]) for stage in self.stages if name in stage}

    def furthest(self, run: Run) -> int:
        """Find the place of the furthest lit stage, -1 before the first."""
        return max((self.names.index(name) for name in run.lit), default=-1)

    def runs(self, events: Sequence[Happened], at: int) -> list[Run]:
        """Tell all enrollments as they are at an instant; `events` are the ones that stand, with t ≤ at."""
        if self.key is None:
            told = [self._tell(events, None, at)]
        else:
            values = {event.values[self.key] for event in events if self.key in event.values}
            told = [
                self._tell([event for event in events if event.values.get(self.key) == value], value, at)
                for value in values
            ]
        return [run for run in told if run is not None]

    def _tell(self, events: Sequence[Happened], key: Scalar | None, at: int) -> Run | None:
        run: Run | None = None
        for event in events:
            if run is None:
                if not matches(self.enter, event):
                    continue
                run = Run(key=key, entered_at=event.t, active_at=event.t)
                self._choose_current(run, event.t)
            self._wait(run, event.t)
            if run.final is None:
                self._read(run, event)
        if run is not None:
            self._wait(run, at + 1)
        return run

    def _wait(self, run: Run, before: int) -> None:
        """Pass, in order of time, through every deadline strictly before an instant."""
        while run.final is None:
            deadlines = [found for found in self._deadlines(run) if found[0] < before]
            if not deadlines:
                return
            at, _, what = min(deadlines)
            if what == "stall" and run.current is not None:
                run.stalled = True
                run.breakpoints.append(Breakpoint("stalled", run.current, at))
                continue
            if what == "drop" or (what == "end" and run.status == "active"):
                self._drop(run, at)
            if what in {"end", "close"}:
                run.final = at

    def _deadlines(self, run: Run) -> list[tuple[int, int, str]]:
        found = []
        active = run.status == "active"
        if active and run.current in self.stalls and not run.stalled:
            found.append((run.current_since + self.stalls[str(run.current)], 0, "stall"))
        if active and self.abandon is not None:
            found.append((run.active_at + self.abandon, 1, "drop"))
        if run.status == "completed" and self.key is not None and self.abandon is not None:
            found.append((run.active_at + self.abandon, 2, "close"))
        if self.ends is not None:
            found.append((run.entered_at + self.ends, 3, "end"))
        return found

    def _drop(self, run: Run, at: int) -> None:
        run.resolve("stalled", at)
        run.breakpoints.append(Breakpoint("dropped", str(run.current), at))
        run.status = "dropped"

    def _read(self, run: Run, event: Happened) -> None:
        unlit = [stage for stage in self.stages if stage["stage"] not in run.lit]
        lights = [stage["stage"] for stage in unlit if matches(stage["completed_by"], event)]
        if lights:
            self._light(run, lights, event.t)
        heard = OPEN_WHILE_DROPPED or run.status != "dropped"
        for stage in unlit if heard else []:
            if stage["stage"] not in run.lit and matches(stage.get("fails_on", []), event):
                run.active_at = event.t
                if not run.find("failed", stage["stage"]):
                    run.breakpoints.append(Breakpoint("failed", stage["stage"], event.t))
        rating = event.values.get("rating")
        if self.rated and event.type == "feedback_given" and type(rating) is int:
            run.ratings.append(rating // 1_000_000)
        if self.exit is not None and heard and run.status != "completed" and matches(self.exit, event):
            if run.status == "active":
                self._drop(run, event.t)
            run.final = event.t

    def _light(self, run: Run, lights: Sequence[str], t: int) -> None:
        if run.current in lights and t > run.current_since + self.expected.get(str(run.current), t):
            run.late.add(str(run.current))
        run.active_at = t
        if run.status == "dropped":
            run.resolve("dropped", t)
            run.status = "active"
        for name in lights:
            run.lit[name] = t
            run.resolve("failed", t, name)
            run.resolve("skipped", t, name)
        last = max(self.names.index(name) for name in lights)
        for name in self.names[:last]:
            if name in self.required and name not in run.lit and not run.find("skipped", name):
                run.breakpoints.append(Breakpoint("skipped", name, t))
        self._choose_current(run, t)

    def _choose_current(self, run: Run, t: int) -> None:
        after = self.names[self.furthest(run) + 1 :]
        unlit = [name for name in self.required if name not in run.lit]
        chosen = next((name for name in unlit if name in after), unlit[0] if unlit else None)
        if chosen is None and run.status != "completed":
            run.status = "completed"
        if chosen != run.current:
            run.resolve("stalled", t)
            run.current, run.current_since, run.stalled = chosen, t, False


def _types(pattern: Loose) -> list[str]:
    patterns = pattern if isinstance(pattern, list) else [pattern]
    kinds = [one["event"] for one in patterns]
    return [kind for one in kinds for kind in (one if isinstance(one, list) else [one])]
