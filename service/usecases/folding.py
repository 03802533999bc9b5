"""From new events to new facts and what has to be said: the fast path, or the log again. Nothing is written."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.changes import Change, Said, difference, said, undone
from service.core.due import due_after
from service.core.event import Event, OrderKey
from service.core.facts import State
from service.core.fold import absorb, can_append, in_order, next_due, pass_silence, refold
from service.core.wire import canonical
from service.store import CheckpointRow, EventRow, ProfileRow
from service.usecases.definitions import Definitions
from service.usecases.stored import to_events

CHECKPOINT_EVERY = 500
Log = Callable[[int | None], Sequence[EventRow]]  # the profile's events, from an instant on
ReachesBack = Callable[[CheckpointRow, Sequence[EventRow]], bool]  # whether these need what is before the checkpoint


@dataclass(slots=True)
class Folded:
    """A profile after new events: what to keep and what to say. `earlier` are steps of requests committed with it."""

    profile: int
    before: ProfileRow | None
    state: State
    facts: bytes
    said: Said
    changes: list[Change] = field(default_factory=list)
    checkpoints: list[CheckpointRow] = field(default_factory=list)
    drop_checkpoints_from: int | None = None
    after: OrderKey | None = None  # the event after which the log was read, if it was not the whole
    whole: bool = False  # whether the whole log was read: what is not in the state then is nowhere
    at: int = 0
    due_at: int | None = None
    reached: int = 0  # up to when time had been passed before
    overtaken: bool = False  # whether events came before an instant at which silence had changed something
    earlier: tuple["Folded", ...] = ()

    @property
    def refolded(self) -> bool:
        """Whether the log was read again: what is shown may differ where nothing has to be said."""
        return self.drop_checkpoints_from is not None

    @property
    def rewound(self) -> bool:
        """Whether what was shown may have been otherwise than anything that had been said."""
        return self.refolded or self.overtaken

    @property
    def version(self) -> int:
        """The version after this change."""
        return 1 if self.before is None else self.before.version + 1

    def row(self, definitions: Definitions, roots: int) -> ProfileRow:
        """The profile's row."""
        return ProfileRow(
            profile=self.profile,
            version=self.version,
            facts=self.facts,
            standing=canonical({"said": self.said, "roots": roots}),
            plan=definitions.fold_id,
            newest=self.state.newest[0],
            derived_at=self.at,
            due_at=self.due_at,
            test=self.state.test,
        )


def standing_of(row: ProfileRow | None) -> tuple[Said, int]:
    """What was last said of a profile, and how many roots it has."""
    if row is None or not row.standing:
        return {}, 1
    found = json.loads(row.standing)
    return found["said"], found["roots"]


def is_current(definitions: Definitions, row: ProfileRow | None) -> bool:
    """Whether a profile's facts were made under the definitions in force."""
    return row is None or definitions.hold(row.plan, row.newest)


def unknown_runs(definitions: Definitions, state: State, events: Sequence[Event]) -> set[tuple[str, str]]:
    """(journey, key) of keyed runs that events speak of and the facts do not hold: new ones, or ones that are over."""
    return {
        (route.journey.key, key)
        for event in events
        for route in definitions.plan.touch(event.type).journeys
        if route.journey.by is not None
        and (key := route.key_of(event)) is not None
        and (route.index, key) not in state.enrollments
    }


def begin(definitions: Definitions, row: ProfileRow | None, profile: int, step: Folded | None) -> Folded:
    """A profile as the row has it, or as an earlier `step` of the same commit left it."""
    facts = step.facts if step else row.facts if row else b""
    return Folded(
        profile=profile,
        before=row,
        state=State(definitions.plan.layout, facts, who=profile),
        facts=facts,
        said=step.said if step else standing_of(row)[0],
        reached=step.at if step else row.derived_at if row else 0,
        earlier=(*step.earlier, step) if step else (),
    )


def append(folded: Folded, definitions: Definitions, events: Sequence[Event]) -> None:
    """The fast path: events that come after everything known."""
    state, calibrations = folded.state, definitions.calibrations
    if state.count and events[0].t <= folded.reached:
        silent = next_due(definitions.plan, state, calibrations, state.newest[0] - 1)
        folded.overtaken = silent <= folded.reached
    for event in events:
        absorb(definitions.plan, state, event, calibrations)
        _checkpoint(folded, definitions)
    folded.facts = folded.state.encode()


def again(
    definitions: Definitions,
    row: ProfileRow | None,
    profile: int,
    log: Log,
    checkpoints: Sequence[CheckpointRow] = (),
    *,
    roots: Collection[int] = (),
    reaches_back: ReachesBack = lambda _start, _rows: False,
) -> Folded:
    """Fold the log again, from the last of these checkpoints if there is one and nothing after it reaches back."""
    start = max(checkpoints, key=lambda each: each.count, default=None)
    rows = log(start.t if start else None)
    if start is not None:
        known = (start.t, start.occurred_at, start.source, start.event_id)
        rows = [each for each in rows if (each.t, each.occurred_at, each.source, each.event_id) > known]
        if any(definitions.plan.touch(each.type).reversals for each in rows) or reaches_back(start, rows):
            start, rows = None, log(None)
    events = to_events(rows, roots)
    state = State(definitions.plan.layout, start.facts if start else b"", who=profile)
    folded = Folded(profile=profile, before=row, state=state, facts=b"", said=standing_of(row)[0])
    folded.drop_checkpoints_from = (start.count if start else 0) + 1
    folded.whole = start is None
    folded.after = None if start is None else (start.t, start.occurred_at, start.source, start.event_id)
    plan, calibrations = definitions.plan, definitions.calibrations
    refold(plan, events, calibrations, state, lambda _state: _checkpoint(folded, definitions))
    folded.facts = state.encode()
    return folded


def _checkpoint(folded: Folded, definitions: Definitions) -> None:
    state = folded.state
    if state.count % CHECKPOINT_EVERY:
        return
    t, occurred_at, source, event_id = state.newest
    folded.checkpoints.append(
        CheckpointRow(
            profile=folded.profile, count=state.count, t=t, occurred_at=occurred_at, source=source, event_id=event_id,
            plan=definitions.fold_id, facts=state.encode(),
        )
    )  # fmt: skip


def usable(checkpoints: Sequence[CheckpointRow], definitions: Definitions, first: OrderKey) -> list[CheckpointRow]:
    """The checkpoints that an event at `first` leaves standing."""
    return [
        each
        for each in checkpoints
        if definitions.hold(each.plan, each.t) and (each.t, each.occurred_at, each.source, each.event_id) < first
    ]


def derive(
    folded: Folded, definitions: Definitions, at: int, over: Mapping[str, Mapping[str, object]] | None = None
) -> None:
    """Let time pass to `at`, take the difference to what was said, find the next due instant.

    `over` is what was said of runs that have left the facts. The facts are encoded before: silence is never written
    into them.
    """
    plan, calibrations = definitions.plan, definitions.calibrations
    # Clocks disagree, and whoever waited for the lock has an old `at`: what was said of silence is not taken back.
    folded.at = max(at, folded.state.newest[0], folded.before.derived_at if folded.before else at)
    silent = pass_silence(plan, folded.state, folded.at, calibrations)
    before = (
        {kind: {**(over or {}).get(kind, {}), **each} for kind, each in folded.said.items()} if over else folded.said
    )
    now, changes = difference(plan, folded.state, folded.at, calibrations, before)
    folded.said = now
    folded.changes += [*changes, *_undone(before, now, whole=folded.whole)]
    folded.due_at = due_after(folded.state, folded.at, silent)


def hollow(definitions: Definitions, row: ProfileRow, at: int) -> Folded:
    """A profile of which nothing is left: it went into another."""
    state = State(definitions.plan.layout)
    found = said(definitions.plan, state, at)
    return Folded(profile=row.profile, before=row, state=state, facts=state.encode(), said=found, at=at)


def _undone(before: Mapping[str, Mapping[str, object]], now: Said, *, whole: bool) -> Iterator[Change]:
    """What was said of keyed runs and never was: a late event, a reversal, a cut or another playbook has undone it."""
    for kind in ("journey", "breakpoint"):
        for key in sorted(before.get(kind, {}).keys() - now[kind].keys()):
            owner = key.rsplit("|", 3)[0] if kind == "breakpoint" else key
            if ":" in owner and (whole or owner in now["journey"]):
                yield Change(kind=kind, key=key, body=undone(kind, key))


__all__ = [
    "Folded",
    "again",
    "append",
    "begin",
    "can_append",
    "derive",
    "hollow",
    "in_order",
    "is_current",
    "standing_of",
    "unknown_runs",
    "usable",
]
