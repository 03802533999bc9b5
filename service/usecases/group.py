"""One group commit: many requests' events, one transaction. Everything or nothing of it is kept."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.changes import Change
from service.core.event import Event
from service.core.facts import State
from service.core.intake import Admitted
from service.store import CheckpointRow, Conflict, EventRow, IdentityRow, ProfileRow, Unit
from service.usecases.batch import Item, Submission
from service.usecases.definitions import Definitions
from service.usecases.folding import (
    Folded,
    again,
    append,
    can_append,
    derive,
    hollow,
    is_current,
    standing_of,
    unknown_runs,
    usable,
)
from service.usecases.identify import Reshaped, apply_links, find_or_create, mentioned
from service.usecases.intake_rows import keep_intake
from service.usecases.keeping import EVERY_RUN, forget, keep, said_of_runs_over
from service.usecases.stored import to_events, to_row

EventKey = tuple[int, str, str]


@dataclass(slots=True)
class Group:
    """The working memory of one group commit."""

    unit: Unit
    definitions: Definitions
    now: int
    known: dict[str, IdentityRow] = field(default_factory=dict)
    rows: dict[int, ProfileRow] = field(default_factory=dict)
    reshaped: Reshaped = field(default_factory=Reshaped)
    roots: dict[int, list[int]] = field(default_factory=dict)  # of profiles with several, or whose roots were needed

    def profile_of(self, admitted: Admitted) -> int:
        """The profile that an event belongs to now."""
        row = self.known[admitted.identities[0]]
        return self.reshaped.profile_of.get(row.root, row.profile)


def commit_group(
    unit: Unit, definitions: Definitions, submissions: Sequence[Submission], now: int, writer: int
) -> None:
    """Record the submissions; each item's fate is written into it."""
    group = Group(unit=unit, definitions=definitions, now=now)
    admitted = [item for each in submissions for item in each.items if isinstance(item.verdict, Admitted)]
    fresh = _insert(group, submissions, admitted)
    _reshape(group, fresh)
    folded = _fold_all(group, submissions, fresh)
    keep_intake(unit, definitions, submissions, now, writer)
    several = {profile: len(roots) for profile, roots in group.roots.items()}
    backfill = all(each.backfill for each in submissions)
    keep(unit, definitions, folded, several, "backfill" if backfill else None)


def _insert(group: Group, submissions: Sequence[Submission], admitted: Sequence[Item]) -> list[Item]:
    """Lock the profiles, keep the new events, tell duplicates from conflicts. Answers the new items."""
    unit = group.unit
    names = {name for item in admitted for name in mentioned(_of(item).event, _of(item).identities)}
    group.known = find_or_create(unit, names, group.now)
    _lock(group, {row.profile for row in group.known.values()})
    arrived = {id(item): each.received_at for each in submissions for item in each.items}
    rows: dict[EventKey, EventRow] = {}
    first: dict[EventKey, Item] = {}
    for item in admitted:
        row = to_row(group.known[_of(item).identities[0]].root, _of(item), arrived[id(item)])
        key = (row.root, row.source, row.event_id)
        rows.setdefault(key, row)
        first.setdefault(key, item)
    new = unit.events.insert(list(rows.values()))
    kept = unit.events.fingerprints([key for key in rows if key not in new])
    fresh = []
    for item in admitted:
        event = _of(item).event
        key = (group.known[_of(item).identities[0]].root, event.source, event.event_id)
        if key in new and first[key] is item:
            item.status = "accepted"
            fresh.append(item)
        else:
            fingerprint = kept[key] if key in kept else rows[key].fingerprint
            same = fingerprint == to_row(key[0], _of(item), 0).fingerprint
            item.status = "duplicate" if same else "conflict"
    return fresh


def _of(item: Item) -> Admitted:
    if not isinstance(item.verdict, Admitted):
        raise TypeError(item.status)
    return item.verdict


def _lock(group: Group, profiles: set[int]) -> None:
    """Lock, then look again who is who: somebody may have merged or split the profiles before the lock was ours."""
    group.rows = group.unit.profiles.lock(sorted(profiles))
    seen = group.unit.identities.find(list(group.known))
    if any(seen[name].profile != row.profile for name, row in group.known.items()):
        raise Conflict
    group.roots = {profile: [] for profile, row in group.rows.items() if standing_of(row)[1] > 1}


def _reshape(group: Group, fresh: Sequence[Item]) -> None:
    found = apply_links(group.unit, [(_of(item).event, _of(item).identities) for item in fresh], group.known)
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
        profile, event = group.profile_of(_of(item)), _of(item).event
        own = group.known[_of(item).identities[0]].root
        for root in group.roots.get(profile, ()):
            if root != own:
                wanted[root, event.source, event.event_id] = profile
    return {wanted[key] for key in group.unit.events.fingerprints(list(wanted))} if wanted else set()


def _fold_all(group: Group, submissions: Sequence[Submission], fresh: Sequence[Item]) -> list[Folded]:
    by_profile: dict[int, list[Item]] = {}
    for item in fresh:
        by_profile.setdefault(group.profile_of(_of(item)), []).append(item)
    whole = _twins(group, fresh) | group.reshaped.changed
    over = _runs_over(group, by_profile)
    folded: dict[int, Folded] = {}
    for profile in sorted(by_profile.keys() | group.reshaped.changed):
        events = [_of(item).event for item in by_profile.get(profile, ())]
        folded[profile] = _fold(group, profile, events, whole=profile in whole, over=profile in over)
    _announce_merges(group, folded)
    _report(group, submissions, folded)
    return list(folded.values())


def _runs_over(group: Group, by_profile: Mapping[int, Sequence[Item]]) -> set[int]:
    """Profiles with an event that speaks of a keyed run which is over: it left the facts, so the log must be read."""
    asked: set[tuple[int, str, str]] = set()
    for profile, items in by_profile.items():
        row = group.rows.get(profile)
        if row is not None:
            state = State(group.definitions.plan.layout, row.facts if is_current(group.definitions, row) else b"")
            runs = unknown_runs(group.definitions, state, [_of(item).event for item in items])
            asked |= {(profile, journey, key) for journey, key in runs}
    return {profile for profile, _, _ in group.unit.enrollments.known(asked)} if asked else set()


def _fold(group: Group, profile: int, events: list[Event], *, whole: bool, over: bool) -> Folded:
    """The fast path if it is open, else the log; then time passes to now."""
    definitions, row = group.definitions, group.rows.get(profile)
    events.sort(key=lambda event: event.key)
    current = is_current(definitions, row)
    state = State(definitions.plan.layout, row.facts if row and current else b"")
    if current and not whole and not over and can_append(definitions.plan, state, events):
        folded = append(definitions, row, profile, events)
        derive(folded, definitions, group.now)
        return folded
    return fold_log(group, profile, events if current and not whole and not over else [])


def fold_log(group: Group, profile: int, late: Sequence[Event] = ()) -> Folded:
    """Fold a profile's log again; if only `late` events are new to it, from the last checkpoint before them."""
    unit, definitions, row = group.unit, group.definitions, group.rows.get(profile)
    roots = group.roots.get(profile) or [each.root for each in unit.identities.of_profiles([profile]).get(profile, ())]
    checkpoints = unit.checkpoints.of_profile(profile) if late else []
    folded = again(
        definitions,
        row,
        profile,
        lambda after: unit.events.of_roots(roots, after=after),
        usable(checkpoints, definitions, late[0].key) if late else (),
        reaches_back=lambda start, rows: _reaches_back(group, profile, roots, (start, rows)),
    )
    derive(folded, definitions, group.now, said_of_runs_over(unit, folded))
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
    runs = unknown_runs(group.definitions, State(group.definitions.plan.layout, start.facts), to_events(rows))
    known = group.unit.enrollments.of_profile(profile, EVERY_RUN) if runs else []
    return any((each.journey, each.key) in runs and each.entered_at <= start.t for each in known)


def _announce_merges(group: Group, folded: dict[int, Folded]) -> None:
    """Say which known profile went into which, on the streams of both: nobody reads one against the other in time.

    Of the one that went in a hollow row stays, so that its versions go on if a cut brings it back. Those that never
    stood alone are not worth a word.
    """
    known = {old: new for old, new in group.reshaped.merged.items() if old in group.rows}
    for old, new in known.items():
        body = {"kind": "profile", "key": "merged", "from": f"{old:016x}", "into": f"{new:016x}"}
        change = Change(kind="profile", key="merged", body=body)
        folded[new].changes.append(change)
        folded[old] = hollow(group.definitions, group.rows[old], group.now)
        folded[old].changes.append(change)
    if known:
        forget(group.unit, known)


def _report(group: Group, submissions: Sequence[Submission], folded: Mapping[int, Folded]) -> None:
    """Tell each item its profile and version; the difference stands on the profile's last accepted item."""
    last: dict[int, Item] = {}
    for item in _admitted(submissions):
        item.profile = group.profile_of(_of(item))
        item.changes = []  # an attempt before this one may have said something
        row = group.rows.get(item.profile)
        item.version = folded[item.profile].version if item.profile in folded else row.version if row else None
        if item.status == "accepted":
            last[item.profile] = item
    for profile, item in last.items():
        item.changes = folded[profile].changes


def _admitted(submissions: Iterable[Submission]) -> Iterable[Item]:
    return (item for each in submissions for item in each.items if isinstance(item.verdict, Admitted))
