"""Counting what happened in journeys: one journey and one span of time at a time, found by an index.

Test people count nowhere. What is counted `by` something answers rows that begin with the tuple of what it is.
"""

# ruff: noqa: S608 - every name in these texts is one of those below, every value is a parameter

from collections.abc import Collection, Sequence
from typing import Any, TypeAlias

from service.store.dialect import Sql
from service.store.span import NO_TEST, Span, grouped, key_of, listed, only_in, steps_in

Key: TypeAlias = str | int | None
Cells: TypeAlias = tuple[Any, ...]
ON_THE_WAY, WENT_ON = ("lit", "again"), ("lit", "reached")


class Analytics:
    def __init__(self, sql: Sql) -> None:
        self._sql = sql

    def cohort(self, span: Span) -> list[Cells]:
        """Runs entered in the span: by the pattern of lit stages and status, how many, and the sum of their health."""
        if span.only:
            return self._entered(span, "")
        text = (
            "SELECT lit, status, count(*), CAST(sum(health) AS BIGINT) FROM enrollments "
            f"WHERE journey = $1 AND entered_at >= $2 AND entered_at < $3 AND profile {NO_TEST} GROUP BY lit, status"
        )
        return self._fetch(text, span)

    def cohort_by(self, span: Span, by: str) -> list[Cells]:
        """The same, by what was so when they were entered."""
        return self._entered(span, f"{key_of('s', by, span)}, ")

    def _entered(self, span: Span, key: str) -> list[Cells]:
        text = (
            f"SELECT {key}e.lit, e.status, count(*), CAST(sum(e.health) AS BIGINT) FROM steps s "
            "JOIN enrollments e ON e.profile = s.profile AND e.journey = s.journey AND e.key = s.key "
            f"WHERE {steps_in('s', ('entered',), span)} GROUP BY {key}e.lit, e.status"
        )
        return self._fetch(text, span)

    def transitions(self, span: Span) -> list[Cells]:
        """Which stage was followed by which (None: by nothing before), how often, and after how long in all."""
        text = (
            "SELECT s.after, s.stage, count(*), CAST(coalesce(sum(s.t - s.after_at), 0) AS BIGINT) FROM steps s "
            f"WHERE {steps_in('s', ON_THE_WAY, span)} GROUP BY s.after, s.stage"
        )
        return self._fetch(text, span)

    def waits(self, span: Span, permilles: Sequence[int]) -> list[Cells]:
        """Exact quantiles (nearest rank) of waits for each stage: stage, permille, length, of how many."""
        ranks = ", ".join(f"({permille})" for permille in permilles)
        text = (
            f"WITH wanted(permille) AS (VALUES {ranks}), ranked AS ("
            "SELECT s.waited AS stage, s.t - s.waited_at AS took, "
            "row_number() OVER (PARTITION BY s.waited ORDER BY s.t - s.waited_at) AS place, "
            "count(*) OVER (PARTITION BY s.waited) AS n "
            f"FROM steps s WHERE {steps_in('s', WENT_ON, span)} AND s.waited IS NOT NULL) "
            "SELECT stage, permille, took, n FROM ranked JOIN wanted ON place = (n * permille + 999) / 1000"
        )
        return self._fetch(text, span)

    def steps_by(self, span: Span, kinds: Sequence[str], by: Sequence[str]) -> list[Cells]:
        """How many steps, of them waits that ended, of them late; ratings, and their sum (micro units)."""
        keys = [key_of("s", name, span) for name in by]
        text = (
            f"SELECT {listed(keys)}count(*), count(s.waited), CAST(coalesce(sum(s.late), 0) AS BIGINT), "
            "count(s.rating), CAST(coalesce(sum(s.rating), 0) AS BIGINT) "
            f"FROM steps s WHERE {steps_in('s', kinds, span)}{grouped(keys)}"
        )
        return self._counted(len(by), text, span)

    def in_time(self, span: Span, stage: str, within: int, by: Sequence[str]) -> list[Cells]:
        """How many waits for a stage ended as it was lit, and how many of them within a time."""
        keys = [key_of("s", name, span) for name in by]
        text = (
            f"SELECT {listed(keys)}count(*), "
            "CAST(coalesce(sum(CASE WHEN s.t - s.waited_at <= $5 THEN 1 ELSE 0 END), 0) AS BIGINT) "
            f"FROM steps s WHERE {steps_in('s', ('lit',), span)} AND s.waited = $4 AND EXISTS (SELECT 1 FROM steps l "
            "WHERE l.profile = s.profile AND l.journey = $1 AND l.key = s.key AND l.kind = 'lit' AND l.stage = $4 "
            f"AND l.t = s.t){grouped(keys)}"
        )
        return self._counted(len(by), text, span, stage, within)

    def breaks_by(self, span: Span, by: Sequence[str]) -> list[Cells]:
        """How many breakpoints opened, were resolved, after how long in all; and how many ended as their run did."""
        keys = [key_of("b", name, span, "since") for name in by]
        text = (
            f"SELECT {listed(keys)}count(*), count(CASE WHEN NOT b.with_run THEN b.resolved_at END), "
            "CAST(coalesce(sum(CASE WHEN NOT b.with_run THEN b.resolved_at - b.since END), 0) AS BIGINT), "
            "count(CASE WHEN b.with_run THEN 1 END) FROM breakpoints b WHERE b.journey = $1 AND b.since >= $2 "
            f"AND b.since < $3 AND b.withdrawn_at IS NULL AND b.profile {NO_TEST}{only_in('b', span)}{grouped(keys)}"
        )
        return self._counted(len(by), text, span)

    def unbroken(self, span: Span, stage: str, kind: str, by: Sequence[str]) -> list[Cells]:
        """How often a stage was lit by runs that did not break there so in the span."""
        keys = [key_of("s", name, span) for name in by]
        text = (
            f"SELECT {listed(keys)}count(*) FROM steps s WHERE {steps_in('s', ('lit',), span)} AND s.stage = $4 "
            "AND NOT EXISTS (SELECT 1 FROM breakpoints b WHERE b.profile = s.profile AND b.journey = $1 "
            "AND b.key = s.key AND b.stage = $4 AND b.kind = $5 AND b.since >= $2 AND b.since < $3 "
            f"AND b.withdrawn_at IS NULL){grouped(keys)}"
        )
        return self._counted(len(by), text, span, stage, kind)

    def soon(self, span: Span, stage: str, within: int) -> int:
        """How many of the runs entered in the span lit a stage within a time of their entry."""
        text = (
            "SELECT count(*) FROM (SELECT DISTINCT s.profile, s.key FROM steps e JOIN steps s ON s.profile = e.profile "
            "AND s.journey = e.journey AND s.key = e.key AND s.kind = 'lit' AND s.stage = $4 "
            f"AND s.t <= e.t + $5 WHERE {steps_in('e', ('entered',), span)}) found"
        )
        return int(self._fetch(text, span, stage, within)[0][0])

    def in_order(self, span: Span, stages: Sequence[str], within: int | None, without: Sequence[str]) -> list[int]:
        """Of the runs entered in the span, how many lit the stages one after the other: all, then to each of them.

        `within`: only what was lit so soon after entry. `without`: kinds of steps that may not have come in between.
        """
        parts = [
            f"r0 AS (SELECT s.profile, s.key, s.t, s.t AS t0 FROM steps s WHERE {steps_in('s', ('entered',), span)})"
        ]
        for place, _ in enumerate(stages, 1):
            limit = "" if within is None else f" AND s.t <= r.t0 + {int(within)}"
            parts.append(
                f"f{place} AS (SELECT r.profile, r.key, r.t0, r.t AS since, (SELECT min(s.t) FROM steps s "
                "WHERE s.profile = r.profile AND s.journey = $1 AND s.key = r.key AND s.t >= r.t AND s.kind = 'lit' "
                f"AND s.stage = ${place + 3}{limit}) AS t FROM r{place - 1} r), "
                f"r{place} AS (SELECT f.profile, f.key, f.t, f.t0 FROM f{place} f WHERE f.t IS NOT NULL"
                f"{_without(without)})"
            )
        counts = ", ".join(f"(SELECT count(*) FROM r{place})" for place in range(len(stages) + 1))
        text = f"WITH {', '.join(parts)} SELECT {counts}"
        return [int(each) for each in self._fetch(text, span, *stages)[0]]

    def visits(self, span: Span, stage: str, limit: int) -> list[Cells]:
        """The newest waits for a stage that ended in the span: profile, since when, until when, whether he went on."""
        text = (
            "SELECT s.profile, s.waited_at, s.t, s.kind <> 'left' FROM steps s "
            f"WHERE {steps_in('s', ('lit', 'reached', 'left'), span)} AND s.waited = $4 "
            "ORDER BY s.t DESC, s.profile, s.waited_at, s.kind LIMIT $5"
        )
        return self._fetch(text, span, stage, limit)

    def waiting(self, span: Span, stage: str, limit: int) -> list[Cells]:
        """The newest waits for a stage that began in the span and that no event has ended: profile, and since when."""
        entered = (
            "AND EXISTS (SELECT 1 FROM steps s WHERE s.profile = e.profile AND s.journey = $1 AND s.key = e.key "
            f"AND s.kind = 'entered'{only_in('s', span)}) "
        )
        left = (  # his wait ended in that step, and counts by it
            "AND NOT EXISTS (SELECT 1 FROM steps l WHERE l.profile = e.profile AND l.journey = $1 AND l.key = e.key "
            "AND l.kind = 'left') "
        )
        text = (
            "SELECT e.profile, e.stage_since FROM enrollments e WHERE e.journey = $1 "
            "AND e.status IN ('active', 'dropped') AND e.stage = $4 AND e.stage_since >= $2 AND e.stage_since < $3 "
            f"{left}AND e.profile {NO_TEST} {entered if span.only else ''}"
            "ORDER BY e.stage_since DESC, e.profile LIMIT $5"
        )
        return self._fetch(text, span, stage, limit)

    def doings(self, roots: Collection[int], start: int, end: int, types: Sequence[str]) -> list[Cells]:
        """What was heard under roots within a time: root, t, type and, of the types that are named, the event."""
        named = ", ".join(f"'{each}'" for each in types)
        of_type, payload = (f" AND type IN ({named})", "payload") if types else ("", "type")
        keys = "= ANY($1::bigint[])" if self._sql.postgres else "IN (SELECT value FROM json_each($1))"
        text = f"SELECT root, t, type, {payload} FROM events WHERE root {keys} AND t >= $2 AND t <= $3{of_type}"
        return [*self._sql.fetch(self._sql.spelled(text), self._sql.keys(roots), start, end)]

    def touchpoints(self, span: Span) -> list[Cells]:
        """Of the runs entered in the span: by touchpoint that they met, how many, and how many were completed."""
        text = (
            "SELECT touchpoint, count(*), CAST(coalesce(sum(done), 0) AS BIGINT) FROM ("
            "SELECT DISTINCT e.profile, e.key, s.touchpoint, "
            "CASE WHEN e.status = 'completed' THEN 1 ELSE 0 END AS done FROM steps a "
            "JOIN enrollments e ON e.profile = a.profile AND e.journey = a.journey AND e.key = a.key "
            "JOIN steps s ON s.profile = a.profile AND s.journey = a.journey AND s.key = a.key "
            f"AND s.touchpoint IS NOT NULL WHERE {steps_in('a', ('entered',), span)}) met GROUP BY touchpoint"
        )
        return self._fetch(text, span)

    def _counted(self, keys: int, text: str, span: Span, *more: Key) -> list[Cells]:
        return [(row[:keys], *row[keys:]) for row in self._fetch(text, span, *more)]

    def _fetch(self, text: str, span: Span, *more: Key) -> list[Cells]:
        """Run a text whose first parameters are the span, and whose last are the circumstances it is about."""
        given = [span.journey, span.start, span.end, *more]
        for name, value in span.only:
            if f":{name}" in text:
                given.append(value)
                text = text.replace(f":{name}", f"${len(given)}")
        return [*self._sql.fetch(self._sql.spelled(text), *given)]


def _without(kinds: Sequence[str]) -> str:
    if not kinds:
        return ""
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    return (
        " AND NOT EXISTS (SELECT 1 FROM steps x WHERE x.profile = f.profile AND x.journey = $1 AND x.key = f.key "
        f"AND x.t > f.since AND x.t < f.t AND x.kind IN ({listed}))"
    )
