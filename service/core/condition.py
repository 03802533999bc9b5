"""Conditions compiled: what holds at an instant, and until when if nothing happens.

The bound that comes with a verdict may be early but is never late. What depends on tags, personas and journeys has no
bound of its own: the fold evaluates it again when one of them changes.
"""

from collections.abc import Callable, Iterator
from functools import partial
from hashlib import blake2b

from service.core.enrollment import STATUSES
from service.core.event import MICRO
from service.core.facts import State
from service.core.layout import Layout
from service.core.measures import FOREVER, Verdict, compile_measure, compile_test
from service.core.moments import compile_moment, in_anniversary
from service.core.playbook.conditions import (
    ACCOUNT,
    Aggregate,
    AggregateTest,
    All,
    Always,
    AnyOf,
    Bucket,
    Condition,
    JourneyTest,
    Not,
    OfProfile,
    PersonaTest,
    ProfileTypeTest,
    RfmTest,
    TagTest,
    TraitTest,
)
from service.core.playbook.definitions import Playbook, Tag
from service.core.playbook.moments import Anniversary, Moment
from service.core.where import Reading, as_reading, compile_comparisons

Check = Callable[[State, int], Verdict]
ReadingAt = Callable[[State, int], Reading]
BUCKETS = 10_000
PARTS = {"r": 0, "f": 1, "m": 2}


def compile_reading(aggregate: Aggregate, layout: Layout) -> ReadingAt:
    """What an aggregate comes to, as a function of facts and an instant."""
    slot = layout.slots[aggregate]
    measure, stream = compile_measure(slot, layout.streams[slot.stream]), slot.stream
    return lambda state, at: measure(state.stream(stream), at)


def compile_condition(condition: Condition, layout: Layout, playbook: Playbook) -> Check:
    """A condition as a function of facts and an instant."""
    if isinstance(condition, All | AnyOf):
        parts = [compile_condition(part, layout, playbook) for part in condition.parts]
        return partial(_every if isinstance(condition, All) else _some, parts)
    if isinstance(condition, Not):
        inner = compile_condition(condition.part, layout, playbook)
        return partial(_opposite, inner)
    if isinstance(condition, AggregateTest):
        return _aggregate(condition, layout)
    if isinstance(condition, OfProfile):
        return _of_profile(condition, playbook)
    return _alone(condition, layout)


def _alone(condition: TraitTest | ProfileTypeTest | Always | Bucket | Anniversary | Moment, layout: Layout) -> Check:
    """What neither events nor other tags decide."""
    if isinstance(condition, TraitTest):
        holds, name = compile_comparisons(condition.comparisons), condition.trait
        return lambda state, _at: (holds(as_reading(state.traits.get(name))), FOREVER)
    if isinstance(condition, ProfileTypeTest):
        wanted = condition.type == ACCOUNT
        return lambda state, _at: (bool(state.account) is wanted, FOREVER)
    if isinstance(condition, Always):
        verdict = (condition.holds, FOREVER)
        return lambda _state, _at: verdict
    if isinstance(condition, Bucket):
        return lambda state, _at: (bucket_of(condition.salt, state.who) < condition.share, FOREVER)
    zone = layout.frame.zone
    if isinstance(condition, Anniversary):
        return lambda state, at: in_anniversary(condition, state.traits.get(condition.trait), at, zone)
    moment = compile_moment(condition, zone, layout.frame.holidays)
    return lambda _state, at: moment(at)


def _of_profile(condition: OfProfile, playbook: Playbook) -> Check:
    if isinstance(condition, TagTest):
        return _tag(condition, playbook)
    if isinstance(condition, RfmTest):
        return _rfm(condition, playbook)
    if isinstance(condition, PersonaTest):
        return _persona(condition, playbook)
    return _journey(condition, playbook)


def bucket_of(salt: str, who: int) -> int:
    """Which of 10,000 buckets a profile is in, the same for ever: BLAKE2b with 64 bits (RFC 7693) of `salt:profile`."""
    digest = blake2b(f"{salt}:{who:016x}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % BUCKETS


def _aggregate(condition: AggregateTest, layout: Layout) -> Check:
    slot = layout.slots[condition.aggregate]
    test, stream = compile_test(slot, layout.streams[slot.stream], condition.comparisons), slot.stream
    return lambda state, at: test(state.stream(stream), at)


def _every(parts: list[Check], state: State, at: int) -> Verdict:
    """While one part fails the whole fails, so the last bound among those that fail is the bound."""
    holding, failing = FOREVER, -1
    for part in parts:
        holds, until = part(state, at)
        if holds:
            holding = min(holding, until)
        else:
            failing = max(failing, until)
    return (True, holding) if failing < 0 else (False, failing)


def _some(parts: list[Check], state: State, at: int) -> Verdict:
    holding, failing = -1, FOREVER
    for part in parts:
        holds, until = part(state, at)
        if holds:
            holding = max(holding, until)
        else:
            failing = min(failing, until)
    return (False, failing) if holding < 0 else (True, holding)


def _opposite(inner: Check, state: State, at: int) -> Verdict:
    holds, until = inner(state, at)
    return not holds, until


def _tag(condition: TagTest, playbook: Playbook) -> Check:
    place, tag = list(playbook.tags).index(condition.tag), playbook.tags[condition.tag]
    if condition.comparisons and shows_value(tag):
        holds = compile_comparisons(condition.comparisons)
        return lambda state, _at: (holds(as_reading(state.values.get(place))), FOREVER)
    values = [each.key for each in tag.values]
    wanted = (
        None if condition.values is None else {values.index(value) + 1 for value in condition.values if value in values}
    )

    def check(state: State, _at: int) -> Verdict:
        mark = state.marks.get(place)
        shown = 0 if mark is None else mark.value
        return (shown > 0 if wanted is None else shown in wanted), FOREVER

    return check


def shows_value(tag: Tag) -> bool:
    """Whether a tag shows something that is not listed: what an aggregate comes to, or quintiles."""
    return tag.value_of is not None or tag.rfm is not None


def _rfm(condition: RfmTest, playbook: Playbook) -> Check:
    place = list(playbook.tags).index(condition.tag)
    parts = [(PARTS[name], compile_comparisons(comparisons)) for name, comparisons in condition.parts]

    def check(state: State, _at: int) -> Verdict:
        shown = state.values.get(place)
        scores: list[Reading] = [None, None, None]
        if isinstance(shown, str) and is_rfm(shown):
            scores = [(int(score) * MICRO, 1) for score in shown.split("-")]
        return all(holds(scores[part]) for part, holds in parts), FOREVER

    return check


def is_rfm(shown: str) -> bool:
    """Whether a text is like `5-4-3`: staff may have set another."""
    parts = shown.split("-")
    return len(parts) == len(PARTS) and all(part in ("1", "2", "3", "4", "5") for part in parts)


def _persona(condition: PersonaTest, playbook: Playbook) -> Check:
    place = list(playbook.personas).index(condition.scheme)
    classes = [each.key for each in playbook.personas[condition.scheme].classes]
    wanted = {classes.index(each) if each in classes else -1 for each in condition.classes}

    def check(state: State, _at: int) -> Verdict:
        standing = state.standings.get(place)
        return (-1 if standing is None else standing.place) in wanted, FOREVER

    return check


def _journey(condition: JourneyTest, playbook: Playbook) -> Check:
    place = list(playbook.journeys).index(condition.journey)
    stages = [each.key for each in playbook.journeys[condition.journey].stages]
    status = None if condition.status is None else STATUSES.index(condition.status)
    stage = None if condition.stage is None else stages.index(condition.stage)

    def check(state: State, _at: int) -> Verdict:
        found = any(
            each.journey == place
            and each.kept
            and (status is None or each.status == status)
            and (stage is None or each.current == stage)
            for each in state.enrollments.values()
        )
        return found, FOREVER

    return check


def parts_of(condition: Condition) -> Iterator[Condition]:
    """A condition and all conditions within it."""
    yield condition
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from parts_of(part)
    elif isinstance(condition, Not):
        yield from parts_of(condition.part)
