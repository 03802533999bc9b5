"""Facts: what is known of a profile, as one small deterministic blob in sections that are decoded only when touched.

Facts hold no profile id, no version, no arrival data, no clock reading and no unordered set: the same log gives the
same bytes.
"""

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import cast

from service.core.calibration import Calibration
from service.core.enrollment import Enrollment, decode_enrollments, encode_enrollments
from service.core.event import OrderKey, Scalar
from service.core.layout import LAYOUT_VERSION, Layout
from service.core.marks import Mark, decode_marks, encode_marks
from service.core.measures import FOREVER
from service.core.streams import Stream

HEAD = struct.Struct("<BBIqqHHH")  # layout, size of an entry, events, newest key, sections, lengths of its two texts
NARROW, WIDE, NARROW_LIMIT = struct.Struct("<HH"), struct.Struct("<HI"), 2**16 - 1  # number and length of a section
BEFORE_ALL: OrderKey = (-(2**62), 0, "", "")
TRAITS, MARKS, STANDINGS, ENROLLMENTS, CONTACTS, OPINIONS, REVERSED, VALUES, PINS, WISHES = range(1, 11)
RATINGS, ACCOUNT, BENEFITS = 11, 12, 13
STREAMS = 16  # the first of them
TEST = "test"
LOOKAHEAD = 64  # early bounds of a tag that are moved on; a copy, which looks ahead itself, leaves them as they are
Opinion = tuple[bool, str | None, int | None, int]  # on or off, value, until, and since when it is said
Contact = tuple[str | None, int, int, int]  # his role, when he acted first and last, and how often
Pin = tuple[str, int | None, int, str]  # the class, until, since when, and why


@dataclass(slots=True)
class Standing:
    """A profile in one persona scheme: statistics of his orders, and the class he has. `place` -1 is undetermined."""

    decayed: int = 0
    orders: int = 0
    total: int = 0
    place: int = -1
    since: int = 0
    until: int = FOREVER
    reason: str = "not_enough"
    lift: int = 0  # what signals add to the score
    moved: str = ""  # who moved when the class last changed: the person, or a boundary
    earned: int = -1  # the class he would have without a pin, which is what a band remembers


class State:
    """The mutable form of facts while a fold or a read works on them."""

    def __init__(self, layout: Layout, packed: bytes = b"", *, who: int = 0) -> None:
        """`who`: the profile's id, for sticky buckets; like what was `learned` it is given, never kept in the facts."""
        self.layout = layout
        self.who = who
        self.learned: Calibration | None = None
        self.ahead = LOOKAHEAD
        self.newest: OrderKey = BEFORE_ALL
        self.count = 0
        self._raw: dict[int, bytes] = {}
        self._streams: dict[int, Stream] = {}
        self._changed: set[int] = set()
        self._json: dict[int, object] = {}
        self._marks: dict[int, Mark] | None = None
        self._values: dict[int, Scalar] | None = None
        self._standings: dict[int, Standing] | None = None
        self._enrollments: dict[tuple[int, str], Enrollment] | None = None
        if packed:
            self._unpack(packed)

    def copy(self) -> "State":
        """A copy that silence may change; what only events change is shared."""
        copy = State(self.layout, who=self.who)
        copy.learned, copy.ahead, copy._values = self.learned, 0, dict(self.values)
        copy.newest, copy.count, copy._raw, copy._streams = self.newest, self.count, self._raw, self._streams
        copy._changed, copy._json, copy._marks = self._changed, self._json, dict(self.marks)
        copy._standings = {index: replace(each) for index, each in self.standings.items()}
        copy._enrollments = {owner: each.copy() for owner, each in self.enrollments.items()}
        return copy

    # ---- sections

    def stream(self, index: int) -> Stream:
        """One stream, decoded on first touch."""
        found = self._streams.get(index)
        if found is None:
            raw = self._raw.get(STREAMS + index)
            spec = self.layout.streams[index]
            found = self._streams[index] = Stream.decode(spec, raw) if raw else Stream(spec)
        return found

    def changing(self, index: int) -> Stream:
        """One stream, about to take something in; streams that were only read keep their bytes."""
        self._changed.add(index)
        return self.stream(index)

    def put_stream(self, index: int, stream: Stream) -> None:
        """Replace a stream."""
        self._changed.add(index)
        self._streams[index] = stream

    @property
    def marks(self) -> dict[int, Mark]:
        """What every tag shows that is on, or will change by itself; by the tag's place in the playbook."""
        if self._marks is None:
            self._marks = decode_marks(self._raw.get(MARKS, b""))
        return self._marks

    @property
    def values(self) -> dict[int, Scalar]:
        """What tags show beside a listed value: numbers in micro units, texts; by the tag's place in the playbook."""
        if self._values is None:
            self._values = dict(json.loads(self._raw.get(VALUES, b"") or b"[]"))
        return self._values

    @property
    def standings(self) -> dict[int, Standing]:
        """Persona schemes, by place in the playbook."""
        if self._standings is None:
            content = json.loads(self._raw.get(STANDINGS, b"[]") or b"[]")
            self._standings = {index: _standing(fields) for index, *fields in content}
        return self._standings

    @property
    def enrollments(self) -> dict[tuple[int, str], Enrollment]:
        """Enrollments by (journey's place, key value); closed keyed ones are not kept."""
        if self._enrollments is None:
            self._enrollments = {each.id: each for each in decode_enrollments(self._raw.get(ENROLLMENTS, b""))}
        return self._enrollments

    @property
    def traits(self) -> dict[str, Scalar]:
        """Traits by name."""
        return cast("dict[str, Scalar]", self._section(TRAITS))

    @property
    def contacts(self) -> dict[str, list[int]]:
        """By `outcome:service`, the newest instants, ascending."""
        return cast("dict[str, list[int]]", self._section(CONTACTS))

    @property
    def opinions(self) -> dict[str, dict[str, Opinion]]:
        """By tag and layer, what was said last."""
        return cast("dict[str, dict[str, Opinion]]", self._section(OPINIONS))

    @property
    def pins(self) -> dict[str, Pin]:
        """By persona scheme, the class that staff has set."""
        return cast("dict[str, Pin]", self._section(PINS))

    @property
    def ratings(self) -> dict[str, list[int]]:
        """By journey, the last ratings, the newest last."""
        return cast("dict[str, list[int]]", self._section(RATINGS))

    @property
    def benefits(self) -> dict[str, tuple[str, int]]:
        """By benefit, granted, used or expired, and since when."""
        return cast("dict[str, tuple[str, int]]", self._section(BENEFITS))

    @property
    def wishes(self) -> dict[str, int]:
        """What is not to be used, and since when it is said: `personalisation`, `tag:key`, or `test`: all of it."""
        return cast("dict[str, int]", self._section(WISHES))

    @property
    def test(self) -> bool:
        """Whether this is no person, but for trying things out."""
        return TEST in self.wishes

    @property
    def account(self) -> dict[str, dict[str, Contact]]:
        """Of an account its `contacts` by their identities; of a person nothing at all."""
        return cast("dict[str, dict[str, Contact]]", self._section(ACCOUNT))

    @property
    def taken_back(self) -> dict[str, list[str]]:
        """By reversing event type, digests of the key values that were taken back, sorted."""
        return cast("dict[str, list[str]]", self._section(REVERSED))

    def _section(self, number: int) -> object:
        if number not in self._json:
            raw = self._raw.get(number)
            self._json[number] = json.loads(raw) if raw else {}
        return self._json[number]

    # ---- packing

    def encode(self) -> bytes:
        """The facts as bytes."""
        sections = sorted((number, body) for number, body in {**self._raw, **self._packed()}.items() if body)
        t, occurred_at, source, event_id = self.newest
        names = [source.encode(), event_id.encode()]
        entry = WIDE if any(len(body) > NARROW_LIMIT for _, body in sections) else NARROW
        head = HEAD.pack(LAYOUT_VERSION, entry.size, self.count, t, occurred_at, len(sections), *map(len, names))
        directory = [entry.pack(number, len(body)) for number, body in sections]
        return b"".join((head, *names, *directory, *(body for _, body in sections)))

    def _packed(self) -> dict[int, bytes]:
        packed = {STREAMS + index: self._streams[index].encode() for index in self._changed}
        packed |= {number: _json(content) if content else b"" for number, content in self._json.items()}
        if self._marks is not None:
            packed[MARKS] = encode_marks(self._marks) if self._marks else b""
        if self._values is not None:
            packed[VALUES] = _json(sorted(self._values.items())) if self._values else b""
        if self._standings is not None:
            packed[STANDINGS] = _encode_standings(self._standings) if self._standings else b""
        if self._enrollments is not None:
            packed[ENROLLMENTS] = encode_enrollments(self._enrollments.values())
        return packed

    def _unpack(self, packed: bytes) -> None:
        _, size, self.count, t, occurred_at, sections, source, event_id = HEAD.unpack_from(packed)
        middle, offset = HEAD.size + source, HEAD.size + source + event_id
        self.newest = (t, occurred_at, packed[HEAD.size : middle].decode(), packed[middle:offset].decode())
        body = offset + sections * size
        for number, length in (NARROW if size == NARROW.size else WIDE).iter_unpack(packed[offset:body]):
            self._raw[number] = packed[body : body + length]
            body += length


def _json(content: object) -> bytes:
    return json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _standing(fields: Sequence[str | int]) -> Standing:
    decayed, orders, total, place, since, until, reason, lift, moved, earned = fields
    return Standing(
        int(str(decayed), 16), int(orders), int(total), int(place), int(since), int(until) or FOREVER, str(reason),
        int(lift), str(moved), int(earned),
    )  # fmt: skip


def _encode_standings(standings: dict[int, Standing]) -> bytes:
    """The decayed count in base 16: of a short half-life it has more digits than Python would write in base 10.

    No end is written as 0.
    """
    return _json([
        [index, format(each.decayed, "x"), each.orders, each.total, each.place, each.since,
         0 if each.until == FOREVER else each.until, each.reason, each.lift, each.moved,
         each.earned]
        for index, each in sorted(standings.items())
    ])  # fmt: skip
