"""One life gives the same bytes everywhere: under any hash seed, in any process, with any local settings."""

import os
import subprocess
import sys
from hashlib import blake2b
from pathlib import Path

import pytest

from service.core import fold
from service.core.calendar import DAY, HOUR, MINUTE
from service.core.event import Event
from service.core.view import view
from service.core.wire import canonical
from tests.given import NOON, a_calibration, an_event, rich

ROOT = Path(__file__).parent.parent


def a_life() -> list[Event]:
    """Everything that the rich playbook knows, once or a few times."""
    told: list[tuple[str, dict[str, object]]] = [
        ("trait_set", {"city": "上海", "known": True}),
        ("menu_viewed", {}),
        ("wecom_added", {"relation": "r1"}),
        ("order_paid", {"order_id": "o1", "amount": 1850, "items": 2, "gift": True}),
        ("payment_failed", {"order_id": "o1"}),
        ("order_ready", {"order_id": "o1"}),
        ("feedback_given", {"order_id": "o1", "rating": 4}),
        ("order_paid", {"order_id": "o2", "amount": 4200, "items": 5}),
        ("order_refunded", {"order_id": "o1"}),
        ("tag_set", {"tag": "vip", "until": "2026-10-01T00:00:00Z"}),
        ("tag_set", {"tag": "spend_level", "value": "high"}),
        ("service_shown", {"service": "reminder"}),
        ("service_dismissed", {"service": "tasting"}),
        ("order_paid", {"order_id": "o3", "amount": 999, "items": 1}),
        ("order_cancelled", {"order_id": "o3"}),
        ("wecom_removed", {"relation": "r1"}),
        ("tag_released", {"tag": "spend_level"}),
        ("menu_viewed", {}),
        ("order_paid", {"order_id": "o4", "amount": 3000, "items": 4}),
        ("order_ready", {"order_id": "o4"}),
    ]
    gaps = [0, MINUTE, HOUR, 0, DAY, 7 * HOUR]
    t, events = NOON, []
    for number, (kind, properties) in enumerate(told):
        t += gaps[number % len(gaps)]
        events.append(an_event(kind, t, number, channel=["app", "pos"][number % 2], layer="manual", **properties))
    return events


def the_same() -> str:
    """Facts, what is said, and the identity of the layout, as one digest."""
    plan, events = rich(), a_life()
    learned = [a_calibration(n, NOON + n * DAY, low=10**8 * n, high=10**9) for n in (1, 2)]
    state = fold.refold(plan, reversed(events), learned)
    facts = state.encode()
    at = events[-1].t + 2 * HOUR
    fold.pass_silence(plan, state, at, learned)
    said = canonical({key: str(value) for key, value in view(plan, state, at, learned).items()})
    ranks = ",".join(rule.tag.key for rule in plan.rules).encode()
    return blake2b(b"|".join((plan.layout.id, facts, said, ranks))).hexdigest()


@pytest.mark.parametrize(
    ("seed", "zone", "language"),
    [("0", "UTC", "C"), ("1", "America/St_Johns", "C.UTF-8"), ("4242", "Asia/Shanghai", "C")],
)
def test_one_life_is_the_same_everywhere(seed: str, zone: str, language: str) -> None:
    settings = {**os.environ, "PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language}
    code = "from tests.test_same_everywhere import the_same; print(the_same())"
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=settings, capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == the_same()
