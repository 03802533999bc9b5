"""What new links and cuts make of the profiles: worked out anew as far as they reach, in the order of the log."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from service.core.event import Event
from service.core.persons import SHARED, Limits, Persons, is_weak, tell_apart
from service.store import IdentityRow, LinkRow, Unit
from service.usecases.identify import Reshaped, Statements, key_of, links_said_since, pair_of, statements
from service.usecases.region import FROM_THE_START, Region

PROBE = 50  # links of a weak identity to look at, to find one that shows it as shared


def apply_links(
    region: Region,
    fresh: Sequence[tuple[Event, tuple[str, ...]]],
    known: Mapping[str, IdentityRow],
    stale: Collection[int] = (),
) -> Reshaped | None:
    """Apply the links and cuts of new events. None: every profile has the roots it had.

    Of each pair the table keeps the earliest statement that is newer than the newest cut of both ends. Those links
    are applied in their order; one that would break a limit is refused, and tried again whenever its surroundings
    change. `stale`: profiles that may have been shaped under other limits.
    """
    said = statements(fresh, {name: row.root for name, row in known.items()})
    if said.links:
        said.links = _news(region.unit, region.limits, said, known.values())
    old = _decided_otherwise(region.unit, region.limits, stale) if stale else set()
    if not (said.links or said.cuts or old):
        return None
    _edit(region, said)
    _seed(region)
    region.reached |= dict.fromkeys(old, FROM_THE_START)
    region.spread()
    return _settle(region)


def _news(unit: Unit, limits: Limits, said: Statements, known: Iterable[IdentityRow]) -> list[LinkRow]:
    """The links that may change something: a pair said again later does not, nor one more of a shared identity."""
    names = {row.root: row.identity for row in known}
    kept = unit.links.find({pair_of(row) for row in said.links})
    news = [row for row in said.links if pair_of(row) not in kept or key_of(row) < key_of(kept[pair_of(row)])]
    if said.cuts:
        return news
    idle = [row for row in news if pair_of(row) not in kept and _is_of_shared(unit, row, names)]
    if idle:
        first = {pair_of(row): row for row in sorted(idle, key=key_of, reverse=True)}
        unit.links.put([replace(row, refused=SHARED, limits=limits.id) for row in first.values()])
    return [row for row in news if row not in idle]


def _is_of_shared(unit: Unit, row: LinkRow, names: Mapping[int, str]) -> bool:
    """Whether one end is shared already, so that one link more only confirms it: such ends may have very many."""
    weak = [end for end in pair_of(row) if is_weak(names[end])]
    if len(weak) != 1:  # between two weak ones it would have to be asked which of them is
        return False
    others = {end for each in unit.links.refused_of(weak[0], SHARED, PROBE) for end in pair_of(each) if end != weak[0]}
    if all(is_weak(each.identity) for each in unit.identities.of_roots(sorted(others))):
        return False
    cuts = unit.links.find((end, end) for end in pair_of(row))
    return all(key_of(cut) < key_of(row) for cut in cuts.values())


def _decided_otherwise(unit: Unit, limits: Limits, profiles: Collection[int]) -> set[int]:
    """Those of the profiles that have a link which was decided under other limits."""
    home = {row.root: profile for profile, rows in unit.identities.of_profiles(profiles).items() for row in rows}
    links = [row for row in unit.links.of_roots(list(home)) if row.limits != limits.id and row.refused != SHARED]
    return {home[end] for row in links if row.left != row.right for end in pair_of(row) if end in home}


def _edit(region: Region, said: Statements) -> None:
    """Of each pair the earliest statement that no cut has undone, as it will be."""
    region.look_up({end for row in (*said.links, *said.cuts) for end in pair_of(row)})
    newest: dict[int, LinkRow] = {}
    for cut in sorted(said.cuts, key=key_of):
        before = region.row(pair_of(cut))
        if before is None or key_of(before) < key_of(cut):
            newest[cut.left] = cut
            region.edit(pair_of(cut), cut)
    undone = [(pair, row) for pair, row in region.links(newest.keys()) if not _stands(region, row)]
    links = list(said.links)
    if undone:
        region.look_up({end for pair, _ in undone for end in pair})
        roots = {region.names[end]: end for pair, _ in undone for end in pair}
        pairs = {pair for pair, _ in undone}
        since = min(cut.t for cut in newest.values())
        links += [row for row in links_said_since(region.unit, roots, since) if pair_of(row) in pairs]
    for pair, _ in undone:
        region.edit(pair, None)
    for row in links:
        kept = region.row(pair_of(row))
        if _stands(region, row) and (kept is None or key_of(row) < key_of(kept)):
            region.edit(pair_of(row), replace(row, limits=region.limits.id))


def _stands(region: Region, row: LinkRow) -> bool:
    cuts = [region.row((end, end)) for end in pair_of(row)]
    return all(cut is None or key_of(cut) < key_of(row) for cut in cuts)


def _seed(region: Region) -> None:
    """Where and from when on something differs; a weak identity that is shared from now on differs at all its links."""
    changed = [pair for pair in region.edits if pair[0] != pair[1]]
    for pair in changed:
        at = min(key_of(row) for row in (region.stored.get(pair), region.edits[pair]) if row is not None)
        for end in pair:
            region.seed(end, at)
    for root in {end for pair in changed for end in pair if is_weak(region.names[end])}:
        shared = region.is_shared(root)
        if shared != _was_shared(region, root):
            for pair, row in region.links([root]):
                for end in pair:
                    region.seed(end, key_of(row))


def _was_shared(region: Region, root: int) -> bool:
    rows = [region.stored[pair] for pair in region.touching[root] if pair in region.stored]
    return any(row.refused == SHARED and not all(is_weak(region.names[end]) for end in pair_of(row)) for row in rows)


def _settle(region: Region) -> Reshaped:
    """Tell the persons of the region apart, and keep what that made of its links and roots."""
    unit, limits = region.unit, region.limits
    old = {root: home for root, home in region.home.items() if home in region.loaded}
    links = {pair: row for pair, row in region.links(old.keys()) if pair[0] in old and pair[1] in old}
    shared = {root for root in old if region.is_shared(root)}
    names = {root: region.names[root] for root in old}
    persons = tell_apart(names, {pair: key_of(row) for pair, row in links.items()}, limits, shared)
    decided = [replace(row, refused=persons.refused.get(pair, ""), limits=limits.id) for pair, row in links.items()]
    cuts = [row for row in region.edits.values() if row is not None and row.left == row.right]
    unit.links.remove([pair for pair, row in region.edits.items() if row is None and pair in region.stored])
    unit.links.put([row for row in (*decided, *cuts) if region.stored.get(pair_of(row)) != row])
    new = _named(old, persons)
    unit.identities.assign({root: profile for root, profile in new.items() if old[root] != profile})
    return _compare(old, new)


def _named(old: Mapping[int, int], persons: Persons) -> dict[int, int]:
    """The profile of each root: groups are named after an id they have, or their oldest root."""
    groups: dict[int, list[int]] = {}
    for root in sorted(old):
        groups.setdefault(persons.find(root), []).append(root)
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
    )
