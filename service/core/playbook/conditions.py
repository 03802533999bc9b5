"""Conditions as data: frozen values, nothing evaluated."""

from dataclasses import dataclass, field

from service.core.event import Scalar


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """`op` is gte, gt, lte, lt, eq, ne, in, between or exists; `values` holds what it compares with."""

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


Where = FieldTest | WhereAll | WhereAny | WhereNot


@dataclass(frozen=True, slots=True, kw_only=True)
class Reversal:
    """Events of type `event` take back the earlier ones that have the same value in the property `by`.

    `written` as `reverses` or as `reversed_by` means the same.
    """

    event: str
    by: str
    written: str = field(default="reverses", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """A number drawn from a profile's events. `within` is microseconds."""

    kind: str
    events: tuple[str, ...]
    property: str | None = None
    where: Where | None = None
    within: int | None = None
    reverses: Reversal | None = None


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
    """A tag is on, and if `values` is given has one of them."""

    tag: str
    values: tuple[str, ...] | None = None


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


Condition = AggregateTest | TraitTest | TagTest | PersonaTest | JourneyTest | All | AnyOf | Not | Always
