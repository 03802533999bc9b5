"""What people did while something lasted: read from their logs, for a bounded sample."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from service.store import Unit

MET = ("service_shown", "service_clicked", "service_accepted", "service_completed")


@dataclass(frozen=True, slots=True)
class Window:
    """A profile from an instant to another."""

    profile: int
    start: int
    end: int


def services_met(unit: Unit, windows: Sequence[Window]) -> dict[Window, set[str]]:
    """The services that each person was shown or took within his window, also those that ended it."""
    found: dict[Window, set[str]] = {}
    for window, _, payload in _within(unit, windows, MET, last=1):
        properties = json.loads(payload).get("properties") or {}
        found.setdefault(window, set()).add(str(properties.get("service")))
    return found


def types_done(unit: Unit, windows: Sequence[Window]) -> dict[Window, set[str]]:
    """The types of events that each person did within his window, its ends left out."""
    found: dict[Window, set[str]] = {}
    for window, kind, _ in _within(unit, windows, (), last=0):
        found.setdefault(window, set()).add(kind)
    return found


def _within(
    unit: Unit, windows: Sequence[Window], types: Sequence[str], *, last: int
) -> Iterable[tuple[Window, str, bytes]]:
    """What was done after a window's start and before its end; `last`: 1 if its end counts, too."""
    if not windows:
        return
    by_profile: dict[int, list[Window]] = {}
    for window in windows:
        by_profile.setdefault(window.profile, []).append(window)
    members = unit.identities.of_profiles(list(by_profile))
    owner = {row.root: profile for profile, rows in members.items() for row in rows}
    start, end = min(each.start for each in windows), max(each.end for each in windows)
    for root, t, kind, payload in unit.analytics.doings(list(owner), start, end, types):
        for window in by_profile[owner[root]]:
            if window.start < t < window.end + last:
                yield window, kind, payload
