"""Tags: what shows, by whose opinion, since when, and until when if nothing happens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.core.condition import Check, compile_condition
from service.core.event import Scalar
from service.core.facts import Opinion, State
from service.core.layout import Layout, rfm_aggregates
from service.core.marks import Mark
from service.core.measures import FOREVER, compile_measure, compile_watch
from service.core.playbook.conditions import Aggregate
from service.core.playbook.definitions import Playbook, Rfm, Tag
from service.core.playbook.opinions import COUNTS, number_in
from service.core.where import Reading

_OFF = Mark(0, 0, FOREVER)
QUINTILES = 5
Watched = Callable[[State, int], tuple[Scalar | None, int]]


class Shown(NamedTuple):
    """What a tag shows: 0 off, else 1 + the place of its value; what else; until when at least; by whose opinion."""

    value: int
    shown: Scalar | None
    until: int
    layer: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TagRule:
    """A tag compiled. `pure`: its unit reads events, traits and the calendar alone: the facts tell its future."""

    index: int
    tag: Tag
    checks: tuple[Check, ...]
    watched: Watched | None
    pure: bool
    layers: tuple[str, ...]
    layer: int  # the place of `rule` among them

    @property
    def has_rule(self) -> bool:
        """Whether the tag follows from something, so that its rule always has an opinion."""
        return bool(self.checks) or self.watched is not None


Unit = tuple[TagRule, ...]  # tags that are decided together: one, or the members of an exclusive group


def compile_tag(index: int, tag: Tag, layout: Layout, playbook: Playbook, *, pure: bool) -> TagRule:
    """A tag as functions."""
    conditions = [each.when for each in tag.values if each.when is not None] + ([tag.gate] if tag.gate else [])
    watched = None
    if tag.value_of is not None:
        watched = _watch_value(tag, tag.value_of, layout)
    elif tag.rfm is not None:
        watched = _watch_rfm(tag.key, tag.rfm, layout)
    checks = tuple(compile_condition(each, layout, playbook) for each in conditions)
    layers = playbook.layers
    return TagRule(
        index=index, tag=tag, checks=checks, watched=watched, pure=pure, layers=layers, layer=layers.index("rule")
    )


# ---- what a rule says


def _watch_value(tag: Tag, aggregate: Aggregate, layout: Layout) -> Watched:
    """What an aggregate comes to, rounded; nothing where it is absent, 0, empty or false."""
    slot, step = layout.slots[aggregate], tag.round

    def rounded(reading: Reading) -> Scalar | None:
        if not isinstance(reading, tuple):
            return reading or None
        number, divisor = reading
        steps = abs(number) // (step * divisor)
        return (steps if number > 0 else -steps) * step or None

    def bounds(reading: Reading) -> Sequence[int]:
        found = rounded(reading)
        return [found] if isinstance(found, int) else []

    watch = compile_watch(slot, layout.streams[slot.stream], rounded, bounds)
    return lambda state, at: watch(state.stream(slot.stream), at)


def _watch_rfm(key: str, rfm: Rfm, layout: Layout) -> Watched:
    """Quintiles of the calibration in force; by time alone only the age of the newest event can move on."""
    slots = [layout.slots[each] for each in rfm_aggregates(rfm)]
    recency, frequency, total = (compile_measure(slot, layout.streams[slot.stream]) for slot in slots)
    place = slots[0].stream

    def watch(state: State, at: int) -> tuple[Scalar | None, int]:
        stream = state.stream(place)
        learned = None if state.learned is None else state.learned.rfm.get(key)
        age = recency(stream, at)
        if learned is None or not learned.profiles or not isinstance(age, tuple):
            return None, FOREVER
        reached = sum(age[0] > each for each in learned.ages)
        until = FOREVER if reached == len(learned.ages) else at - age[0] + learned.ages[reached] + 1
        scores = QUINTILES - reached, _quintile(frequency(stream, at), learned.counts)
        return f"{scores[0]}-{scores[1]}-{_quintile(total(stream, at), learned.sums)}", until

    return watch


def _quintile(reading: Reading, quantiles: Sequence[int]) -> int:
    number = reading[0] if isinstance(reading, tuple) else 0
    return 1 + sum(number > each for each in quantiles)


def by_rule(rule: TagRule, state: State, at: int) -> Shown:
    """What the rule says: the first value that holds, or what is watched while its gate holds."""
    layer, bound = rule.layer, FOREVER
    if rule.watched is not None:
        found, bound = rule.watched(state, at)
        for check in rule.checks:
            holds, until = check(state, at)
            bound = min(bound, until)
            found = found if holds else None
        return Shown(int(found is not None), found, bound, layer)
    for place, check in enumerate(rule.checks, 1):
        holds, until = check(state, at)
        bound = min(bound, until)
        if holds:
            return Shown(place, None, bound, layer)
    return Shown(0, None, bound, layer)


# ---- whose opinion shows


def show(rule: TagRule, state: State, at: int) -> Shown:
    """What a tag shows at an instant, by the first layer that has an opinion."""
    opinions = state.opinions.get(rule.tag.key) if state.opinions else None
    if not opinions:
        return by_rule(rule, state, at) if rule.has_rule else Shown(0, None, FOREVER, len(rule.layers))
    bound = FOREVER
    for place, layer in enumerate(rule.layers):
        if layer == "rule" and rule.has_rule:
            found = by_rule(rule, state, at)
            return found._replace(until=min(bound, found.until))
        said = opinions.get(layer)
        if said is None or has_ended(said, at):
            continue
        on, chosen, until, _ = said
        if on and until is not None:
            bound = min(bound, until)
        value, shown = _chosen(rule.tag, chosen) if on else (0, None)
        return Shown(value, shown, bound, place)
    return Shown(0, None, bound, len(rule.layers))


def has_ended(said: Opinion, at: int) -> bool:
    """Whether an opinion that a tag is on has come to its end."""
    return said[0] and said[2] is not None and said[2] <= at


def _chosen(tag: Tag, value: str | None) -> tuple[int, Scalar | None]:
    """The value that somebody chose: a listed one, or of a tag that shows something else his own words."""
    if tag.value_of is not None or tag.rfm is not None:
        return int(bool(value)), _read(tag, value or None)
    if tag.kind == "rule" or not tag.values:
        return 1, None
    return next((place for place, each in enumerate(tag.values, 1) if each.key == value), 0), None


def _read(tag: Tag, value: str | None) -> Scalar | None:
    """Of a tag that shows a number, a number: so it is found by comparison whoever set it."""
    number = None if value is None or tag.value_of is None else number_in(value)
    return value if number is None or tag.value_of is None or tag.value_of.kind not in COUNTS else number


def decide(unit: Unit, state: State, at: int) -> tuple[Shown, ...]:
    """What each tag of a unit shows. Of an exclusive group only one: by the highest layer, then the first."""
    if len(unit) == 1:
        return (show(unit[0], state, at),)
    found = tuple(show(rule, state, at) for rule in unit)
    bound = min(each.until for each in found)
    ranked = [(each.layer, place) for place, each in enumerate(found) if each.value]
    winner = min(ranked)[1] if ranked else -1
    off = Shown(0, None, bound, 0)
    return tuple(
        each._replace(until=bound) if place == winner else off._replace(layer=each.layer)
        for place, each in enumerate(found)
    )


def refresh(unit: Unit, state: State, at: int) -> list[str]:
    """Decide the tags of a unit anew; answers the keys of those that show something else now."""
    found = decide(unit, state, at)
    until = found[0].until
    if until != FOREVER and unit[0].pure:
        until = moved_on(unit, state, found, state.ahead)[0]
    changed = []
    for rule, each in zip(unit, found, strict=True):
        old, was = state.marks.get(rule.index, _OFF), state.values.get(rule.index)
        differs = old.value != each.value or was != each.shown or type(was) is not type(each.shown)
        changed += [rule.tag.key] if differs else []
        since = 0 if each.value == 0 else at if differs else old.since
        _put(state, rule.index, each, Mark(each.value, since, until))
    return changed


def moved_on(unit: Unit, state: State, now: Sequence[Shown], steps: int) -> tuple[int, bool]:
    """An early bound is moved on to the next real change: when it is, and whether it is one, so many bounds ahead."""
    shown, until = [(each.value, each.shown) for each in now], now[0].until
    for _ in range(steps):
        if until == FOREVER:
            break
        later = decide(unit, state, until)
        if [(each.value, each.shown) for each in later] != shown:
            return until, True
        until = later[0].until
    return until, False


def _put(state: State, place: int, found: Shown, mark: Mark) -> None:
    if mark.value == 0 and mark.until == FOREVER:
        state.marks.pop(place, None)
    else:
        state.marks[place] = mark
    if found.shown is None:
        state.values.pop(place, None)
    else:
        state.values[place] = found.shown
