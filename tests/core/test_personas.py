"""Personas against an independent reading of docs/playbook.md: the score, and the class that was walked to."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal, localcontext
from fractions import Fraction
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import decay, fold, personas
from service.core.calendar import DAY, HOUR
from service.core.calibration import Calibration, quantiles
from service.core.event import Event
from service.core.facts import Standing, State
from service.core.playbook.definitions import Bound
from service.core.view import show_persona
from tests.given import NOON, a_calibration, a_plan, an_event, calibrations, histories, rich, rich_tree
from tests.oracle import Oracle, duration

PLAN, TREE = rich(), rich_tree()
UNIT = 2**20


@cache
def log2(number: int) -> int:
    """The floor of 2^20 · log2, with a hundred digits."""
    with localcontext(prec=100):
        return int((Decimal(number).ln() / Decimal(2).ln() * UNIT + Decimal("1e-60")).to_integral_value(ROUND_FLOOR))


def root(j: int) -> int:
    with localcontext(prec=50):
        return int((Decimal(2) ** (Decimal(j) / 1024) * UNIT).to_integral_value(ROUND_HALF_EVEN))


ROOTS = [root(j) for j in range(1024)]


class Walk:
    """One profile's way through one scheme, decided again from the whole log at every instant that matters."""

    def __init__(self, scheme: str, events: Sequence[Event], learned: Sequence[Calibration]) -> None:
        self.scheme = scheme
        self.tree: Mapping[str, Any] = TREE["personas"][scheme]
        self.life = duration(self.tree["score"]["half_life"])
        self.events, self.learned = events, learned
        self.oracle = Oracle(TREE, events)

    def score(self, log: Sequence[Event], at: int) -> tuple[int, int]:
        """The score and the number of orders."""
        told = self.tree["score"]
        spec = {"event": told["event"], "where": told.get("where", [])}
        orders = [(e.t, self.oracle.read(e, told["property"])) for e in self.oracle.counted(spec, log, at)]
        worth = [(t, int(amount * 10**6)) for t, amount in orders if isinstance(amount, Fraction)]
        steps = [t * 1024 // self.life for t, _ in worth]
        decayed = sum(ROOTS[u % 1024] << (u // 1024) for u in steps)
        number, total = len(worth), sum(amount for _, amount in worth)
        found = self.calibration(at)
        mean = found.schemes[self.scheme].mean if found and self.scheme in found.schemes else None
        prior = 0 if mean is None else 2
        product = decayed * max(prior * (mean or 0) + total, 0) // (prior + number) if prior + number else 0
        return (log2(product) if product >= 1 else 0), number

    def calibration(self, at: int) -> Calibration | None:
        found = [each for each in self.learned if each.effective_from <= at]
        return found[-1] if found else self.learned[0] if self.learned else None

    def decide(self, log: Sequence[Event], at: int, place: int) -> int:
        score, number = self.score(log, at)
        if self.oracle.holds(self.tree["undetermined_below"], log, at) or not number:
            return -1
        found = self.calibration(at)
        learned = found.schemes.get(self.scheme) if found else None
        for n, each in enumerate(self.tree["classes"]):
            if "enter" not in each:
                return n
            bound = each.get("leave", each["enter"]) if 0 <= place <= n else each["enter"]
            if isinstance(bound, str):
                if learned is None:
                    return -1
                met = score >= learned.quantiles[int(bound[1:]) * 10 - 1]
            else:
                met = score - 20 * UNIT - at * UNIT // self.life >= log2(int(bound * 10**6))
            if met:
                return n
        raise AssertionError

    def falls(self, log: Sequence[Event], at: int) -> set[int]:
        """When the score, worth less every day, is for the first time below a bound that is an amount."""
        bounds = {each[name] for each in self.tree["classes"] for name in ("enter", "leave") if name in each}
        rooms = [self.score(log, at)[0] - 20 * UNIT - log2(int(b * 10**6)) for b in bounds if not isinstance(b, str)]
        return {-(-(room + 1) * self.life // UNIT) for room in rooms}

    def place(self, at: int) -> int:
        place = -1
        for number, event in enumerate(self.events):
            log = self.events[: number + 1]
            upto = self.events[number + 1].t - 1 if number + 1 < len(self.events) else at
            due = self.oracle.instants(self.tree["undetermined_below"], log)
            due |= {each.effective_from for each in self.learned} | self.falls(log, event.t)
            place = self.decide(log, event.t, place)
            for moment in sorted(i for i in due if event.t <= i <= upto):
                place = self.decide(log, moment, place)
        return self.decide(self.events, at, place)


@pytest.mark.no_cover
@given(st.data(), st.sampled_from(["tier", "worth"]))
def test_scores_and_classes_are_what_the_documents_say(data: st.DataObject, key: str) -> None:
    kinds = st.sampled_from(["order_paid", "order_paid", "order_paid", "order_refunded", "menu_viewed", "trait_set"])
    events = data.draw(histories(most=10, kinds=kinds))
    learned = data.draw(calibrations(events))
    at = events[-1].t + data.draw(st.sampled_from([0, 1, HOUR, DAY, 3 * DAY, 40 * DAY]))
    state = fold.refold(PLAN, events, learned)
    fold.pass_silence(PLAN, state, at, learned)
    walk = Walk(key, events, learned)
    scheme = next(each for each in PLAN.schemes if each.persona.key == key)
    standing = state.standings.get(scheme.index, Standing())
    assert standing.place == walk.place(at)
    assert standing.orders == walk.score(events, at)[1]
    found = walk.calibration(at)
    shown = personas.score_of(scheme, standing, found.schemes.get(key) if found else None)
    assert shown == walk.score(events, at)[0] or not standing.orders


@given(st.integers(1, 2**90))
def test_logarithms_are_exact(number: int) -> None:
    assert personas.log2_fixed(number) == log2(number)


@pytest.mark.parametrize("number", [1, 2, 3, 2**63, 2**64 - 1, 2**200, 3 * 2**5000])
def test_logarithms_of_extremes(number: int) -> None:
    assert personas.log2_fixed(number) == log2(number)


def test_weights_are_the_rounded_powers_of_two() -> None:
    assert [decay.weight(j * DAY, 1024 * DAY) for j in range(1024)] == ROOTS
    assert decay.weight(1024 * DAY, 1024 * DAY) == 2 * UNIT


def test_a_doubled_life_is_a_doubled_value() -> None:
    one, two = (fold.refold(PLAN, [an_event(t=t, amount=1000, channel="app")], ()) for t in (NOON, NOON + 30 * DAY))
    scheme = PLAN.schemes[0]
    gap = personas.score_of(scheme, two.standings[0], None) - personas.score_of(scheme, one.standings[0], None)
    assert abs(gap - UNIT) <= 1


def test_hysteresis_holds_between_the_bounds() -> None:
    """He enters at p60, stays while he is above p40, and once below has to reach p60 again."""
    orders = [an_event(number=n, t=NOON + n, amount=2000, channel="app") for n in (1, 2)]
    mean = 20
    state = fold.refold(PLAN, orders, [a_calibration(1, NOON)])
    score = personas.score_of(PLAN.schemes[0], state.standings[0], a_calibration(1, NOON, mean=mean).schemes["tier"])
    bounds = {"above p60": score - 1000, "between": score - 500, "below p40": score - 400 + 1}
    places = []
    learned: list[Calibration] = []
    for number, kind in enumerate(["between", "above p60", "between", "below p40", "between", "above p60"], 1):
        low = bounds[kind]
        learned.append(a_calibration(number, NOON + number * HOUR, mean=mean, low=low, high=low + 1000))
        state = fold.refold(PLAN, orders, learned)
        fold.pass_silence(PLAN, state, NOON + number * HOUR, learned)
        places.append(state.standings[0].place)
    assert places == [1, 0, 0, 1, 1, 0]


def test_a_bound_in_money_is_left_at_the_exact_instant() -> None:
    plan = a_plan(
        events={"paid": {"properties": {"amount": "money"}}},
        personas={
            "tier": {
                "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "2d"},
                "classes": [{"class": "high", "enter": 100}, {"class": "mass"}],
            }
        },
    )
    state = fold.refold(plan, [an_event("paid", amount=200)], ())
    until = state.standings[0].until
    assert abs(until - (NOON + 2 * DAY)) <= 2 * DAY // 1024  # two hundred is one hundred after a half-life, to a step
    fold.pass_silence(plan, state, until - 1, ())
    assert show_persona(plan.schemes[0], state, None)["class"] == "high"
    fold.pass_silence(plan, state, until, ())
    assert show_persona(plan.schemes[0], state, None)["class"] == "mass"


def test_the_shortest_half_life_can_be_kept() -> None:
    """Its weights have more digits than Python writes by default."""
    plan = a_plan(
        events={"paid": {"properties": {"amount": "money"}}},
        personas={
            "tier": {
                "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "1d"},
                "classes": [{"class": "mass"}],
            }
        },
    )
    state = fold.refold(plan, [an_event("paid", amount=200)], ())
    assert State(plan.layout, state.encode()).standings == state.standings


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=40))
def test_quantiles_are_of_nearest_rank(scores: list[int]) -> None:
    found, ordered = quantiles(scores), sorted(scores)
    for k in range(1, 1001):
        below = [each for each in ordered if each <= found[k - 1]]
        assert len(below) * 1000 >= k * len(scores)
        assert found[k - 1] in ordered
        assert sum(each < found[k - 1] for each in ordered) * 1000 < k * len(scores)


@pytest.mark.parametrize("enter", [0, -5])
def test_a_bound_of_nothing_is_always_met(enter: int) -> None:
    plan = a_plan(
        events={"paid": {"properties": {"amount": "money"}}},
        personas={
            "tier": {
                "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "1d"},
                "classes": [{"class": "high", "enter": enter}, {"class": "mass"}],
            }
        },
    )
    state = fold.refold(plan, [an_event("paid", amount=0)], ())
    fold.pass_silence(plan, state, NOON + 9000 * DAY, ())
    assert state.standings[0].place == 0


def test_what_undetermined_below_reads_decides_anew() -> None:
    """A trait as well as an event."""
    order, trait = an_event(amount=5000), an_event("trait_set", NOON + 1, 2, known=True)
    for events, place in (([order], -1), ([order, trait], 0), ([trait, order], 0)):
        assert fold.refold(PLAN, events, ()).standings[1].place == place, events


@given(st.integers(0, 60 * UNIT), st.integers(1, 10**13), st.sampled_from([DAY, 2 * DAY, 180 * DAY]))
def test_an_amount_is_fallen_below_at_an_exact_instant(above: int, amount: int, life: int) -> None:
    score = 20 * UNIT + log2(amount) + NOON * UNIT // life + above
    end = personas.falls_below(score, Bound(amount=amount), life)
    for at, met in ((end - 1, True), (end, False)):
        assert (score - 20 * UNIT - at * UNIT // life >= log2(amount)) is met
