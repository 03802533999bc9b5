"""What happened: one event, and the one order in which a profile's events are read."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

# A number is an integer of 10⁻⁶ everywhere inside; there is no float in the core.
Value = str | bool | int | None | Sequence["Value"] | Mapping[str, "Value"]
Scalar = str | bool | int
MICRO = 1_000_000

# The canonical order of a profile's events: (t, occurred_at, source, event_id).
OrderKey = tuple[int, int, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event as the fold reads it. Instants are microseconds since 1970; `t = min(occurred_at, received_at)`."""

    event_id: str
    source: str
    type: str
    t: int
    occurred_at: int
    channel: str | None = None
    touchpoint: str | None = None
    scenario: str | None = None
    place: str | None = None
    staff: str | None = None
    under: str = ""  # the namespace of the identity that it came under
    layer: str = "import"  # who spoke: manual (staff), import (system), user; decided by the key, never by the payload
    properties: Mapping[str, Value] = field(default_factory=dict)

    @property
    def key(self) -> OrderKey:
        """Where the event stands among its profile's events."""
        return (self.t, self.occurred_at, self.source, self.event_id)

    def scalar(self, name: str) -> Scalar | None:
        """A property that can be compared; a list, an object or null counts as absent."""
        found = self.properties.get(name)
        return found if isinstance(found, str | int) else None
