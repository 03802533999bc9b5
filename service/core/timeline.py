"""What each step of a fold changed: the difference between what was so before it and after it, put into words."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from service.core.breakpoints import IN_WORDS, numbered
from service.core.changes import enrollment_id
from service.core.describe import UNDETERMINED
from service.core.enrollment import ACTIVE, KINDS, NEVER, OPEN, STATUSES, Enrollment
from service.core.event import Event, Scalar
from service.core.facts import State
from service.core.health import is_late
from service.core.plan import Plan
from service.core.progress import current_stage
from service.core.wire import plain

Json = dict[str, object]
RunId = tuple[int, str]
Shown = tuple[int, Scalar | None]  # of a tag: 1 + the place of its value, and what else it shows
BreakId = tuple[int, int, int]  # stage, kind, since
_LEFT = ("断点随离开而结束", "breakpoint ended, the run was left")


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What a listener would notice of a run."""

    owner: str
    journey: int
    status: int
    stage: int
    late: bool
    late_at: int | None
    lit: tuple[int, ...]
    claimed: tuple[int, ...]  # stages that the user lit
    dimmed: tuple[int, ...]  # stages that were seen lit until that was taken back
    helped: tuple[tuple[int, int], ...]  # by stage, how many friends have helped
    breaks: tuple[tuple[BreakId, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that is otherwise now: a tag or a class by its place, or a run; None: it is not there."""

    kind: str
    place: int
    before: Shown | int | Run | None
    after: Shown | int | Run | None


class Witness:
    """Looks at a state after each step, only at what the step can have changed, and tells what is otherwise.

    A keyed run that is over changes no more, unless an event takes others back: then every run is looked at.
    """

    def __init__(self, plan: Plan, state: State) -> None:
        self._plan = plan
        self._state = state
        self._tags: Mapping[int, Shown] = {}
        self._classes: Mapping[int, int] = {}
        self._runs: dict[RunId, Run] = {}
        self._open: set[RunId] = set()

    def look(self, at: int, event: Event | None) -> list[Move]:
        """What has changed since the last look; `event` gave occasion, or time alone."""
        state = self._state
        tags = {place: (each.value, state.values.get(place)) for place, each in state.marks.items() if each.value}
        classes = {place: each.place for place, each in state.standings.items() if each.place >= 0}
        moves = [
            *(_moves("tag", self._tags, tags) if tags != self._tags else ()),
            *(_moves("persona", self._classes, classes) if classes != self._classes else ()),
            *self._run_moves(at, event),
        ]
        self._tags, self._classes = tags, classes
        return moves

    def pace(self, before: int) -> Iterator[tuple[int, list[Move]]]:
        """Runs that time alone has made late before an instant. No step of the fold: nothing else depends on it."""
        found: dict[int, list[Move]] = {}
        for run in sorted(self._open):
            was = self._runs[run]
            if was.late_at is not None and not was.late and was.late_at < before:
                self._runs[run] = now = replace(was, late=True)
                found.setdefault(was.late_at, []).append(Move(kind="journey", place=run[0], before=was, after=now))
        yield from sorted(found.items())

    def _run_moves(self, at: int, event: Event | None) -> Iterator[Move]:
        enrollments = self._state.enrollments
        for run in sorted(self._touched(event)):
            each, before = enrollments.get(run), self._runs.get(run)
            after = None if each is None else _run(self._plan, each, at)
            self._open.discard(run)
            if each is not None and after is not None:
                self._runs[run] = after
                self._open.update({run} if each.kept else ())
            else:
                self._runs.pop(run, None)
            if after != before:
                yield Move(kind="journey", place=run[0], before=before, after=after)

    def _touched(self, event: Event | None) -> set[RunId]:
        if event is None:
            return set(self._open)
        touch = self._plan.touch(event.type)
        if touch.reversals:
            return {*self._runs, *self._state.enrollments}
        return self._open.union(*(route.runs_of(event, self._state.enrollments) for route in touch.journeys))


def _moves(
    kind: str, before: Mapping[int, Shown] | Mapping[int, int], after: Mapping[int, Shown] | Mapping[int, int]
) -> Iterator[Move]:
    for place in sorted(before.keys() | after.keys()):
        was, now = before.get(place), after.get(place)
        if was != now or repr(was) != repr(now):  # 1 and true are not the same
            yield Move(kind=kind, place=place, before=was, after=now)


def _run(plan: Plan, each: Enrollment, at: int) -> Run:
    waits = each.status == ACTIVE and each.late_at != NEVER
    return Run(
        owner=enrollment_id(plan, each),
        journey=each.journey,
        status=each.status,
        stage=current_stage(each),
        late=is_late(each, at),
        late_at=each.late_at if waits else None,
        lit=tuple(each.lit),
        claimed=tuple(sorted(each.claimed)),
        dimmed=tuple(sorted(each.dimmed)),
        helped=tuple((place, len(found)) for place, found in sorted(each.helpers.items())),
        breaks=tuple(((found.stage, found.kind, number), found.resolved_at) for found, number in numbered(each)),
    )


# ---- in words


def told(plan: Plan, moves: Iterable[Move]) -> list[Json]:
    """The moves as answers show them."""
    found: list[Json] = []
    for move in moves:
        if move.kind == "tag":
            found.append(_tag(plan, move))
        elif move.kind == "persona":
            found.append(_persona(plan, move))
        else:
            found += _journey(plan, move)
    return found


def _said(zh: str, en: str) -> Json:
    return {"text": zh, "text_en": en}


def _tag(plan: Plan, move: Move) -> Json:
    tag = plan.rules[move.place].tag
    head: Json = {"kind": "tag", "key": tag.key, "name": tag.name}
    if not isinstance(move.after, tuple):
        return {**head, "on": False, "value": None, **_said(f"“{tag.name}”熄灭", f"{tag.english} is off")}
    place, shown = move.after
    listed = tag.values[place - 1] if tag.values and shown is None else None
    value = plain(shown) if listed is None else listed.key or None
    word = (value, value) if listed is None else (listed.name or value, listed.english or None)
    verb = ("亮起", "is on") if move.before is None else ("变为", "is now")
    zh, en = ("" if each is None else f"{colon}{each}" for each, colon in zip(word, ("：", ": "), strict=True))
    return {**head, "on": True, "value": value, **_said(f"“{tag.name}”{verb[0]}{zh}", f"{tag.english} {verb[1]}{en}")}


def _persona(plan: Plan, move: Move) -> Json:
    persona = plan.schemes[move.place].persona
    found = persona.classes[move.after] if isinstance(move.after, int) else None
    key, (name, english) = (found.key, found.names) if found else ("undetermined", UNDETERMINED)
    head: Json = {"kind": "persona", "key": persona.key, "name": persona.name, "class": key, "class_name": name}
    return {**head, **_said(f"“{persona.name}”为“{name}”", f"{persona.english} is {english}")}


def _journey(plan: Plan, move: Move) -> Iterator[Json]:
    journey, before, after = plan.routes[move.place].journey, move.before, move.after
    if not isinstance(after, Run):
        assert isinstance(before, Run)
        text = _said(f"旅程“{journey.name}”的这一次不再成立", f"this run of {journey.english} is undone")
        yield {"kind": "journey", "key": before.owner, "name": journey.name, "status": "gone", **text}
        return
    if not isinstance(before, Run) or _bare(before) != _bare(after):
        stage = journey.stages[after.stage]
        head: Json = {"kind": "journey", "key": after.owner, "name": journey.name, "status": STATUSES[after.status]}
        pace = "late" if after.late else None
        place, words = _course(before if isinstance(before, Run) else None, after)
        at, key = journey.stages[place], journey.english
        zh = words[0].format(journey=journey.name, stage=at.name)
        en = words[1].format(key=key, stage=at.english)
        yield {**head, "stage": stage.key, "stage_name": stage.name, "pace": pace, **_said(zh, en)}
    known = dict(before.breaks) if isinstance(before, Run) else {}
    for found, resolved_at in after.breaks:
        if known.get(found) != resolved_at:
            yield _breakpoint(plan, after, found, resolved=resolved_at != OPEN)


def _bare(run: Run) -> tuple[object, ...]:
    return run.status, run.stage, run.late, run.lit, run.claimed, run.helped


_ENDED = {
    "completed": ("走完旅程“{journey}”", "{key} is completed"),
    "dropped": ("离开旅程“{journey}”，停在“{stage}”", "{key} is left at {stage}"),
}


def _course(before: Run | None, after: Run) -> tuple[int, tuple[str, str]]:
    """How a run has moved on: at which stage, and in which words."""
    status = STATUSES[after.status]
    if status in _ENDED and (before is None or before.status != after.status):
        return after.stage, _ENDED[status]
    if before is None:
        return after.stage, ("进入旅程“{journey}”，现在“{stage}”", "{key} is entered, now at {stage}")
    if dark := {*after.dimmed} - {*before.dimmed}:
        return min(dark), ("旅程“{journey}”：“{stage}”不再点亮，点亮它的事被冲掉了", "{key}: {stage} is no longer lit")
    if after.late and not before.late:
        return after.stage, ("旅程“{journey}”：“{stage}”偏慢", "{key} is late at {stage}")
    return _lighting(before, after) or (after.stage, ("旅程“{journey}”：现在“{stage}”", "{key} is now at {stage}"))


def _lighting(before: Run, after: Run) -> tuple[int, tuple[str, str]] | None:
    """What the user has lit, or a friend for him."""
    for place in set(after.claimed) - set(before.claimed):
        return place, ("旅程“{journey}”：用户点亮了“{stage}”", "{key}: the user has lit {stage}")
    for place, _ in set(after.helped) - set(before.helped):
        return place, ("旅程“{journey}”：好友为“{stage}”助力", "{key}: a friend has helped with {stage}")
    return None


def _breakpoint(plan: Plan, run: Run, found: BreakId, *, resolved: bool) -> Json:
    journey, (place, code, number) = plan.routes[run.journey].journey, found
    stage, kind = journey.stages[place], KINDS[code]
    (zh, en), english = IN_WORDS[kind], stage.english
    left = kind in ("stalled", "regressed") and STATUSES[run.status] == "dropped"  # nothing was mended
    head = ("断点", "breakpoint") if not resolved else _LEFT if left else ("断点解除", "breakpoint resolved")
    words = _said(f"{head[0]}：“{stage.name}”{zh}", f"{head[1]}: {english} {en}")
    return {
        "kind": "breakpoint",
        "key": f"{run.owner}|{stage.key}|{kind}|{number}",
        "name": journey.name,
        "breakpoint": kind,
        "stage": stage.key,
        "stage_name": stage.name,
        "status": "resolved" if resolved else "open",
        **words,
    }
