"""What few profiles meet: a playbook without a contact policy, a run that is over, an end too far ahead to be told."""

from collections.abc import Sequence
from typing import Any

import pytest

from service.core import fold, foresight, view
from service.core.calendar import DAY, HOUR, MINUTE, write_instant
from service.core.event import MICRO, Event
from service.core.plan import Plan, compile_playbook
from service.core.playbook.read import read_playbook
from service.core.recommend import Candidate, Occasion, rank
from tests.given import NOON, a_plan, an_event


def offered(plan: Plan, events: Sequence[Event], at: int) -> Candidate:
    """The playbook's one service, to somebody whom time has passed by."""
    state = fold.refold(plan, events, ())
    fold.pass_silence(plan, state, at, ())
    (found,) = rank(plan, state, Occasion(at=at))
    return found


# ---- the contact policy: what it does not say, it does not hold back

SHOWN = [an_event("service_shown", NOON + n, n, service="it") for n in range(5)]
DISMISSED = [an_event("service_dismissed", NOON + 9, 9, service="it")]
ENOUGH = {"at_most": 2, "within": "7d"}
QUIET = {"quiet_after": {"outcome": "dismissed", "for": "14d"}}


@pytest.mark.parametrize(
    ("policy", "events", "code"),
    [
        ({}, [*SHOWN, *DISMISSED], "prior"),
        (ENOUGH, SHOWN, "shown_enough"),
        (ENOUGH, DISMISSED, "prior"),
        (QUIET, SHOWN, "prior"),
        (QUIET, DISMISSED, "quiet"),
    ],
    ids=["none, all", "at most, shown", "at most, dismissed", "quiet, shown", "quiet, dismissed"],
)
def test_a_contact_policy_holds_back_no_more_than_it_says(
    policy: dict[str, object], events: list[Event], code: str
) -> None:
    found = offered(a_plan(services={"it": {}}, contact_policy=policy), events, NOON + HOUR)
    assert [reason["code"] for reason in found.reasons] == [code]
    assert found.removed_by == (None if code == "prior" else "contact_policy")


# ---- journeys


@pytest.mark.parametrize(("key", "said"), [({}, "recovers"), ({"key": "order_id"}, "prior")], ids=["one run", "keyed"])
def test_a_keyed_run_that_is_over_lifts_nothing(key: dict[str, str], said: str) -> None:
    """Its order was given up: nothing of it can be recovered. A journey without a key waits for him."""
    stages = [
        {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"}},
        {"stage": "ready", "phase": "in_sale", "completed_by": {"event": "ready"}, "services": ["it"]},
    ]
    paid = {"properties": {"order_id": "string"}}
    plan = a_plan(
        events={"paid": paid, "ready": paid},
        journeys={"cup": {"enter": {"event": "paid"}, "abandon_after": "1d", "stages": stages} | key},
        services={"it": {}},
    )
    for at, expected in ((NOON + DAY - 1, "supports_stage"), (NOON + DAY, said)):
        found = offered(plan, [an_event("paid", order_id="o1")], at)
        assert [reason["code"] for reason in found.reasons] == [expected]


# ---- personas


def test_whoever_meets_no_bound_is_in_the_last_class() -> None:
    """Also in a playbook that was published before the last class had to be without one."""
    tier: dict[str, Any] = {
        "score": {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"},
        "classes": [{"class": "gold", "enter": 100}, {"class": "silver", "enter": 50}],
    }
    events = {"paid": {"properties": {"amount": "money"}}}
    playbook, problems = read_playbook({"playbook": "old", "events": events, "personas": {"tier": tier}})
    assert [each.code for each in problems] == ["classes_incomplete"]
    plan = compile_playbook(playbook)
    for amount, place in ((200, 0), (70, 1), (1, 1)):
        standing = fold.refold(plan, [an_event("paid", amount=amount)], ()).standings[0]
        assert (standing.place, standing.reason) == (place, ""), amount


def test_a_scheme_in_which_he_has_no_class_says_nothing_of_the_service_level() -> None:
    """The next one may; and without any class no level suits him better."""
    score = {"kind": "value", "event": "paid", "property": "amount", "half_life": "30d"}
    classes = [{"class": "high_end", "enter": 100}, {"class": "mass"}]
    unknown = {"score": score, "classes": classes, "undetermined_below": {"count": {"event": "paid"}, "lt": 9}}
    known = {"score": score, "classes": classes}
    for personas, context in (({"a": unknown}, MICRO), ({"a": unknown, "b": known}, 1_300_000)):
        plan = a_plan(
            events={"paid": {"properties": {"amount": "money"}}},
            personas=personas,
            services={"it": {"service_level": "standard"}},
        )
        assert offered(plan, [an_event("paid", amount=1)], NOON).context == context, personas


# ---- foresight


@pytest.mark.parametrize("ahead", [1, 2, 3, 4])
def test_an_end_beyond_the_foresight_is_not_told(ahead: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two tags end before the third, all of which another reads: who looks fewer instants ahead does not know."""
    within = {name: {"count": {"event": "paid", "within": name}, "gte": 1} for name in ("1h", "2h", "3h")}
    tags = {f"within_{name}": {"when": condition} for name, condition in within.items()}
    any_of = {"any": [{"tag": key} for key in tags]}
    plan = a_plan(events={"paid": {}}, tags={**tags, "recent": {"when": any_of}})
    state = fold.refold(plan, [an_event("paid")], ())
    monkeypatch.setattr(foresight, "FORESIGHT", ahead)
    at = NOON + MINUTE
    fold.pass_silence(plan, state, at, ())
    untils = {tag["key"]: tag["until"] for tag in view.show_tags(plan, state, at, ())}
    end = state.marks[2].until
    assert NOON + 3 * HOUR <= end < NOON + 3 * HOUR + MINUTE
    assert untils["within_3h"] == write_instant(end), "a tag that reads events alone knows its own end"
    assert untils["recent"] == (write_instant(end) if ahead >= 3 else None)


def test_who_looks_ahead_sees_nothing_but_what_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that turns twice a day, a class, a journey: none of them comes between a tag and its end."""
    plan = a_plan(
        events={"paid": {"properties": {"amount": "money"}}, "left": {}},
        tags={
            "recent": {"when": {"count": {"event": "paid", "within": "9d"}, "gte": 1}},
            "dear": {"when": {"all": [{"tag": "recent"}, {"tag": "ever"}]}},
            "ever": {"when": {"count": {"event": "paid"}, "gte": 1}},
            "morning": {"when": {"time_of_day": {"from": "06:00", "to": "11:00"}}},
            "early": {"when": {"tag": "morning"}},
        },
        journeys={"visit": {"enter": {"event": "paid"}, "abandon_after": "2d", "stages": [
            {"stage": "in", "phase": "in_sale", "completed_by": {"event": "paid"}},
            {"stage": "out", "phase": "after_sale", "completed_by": {"event": "left"}, "stalled_after": "1h"},
        ]}},
    )  # fmt: skip
    state = fold.refold(plan, [an_event("paid", amount=1)], ())
    monkeypatch.setattr(foresight, "FORESIGHT", 1)
    untils = {tag["key"]: tag["until"] for tag in view.show_tags(plan, state, NOON, ())}
    assert untils["dear"] == untils["recent"] is not None
