"""What silence does to a run of a journey: it stalls, it is abandoned, it ends."""

from service.core.breakpoints import open_break, resolve
from service.core.enrollment import ACTIVE, COMPLETED, DROPPED, HOPELESS, LEFT, NEVER, REGRESSED, STALLED, Enrollment
from service.core.moments import FOREVER
from service.core.playbook.definitions import AFTER_EXIT
from service.core.routes import Route


def drop(each: Enrollment, at: int) -> None:
    """The profile leaves the journey; who left is not stuck anywhere."""
    each.status = DROPPED
    resolve(each, at, STALLED)
    resolve(each, at, REGRESSED)
    open_break(each, LEFT, each.current, at)


def _deadlines(route: Route, each: Enrollment) -> tuple[int, int, int]:
    """When silence stalls, abandons and ends a run, in the order of precedence; FOREVER where it does not."""
    stall = abandon = end = FOREVER
    if each.closed:
        return stall, abandon, end
    journey = route.journey
    if each.status == ACTIVE and each.stall_at != NEVER:
        stall = each.stall_at
        for known in each.breaks:
            if known.since == stall and known.kind in (STALLED, HOPELESS) and known.stage == each.current:
                stall = FOREVER
                break
    if journey.abandon_after is not None and (each.status == ACTIVE or (each.status == COMPLETED and each.key)):
        abandon = each.active_at + journey.abandon_after
    if journey.ends_after is not None:
        end = each.entered_at + journey.ends_after
    return stall, abandon, end


def next_due(route: Route, each: Enrollment) -> int:
    """The first instant at which silence changes the enrollment."""
    return min(_deadlines(route, each))


def pass_instant(route: Route, each: Enrollment, at: int) -> None:
    """Let silence do its work at an instant; nothing was due before."""
    while (moment := min(due := _deadlines(route, each))) <= at:
        (_stall, _abandon, _end)[due.index(moment)](route, each, moment)


def _stall(_route: Route, each: Enrollment, at: int) -> None:
    open_break(each, HOPELESS if each.hopeless else STALLED, each.current, at)


def _abandon(route: Route, each: Enrollment, at: int) -> None:
    """A run that silence has dropped may be resumed, but not where the journey may be entered again instead."""
    again = route.journey.re_entry == AFTER_EXIT
    each.closed = again or each.status != ACTIVE
    if each.status == ACTIVE:
        drop(each, at)


def _end(_route: Route, each: Enrollment, at: int) -> None:
    if each.status == ACTIVE:
        drop(each, at)
    each.closed = True
