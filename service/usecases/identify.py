"""Who an event is about: identities have permanent roots, a profile is a set of roots, links and cuts are data."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from service.core.event import Event, OrderKey
from service.core.identity import is_identity
from service.store import EventRow, IdentityRow, LinkRow, Unit, new_root
from service.usecases.stored import identities_of, to_event

LINKED, UNLINKED = "identity_linked", "identity_unlinked"


@dataclass(slots=True)
class Reshaped:
    """What links and cuts did. `merged`: old id → survivor; `changed`: profiles whose roots are other ones now."""

    profile_of: dict[int, int] = field(default_factory=dict)
    changed: set[int] = field(default_factory=set)
    merged: dict[int, int] = field(default_factory=dict)
    split: set[int] = field(default_factory=set)


def mentioned(event: Event, identities: Sequence[str]) -> tuple[str, ...]:
    """Every identity that an event speaks of; the first is the one it came under."""
    other = event.scalar("identity") if event.type in (LINKED, UNLINKED) else None
    if isinstance(other, str) and is_identity(other):
        return tuple(dict.fromkeys((*identities, other)))
    return tuple(identities)


def find_or_create(unit: Unit, identities: Iterable[str], now: int) -> dict[str, IdentityRow]:
    """The rows of all identities, created where nobody has seen them."""
    wanted = set(identities)
    found = unit.identities.find(wanted)
    missing = sorted(wanted - found.keys())
    if missing:
        found |= unit.identities.create([(identity, new_root(now)) for identity in missing])
    return found


def _edges(event: Event, identities: Sequence[str]) -> tuple[list[tuple[str, str]], list[str]]:
    """The pairs that an event links, and the identities that it cuts off."""
    names = mentioned(event, identities)
    if event.type == UNLINKED:
        named = event.scalar("identity")
        return [(names[0], other) for other in identities[1:]], [str(named) if named in names else names[0]]
    return [(names[0], other) for other in names[1:]], []


def _link(left: int, right: int, key: OrderKey) -> LinkRow:
    low, high = sorted((left, right))
    return LinkRow(left=low, right=high, t=key[0], occurred_at=key[1], source=key[2], event_id=key[3])


def _key(row: LinkRow) -> OrderKey:
    return (row.t, row.occurred_at, row.source, row.event_id)


def apply_links(
    unit: Unit, fresh: Sequence[tuple[Event, tuple[str, ...]]], known: Mapping[str, IdentityRow]
) -> Reshaped | None:
    """Apply the links and cuts of new events. None: every profile has the roots it had.

    A cut is kept as a link of a root with itself. A link stands iff it is newer, in canonical order, than the newest
    cut of both its ends; so the result does not depend on the order of arrival.
    """
    links: list[LinkRow] = []
    cuts: list[LinkRow] = []
    for event, identities in fresh:
        pairs, cut = _edges(event, identities)
        links += [_link(known[one].root, known[two].root, event.key) for one, two in pairs]
        cuts += [_link(known[one].root, known[one].root, event.key) for one in cut]
    if not links and not cuts:
        return None
    profile_of = {row.root: row.profile for row in known.values()}
    apart = [link for link in links if profile_of[link.left] != profile_of[link.right]]
    if not apart and not cuts:
        unit.links.add({(link.left, link.right): link for link in links}.values())
        return None
    return _reshape(
        unit,
        [*links, *cuts],
        {profile_of[root] for row in (*links, *cuts) for root in (row.left, row.right)},
        refresh=bool(cuts),
    )


def _reshape(unit: Unit, rows: Sequence[LinkRow], profiles: set[int], *, refresh: bool) -> Reshaped:
    members = unit.identities.of_profiles(profiles)
    old = {row.root: profile for profile, found in members.items() for row in found}
    edges: dict[tuple[int, int], LinkRow] = {}
    said = _from_log(unit, members) if refresh else []
    for row in (*unit.links.of_roots(list(old)), *said, *rows):
        kept = edges.get((row.left, row.right))
        if kept is None or _key(kept) < _key(row):
            edges[row.left, row.right] = row
    unit.links.replace(list(old), edges.values())
    new = _components(old, edges)
    unit.identities.assign({root: profile for root, profile in new.items() if old[root] != profile})
    return _compare(old, new)


def _from_log(unit: Unit, members: Mapping[int, Sequence[IdentityRow]]) -> list[LinkRow]:
    """What the log says of links, with the newest instants: a table row may be older than the last such event."""
    roots = {row.identity: row.root for found in members.values() for row in found}
    rows: list[EventRow] = unit.events.of_roots(list(roots.values()))
    found: list[LinkRow] = []
    for row in rows:
        identities = identities_of(row)
        if len(identities) > 1 or row.type == LINKED:
            event = to_event(row)
            pairs, _ = _edges(event, identities)
            found += [_link(roots[one], roots[two], event.key) for one, two in pairs if one in roots and two in roots]
    return found


def _components(old: Mapping[int, int], edges: Mapping[tuple[int, int], LinkRow]) -> dict[int, int]:
    """The profile of each root: sets that standing links join, named after an id they have, or their oldest root."""
    cuts = {left: _key(row) for (left, right), row in edges.items() if left == right}
    leader = {root: root for root in old}

    def find(root: int) -> int:
        while leader[root] != root:
            leader[root] = leader[leader[root]]
            root = leader[root]
        return root

    for (left, right), row in edges.items():
        joined = left in leader and right in leader and left != right
        if joined and all(cuts.get(end) is None or cuts[end] < _key(row) for end in (left, right)):
            leader[max(find(left), find(right))] = min(find(left), find(right))
    groups: dict[int, list[int]] = {}
    for root in sorted(old):
        groups.setdefault(find(root), []).append(root)
    ids = set(old.values())
    return {root: min([each for each in group if each in ids] or group) for group in groups.values() for root in group}


def _compare(old: Mapping[int, int], new: Mapping[int, int]) -> Reshaped:
    before: dict[int, set[int]] = {}
    after: dict[int, set[int]] = {}
    for root, profile in old.items():
        before.setdefault(profile, set()).add(root)
        after.setdefault(new[root], set()).add(root)
    return Reshaped(
        profile_of=dict(new),
        changed={profile for profile, roots in after.items() if before.get(profile) != roots},
        merged={profile: new[profile] for profile in before if profile not in after},
        split={profile for profile in after if profile not in before},
    )
