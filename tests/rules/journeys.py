"""Random journeys, and the histories and calibrations that try them: instants collide with deadlines and each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from hypothesis import strategies as st

from benchmarks.oracle_ways import Ways
from service.core.calendar import DAY, HOUR, MINUTE
from service.core.calibration import Calibration
from service.core.event import MICRO, Event
from service.core.expectations import StageCalibration
from tests.given import NOON

Tree = dict[str, Any]
NAMES = ("s0", "s1", "s2", "s3", "s4", "s5", "s6")
KEYS = (*["k1"] * 9, "k2", "k2", "", "k" * 200 + "x", "k" * 200 + "y")
KINDS = ("a", "b", "c", "d", "e", "f")  # what lights stages
FEEDBACK = "feedback_given"
HAPPENING = (*KINDS, FEEDBACK, FEEDBACK, FEEDBACK, "x", "bad", "ok", "leave", "done", *["undo"] * 3)
LENGTHS = {"10m": 10 * MINUTE, "30m": 30 * MINUTE, "1h": HOUR, "2h": 2 * HOUR, "1d": DAY}
SHORT = ("10m", "30m", "1h")
GAPS = (0, 0, 0, 0, 1, 10 * MINUTE, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, 30 * MINUTE - 1, HOUR, 2 * HOUR, DAY)
LIT = "stage_lit"
BY: tuple[Any, ...] = (
    "user", "user", {"by": "user", "verified": True}, {"friends": 1}, {"friends": 2}, {"friends": 2, "verified": True},
)  # fmt: skip
UNDONE = {"undo": "b", "undo_c": "c", "undo_d": "d"}  # what takes back what
EVENTS: Tree = {kind: {"properties": {"id": "string"}} for kind in (*KINDS, "x", "bad", "ok", "leave", "done")} | {
    kind: {"properties": {"id": "string"}, "reverses": {"event": of, "by": "id"}} for kind, of in UNDONE.items()
}


@dataclass(frozen=True)
class Life:
    """One journey, what happened, what was learned, and when it is asked. `events` stand in the order of reading."""

    journey: Tree
    events: list[Event]
    calibrations: tuple[Calibration, ...]
    ats: list[int]

    @property
    def tree(self) -> Tree:
        return {"playbook": "given", "events": EVENTS, "journeys": {"j": self.journey}}


# ---- journeys


def one_in(number: int) -> st.SearchStrategy[bool]:
    return st.integers(1, number).map(lambda drawn: drawn == number)


def patterns(kinds: Sequence[str] = KINDS) -> st.SearchStrategy[Any]:
    one = st.sampled_from(kinds).map(lambda kind: {"event": kind})
    return st.one_of(one, one, one, st.lists(one, min_size=2, max_size=2))


@st.composite
def stages(draw: st.DrawFn, place: int) -> Tree:
    stage: Tree = {
        "stage": NAMES[place],
        "phase": "in_sale",
        "completed_by": draw(st.one_of(st.just({"event": KINDS[place % 6]}), patterns((*KINDS, FEEDBACK)))),
    }
    if draw(one_in(3)):
        stage["optional"] = True
    expected = draw(st.sampled_from([None, None, *SHORT]))
    if expected is not None:
        stage["expected_within"] = expected
    if draw(one_in(3)):
        longer = [text for text in LENGTHS if LENGTHS[text] >= LENGTHS[expected or "10m"]]
        stage["stalled_after"] = draw(st.sampled_from(longer))
    if draw(one_in(3)):
        stage["fails_on"] = draw(patterns(("x", "x", "a")))
    if draw(one_in(4)):
        stage["dissatisfied_by"] = draw(patterns(("bad", "x")))
    if draw(one_in(4)):
        stage["made_good_by"] = draw(patterns(("ok", "a")))
    if draw(one_in(8)):
        stage["feedback"] = "好吗？"
    if draw(one_in(4)):
        stage["was"] = draw(st.sampled_from([["old"], ["old", "older"], ["s9", "older"]]))
    return stage


@st.composite
def edges(draw: st.DrawFn, size: int) -> list[list[str] | None]:
    """What may follow each stage, as the checker accepts it: every stage is reached, only ends lead nowhere on."""
    follows: list[set[int] | None] = []
    for place in range(size):
        later = place < size - 1
        if draw(one_in(4)):
            follows.append(None)
            continue
        ahead = st.integers(place + 1, size - 1)
        follows.append(draw(st.sets(ahead, min_size=draw(st.sampled_from([1, 1, 0])), max_size=2)) if later else set())
    for place in range(1, size):
        if not any(leads(follows, before, place) for before in range(place)):
            before = draw(st.sampled_from([each for each in range(place) if follows[each] is not None]))
            follows[before] = {*(follows[before] or ()), place}
    for place, each in enumerate(follows):
        if each and draw(st.integers(0, 2)):
            follows[place] = each | draw(st.sets(st.integers(0, place), min_size=1, max_size=2))
    orders = [None if found is None else draw(st.permutations(sorted(found))) for found in follows]
    return [None if order is None else [NAMES[each] for each in order] for order in orders]


def leads(follows: Sequence[set[int] | None], before: int, place: int) -> bool:
    found = follows[before]
    return place == before + 1 if found is None else place in found


@st.composite
def journeys(draw: st.DrawFn) -> Tree:
    size = draw(st.sampled_from([3, 4, 2, 5, 1, 6, 7]))
    found = [draw(stages(place)) for place in range(size)]
    named = {stage["stage"] for stage in found}
    for stage in found:  # an old name is of one stage only
        stage["was"] = [name for name in stage.get("was", ()) if name not in named]
        named |= set(stage["was"])
    if draw(one_in(3)):
        found[-1]["completed_by"] = [{"event": "f"}, *[{"event": FEEDBACK}] * 2]
    if draw(st.integers(0, 3)):
        nexts = [{} if follows is None else {"next": follows} for follows in draw(edges(size))]
        found = [stage | follows for stage, follows in zip(found, nexts, strict=True)]
    free = any(all(place in ways.optional for place in path) for ways in [Ways(found)] for path in ways.paths(0))
    if free:  # one at least is required on every way
        del found[0]["optional"]
    journey: Tree = {"enter": draw(st.one_of(st.just({"event": "a"}), patterns())), "stages": found}
    journey |= draw(st.sampled_from([{}, {"key": "id"}, {"re_entry": "after_exit"}]))
    if draw(one_in(3)):
        journey["exit"] = draw(patterns(("leave", "leave", "d")))
    if draw(one_in(3)):
        journey["goal"] = draw(patterns(("done", "done", "c")))
    if draw(one_in(2)):
        journey["abandon_after"] = draw(st.sampled_from(sorted(LENGTHS)))
    if draw(one_in(4)):
        journey["ends_after"] = draw(st.sampled_from(["1h", "2h", "1d", "4d"]))
    return journey


# ---- histories


def kinds_of(pattern: Any) -> list[str]:
    return [each["event"] for each in (pattern if isinstance(pattern, list) else [pattern])]


@st.composite
def walks(draw: st.DrawFn, journey: Tree, *, mode: str) -> list[str]:
    """What happens, one after the other: who enters mostly goes where the stages lead, on or back; some rate often."""
    stages_, place = journey["stages"], 0
    moves = ["on"] * 6 + ["any"] * 3 + ["rate"] * draw(st.sampled_from([1, 8, 0]))
    moves = {
        "undone": ["on", "on", "on", "undo", "undo", "any"],
        "lit": [*["on"] * 4, *["light"] * 5, "back", "back", "undo"],
    }.get(mode, moves)
    kinds = [draw(st.sampled_from(kinds_of(journey["enter"])))]
    for _ in range(draw(st.sampled_from([8, 12, 10, 16] if mode else [8, 6, 10, 4, 12, 2, 0, 16]))):
        move = draw(st.sampled_from(moves))
        if move in ("on", "back"):
            named = stages_[place].get("next", [NAMES[place + 1]] if place + 1 < len(stages_) else [])
            back = [name for name in named if NAMES.index(name) <= place] if move == "back" else []
            place = NAMES.index(draw(st.sampled_from(back or named))) if named else draw(st.integers(0, place))
            kinds.append(
                draw(st.sampled_from(kinds_of(stages_[place].get("completed_by", {"event": f"{LIT} {NAMES[place]}"}))))
            )
        elif move == "light":
            aimed = draw(st.sampled_from([place + 1, place + 1, place + 2, place])) % len(stages_)
            kinds.append(f"{LIT} {NAMES[aimed]}")
        elif move == "undo":
            kinds.append(next((each for kind in kinds[::-1] for each, of in UNDONE.items() if of == kind), "undo"))
        else:
            kinds.append(FEEDBACK if move == "rate" else draw(st.sampled_from(HAPPENING)))
    return kinds


@st.composite
def an_event(draw: st.DrawFn, kind: str, number: int, t: int, meant: tuple[Sequence[int], Tree]) -> Event:
    stars, journey = meant
    kind, _, stage = kind.partition(" ")
    properties: Tree = {"id": draw(st.sampled_from(KEYS))} if draw(st.integers(0, 7)) else {}
    if kind == LIT:
        by = next((each.get("lit_by") for each in journey["stages"] if each["stage"] == stage), None)
        friendly = isinstance(by, dict) and "friends" in by
        friend = {"friend": draw(st.sampled_from(["f1", "f2", "f3"]))} if friendly != draw(one_in(9)) else {}
        key = {"key": draw(st.sampled_from(["k1", "k1", "k2"]))} if "key" in journey or draw(one_in(6)) else {}
        properties = {"journey": draw(st.sampled_from([*["j"] * 9, "k"])), "stage": stage, **friend, **key}
    if kind == FEEDBACK:
        properties["rating"] = draw(st.sampled_from(stars)) * MICRO
        if draw(one_in(3)):
            properties["stage"] = draw(st.sampled_from([*NAMES[:4], "gone"]))
        if draw(one_in(5)):
            properties["journey"] = draw(st.sampled_from(["j", "k"]))
    return Event(
        event_id=f"e{draw(st.integers(0, 9))}{number}", source=draw(st.sampled_from(["app", "pos"])), type=kind, t=t,
        occurred_at=t + draw(st.sampled_from([0, 0, 0, 5])), properties=properties,
    )  # fmt: skip


@st.composite
def histories(draw: st.DrawFn, journey: Tree, *, mode: str) -> list[Event]:
    t, events = NOON, list[Event]()
    stars = draw(st.sampled_from([(1, 2, 3, 4, 5), (3, 4, 5), (5, 3, 4, 5)]))
    for number, kind in enumerate(draw(walks(journey, mode=mode))):
        t += draw(st.sampled_from(GAPS))
        made = draw(an_event(kind, number, t, (stars, journey)))
        meant = [event.properties for event in events if event.type == UNDONE.get(kind) and "id" in event.properties]
        aimed = draw(st.sampled_from([True, True, True, False]))
        events.append(replace(made, properties=meant[-1]) if meant and aimed else made)
    return sorted(events, key=lambda event: event.key)


@st.composite
def calibrations(draw: st.DrawFn, events: Sequence[Event]) -> tuple[Calibration, ...]:
    """Up to three, of some stages, at and around the instants of a history."""
    near = [event.t + by for event in events for by in (-1, 0, 1, 10 * MINUTE)]
    moments = draw(st.one_of(st.just(set[int]()), st.sets(st.sampled_from(near), min_size=1, max_size=3)))
    found = []
    for number, moment in enumerate(sorted(moments), 1):
        named = draw(st.sets(st.sampled_from([*NAMES, "old", "older"]), min_size=1))
        learned = {f"{draw(st.sampled_from(['j', 'j', 'j', 'k']))}/{name}": draw(limits()) for name in sorted(named)}
        found.append(Calibration(number=number, effective_from=moment, schemes={}, stages=learned))
    return tuple(found)


@st.composite
def limits(draw: st.DrawFn) -> StageCalibration:
    late = draw(st.sampled_from([15 * MINUTE, 30 * MINUTE, HOUR, 20 * MINUTE]))
    stalled = draw(st.sampled_from([None, 10 * MINUTE, 20 * MINUTE, 30 * MINUTE, HOUR]))
    return StageCalibration(soon=1, usual=2, late=late, stalled=stalled, went_on=90, left=5, waiting=5)


@st.composite
def lives(draw: st.DrawFn, *, mode: str = "") -> Life:
    """`mode`: much is taken back ("undone"), or lit by users and their friends ("lit")."""
    journey = draw(journeys())
    if mode == "undone" or (mode == "lit" and draw(st.booleans())):
        # What enters is never taken back, and b, c and d light stages.
        journey["enter"] = {"event": "a"}
        for stage in journey["stages"]:
            stage["completed_by"] = {"event": draw(st.sampled_from([*UNDONE.values(), "e"]))}
    if mode == "lit":
        for stage in journey["stages"]:
            if draw(st.integers(0, 2)):
                stage["lit_by"] = by = draw(st.sampled_from(BY))
                if "verified" in by and draw(one_in(3)):
                    del stage["completed_by"]
    events = draw(histories(journey, mode=mode))
    learned = draw(calibrations(events))
    beside = st.tuples(st.sampled_from([event.t for event in events]), st.sampled_from([0, *GAPS, *LENGTHS.values()]))
    ats = draw(st.lists(beside.map(sum), max_size=2))
    last = events[-1].t
    return Life(journey, events, learned, sorted({*ats, last, last + 30 * MINUTE, last + 400 * DAY}))
