"""What folding some profiles anew will need of them, read at once: for all it costs little more than for one."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from service.store import EnrollmentRow, EventRow, IdentityRow, Unit

LONG = 10_000  # events of all of them together; longer logs are read one after the other, so that memory stays small


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """By profile. A profile that is missing was not read ahead."""

    identities: Mapping[int, Sequence[IdentityRow]] = field(default_factory=dict)
    logs: Mapping[int, Sequence[EventRow]] = field(default_factory=dict)
    over: Mapping[int, Sequence[EnrollmentRow]] = field(default_factory=dict)

    def roots(self, profile: int) -> list[int]:
        """The roots of a profile that was read ahead."""
        return [row.root for row in self.identities.get(profile, ())]


def read_ahead(unit: Unit, profiles: Collection[int], *, over: bool = False) -> Ahead:
    """Identities and logs; with `over` also the keyed runs that are over. Whoever writes has locked the profiles."""
    identities = unit.identities.of_profiles(profiles)
    owner = {row.root: profile for profile, rows in identities.items() for row in rows}
    logs: dict[int, list[EventRow]] = {profile: [] for profile in identities}
    events = unit.events.of_roots(owner, limit=LONG)
    for event in events:
        logs[owner[event.root]].append(event)
    runs: dict[int, list[EnrollmentRow]] = {profile: [] for profile in profiles} if over else {}
    for run in unit.enrollments.keyed_over(profiles) if over else ():
        runs[run.profile].append(run)
    return Ahead(identities=identities, logs=logs if len(events) < LONG else {}, over=runs)
