"""One profile in one run of a journey: the values, and their packed form."""

import struct
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from service.core.calibration import Calibration
from service.core.event import Event
from service.core.steps import AGAIN, LIT, Step
from service.core.steps import NO_STAGE as NO_STAGE

ACTIVE, COMPLETED, DROPPED = 0, 1, 2
STATUSES = ("active", "completed", "dropped")
STALLED, SKIPPED, FAILED, LEFT, REGRESSED, DISSATISFIED, SLIDING, HOPELESS = range(8)
KINDS = ("stalled", "skipped", "failed", "dropped", "regressed", "dissatisfied", "dissatisfied", "stalled")
UNLIT = OPEN = NEVER = -1
Wait = tuple[int, int, int]
NO_WAIT: Wait = (NO_STAGE, 0, NEVER)
Dimmed = tuple[int, int]  # when, and the place of the event type that took it back
NOT_LEARNED = (0, 0)


@dataclass(slots=True)
class Break:
    """A breakpoint: its kind, the place of its stage, since when, and when it was resolved (`OPEN` while it stands)."""

    kind: int
    stage: int
    since: int
    resolved_at: int = OPEN


@dataclass(slots=True)
class Enrollment:
    """The mutable form while a fold works on it. `lit` holds an instant for each stage, `late` a bit for each lit late.

    `closed` runs change no more. `current_since` is when the current stage was entered; `active_at` the last activity.
    """

    journey: int
    key: str
    entered_at: int
    active_at: int
    current_since: int
    lit: list[int]
    status: int = ACTIVE
    closed: bool = False
    current: int = NO_STAGE
    late: int = 0
    ratings: list[int] = field(default_factory=list)  # the sum of the ratings' worth in thousandths, and their number
    breaks: list[Break] = field(default_factory=list)
    reached: bool = False  # the goal, whatever is still unlit
    ever: int = 0  # a bit for each stage that was lit in any lap
    orderly: int = 0  # a bit for each of them that was lit first when nothing required before it was unlit
    last: int = NO_STAGE  # the stage of the newest step on the way, and when
    last_at: int = UNLIT
    late_at: int = NEVER  # when the current stage is late, and when it stalls
    stall_at: int = NEVER
    hopeless: bool = False  # whether when it stalls was learned
    claimed: dict[int, int] = field(default_factory=dict)  # stages that the user lit, unverified, and when
    helpers: dict[int, list[str]] = field(default_factory=dict)  # by stage, digests of friends who helped, sorted
    usual: tuple[int, int] = NOT_LEARNED  # buckets of durations between which the current stage is done as a rule
    dimmed: dict[int, Dimmed] = field(default_factory=dict)  # stages that were seen lit until that was taken back
    steps: list[Step] = field(
        default_factory=list, compare=False
    )  # of this fold alone, like the class of who takes them; not facts
    cls: int = field(default=-1, compare=False)
    learned: Calibration | None = field(default=None, compare=False)

    @property
    def id(self) -> tuple[int, str]:
        """Where the enrollment stands among those of a profile."""
        return (self.journey, self.key)

    @property
    def kept(self) -> bool:
        """Whether it stays in the facts: a keyed run that is over leaves them."""
        return not self.key or not (self.closed or self.status == DROPPED)

    @property
    def wait(self) -> Wait:
        """Which stage is waited for, since when, and from when on that is late."""
        return self.current, self.current_since, self.late_at

    @property
    def seen(self) -> set[int]:
        """The stages that the customer sees lit."""
        return {place for place, lit in enumerate(self.lit) if lit != UNLIT} | self.claimed.keys()

    def step(self, kind: int, stage: int, event: Event, waited: Wait = NO_WAIT) -> None:
        """Note what an event did, and which wait it ended. Steps on the way follow each other."""
        on_the_way = kind in (LIT, AGAIN)
        after = (self.last, self.last_at) if on_the_way and self.last != NO_STAGE else (NO_STAGE, 0)
        self.steps.append(
            Step(
                kind=kind, stage=stage, event=event, after=after[0], after_at=after[1],
                waited=waited[0], waited_at=waited[1], late=NEVER != waited[2] < event.t,
                cls=self.cls,
            )
        )  # fmt: skip
        if on_the_way:
            self.last, self.last_at = stage, event.t

    def open_breaks(self) -> Iterator[Break]:
        """The breakpoints that stand."""
        return (each for each in self.breaks if each.resolved_at == OPEN)

    def copy(self) -> "Enrollment":
        """A copy that can be advanced without touching this one."""
        breaks = [Break(each.kind, each.stage, each.since, each.resolved_at) for each in self.breaks]
        return Enrollment(
            self.journey, self.key, self.entered_at, self.active_at, self.current_since, list(self.lit),
            self.status, self.closed, self.current, self.late, list(self.ratings), breaks, self.reached,
            self.ever, self.orderly, self.last, self.last_at, self.late_at, self.stall_at, self.hopeless,
            dict(self.claimed), {place: list(found) for place, found in self.helpers.items()}, self.usual,
            dict(self.dimmed),
        )  # fmt: skip


FIRST = 6  # instants that every enrollment has
# journey, flags, current, stages, breakpoints, ratings, last, key length, claims, helpers, usual, dimmed
_HEAD = struct.Struct("<HBBBHBBHBHBBB")
_HELPER = struct.Struct("<B8s")  # the stage, and a digest
_DIMMED = struct.Struct("<BqH")  # the stage, when, and by which type of event


def encode_enrollments(enrollments: Iterable[Enrollment]) -> bytes:
    """Pack those that stay in the facts."""
    return b"".join(_encode(each) for each in sorted(enrollments, key=lambda each: each.id) if each.kept)


def _encode(each: Enrollment) -> bytes:
    key = each.key.encode()
    flags = each.status | each.closed << 4 | each.reached << 5 | each.hopeless << 6
    small = bytes(code for found in each.breaks for code in (found.kind, found.stage))
    small += b"".join(bits.to_bytes(_width(len(each.lit)), "little") for bits in (each.late, each.ever, each.orderly))
    small += bytes(sorted(each.claimed))
    moments = [each.entered_at, each.active_at, each.current_since, each.last_at, each.late_at, each.stall_at]
    moments += [*each.lit, *each.ratings]
    moments += [moment for found in each.breaks for moment in (found.since, found.resolved_at)]
    moments += [t for _, t in sorted(each.claimed.items())]
    helpers = [
        _HELPER.pack(place, bytes.fromhex(name)) for place, found in sorted(each.helpers.items()) for name in found
    ]
    counts = len(each.lit), len(each.breaks), len(each.ratings)
    dimmed = [_DIMMED.pack(place, *found) for place, found in sorted(each.dimmed.items())]
    more = len(each.claimed), len(helpers), *each.usual, len(dimmed)
    head = _HEAD.pack(each.journey, flags, each.current, *counts, each.last, len(key), *more)
    return b"".join((head, key, small, array("q", moments).tobytes(), *helpers, *dimmed))


def _width(stages: int) -> int:
    return (stages + 7) // 8


def decode_enrollments(packed: bytes) -> Iterator[Enrollment]:
    """Unpack what `encode_enrollments` packed."""
    offset = 0
    while offset < len(packed):
        (journey, flags, current, stages, breaks, ratings, last, length, claims, helpers, *usual,
         dimmed) = _HEAD.unpack_from(packed, offset)  # fmt: skip
        offset += _HEAD.size
        key = packed[offset : offset + length].decode()
        offset += length
        width = _width(stages)
        bits = 2 * breaks + 3 * width
        small = packed[offset : offset + bits + claims]
        offset += len(small)
        late, ever, orderly = (
            int.from_bytes(small[start : start + width], "little") for start in range(2 * breaks, bits, width)
        )
        tail = FIRST + stages + ratings
        middle = offset + 8 * (tail + 2 * breaks + claims)
        moments = array("q", packed[offset:middle]).tolist()
        end = middle + helpers * _HELPER.size
        offset = end + dimmed * _DIMMED.size
        yield Enrollment(
            journey, key, moments[0], moments[1], moments[2], moments[FIRST : FIRST + stages],
            flags & 15, bool(flags >> 4 & 1), current, late,
            moments[FIRST + stages : tail],
            [Break(small[2 * i], small[2 * i + 1], *moments[tail + 2 * i : tail + 2 * i + 2]) for i in range(breaks)],
            bool(flags >> 5 & 1), ever, orderly, last, moments[3], moments[4], moments[5], bool(flags >> 6),
            dict(zip(small[bits:], moments[tail + 2 * breaks :], strict=True)),
            _helpers(packed[middle:end]), (usual[0], usual[1]),
            {place: (at, by) for place, at, by in _DIMMED.iter_unpack(packed[end:offset])},
        )  # fmt: skip


def _helpers(packed: bytes) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for place, digest in _HELPER.iter_unpack(packed):
        found.setdefault(place, []).append(digest.hex())
    return found
