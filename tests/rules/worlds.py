"""Random worlds: a playbook with tags, a group and a scheme, and the log, the calibrations, the read that test it."""

from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from service.core.calibration import Calibration
from service.core.event import Event
from tests.rules.histories import calibrations, histories, reads
from tests.rules.lives import Lives
from tests.rules.playbooks import (
    EVENTS,
    HOLIDAYS,
    LAYERS,
    PLAIN,
    SAID_OF_THE_OTHER,
    THEMES,
    WHERES,
    ZONES,
    Tree,
    aggregates,
    conditions,
    numeric,
    wordy,
)

PROFILES = (1, 0xABC, 0xDEAD_BEEF_CAFE_0123, 2**64 - 1)
ENDS: list[Tree] = [
    {}, {}, {"ttl": "3d"}, {"ttl": "30d"}, {"half_life": "1d"}, {"half_life": "10d"}, {"ttl": "30d", "half_life": "1d"},
]  # fmt: skip
TYPES = st.sampled_from([EVENTS, SAID_OF_THE_OTHER])
VALUES = ("one", "two", "three")


@dataclass(frozen=True)
class World:
    """What the service is given, and when it is asked. `events` stand in the order of their arrival."""

    tree: Tree
    events: list[Event]
    calibrations: tuple[Calibration, ...]
    who: int
    at: int


@dataclass(frozen=True)
class Sketch:
    """A tag as others may read it: how its value is compared, and how deep it reads others itself."""

    level: int
    tells: str
    values: tuple[str, ...] = ()


# ---- tags


@st.composite
def tag_tests(draw: st.DrawFn, known: dict[str, Sketch]) -> Tree:
    key = draw(st.sampled_from(sorted(known)))
    tells = known[key].tells
    if tells == "rfm":
        parts = draw(st.sets(st.sampled_from(["r", "f", "m"]), min_size=1))
        scores = st.sampled_from([{"gte": 2}, {"gte": 4}, {"lt": 3}, {"eq": 1}, {"in": [1, 5]}, {"between": [2, 4]}])
        return {"rfm": {"tag": key, **{part: draw(scores) for part in sorted(parts)}}}
    if tells == "nothing" or draw(st.integers(0, 2)) == 0:
        return {"tag": key}
    if tells == "values":
        named = draw(st.lists(st.sampled_from(known[key].values), min_size=1, max_size=2, unique=True))
        return {"tag": key, "in": named} if draw(st.booleans()) else {"tag": key, "eq": named[0]}
    compared = {"number": numeric(), "text": wordy(), "any": numeric()}
    return {"tag": key, **draw(compared[tells])}


@st.composite
def tags(draw: st.DrawFn, leaves: st.SearchStrategy[Tree], kinds: tuple[str, ...]) -> tuple[Tree, str]:
    """A tag, and how its value is compared."""
    kind = draw(st.sampled_from(["when", "when", "values", *["value_of"] * 3, "rfm", "manual", "imported"]))
    ends = draw(st.sampled_from(ENDS))
    several = VALUES[: draw(st.integers(1, 3))]
    if kind == "when":
        return {"when": draw(conditions(leaves)), **ends}, "nothing"
    if kind == "values":
        return {"values": [{"value": each, "when": draw(conditions(leaves))} for each in several], **ends}, "values"
    if kind == "value_of":
        tag, tells = draw(shown_values(leaves, kinds))
        return {**tag, **ends}, tells
    if kind == "rfm":
        of = draw(st.sampled_from([{"event": "paid", "property": "x"}, {"event": "paid", "property": "m"}]))
        return {"rfm": of | ({"where": draw(WHERES)} if draw(st.booleans()) else {})}, "rfm"
    if draw(st.booleans()):
        return {"kind": kind, "values": [{"value": each} for each in several], **ends}, "values"
    return {"kind": kind, **ends}, "nothing"


@st.composite
def shown_values(draw: st.DrawFn, leaves: st.SearchStrategy[Tree], kinds: tuple[str, ...]) -> tuple[Tree, str]:
    kind, spec, tells = draw(aggregates(kinds))
    tag: Tree = {"value_of": {kind: spec}}
    if tells == "number" and draw(st.integers(0, 2)) == 0:
        tag["round"] = draw(st.sampled_from([1, 0.5, 2, 10]))
    if draw(st.integers(0, 2)) == 0:
        tag["when"] = draw(conditions(leaves, 2))
    return tag, tells


# ---- persona schemes


@st.composite
def schemes(draw: st.DrawFn) -> Tree:
    classes: list[Tree] = []
    bounds = draw(st.sampled_from(["percentiles", "amounts", "none"]))
    if bounds == "percentiles":
        classes = [{"class": "high", "enter": "p80", "leave": "p60"}, {"class": "mid", "enter": "p40"}]
    if bounds == "amounts":
        classes = [{"class": "high", "enter": 4, "leave": 2}, {"class": "mid", "enter": 1.5}]
    if bounds == "none" or draw(st.integers(0, 2)) == 0:
        classes.insert(draw(st.integers(0, len(classes))), {"class": "ruled", "when": draw(conditions(PLAIN, 2))})
    scheme: Tree = {"classes": [*classes, {"class": "mass"}]}
    if bounds != "none":
        scheme["score"] = {"kind": "value", "event": "paid", **draw(_scores())}
    if draw(st.booleans()):
        scheme["undetermined_below"] = draw(conditions(PLAIN, 2))
    return scheme


@st.composite
def _scores(draw: st.DrawFn) -> Tree:
    score: Tree = {"property": draw(st.sampled_from(["x", "m"]))}
    score["half_life"] = draw(st.sampled_from(["1d", "3d", "30d", "180d"]))
    adds = st.sampled_from([-20, -1.5, -0.5, 0.3, 1, 20])
    moved = [
        {"name": "s", "when": draw(conditions(PLAIN, 2)), "adds": draw(adds)} for _ in range(draw(st.integers(0, 2)))
    ]
    score |= {"signals": moved} if moved else {}
    score |= draw(st.sampled_from([{}, {}, {"mean": 2}]))
    return score | ({"where": draw(WHERES)} if draw(st.integers(0, 3)) == 0 else {})


# ---- playbooks


@st.composite
def playbooks(draw: st.DrawFn) -> Tree:
    tree: Tree = {
        "playbook": "given",
        "timezone": draw(st.sampled_from(ZONES)),
        "events": draw(TYPES),
        "holidays": HOLIDAYS,
    }
    layers = draw(st.sampled_from(LAYERS))
    tree |= {"layers": layers} if layers else {}
    tree["tag_groups"] = {"free": {"name": "free"}, "one": {"name": "one", "exclusive": True}}
    kinds, leaves = draw(st.sampled_from(THEMES))
    if draw(st.booleans()):
        tree["personas"] = {"tier": draw(schemes())}
        names = [each["class"] for each in tree["personas"]["tier"]["classes"]] + ["undetermined"]
        chosen = st.lists(st.sampled_from(names), min_size=1, max_size=2, unique=True)
        classes = chosen.map(lambda listed: {"persona": {"scheme": "tier", "in": listed}})
        leaves = st.one_of(leaves, leaves, classes)
    found: dict[str, Tree] = {}
    known: dict[str, Sketch] = {}
    level_of_group = draw(st.integers(0, 2))
    for number in range(draw(st.sampled_from([3, 2, 4, 6, 1, 5]))):
        level = draw(st.integers(0, 2))
        lower = {key: each for key, each in known.items() if each.level < level}
        tag, tells = draw(tags(st.one_of(leaves, tag_tests(lower)) if lower else leaves, kinds))
        if draw(st.integers(0, 2)) == 0:
            tag["group"] = "one" if level == level_of_group else "free"
        found[f"t{number}"], known[f"t{number}"] = (
            tag,
            Sketch(level, tells, tuple(each["value"] for each in tag.get("values", ()))),
        )
    tree["tags"] = {key: found[key] for key in draw(st.permutations(sorted(found)))}
    return tree


@st.composite
def worlds(draw: st.DrawFn) -> World:
    tree = draw(playbooks())
    who = draw(st.sampled_from(PROFILES))
    events = draw(histories(tree, who))
    at = draw(reads(Lives(tree, events, (), who, max(e.t for e in events))))
    learned = draw(calibrations(Lives(tree, events, (), who, at)))
    return World(tree, draw(st.permutations(events)), learned, who, at)


def told(world: World) -> dict[str, Any]:
    """A world as a person reads it, for a failing example."""
    log = [{"type": e.type, "t": e.t, "layer": e.layer, **e.properties} for e in world.events]
    own = {name: part for name, part in world.tree.items() if name not in ("events", "holidays")}
    return {"playbook": own, "log": log, "calibrations": world.calibrations, "at": world.at}
