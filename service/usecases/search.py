"""Finding profiles by tag, persona and journey: who they are now, as far as time has been passed."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.core.calendar import write_instant
from service.store import ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.record import profile_id
from service.usecases.where import read_where

Json = dict[str, object]
DIGITS = 16
FIRST = -1  # before every id


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is searched, and how much of it is told at once."""

    where: object
    limit: int
    cursor: str | None = None
    count: bool = False
    identities: bool = False


async def search(app: App, query: Query) -> Json:
    """One page of the profiles for whom the condition holds, by id."""
    now = app.clock()
    return await app.read(lambda unit, definitions: _search(unit, definitions, query, now))


def _search(unit: Unit, definitions: Definitions, query: Query, now: int) -> Json:
    wanted = read_where(definitions.plan.playbook, query.where)
    rows = unit.search.page(wanted, read_cursor(query.cursor), query.limit + 1)
    page, more = rows[: query.limit], len(rows) > query.limit
    return {
        "items": _shown(unit, page, identities=query.identities),
        "next_cursor": write_cursor(page[-1].profile) if more else None,
        **({"total": unit.search.count(wanted)} if query.count else {}),
        **freshness(unit, definitions, now),
    }


def freshness(unit: Unit, definitions: Definitions, now: int) -> Json:
    """As of when the answer holds: until somebody is due, and whether somebody waits for other definitions."""
    due, waiting = unit.search.first_due(), unit.search.waiting(definitions.fold_id)
    return {
        "as_of": write_instant(now if due is None else min(now, due)),
        "playbook_version": definitions.plan.version,
        "complete": waiting == 0,
        "waiting": waiting,
    }


def identities_of(unit: Unit, rows: Sequence[ProfileRow]) -> dict[int, list[str]]:
    """Every identity of each of these profiles, sorted."""
    members = unit.identities.of_profiles([row.profile for row in rows])
    return {profile: sorted(each.identity for each in found) for profile, found in members.items()}


def _shown(unit: Unit, rows: Sequence[ProfileRow], *, identities: bool) -> list[Json]:
    named = identities_of(unit, rows) if identities else {}
    return [
        {
            "profile_id": profile_id(row.profile),
            "version": row.version,
            **({"identities": named[row.profile]} if identities else {}),
        }
        for row in rows
    ]


def write_cursor(profile: int) -> str:
    """Where the next page begins."""
    return profile_id(profile)[::-1]


def read_cursor(cursor: str | None) -> int:
    """After which profile; Invalid if the cursor is none of ours."""
    if cursor is None:
        return FIRST
    digits = cursor[::-1]
    hexadecimal = len(digits) == DIGITS and all(digit in "0123456789abcdef" for digit in digits)
    found = int(digits, 16) if hexadecimal else 2**63
    if found >= 2**63:
        raise Invalid(
            "bad_cursor",
            "cursor 不是本服务给出的，请从上一次回答的 next_cursor 取",
            "this cursor is not ours; take next_cursor of the last answer",
        )
    return found
