"""The rows of runs of journeys; like all rows they are known under `rows`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrollmentRow:
    profile: int
    journey: str
    key: str  # empty if the journey is not keyed
    status: str
    stage: str | None
    stage_since: int
    entered_at: int
    health: int
    # A letter for each stage: o lit in order, x lit when something required before it was not, - not lit. Those that a
    # new lap has made unlit again are large.
    lit: str
    closed: bool
    body: bytes  # of a closed run how it was left; empty while the facts hold it


@dataclass(frozen=True, slots=True, kw_only=True)
class BreakpointRow:
    profile: int
    journey: str
    key: str
    stage: str
    kind: str
    number: int  # among those of its kind at its stage, from 1
    since: int
    resolved_at: int | None
    with_run: bool  # whether it ended only because the run was left
    resolved_by: str | None  # the type of the event that did; None of one that time resolved, or that stands
    withdrawn_at: int | None  # when it was learned that it never was
    channel: str | None
    touchpoint: str | None
    scenario: str | None
    place: str | None
    staff: str | None
    cls: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepRow:
    """What an event did in a run of a journey."""

    profile: int
    journey: str
    key: str
    t: int
    occurred_at: int
    source: str
    event_id: str
    kind: str
    stage: str
    entered_at: int  # of the run
    type: str
    after: str | None
    after_at: int | None
    waited: str | None
    waited_at: int | None
    bucket: int | None  # of the time waited
    late: int  # 1 if that was longer than expected
    rating: int | None
    channel: str | None
    touchpoint: str | None
    scenario: str | None
    place: str | None
    staff: str | None
    cls: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteRow:
    """What a member of staff says of a breakpoint, or to whom he gives it (empty: to nobody any more)."""

    profile: int
    journey: str
    key: str
    stage: str
    kind: str
    number: int
    at: int
    by: str
    assigned_to: str | None
    text: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferRow:
    """A service that was offered for a breakpoint, and by which decision first."""

    root: int  # one of those that his profile had at the time
    journey: str
    key: str
    stage: str
    kind: str
    number: int
    service: str
    decision: int
    at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortDay:
    """How often runs of a journey that were entered on a day have changed, by one writer."""

    journey: str
    day: int
    slot: int
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortCell:
    """How many of these runs stand alike, and the sum of their health, when the day had a version."""

    journey: str
    day: int
    lit: str
    status: str
    version: int
    n: int
    health: int
