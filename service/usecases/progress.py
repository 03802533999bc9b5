"""Progress for the customer: by his profile, by his own token, or by a link that he shared."""

import json
from collections.abc import Sequence

from service.core.benefits import show_benefits
from service.core.calendar import read_instant, write_instant
from service.core.customer import progress_of, seen_by_friends
from service.core.progress import show_enrollments
from service.store import ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.look import found_profile, state_at, with_newest_over
from service.usecases.record import profile_id
from service.usecases.tokens import SHARE, no_such_link, open_link
from service.usecases.visits import day_of

Json = dict[str, object]


async def progress(app: App, ref: str) -> Json:
    """All his runs, for his own eyes."""
    now = app.clock()

    def read(unit: Unit, definitions: Definitions) -> Json:
        row = found_profile(unit, ref)
        runs, at = runs_of(unit, definitions, row, now)
        return {
            "profile_id": profile_id(row.profile),
            "version": row.version,
            "at": write_instant(at),
            "journeys": _told(definitions, runs, at),
        }

    return await app.read(read)


async def progress_by_token(app: App, token: str, *, visit: bool = False) -> Json:
    """What a link shows: to its owner all of it, to friends the one run that he shared and nothing of himself."""
    now = app.clock()
    share, shown = await app.read(lambda unit, definitions: _by_token(unit, definitions, token, now))
    if visit and share is not None:
        await app.visits.note(app.store, share, day_of(now), now)
    return shown


def _by_token(unit: Unit, definitions: Definitions, token: str, now: int) -> tuple[str | None, Json]:
    opened = open_link(unit, token, now)
    runs, at = runs_of(unit, definitions, opened.row, now)
    share = opened.share
    if share.journey:
        runs = [each for each in runs if (each["journey"], each["key"] or "") == (share.journey, share.key)]
        kept = [] if runs else unit.enrollments.find([(opened.row.profile, share.journey, share.key)])
        runs += [json.loads(each.body)["view"] | {"closed": True} for each in kept if each.closed]  # it left the facts
    told = _told(definitions, runs, at)
    common = {"kind": share.kind, "at": write_instant(at), "expires_at": write_instant(share.expires_at)}
    if share.kind != SHARE:
        return None, {**common, "journeys": told}
    if not told:  # the playbook has no such journey any more, or a late event has undone the run
        raise no_such_link()
    return share.share, {**common, "journeys": [seen_by_friends(each) for each in told]}


def runs_of(unit: Unit, definitions: Definitions, row: ProfileRow, now: int) -> tuple[list[Json], int]:
    """His runs as staff see them, and as of when: by the facts, not by folding anything again."""
    at = max(now, row.newest)
    identities = unit.identities.of_profiles([row.profile])[row.profile]
    state = state_at(unit, definitions, row, identities, at)
    shown = list(show_enrollments(definitions.plan, state, at))
    runs = with_newest_over(unit, definitions, row, (state, at), shown)
    playbook, routes = definitions.plan.playbook, definitions.plan.routes
    going = {(routes[each.journey].journey.key, each.key) for each in state.enrollments.values() if not each.closed}
    return [
        {
            **run,
            "closed": (run["journey"], run["key"] or "") not in going,
            "benefits": list(show_benefits(playbook, state, str(run["journey"]))),
        }
        for run in runs
    ], at


def _told(definitions: Definitions, runs: Sequence[Json], at: int) -> list[Json]:
    """In his words; what goes on comes first, the newest of it at the top."""
    told = [each for run in runs if (each := progress_of(definitions.plan, run, at)) is not None]
    told.sort(key=_entered, reverse=True)
    return sorted(told, key=lambda each: _ORDER[str(each["status"])])


_ORDER = {"active": 0, "completed": 1, "ended": 2}


def _entered(each: Json) -> int:
    return read_instant(str(each["entered_at"])) or 0
