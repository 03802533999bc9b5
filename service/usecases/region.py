"""The part of the world that a link or a cut may reach: loaded and locked, and nothing beyond it is touched."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from service.core.event import OrderKey
from service.core.persons import MIXED, SHARED, Limits, Pair, is_shared, is_weak
from service.store import Conflict, LinkRow, ProfileRow, Unit
from service.usecases.identify import key_of, pair_of

FROM_THE_START: tuple[()] = ()  # before every key
Reach = OrderKey | tuple[()]


@dataclass(slots=True, kw_only=True)
class Region:
    """Links as the table has them and as they will be, of every root looked at.

    Links are applied in their order. So what differs from an instant on can reach another group only over a refused
    link that is later: a profile is reached at the key of the first such link, and only later ones lead on from it.
    """

    unit: Unit
    limits: Limits
    rows: dict[int, ProfileRow]  # of the profiles that are locked and have one
    locked: set[int]
    stored: dict[Pair, LinkRow] = field(default_factory=dict)
    edits: dict[Pair, LinkRow | None] = field(default_factory=dict)
    touching: dict[int, set[Pair]] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    home: dict[int, int] = field(default_factory=dict)
    reached: dict[int, Reach] = field(default_factory=dict)
    loaded: set[int] = field(default_factory=set)
    shared: dict[int, bool] = field(default_factory=dict)
    _whole: set[int] = field(default_factory=set)

    def look_up(self, roots: Iterable[int]) -> None:
        """Lock the profiles of these roots, then read all their links and who stands at the other ends."""
        new = set(roots) - self._whole
        if not new:
            return
        self._meet(new)
        self._lock(new)
        rows = self.unit.links.of_roots(sorted(new))
        for row in rows:
            self._note(row)
        self._whole |= new
        self._meet(end for row in rows for end in pair_of(row))

    def row(self, pair: Pair) -> LinkRow | None:
        """A link or cut as it will be."""
        return self.edits[pair] if pair in self.edits else self.stored.get(pair)

    def edit(self, pair: Pair, row: LinkRow | None) -> None:
        """From now on it will be so."""
        self.edits[pair] = row
        for end in pair:
            self.touching.setdefault(end, set()).add(pair)

    def links(self, roots: Collection[int] | None = None) -> Iterator[tuple[Pair, LinkRow]]:
        """The links that will be, all or those that touch some roots."""
        ends = self.touching if roots is None else roots
        for pair in {pair for end in ends for pair in self.touching.get(end, ())}:
            row = self.row(pair)
            if row is not None and row.left != row.right:
                yield pair, row

    def is_shared(self, root: int) -> bool:
        """Whether a root is of a weak identity that is no one person's."""
        if root not in self.shared:
            found = is_weak(self.names[root])
            if found:
                self.look_up([root])
                ends = {end for pair, _ in self.links([root]) for end in pair} - {root}
                found = is_shared(self.names[root], [self.names[end] for end in ends])
            self.shared[root] = found
        return self.shared[root]

    def seed(self, root: int, key: Reach) -> None:
        """Something differs here from this key on."""
        profile = self.home[root]
        self.reached[profile] = min(self.reached.get(profile, key), key)

    def spread(self) -> None:
        """Load every profile that the difference may reach."""
        while frontier := self.reached.keys() - self.loaded:
            members = self.unit.identities.of_profiles(sorted(frontier))
            self._meet(row.root for rows in members.values() for row in rows)
            self.look_up([row.root for rows in members.values() for row in rows])
            self.loaded |= frontier
            for profile, rows in members.items():
                if any(self._is_old(row) for _, row in self.links([each.root for each in rows])):
                    self.reached[profile] = FROM_THE_START
            while self._lead_on():
                pass

    def _is_old(self, row: LinkRow) -> bool:
        return row.limits != self.limits.id and row.refused != SHARED

    def _lead_on(self) -> bool:
        moved = False
        for pair, row in self.links():  # the ends of links that will differ are reached already
            key = key_of(row)
            for here, there in (pair, pair[::-1]):
                reach, known = self.reached.get(self.home[here]), self.reached.get(self.home[there])
                leads = reach is not None and reach <= key and self.home[here] != self.home[there]
                if leads and not self._joins_nobody(row) and (known is None or known > key):
                    self.reached[self.home[there]] = key
                    moved = True
        return moved

    def _joins_nobody(self, row: LinkRow) -> bool:
        """Whether a link was refused for what its ends are, so that nothing earlier changes it."""
        return row.refused == SHARED or (row.refused == MIXED and row.limits == self.limits.id)

    def _note(self, row: LinkRow) -> None:
        self.stored.setdefault(pair_of(row), row)
        for end in pair_of(row):
            self.touching.setdefault(end, set()).add(pair_of(row))

    def _meet(self, roots: Iterable[int]) -> None:
        for row in self.unit.identities.of_roots(sorted(set(roots) - self.names.keys())):
            self.names[row.root], self.home[row.root] = row.identity, row.profile

    def _lock(self, roots: Collection[int]) -> None:
        """Lock, then look again who is who: somebody may have merged or split them before the lock was ours."""
        new = {self.home[root] for root in roots} - self.locked
        if not new:
            return
        self.rows |= self.unit.profiles.lock(sorted(new))
        ends = [root for root in roots if self.home[root] in new]
        self.unit.identities.lock([self.names[root] for root in ends if self.home[root] not in self.rows])
        if any(row.profile != self.home[row.root] for row in self.unit.identities.of_roots(ends)):
            raise Conflict
        self.locked |= new
