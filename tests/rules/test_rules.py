"""Random rules over random logs show what an independent reading of docs/playbook.md shows: value, since, until."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, note, settings

from service.core import fold
from service.core.check import check
from service.core.facts import State
from service.core.plan import Plan, compile_playbook
from service.core.playbook.read import read_playbook
from service.core.view import show_persona, show_tags
from tests.rules.classes import UNDETERMINED
from tests.rules.days import written
from tests.rules.lives import Lives
from tests.rules.showing import in_force
from tests.rules.worlds import World, told, worlds

DEEP = settings().max_examples > 1000
EXAMPLES = 10_000 if DEEP else 200


def compiled(world: World) -> Plan:
    playbook, problems = read_playbook(world.tree)
    assert not problems, problems
    assume(not check(playbook))  # what can never hold is refused before it is published
    return compile_playbook(playbook)


def folded(plan: Plan, world: World) -> State:
    """As an ingest makes it of two batches: what comes late makes it read the whole log again."""
    middle = len(world.events) // 2
    first, second = world.events[:middle], list(fold.in_order(world.events[middle:]))
    state = fold.refold(plan, first, world.calibrations, State(plan.layout, who=world.who))
    state = State(plan.layout, state.encode(), who=world.who)
    if fold.can_append(plan, state, second):
        for event in second:
            fold.absorb(plan, state, event, world.calibrations)
    else:
        state = fold.refold(plan, world.events, world.calibrations, State(plan.layout, who=world.who))
    state = State(plan.layout, state.encode(), who=world.who)
    fold.pass_silence(plan, state, world.at, world.calibrations)
    return state


def as_told(value: Any) -> Any:
    """A value as the oracle tells it: numbers exact, true not 1."""
    return Fraction(str(value)) if isinstance(value, int | float) and not isinstance(value, bool) else value


def agree(world: World) -> None:
    plan = compiled(world)
    state = folded(plan, world)
    lives = Lives(world.tree, world.events, world.calibrations, world.who, world.at)
    shown: dict[Any, Any] = {each["key"]: each for each in show_tags(plan, state, world.at, world.calibrations)}
    for key in world.tree["tags"]:
        wanted, found = lives.life(key), shown.get(key)
        note(f"{key}: wanted {wanted}, found {found}")
        assert (found is None) == (wanted is None), key
        if found is None or wanted is None:
            continue
        value = as_told(found["value"])
        assert (type(value), value) == (type(wanted.shown.value), wanted.shown.value), key
        assert found["source"] == wanted.shown.layer, key
        assert found["since"] in {written(at) for at in wanted.sinces}, key
        if wanted.until is not None:
            assert found["until"] == written(wanted.until), key
        else:
            assert found["until"] is None or found["until"] > written(wanted.reach), key


def agree_on_classes(world: World) -> None:
    plan = compiled(world)
    state = folded(plan, world)
    lives = Lives(world.tree, world.events, world.calibrations, world.who, world.at)
    for scheme in plan.schemes:
        wanted = lives.standing(scheme.persona.key, len(world.events), world.at)
        found = show_persona(scheme, state, in_force(world.calibrations, world.at))
        note(f"wanted {wanted}, found {found}")
        assert found["class"] == wanted.key
        assert found["score"] == wanted.score
        if wanted.key != UNDETERMINED:
            assert found["since"] == written(wanted.since)


@pytest.mark.no_cover
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(worlds())
def test_rules_show_what_the_documents_say(world: World) -> None:
    note(str(told(world)))
    agree(world)
    agree_on_classes(world)
