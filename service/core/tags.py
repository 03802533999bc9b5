"""Tags: which value shows, since when, and until when if nothing happens."""

from dataclasses import dataclass

from service.core.condition import Check, compile_condition
from service.core.facts import State
from service.core.layout import Layout
from service.core.marks import Mark
from service.core.measures import FOREVER
from service.core.playbook.definitions import Playbook, Tag

LAYERS = ("user", "manual", "rule", "import")  # the first with an opinion wins
_OFF = Mark(0, 0, FOREVER)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """A tag compiled. `pure` rules read events and traits only, so their future can be told from the facts alone."""

    index: int
    tag: Tag
    checks: tuple[Check, ...]
    pure: bool


def compile_tag(index: int, tag: Tag, layout: Layout, playbook: Playbook, *, pure: bool) -> TagRule:
    """A tag as functions."""
    checks = tuple(compile_condition(value.when, layout, playbook) for value in tag.values)
    return TagRule(index=index, tag=tag, checks=checks, pure=pure)


def show(rule: TagRule, state: State, at: int) -> tuple[int, int]:
    """What a tag shows at an instant, and a bound until when."""
    opinions = state.opinions.get(rule.tag.key) if state.opinions else None
    if not opinions:
        return by_rule(rule, state, at) if rule.checks else (0, FOREVER)
    return _by_layers(rule, state, at, opinions)


def by_rule(rule: TagRule, state: State, at: int) -> tuple[int, int]:
    """The first value that holds."""
    bound = FOREVER
    for place, check in enumerate(rule.checks, 1):
        holds, until = check(state, at)
        bound = min(bound, until)
        if holds:
            return place, bound
    return 0, bound


def _by_layers(
    rule: TagRule, state: State, at: int, opinions: dict[str, tuple[bool, str | None, int | None, int]]
) -> tuple[int, int]:
    bound = FOREVER
    for layer in LAYERS:
        if layer == "rule" and rule.checks:
            value, until = by_rule(rule, state, at)
            return value, min(bound, until)
        if layer not in opinions:
            continue
        on, chosen, until_said, _ = opinions[layer]
        if on and until_said is not None and until_said <= at:
            continue
        if on and until_said is not None:
            bound = min(bound, until_said)
        return (_place(rule.tag, chosen) if on else 0), bound
    return 0, bound


def _place(tag: Tag, value: str | None) -> int:
    if tag.kind != "value":
        return 1
    return next((place for place, each in enumerate(tag.values, 1) if each.key == value), 0)


def refresh(rule: TagRule, state: State, at: int) -> bool:
    """Decide a tag anew; answers whether what it shows changed."""
    value, until = show(rule, state, at)
    while rule.pure and until != FOREVER:  # an early bound is moved on to the instant of the next real change
        later, bound = show(rule, state, until)
        if later != value:
            break
        until = bound
    old = state.marks.get(rule.index, _OFF)
    changed = old.value != value
    if value == 0 and until == FOREVER:
        state.marks.pop(rule.index, None)
    else:
        state.marks[rule.index] = Mark(value, 0 if value == 0 else at if changed else old.since, until)
    return changed
