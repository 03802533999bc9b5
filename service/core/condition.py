"""Conditions compiled: what holds at an instant, and until when if nothing happens.

The bound that comes with a verdict may be early but is never late. What depends on tags, personas and journeys has no
bound of its own: the fold evaluates it again when one of them changes.
"""

from collections.abc import Callable, Iterator
from functools import partial

from service.core.enrollment import STATUSES
from service.core.facts import State
from service.core.layout import Layout
from service.core.measures import FOREVER, Verdict, compile_test
from service.core.playbook.conditions import (
    AggregateTest,
    All,
    Always,
    AnyOf,
    Condition,
    JourneyTest,
    Not,
    PersonaTest,
    TagTest,
    TraitTest,
)
from service.core.playbook.definitions import Playbook
from service.core.where import as_reading, compile_comparisons

Check = Callable[[State, int], Verdict]


def compile_condition(condition: Condition, layout: Layout, playbook: Playbook) -> Check:
    """A condition as a function of facts and an instant."""
    if isinstance(condition, AggregateTest):
        return _aggregate(condition, layout)
    if isinstance(condition, All | AnyOf):
        parts = [compile_condition(part, layout, playbook) for part in condition.parts]
        return partial(_every if isinstance(condition, All) else _some, parts)
    if isinstance(condition, Not):
        inner = compile_condition(condition.part, layout, playbook)
        return partial(_opposite, inner)
    if isinstance(condition, Always):
        verdict = (condition.holds, FOREVER)
        return lambda _state, _at: verdict
    return _of_profile(condition, playbook)


def _of_profile(condition: TraitTest | TagTest | PersonaTest | JourneyTest, playbook: Playbook) -> Check:
    if isinstance(condition, TraitTest):
        holds, name = compile_comparisons(condition.comparisons), condition.trait
        return lambda state, _at: (holds(as_reading(state.traits.get(name))), FOREVER)
    if isinstance(condition, TagTest):
        return _tag(condition, playbook)
    if isinstance(condition, PersonaTest):
        return _persona(condition, playbook)
    return _journey(condition, playbook)


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
    place = list(playbook.tags).index(condition.tag)
    values = [each.key for each in playbook.tags[condition.tag].values]
    wanted = (
        None if condition.values is None else {values.index(value) + 1 for value in condition.values if value in values}
    )

    def check(state: State, _at: int) -> Verdict:
        mark = state.marks.get(place)
        shown = 0 if mark is None else mark.value
        return (shown > 0 if wanted is None else shown in wanted), FOREVER

    return check


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


def parts_of(condition: Condition | None) -> Iterator[Condition]:
    """A condition and all conditions within it."""
    if condition is None:
        return
    yield condition
    if isinstance(condition, All | AnyOf):
        for part in condition.parts:
            yield from parts_of(part)
    elif isinstance(condition, Not):
        yield from parts_of(condition.part)
