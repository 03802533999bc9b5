"""Who would get, lose or change what if another playbook were in force: profile by profile, added up."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from service.core.calibration import in_force
from service.core.changes import Said, seen_lit
from service.core.evidence import missing
from service.core.facts import State
from service.core.playbook.definitions import Stage, Tag
from service.core.view import show_persona, show_tags
from service.usecases.definitions import Definitions
from service.usecases.record import profile_id

Json = dict[str, object]
SAMPLES = 5  # people named for each move
KINDS = {"tag": "tags", "persona": "personas", "journey": "journeys"}


@dataclass(frozen=True, slots=True)
class Side:
    """One profile under some definitions: what is said of it, its state, and when."""

    definitions: Definitions
    said: Said
    state: State
    at: int


def no_moves() -> Json:
    """The sum over nobody."""
    return {"profiles": 0, "moved": 0, **{name: {} for name in KINDS.values()}}


def add_moves(tally: Json, profile: int, now: Side, then: Side) -> None:
    """Add what one profile's tags, classes and journeys would do. Of a journey with a key each run counts."""
    old, new, moved = now.said, then.said, False
    for kind, name in KINDS.items():
        counts = cast("dict[str, Json]", tally[name])
        for key in sorted(old[kind].keys() | new[kind].keys()):
            pair = old[kind].get(key), new[kind].get(key)
            move = _move(*pair)
            if move is None:
                continue
            of, _, run = key.partition(":") if kind == "journey" else (key, "", "")
            moved, entry = True, counts.setdefault(of, {"enter": 0, "leave": 0, "change": 0, "samples": {}})
            entry[move] = cast("int", entry[move]) + 1
            if kind == "journey" and _dark(_lit(pair[0], now, of), _lit(pair[1], then, of)):
                entry["dark"] = cast("int", entry.get("dark", 0)) + 1
            samples = cast("dict[str, list[Json]]", entry["samples"]).setdefault(move, [])
            if len(samples) < SAMPLES:
                samples.append({"profile_id": profile_id(profile), **_sample(kind, of, pair, then), **_named(run)})
    tally["profiles"] = cast("int", tally["profiles"]) + 1
    tally["moved"] = cast("int", tally["moved"]) + moved


def _lit(run: object, side: Side, journey: str) -> list[Stage]:
    """The stages of a run that its customer sees lit; of no run, none."""
    if run is None:
        return []
    places = seen_lit(str(run))
    known = side.definitions.plan.playbook.journeys.get(journey)
    return [each for place, each in enumerate(known.stages if known else ()) if place in places]


def _dark(old: Sequence[Stage], new: Sequence[Stage]) -> set[str]:
    """What was lit and would not be, whatever it is called then."""
    return {each.key for each in old} - {name for each in new for name in (each.key, *each.was)}


def gone_dark(found: Json) -> int:
    """How many runs have a stage lit now that would not be."""
    journeys = cast("dict[str, Json]", found["journeys"])
    return sum(cast("int", each.get("dark", 0)) for each in journeys.values())


def _move(old: object, new: object) -> str | None:
    if old == new:
        return None
    if old is None:
        return "enter"
    return "leave" if new is None else "change"


def _named(run: str) -> Json:
    return {"key": run} if run else {}


def _sample(kind: str, key: str, pair: tuple[object, object], then: Side) -> Json:
    """What it was and what it would be, and why."""
    if kind == "journey":
        status = [None if each is None else " ".join(str(each).split("|")[:2]) for each in pair]
        return {"before": status[0], "after": status[1]}
    before, after = (True if each == "" else each for each in pair)  # a tag without values is on
    return {"before": before, "after": after, **(_why_tag if kind == "tag" else _why_class)(key, then)}


def _why_tag(key: str, then: Side) -> Json:
    """Why a tag would be on; or, if it would not, what would be missing."""
    plan, state = then.definitions.plan, then.state
    shown = show_tags(plan, state, then.at, then.definitions.calibrations, frozenset({key}))
    if shown:
        return _said(cast("Json", shown[0]["because"]))
    tag = plan.playbook.tags.get(key)
    parts = [] if tag is None else _missing(tag, then)
    if not parts:
        return {"text": "方案里不再有，或条件不再满足", "text_en": "no longer there, or no longer holds"}
    return {
        "text": "；".join(str(part["text"]) for part in parts),
        "text_en": "; ".join(str(part["text_en"]) for part in parts),
    }


def _why_class(key: str, then: Side) -> Json:
    calibration = in_force(then.definitions.calibrations, then.at)
    for scheme in then.definitions.plan.schemes:
        if scheme.persona.key == key:
            return _said(cast("Json", show_persona(scheme, then.state, calibration)["because"]))
    return {"text": "方案里不再有这种分层", "text_en": "there is no such scheme any more"}


def _said(because: Json) -> Json:
    return {"text": because["text"], "text_en": because["text_en"]}


def _missing(tag: Tag, then: Side) -> list[Json]:
    last = tag.values[-1].when if tag.values else None
    return [] if last is None else missing(then.definitions.plan, last, then.state, then.at)
