"""Personas: how much a profile is worth serving personally, scored in O(1) for each order.

Decayed order count × shrunk mean order value. The decay is in landmark form: every order's weight is fixed when it
happens, so time alone never changes the ranking and idle profiles need no recomputation. All integers.
"""

from dataclasses import dataclass

from service.core.calibration import Calibration, SchemeCalibration
from service.core.condition import Check, compile_condition
from service.core.event import Event
from service.core.facts import Standing, State
from service.core.layout import Layout
from service.core.measures import FOREVER
from service.core.playbook.definitions import Bound, Persona, Playbook, needs_calibration
from service.core.where import Matcher, compile_where, number_of

UNIT = 20  # bits after the point of weights and scores
GRID = 1024  # steps within a half-life
_WEIGHTS: tuple[int, ...] = tuple(round(2 ** (step / GRID) * 2**UNIT) for step in range(GRID))
_PRECISION = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheme:
    """A persona scheme compiled."""

    index: int
    persona: Persona
    matches: Matcher
    below: Check | None
    calibrated: bool


def compile_scheme(index: int, persona: Persona, layout: Layout, playbook: Playbook) -> Scheme:
    """A persona scheme as functions."""
    below = persona.undetermined_below
    return Scheme(
        index=index,
        persona=persona,
        matches=compile_where(persona.where, layout.money),
        below=None if below is None else compile_condition(below, layout, playbook),
        calibrated=needs_calibration(persona),
    )


def weight(t: int, half_life: int) -> int:
    """The weight of an order at `t`: doubles with every half-life since 1970, in units of 2^-20."""
    steps = t * GRID // half_life
    return _WEIGHTS[steps % GRID] << steps // GRID


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
    amount = number_of(event, scheme.persona.property, state.layout.money)
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
    return log2_fixed(product) if product >= 1 else 0


def classify(scheme: Scheme, state: State, at: int, calibration: Calibration | None) -> bool:
    """Decide the class anew; answers whether it changed."""
    standing = state.standings.get(scheme.index)
    if standing is None:
        standing = Standing()
    learned = None if calibration is None else calibration.schemes.get(scheme.persona.key)
    held, bound = (False, FOREVER) if scheme.below is None else scheme.below(state, at)
    if held or standing.orders <= 0:
        place, until, reason = -1, bound, "not_enough"
    elif scheme.calibrated and learned is None:
        place, until, reason = -1, bound, "not_calibrated"
    else:
        place, until = _walk(scheme, standing, at, learned)
        until, reason = min(until, bound), ""
    changed = place != standing.place
    standing.since = at if changed or not standing.since else standing.since
    standing.place, standing.until, standing.reason = place, until, reason
    if standing.orders or standing.until != FOREVER or changed:
        state.standings[scheme.index] = standing
    return changed


def _walk(scheme: Scheme, standing: Standing, at: int, learned: SchemeCalibration | None) -> tuple[int, int]:
    """The class and until when it lasts: a bound given as an amount is fallen below by time alone."""
    score = score_of(scheme, standing, learned)
    classes = scheme.persona.classes
    for place, each in enumerate(classes):
        bound = each.leave if 0 <= standing.place <= place else each.enter
        if bound is None:
            return place, FOREVER
        if bound.permille is not None:
            if learned is not None and learned.quantiles and score >= learned.quantiles[bound.permille - 1]:
                return place, FOREVER
            continue
        lasts = falls_below(score, each.leave or bound, scheme.persona.half_life)
        if at < falls_below(score, bound, scheme.persona.half_life):
            return place, lasts
    return len(classes) - 1, FOREVER


def falls_below(score: int, bound: Bound, half_life: int) -> int:
    """The first instant at which a score, decayed, is below an amount (docs/playbook.md, Personas)."""
    if not bound.amount or bound.amount < 0:
        return FOREVER
    room = score - (UNIT << UNIT) - log2_fixed(bound.amount)
    return 0 if room < 0 else -(-(room + 1) * half_life // 2**UNIT)
