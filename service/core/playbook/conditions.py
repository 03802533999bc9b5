"""Conditions as data: frozen values, nothing evaluated."""

from dataclasses import dataclass, field

from service.core.event import Scalar
from service.core.playbook.moments import Anniversary, Dates, HolidayTest, Moment, TimeOfDay, Weekday

PERSON, ACCOUNT = PROFILE_TYPES = ("person", "account")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`op` is gte, gt, lte, lt, eq, ne, in, between, exists or matches; `values` holds what it compares with."""

    op: str
    values: tuple[Scalar, ...]

    def __eq__(self, other: object) -> bool:
        """Python takes 0 and false for equal; a playbook does not."""
        return isinstance(other, Comparison) and repr(self) == repr(other)

    def __hash__(self) -> int:
        return hash((self.op, self.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTest:
    """A test of one event: of a property, or of channel, touchpoint, scenario, place, staff or source."""

    field: str
    is_property: bool
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereAll:
    """Every part holds. `written` as `all: […]`, as a bare `list`, or as `fields` of one mapping means the same."""

    parts: tuple["Where", ...]
    written: str = field(default="all", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereAny:
    """At least one part holds."""

    parts: tuple["Where", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WhereNot:
    """The part does not hold."""

    part: "Where"


Where = FieldTest | WhereAll | WhereAny | WhereNot | Moment


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Events of type `event` take back the earlier ones that have the same value in the property `by`.

    `written` as `reverses` or as `reversed_by` means the same.
    """

    event: str
    by: str
    written: str = field(default="reverses", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One step of a sequence."""

    event: str
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """Something drawn from a profile's events: of a numeric or any `property`, or of a `field` of the event itself.

    One window at most: `within` microseconds (of a sequence its own length), `last_days` local dates, or `during`.
    `half_life` is microseconds, `by` a numeric property, `share` in units of 10⁻⁶.
    """

    kind: str
    events: tuple[str, ...]
    property: str | None = None
    where: Where | None = None
    within: int | None = None
    reverses: Reversal | None = None
    field: str | None = None
    last_days: int | None = None
    during: str | None = None
    half_life: int | None = None
    by: str | None = None
    share: int = 0
    steps: tuple[Step, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AggregateTest:
    """An aggregate against one or more comparisons; all must hold."""

    aggregate: Aggregate
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TraitTest:
    """A trait of the profile against comparisons."""

    trait: str
    comparisons: tuple[Comparison, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class TagTest:
    """A tag is on; if it has listed values, one of `values`, if these are given; else what it shows is compared."""

    tag: str
    values: tuple[str, ...] | None = None
    comparisons: tuple[Comparison, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RfmTest:
    """Parts of an RFM tag (`r`, `f`, `m`), each against comparisons."""

    tag: str
    parts: tuple[tuple[str, tuple[Comparison, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaTest:
    """The class of a persona scheme is one of these."""

    scheme: str
    classes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyTest:
    """Some enrollment of a journey has this status and this current stage (None: any)."""

    journey: str
    status: str | None = None
    stage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class All:
    """Every part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyOf:
    """At least one part holds."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not:
    """The part does not hold."""

    part: "Condition"


@dataclass(frozen=True, slots=True, kw_only=True)
class Always:
    """Holds, or never holds."""

    holds: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """The same `share` of all profiles, in ten-thousandths, for ever."""

    salt: str
    share: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfileTypeTest:
    """The profile is a person, or an account."""

    type: str


OfProfile = TagTest | RfmTest | PersonaTest | JourneyTest
Leaf = (
    AggregateTest
    | TraitTest
    | ProfileTypeTest
    | Always
    | Bucket
    | Anniversary
    | Weekday
    | TimeOfDay
    | Dates
    | HolidayTest
)
Condition = Leaf | OfProfile | All | AnyOf | Not
