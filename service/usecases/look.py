"""Looking at one profile, now, at a past instant, or at a future one if nothing happens."""

import json
from collections.abc import Sequence
from typing import cast

from service.core.facts import State
from service.core.fold import pass_silence, refold
from service.core.intake import is_identity
from service.core.view import view
from service.store import IdentityRow, ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid, Unknown
from service.usecases.folding import is_current
from service.usecases.record import profile_id
from service.usecases.stored import to_events

Json = dict[str, object]
RUNS_OVER = 20  # keyed runs that are over, shown at most, the newest


async def look(app: App, ref: str, at: int | None = None) -> Json:
    """The profile that an id or an identity stands for (DESIGN: Look). `at` is event time; None reads as of now."""
    now = app.clock()
    return await app.read(
        lambda unit, definitions: _look(unit, definitions, ref, now if at is None else at, exact=at is not None)
    )


def resolve(unit: Unit, ref: str) -> int | None:
    """The profile that a reference stands for now; merged ids stand for the survivor."""
    if ":" in ref:
        if not is_identity(ref):
            raise Invalid(
                "identity_malformed",
                "标识形如 member:42 或 openid@wx123:oAb",
                "an identity looks like member:42 or openid@wx123:oAb",
            )
        row = unit.identities.find([ref]).get(ref)
        return row.profile if row else None
    try:
        root = int(ref, 16) if len(ref) == 16 and ref.isascii() and ref.isalnum() else -1  # noqa: PLR2004 (64 bits in hex)
    except ValueError:
        root = -1
    return unit.identities.by_profile_id([root]).get(root) if 0 <= root < 2**63 else None


def unknown_profile() -> Unknown:
    """Nobody has this id or identity."""
    return Unknown(
        "unknown_profile",
        "没有这个用户：还没有收到过这个标识的事件",
        "there is no such profile: no event has come under this identity",
    )


def _look(unit: Unit, definitions: Definitions, ref: str, at: int, *, exact: bool) -> Json:
    profile = resolve(unit, ref)
    row = None if profile is None else unit.profiles.load([profile]).get(profile)
    if profile is None or row is None:
        raise unknown_profile()
    identities = unit.identities.of_profiles([profile])[profile]
    at = at if exact else max(at, row.newest)
    state = state_at(unit, definitions, row, identities, at)
    shown = view(definitions.plan, state, at, definitions.calibrations)
    shown["journeys"] = _with_runs_over(
        unit, profile, cast("list[Json]", shown["journeys"]), folded=not _is_fresh(definitions, row, at)
    )
    return {
        "profile_id": profile_id(profile),
        "version": row.version,
        "playbook_version": definitions.plan.version,
        "identities": sorted(each.identity for each in identities),
        **shown,
    }


def _is_fresh(definitions: Definitions, row: ProfileRow, at: int) -> bool:
    return is_current(definitions, row) and at >= row.newest


def state_at(
    unit: Unit, definitions: Definitions, row: ProfileRow, identities: Sequence[IdentityRow], at: int
) -> State:
    """The state at an instant: from the facts if they are current and not newer, else from the log."""
    plan, calibrations = definitions.plan, definitions.calibrations
    if _is_fresh(definitions, row, at):
        state = State(plan.layout, row.facts)
    else:
        state = refold(plan, to_events(unit.events.of_roots([each.root for each in identities], upto=at)), calibrations)
    if state.count:
        pass_silence(plan, state, at, calibrations)
    return state


def _with_runs_over(unit: Unit, profile: int, shown: list[Json], *, folded: bool) -> list[Json]:
    """Keyed runs that are over have left the facts; their rows tell of the newest."""
    if folded:
        over = [each for each in shown if each["key"] is not None and each["status"] != "active"]
        gone = {id(each) for each in sorted(over, key=lambda each: str(each["entered_at"]))[:-RUNS_OVER]}
        return [each for each in shown if id(each) not in gone]
    known = {(each["journey"], each["key"]) for each in shown}
    rows = unit.enrollments.of_profile(profile, RUNS_OVER * 2)
    over = [json.loads(row.body)["view"] for row in rows if row.closed and (row.journey, row.key) not in known]
    return shown + over[:RUNS_OVER][::-1]
