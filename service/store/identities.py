"""Who somebody is: identities with their permanent roots, and the links between roots."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter

from sqlalchemy import select, text, tuple_

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import IdentityRow, LinkRow

_LOCKED = "ORDER BY identity FOR UPDATE"


class Identities:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def find(self, identities: Collection[str]) -> dict[str, IdentityRow]:
        return {row.identity: row for row in self._sql.among(IdentityRow, "identity", identities)}

    def lock(self, identities: Collection[str]) -> dict[str, IdentityRow]:
        """Find, and keep other writers who lock them away until this transaction ends; sorted."""
        return {row.identity: row for row in self._sql.among(IdentityRow, "identity", identities, _LOCKED)}

    def create(self, pairs: Sequence[tuple[str, int]]) -> dict[str, IdentityRow]:
        """The rows that stand for all given identities, whoever created them first."""
        rows = [IdentityRow(identity=identity, root=root, profile=root) for identity, root in sorted(pairs)]
        self._sql.insert_new(IdentityRow, rows)
        return self.find([row.identity for row in rows])

    def of_profiles(self, profiles: Collection[int]) -> dict[int, list[IdentityRow]]:
        found: dict[int, list[IdentityRow]] = {}
        for row in self._sql.among(IdentityRow, "profile", profiles, "ORDER BY root"):
            found.setdefault(row.profile, []).append(row)
        return found

    def of_roots(self, roots: Collection[int]) -> list[IdentityRow]:
        return self._sql.among(IdentityRow, "root", roots)

    def by_profile_id(self, ids: Collection[int]) -> dict[int, int]:
        """The profile that each id stands for now; a merged id stands for the survivor."""
        return {row.root: row.profile for row in self._sql.among(IdentityRow, "root", ids)}

    def assign(self, moves: Mapping[int, int]) -> None:
        self._sql.update(IdentityRow, ("root", "profile"), sorted(moves.items()))


class Links:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def of_roots(self, roots: Collection[int]) -> list[LinkRow]:
        return self._sql.among(LinkRow, "left right", roots, 'ORDER BY "left", "right"')

    def find(self, pairs: Iterable[tuple[int, int]]) -> dict[tuple[int, int], LinkRow]:
        return {(row.left, row.right): row for row in self._sql.find(LinkRow, sorted(pairs))}

    def refused_of(self, root: int, reason: str, limit: int) -> list[LinkRow]:
        """A few links of one root that are refused for one reason."""
        return self._sql.among(LinkRow, "left right", [root], "AND refused = $2 LIMIT $3", reason, limit)

    def refused(self, after: tuple[int, int], limit: int) -> list[LinkRow]:
        """A page of those that join nobody."""
        left, right = tables.links.c.left, tables.links.c.right
        found = select(tables.links).where(text("refused <> ''"), tuple_(left, right) > after)
        return self._sql.select(LinkRow, found.order_by(left, right).limit(limit))

    def put(self, rows: Iterable[LinkRow]) -> None:
        self._sql.upsert(LinkRow, sorted(rows, key=attrgetter("left", "right")))

    def remove(self, pairs: Iterable[tuple[int, int]]) -> None:
        self._sql.remove(LinkRow, sorted(pairs))
