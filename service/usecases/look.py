"""Looking at one profile, now, at a past instant, or at a future one if nothing happens."""

import json
from collections.abc import Callable, Iterable, Sequence
from typing import cast

from service.core.calendar import DAY
from service.core.event import Event
from service.core.facts import State
from service.core.fold import pass_silence, refold
from service.core.identity import read_identity
from service.core.view import view
from service.store import IdentityRow, ProfileRow, Unit
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.editions import DRAFT, Edition, edition
from service.usecases.failures import Invalid, Unknown
from service.usecases.folding import is_current
from service.usecases.record import profile_id
from service.usecases.stored import to_events

Json = dict[str, object]
RUNS_OVER = 20  # keyed runs that are over, shown at most, the newest
FORESEEN = 1_100 * DAY  # how far "if nothing happens" is asked: every turn of the calendar until then is passed through


async def look(app: App, ref: str, at: int | None = None, which: Edition = None) -> Json:
    """The profile that an id or an identity stands for. `at` is event time; None reads as of now.

    `which`: by another playbook than the one in force, an earlier version or the draft.
    """
    now = app.clock()
    not_too_far(at, now)
    shown = await app.read(
        lambda unit, found: _look(
            unit, edition(unit, found, which), ref, now if at is None else at, exact=at is not None
        )
    )
    return {**shown, "draft": which == DRAFT}


def not_too_far(at: int | None, now: int) -> None:
    """Refuse an instant so far ahead that passing through all that silence does until then would take too long."""
    if at is not None and at > now + FORESEEN:
        zh, en = (
            "最多只能看三年以后，请写近一些的时间",
            "nobody is foreseen for more than three years; ask for an earlier time",
        )
        raise Invalid("too_far_ahead", zh, en)


def resolve(unit: Unit, ref: str) -> int | None:
    """The profile that a reference stands for now; merged ids stand for the survivor."""
    if ":" in ref:
        identity = read_identity(ref)
        if not isinstance(identity, str):
            raise Invalid(identity.code, identity.zh, identity.en)
        row = unit.identities.find([identity]).get(identity)
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


def found_profile(unit: Unit, ref: str) -> ProfileRow:
    """The row of the profile that a reference stands for."""
    profile = resolve(unit, ref)
    row = None if profile is None else unit.profiles.load([profile]).get(profile)
    if row is None:
        raise unknown_profile()
    return row


def _look(unit: Unit, definitions: Definitions, ref: str, at: int, *, exact: bool) -> Json:
    row = found_profile(unit, ref)
    profile = row.profile
    identities = unit.identities.of_profiles([profile])[profile]
    at = at if exact else max(at, row.newest)
    plan, state = definitions.plan, state_at(unit, definitions, row, identities, at)
    shown = view(plan, state, at, definitions.calibrations)
    runs = cast("list[Json]", shown["journeys"])
    shown["journeys"] = with_newest_over(unit, definitions, row, (state, at), runs)
    return {
        "profile_id": profile_id(profile),
        "version": row.version,
        "playbook_version": definitions.plan.version,
        "identities": sorted(each.identity for each in identities),
        "test": state.test,
        **shown,
    }


def is_fresh(definitions: Definitions, row: ProfileRow, at: int) -> bool:
    """Whether the facts as they are kept tell what is so at an instant."""
    return is_current(definitions, row) and at >= row.newest


def state_at(
    unit: Unit, definitions: Definitions, row: ProfileRow, identities: Sequence[IdentityRow], at: int
) -> State:
    """The state at an instant: from the facts if they are current and not newer, else from the log."""
    roots = [each.root for each in identities]
    return state_of(definitions, row, at, lambda: to_events(unit.events.of_roots(roots, upto=at), roots))


def state_of(definitions: Definitions, row: ProfileRow, at: int, log: Callable[[], Iterable[Event]]) -> State:
    """The same, with the log up to that instant from wherever it may be."""
    plan, calibrations = definitions.plan, definitions.calibrations
    if is_fresh(definitions, row, at):
        state = State(plan.layout, row.facts, who=row.profile)
    else:
        state = refold(plan, log(), calibrations, State(plan.layout, who=row.profile))
    if state.count:
        pass_silence(plan, state, at, calibrations)
    return state


def with_newest_over(
    unit: Unit, definitions: Definitions, row: ProfileRow, moment: tuple[State, int], shown: list[Json]
) -> list[Json]:
    """All runs that are open, and of the keyed ones that are over the newest: those that left the facts have rows.

    A state that was folded from the log holds them all.
    """
    plan, profile, (state, at) = definitions.plan, row.profile, moment
    held = {(plan.routes[each.journey].journey.key, each.key): each for each in state.enrollments.values()}
    views = {(str(each["journey"]), str(each["key"] or "")): each for each in shown}
    over = [(-each.entered_at, *run, views[run]) for run, each in held.items() if not each.kept]
    places = {route.journey.key: route.index for route in plan.routes}
    if is_fresh(definitions, row, at):  # some rows may be of runs that are still held at this instant
        rows = [row for row in unit.enrollments.over(profile, RUNS_OVER + len(held)) if row.journey in places]
        left = [row for row in rows if (row.journey, row.key) not in held]
        over += [(-row.entered_at, row.journey, row.key, json.loads(row.body)["view"]) for row in left]
    listed = [views[run] for run, each in held.items() if each.kept]
    listed += [each[-1] for each in sorted(over, key=lambda each: each[:3])[:RUNS_OVER]]
    return sorted(listed, key=lambda each: (places[str(each["journey"])], str(each["key"] or "")))
