"""Events as they are kept and as the fold reads them."""

import json
from collections.abc import Collection, Iterable
from hashlib import blake2b

from service.core.event import Event
from service.core.identity import kind_of, namespace_of
from service.core.intake import Admitted
from service.core.routes import STAGE_LIT
from service.store import EventRow
from service.usecases.tokens import friend_of

REFERRAL = "referral"
OF_FRIENDS = {REFERRAL, STAGE_LIT}


def to_row(root: int, admitted: Admitted, received_at: int) -> EventRow:
    """An admitted event as the log keeps it; the fingerprint does not depend on when it arrived, nor by whose key."""
    event = admitted.event
    return EventRow(
        root=root,
        source=event.source,
        event_id=event.event_id,
        type=event.type,
        t=event.t,
        occurred_at=event.occurred_at,
        received_at=received_at,
        layer=event.layer,
        fingerprint=blake2b(admitted.payload, digest_size=16).digest(),
        payload=admitted.payload,
    )


def to_event(row: EventRow) -> Event:
    """An event of the log as the fold reads it."""
    found = json.loads(row.payload)
    return Event(
        event_id=row.event_id,
        source=row.source,
        type=row.type,
        t=row.t,
        occurred_at=row.occurred_at,
        channel=found.get("channel"),
        touchpoint=found.get("touchpoint"),
        scenario=found.get("scenario"),
        place=found.get("place"),
        staff=found.get("staff"),
        under=namespace_of(kind_of(found["identities"][0])),
        layer=row.layer,
        properties=found.get("properties") or {},
    )


def to_events(rows: Iterable[EventRow], roots: Collection[int]) -> list[Event]:
    """The log of who has these roots, as the fold reads it.

    One event seen under two names at one instant: its content decides which is first. Nobody is his own friend: what
    a friend did who turned out to be himself is left out, for as long as they are one person.
    """
    events = [to_event(row) for row in sorted(rows, key=_fingerprint)]
    return [each for each in events if not is_of_himself(each, roots)]


def is_of_himself(event: Event, roots: Collection[int]) -> bool:
    """Whether somebody who has these roots brought or helped himself."""
    return event.type in OF_FRIENDS and event.scalar("friend") in {friend_of(root) for root in roots}


def _fingerprint(row: EventRow) -> bytes:
    return row.fingerprint


def identities_of(row: EventRow) -> tuple[str, ...]:
    """The identities that an event of the log carries; the first is the one it came under."""
    return tuple(json.loads(row.payload)["identities"])


def dump(body: object) -> bytes:
    """A body as JSON text."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
