"""One life as it is written down: what would lie outside of the time that is told has not happened."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

Wire = dict[str, object]
MINI_PROGRAM = "mini_program"


@dataclass(slots=True, kw_only=True)
class Diary:
    """The events of one index, in the order in which they were thought of."""

    index: int
    start: datetime
    end: datetime
    events: list[Wire] = field(default_factory=list)
    numbers: int = 0

    def covers(self, at: datetime) -> bool:
        """Whether this moment is told."""
        return self.start <= at <= self.end

    def next_number(self, letter: str) -> str:
        """A number of its own for a ticket, a bill, a booking."""
        self.numbers += 1
        return f"{letter}{self.index:06d}{self.numbers:03d}"

    def write(
        self, kind: str, at: datetime, properties: Wire, *, who: Wire, source: str = MINI_PROGRAM, **context: str
    ) -> None:
        """Write one event down. `context` is channel, touchpoint, scenario, place, staff: where and by whom."""
        number = len(self.events) + 1
        event: Wire = {"event_id": f"{at:%y%m%d%H%M%S}-{self.index:06d}-{number:03d}"}
        event.update(who)
        event.update({"type": kind, "occurred_at": at.isoformat(timespec="seconds"), "source": source})
        if "channel" not in context and source == MINI_PROGRAM:
            context["channel"] = MINI_PROGRAM
        self.events.append({**event, **context, "properties": properties})


def morning(end: datetime, days: float, hour: int, minute: int = 0) -> datetime:
    """A clock time so many days before the end."""
    return (end - timedelta(days=days)).replace(hour=hour, minute=minute, second=0, microsecond=0)
