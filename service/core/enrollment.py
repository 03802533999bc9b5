"""One profile in one run of a journey: the values, and their packed form."""

import struct
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

ACTIVE, COMPLETED, DROPPED = 0, 1, 2
STATUSES = ("active", "completed", "dropped")
STALLED, SKIPPED, FAILED, LEFT, REGRESSED, DISSATISFIED = range(6)
KINDS = ("stalled", "skipped", "failed", "dropped", "regressed", "dissatisfied")
UNLIT = OPEN = -1
NO_STAGE = 255  # no current stage, in one byte


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
    claimed: dict[int, int] = field(default_factory=dict)  # stages that the user lit, unverified, and when
    helpers: dict[int, list[str]] = field(default_factory=dict)  # by stage, digests of friends who helped, sorted

    @property
    def id(self) -> tuple[int, str]:
        """Where the enrollment stands among those of a profile."""
        return (self.journey, self.key)

    @property
    def kept(self) -> bool:
        """Whether it stays in the facts: a keyed run that is over leaves them."""
        return not self.key or not (self.closed or self.status == DROPPED)

    def open_breaks(self) -> Iterator[Break]:
        """The breakpoints that stand."""
        return (each for each in self.breaks if each.resolved_at == OPEN)

    def copy(self) -> "Enrollment":
        """A copy that can be advanced without touching this one."""
        breaks = [Break(each.kind, each.stage, each.since, each.resolved_at) for each in self.breaks]
        return Enrollment(
            self.journey, self.key, self.entered_at, self.active_at, self.current_since, list(self.lit),
            self.status, self.closed, self.current, self.late, list(self.ratings), breaks, self.reached,
            dict(self.claimed), {place: list(found) for place, found in self.helpers.items()},
        )  # fmt: skip


# journey, status and closed, current, stages, breakpoints, ratings, key length, claims, helpers
_HEAD = struct.Struct("<HBBBHBHBH")
_HELPER = struct.Struct("<B8s")  # the stage, and a digest


def encode_enrollments(enrollments: Iterable[Enrollment]) -> bytes:
    """Pack those that stay in the facts."""
    return b"".join(_encode(each) for each in sorted(enrollments, key=lambda each: each.id) if each.kept)


def _encode(each: Enrollment) -> bytes:
    key = each.key.encode()
    flags = each.status | each.closed << 4 | each.reached << 5
    small = bytes(code for found in each.breaks for code in (found.kind, found.stage))
    small += each.late.to_bytes(_late_bytes(len(each.lit)), "little")
    small += bytes(sorted(each.claimed))
    helpers = [
        _HELPER.pack(place, bytes.fromhex(name)) for place, found in sorted(each.helpers.items()) for name in found
    ]
    moments = [each.entered_at, each.active_at, each.current_since, *each.lit, *each.ratings]
    moments += [moment for found in each.breaks for moment in (found.since, found.resolved_at)]
    moments += [t for _, t in sorted(each.claimed.items())]
    head = _HEAD.pack(
        each.journey, flags, each.current, len(each.lit), len(each.breaks), len(each.ratings), len(key),
        len(each.claimed), len(helpers),
    )  # fmt: skip
    return b"".join((head, key, small, array("q", moments).tobytes(), *helpers))


def _late_bytes(stages: int) -> int:
    return (stages + 7) // 8


def decode_enrollments(packed: bytes) -> Iterator[Enrollment]:
    """Unpack what `encode_enrollments` packed."""
    offset = 0
    while offset < len(packed):
        journey, flags, current, stages, breaks, ratings, length, claims, helpers = _HEAD.unpack_from(packed, offset)
        offset += _HEAD.size
        key = packed[offset : offset + length].decode()
        offset += length
        late = 2 * breaks + _late_bytes(stages)
        small = packed[offset : offset + late + claims]
        offset += len(small)
        tail = 3 + stages + ratings
        middle = offset + 8 * (tail + 2 * breaks + claims)
        moments = array("q", packed[offset:middle]).tolist()
        offset = middle + helpers * _HELPER.size
        yield Enrollment(
            journey, key, moments[0], moments[1], moments[2], moments[3 : 3 + stages],
            flags & 15, bool(flags >> 4 & 1), current, int.from_bytes(small[2 * breaks : late], "little"),
            moments[3 + stages : tail],
            [Break(small[2 * i], small[2 * i + 1], *moments[tail + 2 * i : tail + 2 * i + 2]) for i in range(breaks)],
            bool(flags >> 5),
            dict(zip(small[late:], moments[tail + 2 * breaks :], strict=True)),
            _helpers(packed[middle:offset]),
        )  # fmt: skip


def _helpers(packed: bytes) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for place, digest in _HELPER.iter_unpack(packed):
        found.setdefault(place, []).append(digest.hex())
    return found
