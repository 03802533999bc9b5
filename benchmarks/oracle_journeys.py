"""Journeys told again from the beginning for every question: only the events that stand, up to one instant."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from benchmarks.oracle_book import Calibration, Happened, Loose, Scalar, Tree
from benchmarks.oracle_time import duration, written
from benchmarks.oracle_ways import Ways
from benchmarks.oracle_where import matches

DEFAULT_KEYED = duration("90d")
Dark = dict[str, tuple[int, str]]  # by stage, when it went dark, and what put it out
GOOD, BAD, MIDDLING = (4, 5), (1, 2), 3


@dataclass(slots=True)
class Breakpoint:
    """One place where the journey broke: the n-th of its kind at its stage."""

    kind: str
    stage: str
    number: int
    since: int
    resolved_at: int | None = None
    slide: bool = False  # a rating of 3 after two good ones


@dataclass(slots=True)
class Run:
    """One enrollment."""

    key: Scalar | None
    entered_at: int
    active_at: int
    status: str = "active"
    final: int | None = None  # from when on it changes no more
    reached: bool = False  # the goal
    lit: dict[str, int] = field(default_factory=dict)
    claimed: dict[str, int] = field(default_factory=dict)  # what he or his friends lit, which is not verified
    friends: dict[str, set[str]] = field(default_factory=dict)  # by stage, who lit it for him
    late: set[str] = field(default_factory=set)  # stages that were lit late
    current: str | None = None
    current_since: int = 0
    late_from: int | None = None  # when the current stage is late
    stalls_at: int | None = None  # when it stalls; None: never, or it has
    breakpoints: list[Breakpoint] = field(default_factory=list)
    ratings: list[int] = field(default_factory=list)
    lap: tuple[Happened | None, Sequence[str]] = (None, ())  # what began the newest lap, and the stages of it

    @property
    def seen(self) -> set[str]:
        """The stages that he sees lit."""
        return {*self.lit, *self.claimed}

    def open(self, kind: str, stage: str, at: int, *, slide: bool = False) -> None:
        """Open a breakpoint, if none of this kind is open at the stage."""
        if not self.find(kind, stage):
            number = 1 + sum(b.kind == kind and b.stage == stage for b in self.breakpoints)
            self.breakpoints.append(Breakpoint(kind, stage, number, at, slide=slide))

    def find(self, kind: str, stage: str | None = None) -> list[Breakpoint]:
        """List the open breakpoints of a kind, of one stage or of all."""
        return [b for b in self.breakpoints if b.kind == kind and b.resolved_at is None and stage in (None, b.stage)]

    def resolve(self, kind: str, at: int, stage: str | None = None) -> None:
        """Close the open breakpoints of a kind."""
        for found in self.find(kind, stage):
            found.resolved_at = at


class Journey:
    """One journey of the playbook, and the calibrations that may tell what is late in it."""

    def __init__(self, name: str, tree: Tree, calibrations: Sequence[Calibration] = ()) -> None:
        self.name, self.calibrations = name, calibrations
        self.key: str | None = tree.get("key")
        self.again = tree.get("re_entry") == "after_exit"
        self.enter, self.exit, self.goal = tree["enter"], tree.get("exit", []), tree.get("goal", [])
        self.stages: Sequence[Tree] = tree["stages"]
        self.names = [stage["stage"] for stage in self.stages]
        self.ways = Ways(self.stages)
        self.abandon = duration(tree["abandon_after"]) if "abandon_after" in tree else None
        if self.abandon is None and self.key is not None:
            self.abandon = DEFAULT_KEYED
        self.ends = duration(tree["ends_after"]) if "ends_after" in tree else None
        self.rated = self.key is not None or any(
            "feedback" in stage or "feedback_given" in _types(stage.get("completed_by", [])) for stage in self.stages
        )

    # -- ways ---------------------------------------------------------------------------------------------------

    def furthest(self, run: Run) -> int:
        """Find the place of the furthest lit stage, -1 before the first."""
        return max((self.names.index(name) for name in run.lit), default=-1)

    def way(self, run: Run) -> list[str]:
        """List the stages of the way that a run takes."""
        return [self.names[place] for place in self.ways.way([self.names.index(name) for name in run.lit])]

    def required(self, run: Run) -> list[str]:
        """List the required stages of the way."""
        return [name for name in self.way(run) if self.names.index(name) not in self.ways.optional]

    # -- the whole log ------------------------------------------------------------------------------------------

    def runs(self, events: Sequence[Happened], at: int) -> list[Run]:
        """Tell all enrollments as they are at an instant; `events` are the ones that stand, with t ≤ at."""
        runs: dict[Scalar | None, list[Run]] = {}
        ratings: list[int] = []  # those that touched a run of this journey
        for event in events:
            if event.type == "feedback_given" and event.values.get("journey", self.name) != self.name:
                continue
            if event.type == "stage_lit" and event.values.get("journey") != self.name:
                continue
            named = "key" if event.type == "stage_lit" else str(self.key)
            key = event.values.get(named) if self.key is not None else None
            if self.key is not None and key in {None, ""}:
                continue
            told = runs.setdefault(key[:200] if isinstance(key, str) else key, [])
            if told:
                self._wait(told[-1], event.t)
            over = not told or (self.again and told[-1].status != "active")
            if over and matches(self.enter, event):
                if told and told[-1].final is None:
                    told[-1].final = event.t
                told.append(self._enter(event, key))
            if told and told[-1].final is None:
                self._read(told[-1], event, ratings)
        found = [run for told in runs.values() for run in told]
        for run in found:
            self._wait(run, at + 1)
        return found

    def dark(
        self, log: Sequence[Happened], gone: Sequence[int], reversing: Collection[str]
    ) -> dict[Scalar | None, Dark]:
        """Tell of each run which stages are dark that a reversal put out: after each event it is all told anew.

        Forgotten is what is lit again, what a new lap begins, and what was of a run that had gone in between.
        """
        before: dict[Scalar | None, Run] = {}
        found: dict[Scalar | None, Dark] = {}
        for count, event in enumerate(log, 1):
            standing = [each for place, each in enumerate(log[:count]) if gone[place] > count]
            after = {run.key: run for run in self.runs(standing, event.t)}
            known, found = found, {}
            for key, run in after.items():
                was = before[key].seen if key in before and event.type in reversing else ()
                dark = {**(known[key] if key in before else {}), **dict.fromkeys(was, (event.t, event.type))}
                anew = run.lap[1] if run.lap[0] is event else ()
                found[key] = {name: each for name, each in dark.items() if name not in {*run.seen, *anew}}
            before = after
        return found

    def _enter(self, event: Happened, key: Scalar | None) -> Run:
        if self.again:
            source, event_id = event.order[2:]
            digest = blake2b(f"{source} {event_id}".encode(), digest_size=4).hexdigest()
            key = f"{written(event.t)}~{digest}"
        elif isinstance(key, str):
            key = key[:200]
        run = Run(key=key, entered_at=event.t, active_at=event.t)
        self._choose_current(run, event.t)
        return run

    # -- silence ------------------------------------------------------------------------------------------------

    def _wait(self, run: Run, before: int) -> None:
        """Pass, in order of time, through every deadline strictly before an instant."""
        while run.final is None:
            deadlines = [found for found in self._deadlines(run) if found[0] < before]
            if not deadlines:
                return
            at, _, what = min(deadlines)
            if what == "stall":
                run.stalls_at = None
                run.open("stalled", str(run.current), at)
            if what == "drop" or (what == "end" and run.status == "active"):
                self._drop(run, at)
            if what in {"end", "close"} or (what == "drop" and self.again):
                run.final = at

    def _deadlines(self, run: Run) -> list[tuple[int, int, str]]:
        found = []
        active = run.status == "active"
        if active and run.stalls_at is not None:
            found.append((run.stalls_at, 0, "stall"))
        if active and self.abandon is not None:
            found.append((run.active_at + self.abandon, 1, "drop"))
        if run.status == "completed" and run.key is not None and self.abandon is not None:
            found.append((run.active_at + self.abandon, 2, "close"))
        if self.ends is not None:
            found.append((run.entered_at + self.ends, 3, "end"))
        return found

    def _drop(self, run: Run, at: int) -> None:
        run.resolve("stalled", at)
        run.resolve("regressed", at)
        run.open("dropped", str(run.current), at)
        run.status = "dropped"

    # -- events -------------------------------------------------------------------------------------------------

    def _read(self, run: Run, event: Happened, ratings: list[int]) -> None:
        own = self._claim(run, event) if event.type == "stage_lit" else None
        completes = [
            stage["stage"]
            for stage in self.stages
            if stage["stage"] == own or matches(stage.get("completed_by", []), event)
        ]
        lights = [name for name in completes if name not in run.lit]
        if lights:
            self._light(run, lights, event.t)
        elif completes and self.ways.branches and not run.reached:
            self._go_back(run, completes, event)
        if not run.reached and matches(self.goal, event):
            run.reached = True
            self._resume(run, event.t)
            run.resolve("regressed", event.t)
            self._choose_current(run, event.t)
        if run.status != "dropped":
            self._fail(run, event)
        self._judge(run, event, ratings)
        if run.status == "active" and matches(self.exit, event):
            self._drop(run, event.t)
            run.final = event.t

    def _claim(self, run: Run, event: Happened) -> str | None:
        """Hear that he, or a friend, lights a stage; name it if that is proof enough."""
        stage = next((each for each in self.stages if each["stage"] == event.values.get("stage")), {})
        by, friend = stage.get("lit_by"), event.values.get("friend")
        rules: Tree = {"by": by} if isinstance(by, str) else by or {}
        another = self.again and event.values.get("key") not in {None, run.key}
        if not by or another or run.status == "dropped" or ("friends" in rules) != isinstance(friend, str):
            return None
        name = stage["stage"]
        if name in run.seen:
            return None
        if "friends" in rules:
            run.friends.setdefault(name, set()).add(str(friend))
            if len(run.friends[name]) < rules["friends"]:
                return None
        if rules.get("verified"):
            return str(name)
        run.claimed[name] = event.t
        return None

    def _light(self, run: Run, lights: Sequence[str], t: int) -> None:
        if run.current in lights and run.late_from is not None and t > run.late_from:
            run.late.add(str(run.current))
        self._resume(run, t)
        run.resolve("regressed", t)
        for name in lights:
            run.lit[name] = t
            run.resolve("failed", t, name)
            run.resolve("skipped", t, name)
        last = max(self.names.index(name) for name in lights)
        required = self.required(run)
        for name in required:
            if self.names.index(name) < last and name not in run.lit:
                run.open("skipped", name, t)
        for found in run.find("skipped"):
            if found.stage not in required:
                found.resolved_at = t
        self._choose_current(run, t)

    def _resume(self, run: Run, t: int) -> None:
        run.active_at = t
        if run.status == "dropped":
            run.resolve("dropped", t)
            run.status = "active"

    def _go_back(self, run: Run, completes: Sequence[str], event: Happened) -> None:
        """Begin a new lap where an edge leads back; else he has slid back."""
        furthest = self.furthest(run)
        for name in completes:
            place = self.names.index(name)
            if self.ways.leads_back(furthest, place):
                for later in self.names[place + 1 :]:
                    run.lit.pop(later, None)
                    run.late.discard(later)
                for anew in self.names[place:]:
                    run.claimed.pop(anew, None)
                    run.friends.pop(anew, None)
                run.lap = event, self.names[place:]
                self._light(run, [name], event.t)
                return
        for name in completes:
            if self.names.index(name) < furthest and run.status != "dropped":
                run.open("regressed", name, event.t)
                run.active_at = event.t

    def _fail(self, run: Run, event: Happened) -> None:
        for stage in self.stages:
            if stage["stage"] not in run.lit and matches(stage.get("fails_on", []), event):
                run.active_at = event.t
                run.open("failed", stage["stage"], event.t)

    def _judge(self, run: Run, event: Happened, ratings: list[int]) -> None:
        """Hear what he is dissatisfied with, and what was made good."""
        for stage in self.stages:
            if matches(stage.get("made_good_by", []), event):
                run.resolve("dissatisfied", event.t, stage["stage"])
            if matches(stage.get("dissatisfied_by", []), event):
                run.open("dissatisfied", stage["stage"], event.t)
        rating = event.values.get("rating")
        if not self.rated or event.type != "feedback_given" or type(rating) is not int:
            return
        stars = rating // 1_000_000
        slide = stars == MIDDLING and len(ratings) > 1 and all(each in GOOD for each in ratings[-2:])
        run.ratings.append(stars)
        ratings.append(stars)
        if stars in BAD or slide:
            named = event.values.get("stage")
            here = run.current or self.names[0]
            last = max(run.lit, key=lambda name: (run.lit[name], self.names.index(name)), default=here)
            run.open("dissatisfied", str(named if named in self.names else last), event.t, slide=slide)
        if stars in GOOD:
            run.resolve("dissatisfied", event.t)

    def _choose_current(self, run: Run, t: int) -> None:
        unlit = [name for name in self.required(run) if name not in run.lit]
        after = [name for name in unlit if self.names.index(name) > self.furthest(run)]
        chosen = None if run.reached else next(iter(after + unlit), None)
        run.status = "completed" if chosen is None else "active"
        if chosen != run.current:
            run.resolve("stalled", t)
            run.current, run.current_since = chosen, t
            run.late_from, run.stalls_at = self._limits(chosen, t)

    def _limits(self, name: str | None, t: int) -> tuple[int | None, int | None]:
        """Say from when on a stage that is entered now is late, and when it stalls."""
        if name is None:
            return None, None
        stage = self.stages[self.names.index(name)]
        late, stalled = self._learned([name, *stage.get("was", [])], t)
        if "expected_within" in stage:
            late = duration(stage["expected_within"])
            stalled = late if stalled is None else max(stalled, late)
        if late is not None and stalled is not None:
            stalled = max(stalled, late)
        if "stalled_after" in stage:
            stalled = duration(stage["stalled_after"])
        return late and t + late, stalled and t + stalled

    def _learned(self, names: Sequence[str], t: int) -> tuple[int | None, int | None]:
        """Look up what the calibration in force says of a stage, under its name or one that it had."""
        known = [each for each in self.calibrations if each.effective_from <= t] or self.calibrations[:1]
        learned: Mapping[str, tuple[int, int | None]] = known[-1].stages if known else {}
        found = [learned[f"{self.name}/{name}"] for name in names if f"{self.name}/{name}" in learned]
        return found[0] if found else (None, None)


def _types(pattern: Loose) -> list[str]:
    patterns = pattern if isinstance(pattern, list) else [pattern]
    kinds = [one["event"] for one in patterns]
    return [kind for one in kinds for kind in (one if isinstance(one, list) else [one])]
