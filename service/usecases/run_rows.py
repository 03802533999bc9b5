"""The rows of runs of journeys: enrollments, their breakpoints with where and by whom, and their steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from service.core.breakpoints import ended_with_run, numbered
from service.core.calendar import DAY
from service.core.changes import enrollment_id
from service.core.enrollment import KINDS, NO_STAGE, OPEN, STATUSES, UNLIT, Break, Enrollment
from service.core.facts import State
from service.core.health import health
from service.core.plan import Plan
from service.core.playbook.definitions import Stage
from service.core.progress import current_stage, show_enrollment
from service.core.steps import KINDS as STEP_KINDS
from service.core.steps import RATED, Step, bucket_of
from service.store import BreakpointRow, EnrollmentRow, StepRow, Unit
from service.usecases.folding import Folded
from service.usecases.stored import dump

Run = tuple[int, str, str]  # profile, journey, key
BreakKey = tuple[int, str, str, str, str, int]
StepKey = tuple[int, str, str, int, str, str, str, str]
Touched = Mapping[str, Enrollment | None]  # by what the run is called; None: it is no more
CIRCUMSTANCES = ("channel", "touchpoint", "scenario", "place", "staff", "cls")


@dataclass(slots=True)
class RunRows:
    """Rows by key, gathered over many profiles so that each table is written once; None: to be removed."""

    enrollments: dict[Run, EnrollmentRow | None] = field(default_factory=dict)
    breakpoints: dict[BreakKey, BreakpointRow] = field(default_factory=dict)
    steps: dict[StepKey, StepRow | None] = field(default_factory=dict)
    fresh: dict[Run, list[StepRow]] = field(default_factory=dict)  # steps of this commit, in their order


def keep_runs(unit: Unit, plan: Plan, parts: Sequence[Folded]) -> None:
    """Write what the parts of a commit have changed in runs."""
    touched = [(part, _touched(plan, part)) for part in parts]
    rows = RunRows()
    rows.breakpoints = {_break_key(row): row for row in unit.breakpoints.of_profiles(_with_breaks(touched))}
    known = dict(rows.breakpoints)
    for part, runs in touched:
        _steps(rows, unit, plan, part)
        for owner, each in runs.items():
            journey, _, key = owner.partition(":")
            run = (part.profile, journey, key)
            rows.enrollments[run] = None if each is None else _enrollment(plan, part, owner, each)
            _breakpoints(rows, unit, plan, part, (run, each))
    gone = [key for key, row in rows.enrollments.items() if row is None]
    put = [row for row in rows.enrollments.values() if row is not None]
    moved = [*(unit.enrollments.find(gone) if gone else ()), *_turned(unit, parts), *put, *_before(unit, parts, put)]
    unit.cohorts.touch({(row.journey, row.entered_at // DAY) for row in moved})
    unit.enrollments.remove(gone)
    unit.enrollments.put(put)
    unit.breakpoints.remove(known.keys() - rows.breakpoints.keys())
    unit.breakpoints.put([row for key, row in rows.breakpoints.items() if known.get(key) != row])
    unit.steps.remove([key for key, row in rows.steps.items() if row is None])
    unit.steps.put([row for row in rows.steps.values() if row is not None])


def _turned(unit: Unit, parts: Sequence[Folded]) -> list[EnrollmentRow]:
    """The runs of profiles that were people before and are for testing now, or the other way round."""
    turned = {part.profile for part in parts if part.before is not None and part.before.test != part.state.test}
    return unit.enrollments.of_profiles(turned)


def _before(unit: Unit, parts: Sequence[Folded], put: Sequence[EnrollmentRow]) -> list[EnrollmentRow]:
    """Runs as they were kept, of profiles whose log was read again: they may have been entered on another day."""
    again = {part.profile for part in parts if part.refolded and part.before is not None}
    return unit.enrollments.find([(row.profile, row.journey, row.key) for row in put if row.profile in again])


def _touched(plan: Plan, part: Folded) -> Touched:
    """Runs whose rows may differ. One that leaves the facts has its rows to itself from now on."""
    runs = {enrollment_id(plan, each): each for each in part.state.enrollments.values()}
    found: dict[str, Enrollment | None] = {
        owner: each for owner, each in runs.items() if part.refolded or not each.kept or each.steps
    }
    for change in part.changes:
        if change.kind == "journey":
            found[change.key] = runs.get(change.key)
        elif change.kind == "breakpoint" and (owner := change.key.rsplit("|", 3)[0]) in runs:
            found[owner] = runs[owner]
    return found


def _with_breaks(touched: Sequence[tuple[Folded, Touched]]) -> set[int]:
    """Profiles that may have rows of breakpoints already that are touched."""
    return {
        part.profile
        for part, runs in touched
        if part.before is not None and (part.rewound or any(each is None or each.breaks for each in runs.values()))
    }


def _enrollment(plan: Plan, part: Folded, owner: str, each: Enrollment) -> EnrollmentRow:
    journey = plan.routes[each.journey].journey
    return EnrollmentRow(
        profile=part.profile,
        journey=journey.key,
        key=each.key,
        status=STATUSES[each.status],
        stage=journey.stages[current_stage(each)].key,
        stage_since=each.current_since,
        entered_at=each.entered_at,
        health=health(journey, each, part.at).score,
        lit="".join(_letter(each, place) for place in range(len(each.lit))),
        closed=not each.kept,
        body=b"" if each.kept else _left(plan, part, owner, each),
    )


def _left(plan: Plan, part: Folded, owner: str, each: Enrollment) -> bytes:
    """What a run is remembered by once it has left the facts."""
    breaks = {key: value for key, value in part.said["breakpoint"].items() if key.rsplit("|", 3)[0] == owner}
    said = {"journey": {owner: part.said["journey"][owner]}, "breakpoint": breaks}
    return dump({"view": show_enrollment(plan, each, part.at), "said": said})


def _letter(each: Enrollment, place: int) -> str:
    if not each.ever >> place & 1:
        return "-"
    letter = "o" if each.orderly >> place & 1 else "x"
    return letter.upper() if each.lit[place] == UNLIT else letter


# ---- their breakpoints


def _break_key(row: BreakpointRow) -> BreakKey:
    return row.profile, row.journey, row.key, row.stage, row.kind, row.number


def _breakpoints(rows: RunRows, unit: Unit, plan: Plan, part: Folded, found: tuple[Run, Enrollment | None]) -> None:
    """The rows of one run's breakpoints. What a late event has unmade stays, withdrawn, with all that staff wrote."""
    run, each = found
    standing: set[BreakKey] = set()
    for broken, number in numbered(each) if each else ():
        stage = plan.routes[each.journey].journey.stages[broken.stage] if each else None
        assert stage is not None
        key = (*run, stage.key, KINDS[broken.kind], number)
        with_run = each is not None and ended_with_run(each, broken)
        rows.breakpoints[key] = replace(_breakpoint(rows, unit, part, key, broken), with_run=with_run)
        standing.add(key)
    known = plan.playbook.journeys.get(run[1])
    stages = {stage.key for stage in known.stages} if known else set()
    for key, row in [*rows.breakpoints.items()]:
        if key[:3] == run and key not in standing and key[3] not in stages:
            del rows.breakpoints[key]  # of a stage that has another name now, or is no more: nothing was untrue
        elif key[:3] == run and key not in standing and row.withdrawn_at is None:
            rows.breakpoints[key] = replace(row, withdrawn_at=part.at)


def _breakpoint(rows: RunRows, unit: Unit, part: Folded, key: BreakKey, broken: Break) -> BreakpointRow:
    old, run = rows.breakpoints.get(key), key[:3]
    resolved_at = None if broken.resolved_at == OPEN else broken.resolved_at
    overtaken = any(row.t <= broken.since for row in rows.fresh.get(run, ()))
    if overtaken or (part.refolded and (part.after is None or broken.since >= part.after[0])):
        old = None  # what was before it may be otherwise
    if old is not None and (old.since, old.resolved_at, old.withdrawn_at) == (broken.since, resolved_at, None):
        return old
    cause = old if old is not None and old.since == broken.since else _last_step(rows, unit, part, run, broken.since)
    mend = None if resolved_at is None else _last_step(rows, unit, part, run, resolved_at)
    return BreakpointRow(
        profile=run[0], journey=run[1], key=run[2], stage=key[3], kind=key[4], number=key[5],
        since=broken.since, resolved_at=resolved_at, with_run=False,
        resolved_by=mend.type if mend is not None and mend.t == resolved_at else None,
        withdrawn_at=None,
        **{name: getattr(cause, name, None) for name in CIRCUMSTANCES},
    )  # fmt: skip


def _last_step(rows: RunRows, unit: Unit, part: Folded, run: Run, upto: int) -> StepRow | None:
    """The newest step of a run up to an instant: of this commit, or one that is kept and was not read again."""
    fresh = [row for row in rows.fresh.get(run, ()) if row.t <= upto]
    if fresh or (part.refolded and part.after is None):
        return fresh[-1] if fresh else None
    found = unit.steps.last(*run, upto if part.after is None else min(upto, part.after[0]))
    removed = found is not None and rows.steps.get(_step_key(found), found) is None
    return unit.steps.last(*run, found.t - 1) if found is not None and removed else found


# ---- their steps


def _steps(rows: RunRows, unit: Unit, plan: Plan, part: Folded) -> None:
    """The steps of this fold; of one that read the log again, those that are no more are removed."""
    found = {_step_key(row): row for row in step_rows(plan, part.profile, part.state)}
    for row in found.values():
        rows.fresh.setdefault((row.profile, row.journey, row.key), []).append(row)
    known: dict[StepKey, StepRow] = {}
    if part.refolded and part.before is not None:
        kept = unit.steps.since(part.profile, part.after[0] if part.after else -1)
        known = {_step_key(row): row for row in kept if part.after is None or _order(row) > part.after}
    rows.steps |= dict.fromkeys(known.keys() - found.keys())
    rows.steps |= {key: row for key, row in found.items() if known.get(key) != row}


def step_rows(plan: Plan, profile: int, state: State) -> Iterator[StepRow]:
    """The steps of the fold that made a state."""
    for _, each in sorted(state.enrollments.items()):
        yield from _of_run(plan, profile, each)


def _of_run(plan: Plan, profile: int, each: Enrollment) -> Iterator[StepRow]:
    stages = plan.routes[each.journey].journey.stages
    journey = plan.routes[each.journey].journey.key
    classes = plan.schemes[0].persona.classes if plan.schemes else ()
    for step in each.steps:
        event, waited = step.event, _named(stages, step.waited)
        yield StepRow(
            profile=profile, journey=journey, key=each.key,
            t=event.t, occurred_at=event.occurred_at, source=event.source, event_id=event.event_id,
            kind=STEP_KINDS[step.kind], stage=_named(stages, step.stage) or "", entered_at=each.entered_at,
            type=event.type,
            after=_named(stages, step.after), after_at=None if step.after == NO_STAGE else step.after_at,
            waited=waited, waited_at=None if waited is None else step.waited_at,
            bucket=None if waited is None else bucket_of(event.t - step.waited_at),
            late=int(step.late), rating=_rating(step),
            channel=event.channel, touchpoint=event.touchpoint, scenario=event.scenario, place=event.place,
            staff=event.staff, cls=classes[step.cls].key if step.cls >= 0 else None,
        )  # fmt: skip


def _named(stages: Sequence[Stage], place: int) -> str | None:
    return None if place == NO_STAGE else stages[place].key


def _rating(step: Step) -> int | None:
    rating = step.event.scalar("rating") if step.kind == RATED else None
    return rating if isinstance(rating, int) else None


def _step_key(row: StepRow) -> StepKey:
    return row.profile, row.journey, row.key, row.t, row.source, row.event_id, row.kind, row.stage


def _order(row: StepRow) -> tuple[int, int, str, str]:
    return row.t, row.occurred_at, row.source, row.event_id
