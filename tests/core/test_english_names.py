"""In an English sentence a definition is called by its English name; one that has none, by its key."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from service.core import fold
from service.core.calendar import HOUR
from service.core.evidence import missing
from service.core.outline import outline
from service.core.plan import compile_playbook
from service.core.playbook.read import read_playbook
from service.core.view import view
from tests.given import NOON, an_event

TREE: dict[str, Any] = YAML(typ="safe").load(Path("playbooks/coffee.yaml"))
COFFEE = read_playbook(TREE)[0]
SENTENCES = {
    "tags/must_care": (
        "Needs special care: tag Unhappy of late and (persona Customer tier in High-end or tag Spending level is High "
        "or Middle or tag VIP guest); group Service and care"
    ),
    "tags/wecom_friend": (
        "WeCom friend: count of Added on WeCom (unless taken back by Removed from WeCom of the same relation_id) ≥ 1; "
        "group Engagement"
    ),
    "tags/member_level": (
        "Member level: Black Gold (black_gold): last level of Member level raised = black_gold; Gold (gold): last "
        "level of Member level raised = gold; Silver (silver): tag Member; group Life cycle"
    ),
    "tags/rfm": "RFM: RFM quintiles of Order paid: recency, count, sum of amount; group Spending",
    "tags/rising_star": "Rising star: tag RFM R ≥ 4, M ≥ 3; group Value segments",
    "tags/waiting_now": "Waiting for an order: journey From order to pick-up active; group Service and care",
    "tags/quick_decider": (
        "Looks and buys: completed sequences of Menu viewed → Order paid within 10 minutes in the last 30 calendar "
        "days ≥ 2; group Engagement"
    ),
    "personas/tier": (
        "Customer tier: scored by amount of Order paid (not (scenario = meeting)) (half-life 180 days); High-end "
        "(high_end): enters at p80, leaves below p65; Mass (mass): everybody else; undetermined while count of Order "
        "paid < 1"
    ),
    "events/recharge_refunded": "Top-up refunded: recharge_id (string)",
    "holidays/national_day": "National Day: 2026-10-01 to 2026-10-07",
    "tag_groups/value": "Value segments: exclusive",
}


@pytest.mark.parametrize("name", SENTENCES)
def test_a_definition_is_said_with_english_names(name: str) -> None:
    section, _, key = name.partition("/")
    assert outline(COFFEE, getattr(COFFEE, section)[key])[1].startswith(SENTENCES[name])


def test_a_journey_and_a_service_name_what_they_are_linked_to() -> None:
    journey = outline(COFFEE, COFFEE.journeys["order_to_pickup"])[1]
    for part in ("Pick it up (pickup) (in_sale", "lit by Order picked up", "services A word when it is ready, Brought",
                 "promises Mass 90% within 10 minutes", "left by Order cancelled"):  # fmt: skip
        assert part in journey
    benefits = outline(COFFEE, COFFEE.journeys["member_growth"])[1]
    assert "benefit: A seat at the tasting (tasting_seat) for High-end" in benefits
    service = outline(COFFEE, COFFEE.services["queue_reminder"])[1]
    assert "recovers From order to pick-up/Being made, From order to pick-up/Pick it up" in service
    assert "places Hongqiao Railway Station, Pudong" in outline(COFFEE, COFFEE.services["express_pickup"])[1]


def test_what_is_found_and_what_is_missing() -> None:
    plan = compile_playbook(COFFEE)
    paid = [an_event("order_paid", NOON + n, n, order_id=f"o{n}", amount=30) for n in range(2)]
    state = fold.refold(plan, paid, ())
    fold.pass_silence(plan, state, NOON + HOUR, ())
    shown: Any = view(plan, state, NOON + HOUR, ())
    tags = {each["key"]: each["because"]["text_en"] for each in shown["tags"]}
    assert tags["waiting_now"] == "journey From order to pick-up active"
    assert tags["spend_level"] == "count of Order paid is 2 (required ≥ 1)"
    when = plan.rules[plan.places["frequent_buyer"]].tag.values[0].when
    assert when is not None
    (found,) = missing(plan, when, state, NOON + HOUR)
    assert str(found["text_en"]).startswith("1 more (count of Order paid) before ")
    (run, *_) = [each for each in shown["journeys"] if each["journey"] == "order_to_pickup"]
    assert run["health"]["largest_deduction"]["text_en"] == "Being made is overdue"


def test_without_an_english_name_the_key_is_said() -> None:
    tree = {"playbook": "p", "events": {"paid": {"name": "支付"}}, "tags": {
        "buyer": {"name": "买过", "when": {"count": {"event": "paid"}, "gte": 1}},
        "known": {"name": "认识", "name_en": "Known", "when": {"any": [{"tag": "buyer"}, {"tag": "nobody"}]}},
    }}  # fmt: skip
    playbook = read_playbook(tree)[0]
    assert outline(playbook, playbook.tags["buyer"]) == ("买过：支付次数 ≥ 1 次", "buyer: count of paid ≥ 1")
    assert outline(playbook, playbook.tags["known"])[1] == "Known: tag buyer or tag nobody"
