"""Which service is offered, why another is not, and what lifts it: an example for each rule of docs/playbook.md."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE
from service.core.event import MICRO, Event
from service.core.plan import Plan
from service.core.recommend import Candidate, Occasion, rank
from tests.given import NOON, a_plan, an_event

SECTIONS: dict[str, Any] = {
    "events": {"viewed": {}, "paid": {"properties": {"amount": "money"}}, "fetched": {}},
    "places": {"sh": {"scenarios": ["office", "gift"]}, "bj": {}},
    "personas": {
        "tier": {
            "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "3650d"},
            "classes": [{"class": "high_end", "enter": 100}, {"class": "mass"}],
        }
    },
    "contact_policy": {"at_most": 2, "within": "7d", "quiet_after": {"outcome": "dismissed", "for": "14d"}},
}
STAGES = [
    {"stage": "see", "phase": "pre_sale", "completed_by": {"event": "viewed"}},
    {"stage": "order", "phase": "in_sale", "completed_by": {"event": "paid"}, "stalled_after": "2h"},
    {"stage": "pickup", "phase": "in_sale", "completed_by": {"event": "fetched"}, "stalled_after": "2h"},
]
VIEWED, PAID = an_event("viewed", number=1), an_event("paid", NOON + MINUTE, 2)


def plan_of(helps: Mapping[str, Sequence[str]] | None = None, **services: Mapping[str, object]) -> Plan:
    """Services, and the journey `cup` with those that help at its stages; `tea` has a stage of the same name."""
    stages = [{**stage, "services": list((helps or {}).get(str(stage["stage"]), ()))} for stage in STAGES]
    drink = {**STAGES[1], "completed_by": {"event": "drunk"}, "services": list((helps or {}).get("tea", ()))}
    tea = {"enter": {"event": "poured"}, "stages": [drink]}
    journeys = {"cup": {"enter": {"event": "viewed"}, "stages": stages}, "tea": tea}
    return a_plan(**SECTIONS, journeys=journeys, services=services)


def candidates(plan: Plan, events: Sequence[Event], at: int, **occasion: Any) -> list[Candidate]:
    state = fold.refold(plan, events, ())
    fold.pass_silence(plan, state, at, ())
    return rank(plan, state, Occasion(at=at, **occasion))


def judged(service: Mapping[str, object], events: Sequence[Event] = (), at: int = NOON, **occasion: Any) -> Candidate:
    (found,) = candidates(plan_of(it=service), events, at, **occasion)
    return found


def codes(found: Candidate) -> list[object]:
    return [reason["code"] for reason in found.reasons]


# ---- filters

BOUGHT = {"count": {"event": "paid"}, "gte": 1}


@pytest.mark.parametrize(
    ("field", "code"), [("eligible", "eligibility"), ("applicable", "applicability"), ("suitable", "suitability")]
)
def test_a_condition_holds_back_and_says_what_it_found(field: str, code: str) -> None:
    found = judged({field: BOUGHT})
    assert (found.removed_by, found.score) == (code, 0)
    (reason,) = found.reasons
    assert (reason["filter"], reason["code"], reason["value"]) == (code, "count", 0)
    assert reason["required"] == [{"gte": 1}]
    assert judged({field: BOUGHT}, [PAID], NOON + HOUR).removed_by is None


def test_the_first_filter_is_named() -> None:
    every = {"eligible": {"always": True}, "applicable": BOUGHT, "suitable": {"always": False}, "channels": ["app"]}
    assert judged(every).removed_by == "applicability"
    assert judged(every, [PAID], NOON + HOUR).removed_by == "suitability"


@pytest.mark.parametrize(
    ("service", "occasion", "removed_by"),
    [
        ({"channels": ["app"]}, {"channel": "app"}, None),
        ({"channels": ["app"]}, {"channel": "pos"}, "channel"),
        ({"places": ["sh"]}, {"place": "sh"}, None),
        ({"places": ["sh"]}, {"place": "bj"}, "place"),
        ({}, {"channel": "pos", "place": "bj"}, None),
    ],
    ids=str,
)
def test_channels_and_places(service: dict[str, object], occasion: dict[str, Any], removed_by: str | None) -> None:
    assert judged(service, **occasion).removed_by == removed_by


def met(outcome: str, *moments: int, service: str = "it") -> list[Event]:
    return [an_event(f"service_{outcome}", t, n, service=service) for n, t in enumerate(moments, 1)]


@pytest.mark.parametrize(
    ("events", "at", "reserved", "code"),
    [
        (met("shown", NOON), NOON, 0, None),
        (met("shown", NOON, NOON + 1), NOON + 1, 0, "shown_enough"),
        (met("shown", NOON, NOON + HOUR), NOON + 7 * DAY - 1, 0, "shown_enough"),
        (met("shown", NOON, NOON + HOUR), NOON + 7 * DAY, 0, None),
        (met("shown", NOON), NOON + HOUR, 1, "shown_enough"),
        (met("shown", NOON, NOON + 1, service="other"), NOON + HOUR, 0, None),
        (met("clicked", NOON, NOON + 1), NOON + HOUR, 0, None),
        (met("dismissed", NOON), NOON, 0, "quiet"),
        (met("dismissed", NOON - DAY, NOON), NOON + 14 * DAY - 1, 0, "quiet"),
        (met("dismissed", NOON), NOON + 14 * DAY, 0, None),
        (met("dismissed", NOON, service="other"), NOON, 0, None),
    ],
)
def test_the_contact_policy(events: list[Event], at: int, reserved: int, code: str | None) -> None:
    plan = plan_of(it={}, other={})
    found = next(each for each in candidates(plan, events, at, reserved={"it": reserved}) if each.service.key == "it")
    assert found.removed_by == (code and "contact_policy")
    assert codes(found) == [code or "prior"]


# ---- context


@pytest.mark.parametrize(
    ("service", "scenario", "context"),
    [
        ({"scenarios": ["office"]}, "office", 1_200_000),
        ({"scenarios": ["office"]}, "gift", 800_000),
        ({"scenarios": ["office"]}, None, MICRO),
        ({}, "office", MICRO),
    ],
    ids=str,
)
def test_scenarios(service: dict[str, object], scenario: str | None, context: int) -> None:
    assert judged(service, scenario=scenario).context == context


LIFTS: list[tuple[dict[str, Any], list[Event], int, list[str], int]] = [
    ({"helps": {"order": ["it"]}}, [VIEWED], NOON, ["supports_stage"], 1_250_000),
    ({"helps": {"order": ["it"]}}, [VIEWED], NOON + 2 * HOUR, ["recovers"], 2 * MICRO),
    ({"it": {"recovers": [{"journey": "cup", "stage": "order"}]}}, [VIEWED], NOON, ["prior"], MICRO),
    ({"it": {"recovers": [{"journey": "cup", "stage": "order"}]}}, [VIEWED], NOON + 2 * HOUR, ["recovers"], 2 * MICRO),
    ({"it": {"recovers": [{"journey": "tea", "stage": "order"}]}}, [VIEWED], NOON + 2 * HOUR, ["prior"], MICRO),
    ({"helps": {"pickup": ["it"]}}, [VIEWED], NOON + 2 * HOUR, ["prior"], MICRO),
    # a skipped stage is broken too; one whose stall is resolved is not
    ({"helps": {"order": ["it"]}}, [VIEWED, an_event("fetched", NOON + 1, 2)], NOON + 1, ["recovers"], 2 * MICRO),
    ({"helps": {"order": ["it"], "pickup": ["it"]}}, [VIEWED, an_event("paid", NOON + 3 * HOUR, 2)], NOON + 3 * HOUR,
     ["supports_stage"], 1_250_000),
    # of several lifts the strongest, whichever journey comes first
    ({"helps": {"order": ["it"], "tea": ["it"]}}, [VIEWED, an_event("poured", NOON + HOUR, 2)], NOON + 2 * HOUR,
     ["recovers"], 2 * MICRO),
    ({"helps": {"order": ["it"], "tea": ["it"]}}, [an_event("poured", NOON, 1), an_event("viewed", NOON + HOUR, 2)],
     NOON + 2 * HOUR, ["recovers"], 2 * MICRO),
    ({"helps": {"order": ["it"], "tea": ["it"]}}, [VIEWED, an_event("poured", NOON, 2)], NOON, ["supports_stage"],
     1_250_000),
]  # fmt: skip


@pytest.mark.parametrize(("given", "events", "at", "said", "context"), LIFTS, ids=[str(n) for n in range(len(LIFTS))])
def test_a_journey_lifts_once(
    given: dict[str, Any], events: list[Event], at: int, said: list[str], context: int
) -> None:
    (found,) = candidates(plan_of(**{"it": {}, **given}), events, at)
    assert codes(found) == said
    assert found.context == context


@pytest.mark.parametrize(
    ("amount", "level", "context"),
    [
        (1000, "personalised", 1_300_000), (1000, "standard", MICRO), (1, "standard", 1_300_000),
        (1, "personalised", MICRO), (None, "standard", MICRO),
    ],
)  # fmt: skip
def test_the_service_level_suits_the_class(amount: int | None, level: str, context: int) -> None:
    events = [] if amount is None else [an_event("paid", amount=amount)]
    assert judged({"service_level": level}, events).context == context


def test_the_score_is_a_product() -> None:
    assert judged({}).score == 100_000
    everything = {"prior": 0.2, "value": 30, "lever": 0.5, "scenarios": ["office"], "service_level": "personalised"}
    found = judged(everything, [an_event("paid", amount=1000)], scenario="office")
    assert found.context == 1_560_000
    assert found.score == 4_680_000


def test_the_best_comes_first_and_the_refused_last() -> None:
    plan = plan_of(
        never={"eligible": BOUGHT}, b={}, best={"value": 3}, a={}, nor={"eligible": BOUGHT}, poor={"prior": 0.01}
    )
    found = candidates(plan, [], NOON)
    assert [each.service.key for each in found] == ["best", "b", "a", "poor", "never", "nor"]
