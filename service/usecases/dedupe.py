"""Keeping new events under the locks of their profiles, and telling duplicates from conflicts."""

from collections.abc import Sequence

from service.store import Conflict, EventRow
from service.usecases.batch import EventKey, Group, Item, Submission, of
from service.usecases.folding import standing_of
from service.usecases.identify import find_or_create, mentioned
from service.usecases.stored import to_row


def insert_new(group: Group, submissions: Sequence[Submission], admitted: Sequence[Item]) -> list[Item]:
    """Lock the profiles, keep the new events, tell duplicates from conflicts. Answers the new items."""
    unit = group.unit
    names = {name for item in admitted for name in mentioned(of(item).event, of(item).identities)}
    group.known = find_or_create(unit, names, group.now)
    _lock(group, {row.profile for row in group.known.values()})
    arrived = {id(item): each.received_at for each in submissions for item in each.items}
    rows: dict[EventKey, EventRow] = {}
    first: dict[EventKey, Item] = {}
    for item in admitted:
        row = to_row(group.known[of(item).identities[0]].root, of(item), arrived[id(item)])
        key = (row.root, row.source, row.event_id)
        rows.setdefault(key, row)
        first.setdefault(key, item)
    new = unit.events.insert(list(rows.values()))
    kept = unit.events.fingerprints([key for key in rows if key not in new])
    fresh = []
    for item in admitted:
        event = of(item).event
        key = (group.known[of(item).identities[0]].root, event.source, event.event_id)
        item.changes = []  # an attempt before this one may have said something
        if key in new and first[key] is item:
            item.status = "accepted"
            fresh.append(item)
        else:
            fingerprint = kept[key] if key in kept else rows[key].fingerprint
            same = fingerprint == to_row(key[0], of(item), 0).fingerprint
            item.status = "duplicate" if same else "conflict"
    return fresh


def _lock(group: Group, profiles: set[int]) -> None:
    """Lock, then look again who is who: somebody may have merged or split the profiles before the lock was ours.

    An identity that was only spoken of so far has a profile without a row to lock: then its own row is locked.
    """
    unit = group.unit
    group.rows = unit.profiles.lock(sorted(profiles))
    rowless = [name for name, row in group.known.items() if row.profile not in group.rows]
    unit.identities.lock(rowless)
    group.rows |= unit.profiles.lock(sorted({group.known[name].profile for name in rowless}))
    seen = unit.identities.find(list(group.known))
    if any(seen[name].profile != row.profile for name, row in group.known.items()):
        raise Conflict
    group.roots = {profile: [] for profile, row in group.rows.items() if standing_of(row)[1] > 1}
