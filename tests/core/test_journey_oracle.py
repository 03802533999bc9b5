"""Random journeys over random histories are what an independent reading of docs/playbook.md says, in any order."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from hypothesis import given, note, settings
from hypothesis import strategies as st

from benchmarks import oracle_health
from benchmarks.oracle_book import Calibration as Learned
from benchmarks.oracle_book import Happened, gone_from
from benchmarks.oracle_journeys import Dark, Journey, Run
from benchmarks.oracle_time import written
from service.core import fold
from service.core.calendar import MINUTE
from service.core.check import check
from service.core.event import Event
from service.core.plan import Plan, compile_playbook
from service.core.playbook.read import read_playbook
from service.core.progress import show_enrollments
from tests.given import arrivals, batches
from tests.rules.journeys import UNDONE, Life, lives

DEEP = settings().max_examples > 1000
EXAMPLES = 5_000 if DEEP else 200
REVERSALS = [(undo, of, "id") for undo, of in UNDONE.items()]


def compiled(tree: Mapping[str, Any]) -> Plan:
    playbook, problems = read_playbook(tree)
    assert not problems, problems
    wrong = [each for each in check(playbook) if each.code != "contradictory_events"]  # even they have one meaning
    assert not wrong, wrong
    return compile_playbook(playbook)


def happened(event: Event) -> Happened:
    """An event as the oracle knows it, with nothing but what was sent."""
    values = {name: each for name, each in event.properties.items() if isinstance(each, str | int)}
    return Happened(event.t, event.key, event.type, {}, values, 0)


def told(life: Life, at: int) -> dict[Any, Any]:
    """What the oracle says of every run."""
    learned = [
        Learned(each.number, each.effective_from, {}, {key: (s.late, s.stalled) for key, s in each.stages.items()})
        for each in life.calibrations
    ]
    journey = Journey("j", life.journey, learned)
    log = [happened(event) for event in life.events if event.t <= at]
    gone = gone_from(log, REVERSALS)
    standing = [event for place, event in enumerate(log) if gone[place] > len(log)]
    dark = journey.dark(log, gone, {reversing for reversing, _, _ in REVERSALS})
    return {run.key: story(journey, run, at, dark[run.key]) for run in journey.runs(standing, at)}


def story(journey: Journey, run: Run, at: int, dark: Dark) -> dict[str, Any]:
    found = oracle_health.answer(journey, run, at)
    found["dark"] = {name: (written(t), kind) for name, (t, kind) in dark.items()}
    found["helpers"] = {name: len(friends) for name, friends in run.friends.items()}
    found["claimed"] = sorted(run.claimed.keys() - run.lit.keys())
    found["health"] = found["health"]["score"]
    found["breakpoints"] = sorted(
        (b.kind, b.stage, b.number, written(b.since), written(b.resolved_at) or "", b.slide) for b in run.breakpoints
    )
    return found


def shown(plan: Plan, life: Life, at: int) -> dict[Any, Any]:
    """What the service says of every run."""
    state = fold.refold(plan, [event for event in life.events if event.t <= at], life.calibrations)
    fold.pass_silence(plan, state, at, life.calibrations)
    return {each["key"]: as_told(each) for each in show_enrollments(plan, state, at)}


def as_told(each: Mapping[str, Any]) -> dict[str, Any]:
    found = {name: each[name] for name in ("status", "stage", "entered_at", "pace", "progress")}
    found["stages"] = {stage["stage"]: [stage["state"], stage["at"]] for stage in each["stages"]}
    found["dark"] = {
        stage["stage"]: (stage["dimmed"]["at"], stage["dimmed"]["because"]["event"])
        for stage in each["stages"]
        if "dimmed" in stage
    }
    found["helpers"] = {stage["stage"]: stage["helpers"] for stage in each["stages"] if stage.get("helpers")}
    found["claimed"] = sorted(stage["stage"] for stage in each["stages"] if stage.get("lit_by"))
    found["health"] = each["health"]["score"]
    found["breakpoints"] = sorted(
        (b["kind"], b["stage"], b["number"], b["since"], b["resolved_at"] or "", b["because"]["code"] == "sliding")
        for b in each["breakpoints"]
    )
    return found


def agree(life: Life) -> None:
    plan = compiled(life.tree)
    for at in life.ats:
        if life.events[0].t <= at:
            assert shown(plan, life, at) == told(life, at), at


@pytest.mark.no_cover
@settings(max_examples=EXAMPLES)
@given(lives())
def test_journeys_are_what_the_documents_say(life: Life) -> None:
    tell(life)
    agree(life)


def tell(life: Life) -> None:
    """What is shown of a life that fails."""
    note(str(life.journey))
    start = life.events[0].t
    note("\n".join(f"{(e.t - start) / MINUTE:g}m {e.type} {e.source} {e.event_id} {e.properties}" for e in life.events))


@pytest.mark.no_cover
@settings(max_examples=EXAMPLES)
@given(lives(mode="undone"))
def test_what_is_taken_back_puts_stages_out_and_says_so(life: Life) -> None:
    tell(life)
    agree(life)


@pytest.mark.no_cover
@settings(max_examples=EXAMPLES)
@given(lives(mode="lit"))
def test_what_users_and_their_friends_light_is_seen_and_decides_nothing(life: Life) -> None:
    tell(life)
    agree(life)


@pytest.mark.no_cover
@settings(max_examples=EXAMPLES)
@given(st.data())
def test_any_order_and_repetition_give_the_same_bytes(data: st.DataObject) -> None:
    life = data.draw(st.one_of(lives(), lives(mode="undone"), lives(mode="lit")))
    plan = compiled(life.tree)
    whole = fold.refold(plan, life.events, life.calibrations).encode()
    again = data.draw(st.lists(st.sampled_from(life.events), max_size=3))
    assert fold.refold(plan, data.draw(st.permutations(life.events + again)), life.calibrations).encode() == whole
    arriving = data.draw(arrivals(life.events)) + again
    cuts = sorted(data.draw(st.sets(st.integers(1, len(arriving)), max_size=4)))
    pieces: list[Sequence[Event]] = [
        arriving[start:end] for start, end in zip([0, *cuts], [*cuts, len(arriving)], strict=True)
    ]
    assert batches(plan, pieces, life.calibrations) == whole
