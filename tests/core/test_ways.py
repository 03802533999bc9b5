"""Ways through stages that branch, meet and lead back, against every path there is."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.core import fold
from service.core.calendar import MINUTE
from service.core.view import view
from service.core.ways import Graph, Way, compile_ways
from tests.given import NOON, a_plan, an_event

UNLIT = -1


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Graph, list[int]]:
    """Up to seven stages with any edges, and which of them are lit."""
    size = draw(st.integers(1, 7))
    edges = [draw(st.sets(st.integers(0, size - 1), max_size=3)) for _ in range(size)]
    graph = Graph(
        onward=tuple(tuple(sorted(each for each in found if each > place)) for place, found in enumerate(edges)),
        back=tuple(tuple(sorted(each for each in found if each <= place)) for place, found in enumerate(edges)),
        required=tuple(draw(st.lists(st.booleans(), min_size=size, max_size=size))),
        plain=False,
    )
    return graph, draw(st.lists(st.sampled_from([UNLIT, 5]), min_size=size, max_size=size))


def paths(graph: Graph, start: int) -> Iterator[Way]:
    """Every path from a stage to an end."""
    if not graph.onward[start]:
        yield (start,)
    for each in graph.onward[start]:
        yield from ((start, *rest) for rest in paths(graph, each))


def best(graph: Graph, lit: list[int]) -> Way:
    """The definition, word by word."""
    furthest = max((place for place, each in enumerate(lit) if each != UNLIT), default=0)
    through = [path for path in paths(graph, 0) if furthest in path] or list(paths(graph, furthest))
    return min(through, key=lambda path: (sum(graph.required[i] and lit[i] == UNLIT for i in path), path))


@given(graphs())
def test_the_way_is_the_best_of_all_paths(drawn: tuple[Graph, list[int]]) -> None:
    graph, lit = drawn
    assert compile_ways(graph)(lit) == best(graph, lit)


# ---- lives: a tailor measures at home or in the shop, fits as often as needed, and delivers

STAGES: list[dict[str, Any]] = [
    {"stage": "talk", "next": ["home", "shop"]},
    {"stage": "home", "next": ["fit"]},
    {"stage": "shop", "next": ["tea", "fit"]},
    {"stage": "tea", "optional": True, "next": ["fit"]},
    {"stage": "fit", "next": ["fit", "deliver", "talk"]},
    {"stage": "deliver", "next": []},
]
SUIT: dict[str, Any] = {
    "name": "定制",
    "enter": {"event": "talk"},
    "exit": {"event": "leave"},
    "goal": {"event": "done"},
    "stages": [
        {**each, "phase": "in_sale", "completed_by": {"event": each["stage"]},
         "dissatisfied_by": {"event": f"no_{each['stage']}"}, "made_good_by": {"event": f"ok_{each['stage']}"}}
        for each in STAGES
    ],
}  # fmt: skip
PLAN = a_plan(events={}, journeys={"suit": SUIT})


def lived(told: str, **changes: Any) -> dict[str, Any]:
    """One word a minute."""
    plan = a_plan(events={}, journeys={"suit": SUIT | changes}) if changes else PLAN
    events = [an_event(word, NOON + n * MINUTE, n) for n, word in enumerate(told.split())]
    state = fold.refold(plan, events, ())
    (found,) = dict[str, Any](view(plan, state, NOON + 99 * MINUTE, ()))["journeys"]
    shown: dict[str, Any] = found
    return shown


def told(found: dict[str, Any]) -> tuple[str, str, float, str, list[str]]:
    breaks = [f"{each['kind']} {each['stage']}{'+' if each['resolved_at'] else ''}" for each in found["breakpoints"]]
    states = " ".join(each["state"][0] for each in found["stages"])
    return found["status"], found["stage"], found["progress"], states, breaks


@pytest.mark.parametrize(
    ("what", "wanted"),
    [
        ("talk", ("active", "home", 0.25, "l c a a a a", [])),  # of equal ways the one that stands first
        ("talk shop", ("active", "fit", 0.5, "l b l a c a", [])),
        ("talk shop tea fit", ("active", "deliver", 0.75, "l b l l l c", [])),
        ("talk home fit deliver", ("completed", "deliver", 1.0, "l l b b l l", [])),
        ("talk fit", ("active", "deliver", 0.5, "l s b b l c", ["skipped home"])),
        ("talk fit shop", ("active", "deliver", 0.75, "l b l a l c", ["skipped home+"])),  # the other branch, told late
        ("talk home fit fit fit", ("active", "deliver", 0.75, "l l b b l c", [])),  # again and again
        ("talk home fit talk", ("active", "home", 0.25, "l c a a a a", [])),  # another lap
        ("talk home fit deliver talk", ("completed", "deliver", 1.0, "l l b b l l", ["regressed talk"])),
        ("talk home fit home", ("active", "deliver", 0.75, "l l b b l c", ["regressed home"])),
        ("talk home fit home home", ("active", "deliver", 0.75, "l l b b l c", ["regressed home"])),
        ("talk home fit home deliver", ("completed", "deliver", 1.0, "l l b b l l", ["regressed home+"])),
        (
            "talk home fit home leave",
            ("dropped", "deliver", 0.75, "l l b b l c", ["regressed home+", "dropped deliver"]),
        ),
        ("talk home done", ("completed", "home", 0.5, "l l a a a a", [])),  # the goal, whatever is unlit
        ("talk home done fit", ("completed", "fit", 0.75, "l l b b l a", [])),
        ("talk home done talk", ("completed", "home", 0.5, "l l a a a a", [])),
        ("talk no_talk", ("active", "home", 0.25, "l c a a a a", ["dissatisfied talk"])),
        ("talk no_talk ok_talk", ("active", "home", 0.25, "l c a a a a", ["dissatisfied talk+"])),
    ],
)
def test_a_life(what: str, wanted: tuple[str, str, float, str, list[str]]) -> None:
    """Status, stage, progress, the states of the stages, and the breakpoints (+: resolved)."""
    assert told(lived(what)) == wanted


def test_an_edge_over_optional_stages_leads_back() -> None:
    """From `shop` only over the optional `tea`, which leads back to `talk`."""
    stages = [dict(each) for each in SUIT["stages"]]
    stages[3]["next"] = ["talk", "fit"]
    assert told(lived("talk shop talk", stages=stages)) == ("active", "home", 0.25, "l c a a a a", [])
    assert told(lived("talk shop fit shop", stages=stages))[4] == ["regressed shop"]


def test_a_journey_may_be_entered_again_when_it_is_over() -> None:
    """Dropped in silence, completed, left: each time the next entering event begins a run of its own."""
    changes = {"re_entry": "after_exit", "enter": {"event": "talk"}, "abandon_after": "3m"}
    plan = a_plan(events={}, journeys={"suit": SUIT | changes})

    def runs(what: str) -> list[tuple[str, str]]:
        events = [an_event(word, NOON + n * MINUTE, n) for n, word in enumerate(what.split()) if word != "-"]
        state = fold.refold(plan, events, ())
        shown = view(plan, state, NOON + len(what.split()) * MINUTE, ())["journeys"]
        assert isinstance(shown, list)
        return [(each["key"][11:16], each["status"]) for each in shown]

    assert runs("talk home talk") == [("04:00", "active")], "while one is active nothing begins"
    assert runs("talk home done talk") == [("04:00", "completed"), ("04:03", "active")]
    assert runs("talk home leave home talk") == [("04:00", "dropped"), ("04:04", "active")]
    assert runs("talk - - - - home talk") == [("04:00", "dropped"), ("04:06", "active")], (
        "and what was dropped stays so"
    )


# ---- laps, steps back and silence: what random journeys once told otherwise


def test_another_lap_brings_back_who_fell_silent() -> None:
    found = lived("talk home fit - - - - fit", abandon_after="30m")
    assert told(found) == ("active", "deliver", 0.75, "l l b b l c", [])
    found = lived("talk home fit - - - - fit - - - -", abandon_after="3m", ends_after="9m")
    assert [each["since"][11:16] for each in found["breakpoints"]] == ["04:05", "04:09"]
    assert told(found)[4] == ["dropped deliver+", "dropped deliver"]


def test_another_lap_is_a_step_on() -> None:
    """What he stepped back to is resolved, and what the new way leads over was skipped."""
    assert told(lived("talk home fit home fit"))[4] == ["regressed home+"]


def test_what_is_done_once_more_at_the_same_place_is_nothing() -> None:
    """No edge leads from home to home: it is neither a lap nor a step back, so no activity."""
    (left,) = lived("talk home home - - -", abandon_after="3m")["breakpoints"]
    assert (left["kind"], left["since"][11:16]) == ("dropped", "04:04")


def test_an_event_that_is_both_another_lap_and_a_step_back_is_a_lap() -> None:
    stages = [dict(each) for each in SUIT["stages"]]
    stages[1]["completed_by"] = [{"event": "home"}, {"event": "again"}]
    stages[4]["completed_by"] = [{"event": "fit"}, {"event": "again"}]
    assert told(lived("talk home fit again", stages=stages)) == ("active", "deliver", 0.75, "l l b b l c", [])


def test_another_branch_after_the_end_of_one_is_on_the_way_again() -> None:
    stages = [dict(each) for each in SUIT["stages"]]
    stages[1]["next"] = []
    assert told(lived("talk home", stages=stages))[:3] == ("completed", "home", 1.0)
    assert told(lived("talk home shop", stages=stages))[:3] == ("active", "fit", 0.5)


def test_the_goal_before_any_stage_shows_the_first() -> None:
    found = lived("ask done", enter={"event": "ask"})
    assert told(found) == ("completed", "talk", 0.0, "a a a a a a", [])
