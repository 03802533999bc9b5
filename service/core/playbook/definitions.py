"""The definitions of a playbook: frozen values, nothing evaluated."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.core.playbook.brands import Brand, LitBy, Sharing
from service.core.playbook.care import Benefit, Promise, Target
from service.core.playbook.conditions import PERSON, Aggregate, Condition, Where
from service.core.playbook.event_types import EventType as EventType
from service.core.playbook.event_types import PropertyType as PropertyType
from service.core.playbook.named import Named as Named


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(Named):
    """A store."""

    city: str | None = None
    scenarios: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holiday(Named):
    """Dates that conditions may ask for, as proleptic Gregorian ordinals, ascending."""

    dates: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TagGroup(Named):
    """A group of tags; of an exclusive one at most one is on."""

    exclusive: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TagValue(Named):
    """One value of a tag and when it holds; None: when somebody says so."""

    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rfm:
    """Recency, frequency and the sum of a property, each in quintiles of the population."""

    event: str
    property: str
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag(Named):
    """What may be said of a profile, by its `kind`.

    rule: on while `values[0].when` holds. value: the first value that holds. metric, first, last, preference, score:
    what `value_of` comes to, rounded towards 0 to a multiple of `round` (micro units), while `gate` holds. rfm:
    quintiles. manual, imported: set from outside. `ttl` and `half_life` (microseconds) end what somebody set.
    """

    kind: str
    owner: str = "rule"
    group: str | None = None
    values: tuple[TagValue, ...] = ()
    value_of: Aggregate | None = None
    gate: Condition | None = None
    round: int = 1
    rfm: Rfm | None = None
    ttl: int | None = None
    half_life: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """Where a class begins: `permille` of the calibration's quantile table, or `amount` in micro units."""

    permille: int | None = None
    amount: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonaClass(Named):
    """One class, by a rule or by bounds; the last of a scheme has neither."""

    enter: Bound | None = None
    leave: Bound | None = None
    when: Condition | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """While its condition holds the score is `shift` units of 2^-20 doublings higher."""

    name: str
    when: Condition
    shift: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Persona(Named):
    """A persona scheme scored by decayed order count × shrunk mean order value; without an `event` by rules alone."""

    event: str = ""
    property: str = ""
    half_life: int = 1
    where: Where | None = None
    mean: int | None = None
    signals: tuple[Signal, ...] = ()
    classes: tuple[PersonaClass, ...] = ()
    undetermined_below: Condition | None = None


ONCE, AFTER_EXIT = RE_ENTRIES = ("once", "after_exit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pattern:
    """Matches single events."""

    event: str
    where: Where | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage(Named):
    """One stage of a journey. Durations are microseconds."""

    phase: str
    completed_by: tuple[Pattern, ...]
    goal: str | None = None
    goal_en: str | None = None
    benefit: str | None = None
    benefit_en: str | None = None
    optional: bool = False
    key_moment: bool = False
    expected_within: int | None = None
    stalled_after: int | None = None
    fails_on: tuple[Pattern, ...] = ()
    dissatisfied_by: tuple[Pattern, ...] = ()
    made_good_by: tuple[Pattern, ...] = ()
    next: tuple[str, ...] | None = None  # the stages that may follow; None: the one that stands after it
    was: tuple[str, ...] = ()  # what the stage was called before
    services: tuple[str, ...] = ()
    touchpoints: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    promises: tuple[Promise, ...] = ()
    target: Target | None = None
    benefits: tuple[Benefit, ...] = ()
    ritual: str | None = None  # what staff do at this moment so that it is remembered
    ritual_en: str | None = None
    feedback: str | None = None  # what is asked with one tap
    feedback_en: str | None = None
    lit_by: LitBy | None = None
    words: str | None = None  # what customers call it, if not by its name
    words_en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey(Named):
    """A journey through stages. Durations are microseconds. `re_entry`: once, or after_exit.

    `of`: which type of profile takes it.
    """

    enter: tuple[Pattern, ...]
    stages: tuple[Stage, ...]
    theme: str | None = None
    theme_en: str | None = None
    value: str | None = None  # what the customer recognises in it
    value_en: str | None = None
    by: str | None = None  # the property whose values key the enrollments
    of: str = PERSON
    re_entry: str = ONCE
    exit: tuple[Pattern, ...] = ()
    goal: tuple[Pattern, ...] = ()
    abandon_after: int | None = None
    ends_after: int | None = None
    brand: Brand | None = None
    sharing: Sharing | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StageRef:
    """A stage of a journey."""

    journey: str
    stage: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Service(Named):
    """Something that can be offered. `value`, `prior` and `lever` are micro units."""

    kind: str
    service_level: str
    value: int
    prior: int
    lever: int
    eligible: Condition | None = None
    applicable: Condition | None = None
    suitable: Condition | None = None
    channels: tuple[str, ...] = ()
    scenarios: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    recovers: tuple[StageRef, ...] = ()
    terms: str | None = None
    terms_reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPolicy:
    """How often a service may be shown to one profile; microseconds."""

    at_most: int | None = None
    within: int | None = None
    quiet_outcome: str | None = None
    quiet_for: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Playbook:
    """The whole of definitions, in the order in which they were written."""

    key: str
    name: str
    timezone: str
    events: Mapping[str, EventType]
    places: Mapping[str, Place]
    holidays: Mapping[str, Holiday]
    layers: tuple[str, ...]
    tag_groups: Mapping[str, TagGroup]
    tags: Mapping[str, Tag]
    personas: Mapping[str, Persona]
    journeys: Mapping[str, Journey]
    services: Mapping[str, Service]
    contact_policy: ContactPolicy
    identities: Mapping[str, int] = field(default_factory=dict)  # how many of a namespace one profile has at most
    accounts: tuple[str, ...] = ()  # the namespaces that are of accounts, sorted; all others are of persons
    unknown_profiles: str = "refuse"  # or create: what becomes of something said of nobody who is known
