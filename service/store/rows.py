"""The rows that the store keeps; every int is a 64-bit one, every instant is in microseconds."""

from dataclasses import dataclass

from service.store.run_rows import BreakpointRow as BreakpointRow
from service.store.run_rows import CohortCell as CohortCell
from service.store.run_rows import CohortDay as CohortDay
from service.store.run_rows import EnrollmentRow as EnrollmentRow
from service.store.run_rows import NoteRow as NoteRow
from service.store.run_rows import OfferRow as OfferRow
from service.store.run_rows import StepRow as StepRow
from service.store.share_rows import ReferralRow as ReferralRow
from service.store.share_rows import ShareRow as ShareRow
from service.store.share_rows import VisitRow as VisitRow


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityRow:
    identity: str
    root: int
    profile: int


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkRow:
    left: int  # the smaller root of the two
    right: int
    t: int
    occurred_at: int
    source: str
    event_id: str
    refused: str = ""  # why it joins nobody; empty: it stands
    limits: int = 0  # the id of those under which that was decided


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    root: int
    source: str
    event_id: str
    type: str
    t: int
    occurred_at: int
    received_at: int
    layer: str  # of opinion, of whoever sent it first
    fingerprint: bytes
    payload: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileRow:
    profile: int
    version: int
    facts: bytes
    standing: bytes
    plan: bytes
    newest: int
    derived_at: int
    due_at: int | None
    test: bool = False  # not a person: for trying things out


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckpointRow:
    profile: int
    count: int
    t: int
    occurred_at: int
    source: str
    event_id: str
    plan: bytes
    facts: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRow:
    profile: int
    tag: str
    value: str | None
    number: int | None = None  # what `value` says if it is a number, in micro units
    since: int
    because: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaRow:
    profile: int
    scheme: str
    cls: str
    since: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeRow:
    profile: int
    version: int
    at: int
    kind: str
    key: str
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineNew:
    received_at: int
    source: str
    layer: str  # of opinion, of whoever sent it
    code: str
    problem: bytes
    item: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    id: int
    received_at: int
    source: str
    layer: str  # of opinion, of whoever sent it
    code: str
    problem: bytes
    item: bytes
    status: str  # open, replayed, dismissed
    repaired: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRow:
    source: str
    outcome: str
    n: int
    last_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UndeclaredRow:
    type: str
    source: str
    n: int
    first_at: int
    last_at: int
    samples: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionRow:
    decision: int
    profile: int | None
    at: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRow:
    decision: int
    service: str
    outcome: str
    occurred_at: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaybookRow:
    version: int
    body: bytes  # the source text, comments included
    media_type: str
    published_at: int
    published_by: str
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftRow:
    body: bytes
    media_type: str
    etag: str
    saved_at: int
    saved_by: str
    approved_by: str | None = None  # this very text, by somebody


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRow:
    """Long work over all profiles, kept page by page: whoever goes on with it begins after `cursor`."""

    job: str  # `kind:subject`, so that the same work is there once
    kind: str
    status: str  # running, paused, cancelled, done, superseded
    cursor: int
    done: int
    total: int
    worked: int  # microseconds spent
    again_at: int | None  # when it must be gone through once more
    created_at: int
    created_by: str
    updated_at: int
    body: bytes  # what it was asked, and what it has found


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationRow:
    number: int
    effective_from: int
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    key_id: str
    digest: bytes
    name: str
    kind: str  # system, staff
    preset: str
    scopes: str
    source: str | None
    created_at: int
    expires_at: int | None
    revoked_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRow:
    """A member of staff who logged in with a key; of what his browser keeps there is only the digest."""

    digest: bytes
    key_id: str
    created_at: int
    seen_at: int
