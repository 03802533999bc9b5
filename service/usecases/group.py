"""One group commit: many requests' events, one transaction. Everything or nothing of it is kept."""

from collections.abc import Iterable, Mapping, Sequence

from service.core.changes import Change
from service.core.event import Event, OrderKey
from service.core.facts import State
from service.core.intake import Admitted
from service.store import CheckpointRow, EventRow, Unit
from service.usecases.batch import EventKey, Group, Item, Submission, of
from service.usecases.dedupe import insert_new
from service.usecases.definitions import Definitions
from service.usecases.folding import (
    Folded,
    again,
    append,
    begin,
    can_append,
    derive,
    hollow,
    is_current,
    unknown_runs,
    usable,
)
from service.usecases.intake_rows import keep_intake
from service.usecases.keeping import forget, keep, said_of_runs_over
from service.usecases.region import Region
from service.usecases.reshape import apply_links
from service.usecases.stored import OF_FRIENDS, is_of_himself, to_events


def commit_group(
    unit: Unit, definitions: Definitions, submissions: Sequence[Submission], now: int, writer: int
) -> None:
    """Record the submissions; each item's fate is written into it."""
    group = Group(unit=unit, definitions=definitions, now=now)
    admitted = [item for each in submissions for item in each.items if isinstance(item.verdict, Admitted)]
    fresh = insert_new(group, submissions, admitted)
    reshape(group, fresh)
    folded = _fold_all(group, submissions, fresh)
    keep_intake(unit, definitions, submissions, now, writer)
    several = {profile: len(roots) for profile, roots in group.roots.items()}
    backfill = all(each.backfill for each in submissions)
    keep(unit, definitions, folded, several, "backfill" if backfill else None)


def reshape(group: Group, fresh: Sequence[Item] = ()) -> None:
    """Who is one person now; the profiles in hand that were shaped under other limits are shaped anew."""
    layout = group.definitions.plan.layout.id
    stale = [profile for profile, row in group.rows.items() if not row.plan.startswith(layout)]
    said = [(of(item).event, of(item).identities) for item in fresh]
    locked = group.rows.keys() | {row.profile for row in group.known.values()}
    region = Region(unit=group.unit, limits=group.definitions.limits, rows=group.rows, locked=locked)
    found = apply_links(region, said, group.known, stale)
    if found is not None:
        group.reshaped = found
        group.rows |= group.unit.profiles.lock(sorted(found.changed - group.rows.keys()))
        group.roots |= {profile: [] for profile in found.changed}
    members = group.unit.identities.of_profiles(list(group.roots))
    group.roots = {profile: [row.root for row in rows] for profile, rows in members.items()}


def _twins(group: Group, fresh: Sequence[Item]) -> set[int]:
    """Profiles that hold one event under two roots: the fold keeps the first in its order, so they are folded again."""
    wanted: dict[EventKey, int] = {}
    for item in fresh:
        profile, event = group.profileof(of(item)), of(item).event
        own = group.known[of(item).identities[0]].root
        for root in group.roots.get(profile, ()):
            if root != own:
                wanted[root, event.source, event.event_id] = profile
    return {wanted[key] for key in group.unit.events.fingerprints(list(wanted))} if wanted else set()


def _of_themselves(group: Group, fresh: Sequence[Item]) -> set[int]:
    """Profiles with an event in which they are a friend of their own: the fold leaves it out of the log."""
    said = [(group.profileof(of(item)), of(item).event) for item in fresh if of(item).event.type in OF_FRIENDS]
    return {profile for profile, event in said if is_of_himself(event, _roots(group, profile))}


def _roots(group: Group, profile: int) -> Sequence[int]:
    known = group.roots.get(profile) or group.ahead.roots(profile)
    return known or [each.root for each in group.unit.identities.of_profiles([profile]).get(profile, ())]


def _fold_all(group: Group, submissions: Sequence[Submission], fresh: Sequence[Item]) -> list[Folded]:
    by_profile = _by_profile(group, submissions)
    whole = _twins(group, fresh) | _of_themselves(group, fresh) | group.reshaped.changed
    over = _runs_over(group, by_profile)
    folded: dict[int, Folded] = {}
    for profile in sorted(by_profile.keys() | group.reshaped.changed):
        requests = by_profile.get(profile, [])
        folded[profile] = _fold(group, profile, requests, from_log=profile in whole or profile in over)
        if profile in by_profile:
            _tell(folded[profile], requests)
    announce_merges(group, folded)
    _report(group, submissions, folded)
    return list(folded.values())


def _by_profile(group: Group, submissions: Sequence[Submission]) -> dict[int, list[list[Item]]]:
    """The new items of each profile, request by request."""
    found: dict[int, list[list[Item]]] = {}
    for each in submissions:
        mine: dict[int, list[Item]] = {}
        for item in each.items:
            if item.status == "accepted":
                mine.setdefault(group.profileof(of(item)), []).append(item)
        for profile, items in mine.items():
            found.setdefault(profile, []).append(items)
    return found


def _tell(folded: Folded, requests: Sequence[Sequence[Item]]) -> None:
    """The difference that a request made stands on its last item; what the log gave, on the last of all."""
    steps = (*folded.earlier, folded)
    for step, items in zip(steps, requests[-len(steps) :], strict=True):
        items[-1].changes = step.changes


def _runs_over(group: Group, by_profile: Mapping[int, Sequence[Sequence[Item]]]) -> set[int]:
    """Profiles with an event that speaks of a keyed run which is over: it left the facts, so the log must be read."""
    asked: set[tuple[int, str, str]] = set()
    for profile, requests in by_profile.items():
        row = group.rows.get(profile)
        items = [item for request in requests for item in request]
        if row is not None:
            state = State(group.definitions.plan.layout, row.facts if is_current(group.definitions, row) else b"")
            runs = unknown_runs(group.definitions, state, [of(item).event for item in items])
            asked |= {(profile, journey, key) for journey, key in runs}
    return {row.profile for row in group.unit.enrollments.find(asked)} if asked else set()


def _fold(group: Group, profile: int, requests: Sequence[Sequence[Item]], *, from_log: bool) -> Folded:
    """Request by request on the fast path while it is open, else all at once from the log; then time passes to now."""
    definitions, row = group.definitions, group.rows.get(profile)
    if not is_current(definitions, row) or from_log:
        return fold_log(group, profile)
    step: Folded | None = None
    ended: set[tuple[str, str]] = set()  # keyed runs that have left the facts since this group began
    for items in requests:
        events = sorted((of(item).event for item in items), key=_order)
        step = begin(definitions, row, profile, step)
        late = not can_append(definitions.plan, step.state, events)
        if late or ended & unknown_runs(definitions, step.state, events):
            return fold_log(group, profile, sorted((of(i).event for each in requests for i in each), key=_order))
        append(step, definitions, events)
        ended |= {(definitions.plan.routes[i].journey.key, key) for i, key in step.state.enrollments}
        derive(step, definitions, group.now)
    return step or fold_log(group, profile)


def _order(event: Event) -> OrderKey:
    return event.key


def fold_log(group: Group, profile: int, late: Sequence[Event] = ()) -> Folded:
    """Fold a profile's log again; if only `late` events are new to it, from the last checkpoint before them."""
    unit, definitions, row = group.unit, group.definitions, group.rows.get(profile)
    roots = _roots(group, profile)
    log = group.ahead.logs.get(profile)
    checkpoints = unit.checkpoints.of_profile(profile) if late else []
    folded = again(
        definitions,
        row,
        profile,
        lambda after: unit.events.of_roots(roots, after=after) if log is None else log,
        usable(checkpoints, definitions, late[0].key) if late else (),
        roots=roots,
        reaches_back=lambda start, rows: _reaches_back(group, profile, roots, (start, rows)),
    )
    over = group.ahead.over.get(profile)
    derive(folded, definitions, group.now, said_of_runs_over(unit, definitions.plan, folded, over))
    return folded


def _reaches_back(
    group: Group, profile: int, roots: Sequence[int], tail: tuple[CheckpointRow, Sequence[EventRow]]
) -> bool:
    """Whether events after a checkpoint speak of what it forgot: a keyed run that is over, an event seen twice."""
    start, rows = tail
    twins = {(root, each.source, each.event_id) for each in rows for root in roots if root != each.root}
    twins -= {(each.root, each.source, each.event_id) for each in rows}
    if group.unit.events.fingerprints(twins):
        return True
    runs = unknown_runs(group.definitions, State(group.definitions.plan.layout, start.facts), to_events(rows, roots))
    known = group.unit.enrollments.find((profile, *run) for run in runs) if runs else []
    return any(each.entered_at <= start.t for each in known)


def announce_merges(group: Group, folded: dict[int, Folded]) -> None:
    """Say which known profile went into which, on the streams of both: nobody reads one against the other in time.

    Of the one that went in a hollow row stays, so that its versions go on if a cut brings it back. Those that never
    stood alone are not worth a word.
    """
    known = {old: new for old, new in group.reshaped.merged.items() if old in group.rows and new in folded}
    for old, new in known.items():
        body: dict[str, object] = {"kind": "profile", "key": "merged", "from": f"{old:016x}", "into": f"{new:016x}"}
        change = Change(kind="profile", key="merged", body=body)
        folded[new].changes.append(change)
        folded[old] = hollow(group.definitions, group.rows[old], group.now)
        folded[old].changes.append(change)
    if known:
        forget(group.unit, known)
        group.unit.notes.move(known)


def _report(group: Group, submissions: Sequence[Submission], folded: Mapping[int, Folded]) -> None:
    """Tell each item its profile and version."""
    for item in _admitted(submissions):
        item.profile = group.profileof(of(item))
        row = group.rows.get(item.profile)
        item.version = folded[item.profile].version if item.profile in folded else row.version if row else None


def _admitted(submissions: Iterable[Submission]) -> Iterable[Item]:
    return (item for each in submissions for item in each.items if isinstance(item.verdict, Admitted))
