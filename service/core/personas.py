"""Personas: how much a profile is worth serving personally, scored in O(1) for each order.

Decayed order count × shrunk mean order value. The decay is in landmark form: every order's weight is fixed when it
happens, so time alone never changes the ranking and idle profiles need no recomputation. All integers.
"""

from dataclasses import dataclass

from service.core.calibration import Calibration, SchemeCalibration
from service.core.condition import Check, compile_condition
from service.core.decay import UNIT, weight
from service.core.event import Event
from service.core.facts import Standing, State
from service.core.layout import Layout
from service.core.measures import FOREVER
from service.core.playbook.conditions import Condition
from service.core.playbook.definitions import Bound, Persona, Playbook
from service.core.playbook.relations import needs_calibration
from service.core.where import Matcher, compile_where, number_of
from service.core.words import Words, names_in

_PRECISION = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A persona scheme compiled."""

    index: int
    persona: Persona
    matches: Matcher
    below: Check | None
    signals: tuple[Check, ...]
    rules: tuple[Check | None, ...]
    calibrated: bool
    bounded: bool
    counted: Words  # what people call the events that are scored; nothing: rules alone decide
    unit: str  # what their property is measured in: money or number


def compile_scheme(index: int, persona: Persona, layout: Layout, playbook: Playbook) -> Scheme:
    """A persona scheme as functions."""

    def check(condition: Condition | None) -> Check | None:
        return None if condition is None else compile_condition(condition, layout, playbook)

    event = playbook.events.get(persona.event)
    kind = event.properties.get(persona.property) if event else None
    return Scheme(
        index=index,
        persona=persona,
        matches=compile_where(persona.where, layout.frame),
        below=check(persona.undetermined_below),
        signals=tuple(compile_condition(each.when, layout, playbook) for each in persona.signals),
        rules=tuple(check(each.when) for each in persona.classes),
        calibrated=needs_calibration(persona),
        bounded=any(each.enter is not None for each in persona.classes),
        counted=names_in(playbook.events, persona.event),
        unit="money" if kind is not None and kind.kind == "money" else "number",
    )


def log2_fixed(number: int) -> int:
    """⌊2^20 · log2(number)⌋ for number ≥ 1, by repeated squaring of the mantissa."""
    whole = number.bit_length() - 1
    mantissa = number << _PRECISION >> whole
    fraction = 0
    for _ in range(UNIT):
        mantissa = mantissa * mantissa >> _PRECISION
        fraction <<= 1
        if mantissa >> (_PRECISION + 1):
            mantissa >>= 1
            fraction |= 1
    return (whole << UNIT) | fraction


def absorb(scheme: Scheme, state: State, event: Event, sign: int = 1) -> None:
    """Count an order in, or with `sign` -1 take it back."""
    amount = number_of(event, scheme.persona.property, state.layout.frame.money)
    if event.type != scheme.persona.event or amount is None or not scheme.matches(event):
        return
    standing = state.standings.setdefault(scheme.index, Standing())
    standing.decayed += sign * weight(event.t, scheme.persona.half_life)
    standing.orders += sign
    standing.total += sign * amount


def score_of(scheme: Scheme, standing: Standing, learned: SchemeCalibration | None) -> int:
    """The score, comparable between profiles under one calibration; 0 for nobody's orders."""
    mean = scheme.persona.mean if learned is None else learned.mean
    prior = 0 if mean is None else 2
    worth = max(prior * (mean or 0) + standing.total, 0)
    product = standing.decayed * worth // (prior + standing.orders) if prior + standing.orders else 0
    return max(log2_fixed(product) + standing.lift, 0) if product >= 1 else 0


def classify(scheme: Scheme, state: State, at: int, calibration: Calibration | None, moved: str = "person") -> bool:
    """Decide the class anew; answers whether it changed. `moved`: what gives occasion, the person or a boundary."""
    standing = state.standings.get(scheme.index)
    if standing is None:
        standing = Standing()
    learned = None if calibration is None else calibration.schemes.get(scheme.persona.key)
    standing.lift, bound = _lift(scheme, state, at)
    standing.earned, until, reason = _placed(scheme, state, standing, (at, learned))
    place, bound = standing.earned, min(until, bound)
    pin = _pinned(scheme, state, at)
    if pin is not None:
        place, reason, bound = pin[0], "pinned", min(pin[1], bound)
    changed = place != standing.place
    standing.since = at if changed or not standing.since else standing.since
    standing.moved = moved if changed else standing.moved
    standing.place, standing.until, standing.reason = place, bound, reason
    if standing.orders or standing.until != FOREVER or changed or place >= 0:
        state.standings[scheme.index] = standing
    return changed


def _lift(scheme: Scheme, state: State, at: int) -> tuple[int, int]:
    """What the signals that hold add to the score, and until when."""
    lift, bound = 0, FOREVER
    for check, signal in zip(scheme.signals, scheme.persona.signals, strict=True):
        holds, until = check(state, at)
        lift += signal.shift if holds else 0
        bound = min(bound, until)
    return lift, bound


def _pinned(scheme: Scheme, state: State, at: int) -> tuple[int, int] | None:
    """The class that staff has set, if it stands, and until when."""
    pin = state.pins.get(scheme.persona.key) if state.pins else None
    if pin is None or (pin[1] is not None and pin[1] <= at):
        return None
    keys = [each.key for each in scheme.persona.classes]
    return (keys.index(pin[0]), FOREVER if pin[1] is None else pin[1]) if pin[0] in keys else None


def _placed(
    scheme: Scheme, state: State, standing: Standing, moment: tuple[int, SchemeCalibration | None]
) -> tuple[int, int, str]:
    """The class that follows from what happened, until when at least, and why there is none."""
    at, learned = moment
    held, bound = (False, FOREVER) if scheme.below is None else scheme.below(state, at)
    if held or (scheme.bounded and standing.orders <= 0):
        return -1, bound, "not_enough"
    if scheme.calibrated and learned is None:
        return -1, bound, "not_calibrated"
    place, until = _walk(scheme, state, standing, moment)
    return place, min(until, bound), ""


def _walk(
    scheme: Scheme, state: State, standing: Standing, moment: tuple[int, SchemeCalibration | None]
) -> tuple[int, int]:
    """The class and until when it lasts: rules change, and a bound given as an amount is fallen below by time alone."""
    at, learned = moment
    score, lasts = score_of(scheme, standing, learned), FOREVER
    for place, (each, rule) in enumerate(zip(scheme.persona.classes, scheme.rules, strict=True)):
        if rule is not None:
            holds, until = rule(state, at)
            lasts = min(lasts, until)
            if holds:
                return place, lasts
            continue
        bound = each.leave if 0 <= standing.earned <= place else each.enter
        if bound is None:
            return place, lasts
        if bound.permille is not None:
            if learned is not None and learned.quantiles and score >= learned.quantiles[bound.permille - 1]:
                return place, lasts
        elif at < falls_below(score, bound, scheme.persona.half_life):
            return place, min(lasts, falls_below(score, each.leave or bound, scheme.persona.half_life))
    return len(scheme.persona.classes) - 1, lasts


def falls_below(score: int, bound: Bound, half_life: int) -> int:
    """The first instant at which a score, decayed, is below an amount (docs/playbook.md, Personas)."""
    if not bound.amount or bound.amount < 0:
        return FOREVER
    room = score - (UNIT << UNIT) - log2_fixed(bound.amount)
    return 0 if room < 0 else -(-(room + 1) * half_life // 2**UNIT)
