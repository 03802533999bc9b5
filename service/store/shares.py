"""Links to progress, how often they were visited, and who came by them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from sqlalchemy import delete, select, update

from service.store import tables
from service.store.dialect import Sql
from service.store.rows import ReferralRow, ShareRow, VisitRow

_REACH = """
SELECT s.share, CAST(coalesce(v.n, 0) AS BIGINT), CAST(coalesce(r.n, 0) AS BIGINT) FROM shares s
LEFT JOIN (SELECT share, sum(n) AS n FROM visits WHERE day >= $1 GROUP BY share) v ON v.share = s.share
LEFT JOIN (SELECT share, count(*) AS n FROM referrals WHERE at >= $2 GROUP BY share) r ON r.share = s.share
WHERE s.kind = 'share' AND (v.n > 0 OR r.n > 0)
ORDER BY 3 DESC, 2 DESC, 1 LIMIT $3
"""
DAY = 86_400_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ReachRow:
    """How far a link has reached."""

    share: str
    visits: int
    sign_ups: int


class Shares:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql
        self._table = tables.shares

    def add(self, row: ShareRow) -> None:
        self._sql.insert(ShareRow, [row])

    def by_digests(self, digests: Collection[bytes]) -> dict[bytes, ShareRow]:
        """The links whose tokens have these digests."""
        found = select(self._table).where(self._table.c.digest.in_(digests))
        return {row.digest: row for row in self._sql.select(ShareRow, found)} if digests else {}

    def get(self, share: str) -> ShareRow | None:
        found = self._sql.among(ShareRow, "share", [share])
        return found[0] if found else None

    def named(self, shares: Collection[str]) -> dict[str, ShareRow]:
        return {row.share: row for row in self._sql.among(ShareRow, "share", shares)}

    def of_roots(self, roots: Collection[int]) -> list[ShareRow]:
        return self._sql.among(ShareRow, "root", roots, "ORDER BY created_at DESC, share")

    def revoke(self, share: str, at: int) -> None:
        """Close a link from `at` on; one that is closed stays so."""
        columns = self._table.c
        still_open = update(self._table).where(columns.share == share, columns.revoked_at.is_(None))
        self._sql.run(still_open.values(revoked_at=at))

    def forget_expired(self, roots: Collection[int], kind: str, before: int) -> None:
        """Drop links of a kind that are over by an instant."""
        columns = self._table.c
        self._sql.run(
            delete(self._table).where(columns.root.in_(roots), columns.kind == kind, columns.expires_at <= before)
        )


class Reach:
    """Visits and sign-ups. Visits are counted by day, so that a link that is seen often costs no more rows."""

    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def visit(self, visits: Mapping[tuple[str, int], int]) -> None:
        rows = [VisitRow(share=share, day=day, n=n) for (share, day), n in sorted(visits.items())]
        self._sql.upsert(VisitRow, rows, {"n": "visits.n + excluded.n"})

    def refer(self, row: ReferralRow) -> bool:
        """Keep that somebody came; False if it was known."""
        return bool(self._sql.insert_new(ReferralRow, [row]))

    def friends_of(self, shares: Collection[str]) -> list[ReferralRow]:
        return self._sql.among(ReferralRow, "share", shares, "ORDER BY at, friend")

    def of_pairs(self, keys: Collection[tuple[str, str]]) -> list[ReferralRow]:
        """Of these pairs of a link and a friend those that are kept."""
        return self._sql.find(ReferralRow, keys)

    def visits_of(self, shares: Collection[str]) -> list[VisitRow]:
        return self._sql.among(VisitRow, "share", shares, "ORDER BY share, day")

    def top(self, since: int, limit: int) -> list[ReachRow]:
        """The links that brought most people since an instant (visits: since its day)."""
        found = self._sql.fetch(self._sql.spelled(_REACH), since // DAY, since, limit)
        return [
            ReachRow(share=share, visits=visits, sign_ups=sign_ups)
            for share, visits, sign_ups in cast("Sequence[tuple[str, int, int]]", found)
        ]
