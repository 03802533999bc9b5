"""What was offered, with everything it rested on, and what came of it."""

from collections.abc import Collection, Iterable

from service.store.dialect import Sql
from service.store.rows import DecisionRow, OfferRow, OutcomeRow


class Decisions:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, rows: Iterable[DecisionRow]) -> None:
        self._sql.insert(DecisionRow, rows)

    def get(self, id: int) -> DecisionRow | None:  # noqa: A002 - what callers call it
        found = self._sql.among(DecisionRow, "decision", [id])
        return found[0] if found else None

    def recent(self, profiles: Collection[int], since: int) -> list[DecisionRow]:
        """Decisions of profiles, by the ids that they had then, from `since` on, the oldest first."""
        return self._sql.among(DecisionRow, "profile", profiles, "AND at >= $2 ORDER BY at, decision", since)


class Offers:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, rows: Iterable[OfferRow]) -> None:
        """Keep what was offered; of one that was made before, the first stands."""
        self._sql.insert_new(OfferRow, rows)

    def of_roots(self, roots: Collection[int]) -> list[OfferRow]:
        """What was offered under these roots, the oldest first."""
        return self._sql.among(OfferRow, "root", roots, "ORDER BY at, decision, service")

    def remove_roots(self, roots: Collection[int]) -> None:
        self._sql.drop(OfferRow, "root", roots)


class Outcomes:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def add(self, row: OutcomeRow) -> bool:
        """Keep it; False if it was known."""
        return bool(self._sql.insert_new(OutcomeRow, [row]))

    def of_decision(self, id: int) -> list[OutcomeRow]:  # noqa: A002 - what callers call it
        return self._sql.among(OutcomeRow, "decision", [id], "ORDER BY occurred_at, service, outcome")
