"""Progress as the customer himself sees it: his words, what he may do, and nothing that is only for staff."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import cast

from service.core.calendar import local_date, read_instant, write_instant
from service.core.enrollment import UNLIT
from service.core.forecast import forecast
from service.core.plan import Plan
from service.core.playbook.brands import Brand, LitBy, Sharing
from service.core.playbook.colours import ink_on
from service.core.playbook.definitions import Journey, Playbook, Stage
from service.core.playbook.shapes import path_of

Json = dict[str, object]
COLOUR, COLOUR_DARK = "#0f766e", "#2dd4bf"  # of a journey that names none
WORDS = {"lit": ("已点亮", "Lit"), "current": ("进行中", "In progress"), "ahead": ("待点亮", "Ahead")}
TAKEN_BACK = "之前的一项操作已撤销，这一步回到待点亮", "what had lit this step was taken back; it is to be lit again"
STATUS = {"active": "active", "completed": "completed", "dropped": "ended"}


def progress_of(plan: Plan, shown: Json, at: int) -> Json | None:
    """One run, from what staff see of it; None if the playbook knows its journey no longer."""
    journey = plan.playbook.journeys.get(str(shown["journey"]))
    if journey is None:
        return None
    told = {str(each["stage"]): each for each in cast("list[Json]", shown["stages"])}
    way = _way(plan, journey, told)
    stages = _on_the_way(journey, told, way)
    active = shown["status"] == "active"
    current = _current(journey, shown, told, way) if active else None
    required = [told[stage.key]["state"] == "lit" for stage in way if not stage.optional]
    done = shown["status"] == "completed"
    over = shown["status"] == "dropped" or bool(shown.get("closed"))  # nothing can be lit in it any more
    return {
        "journey": journey.key,
        "name": journey.name,
        "name_en": journey.name_en,
        "theme": journey.theme,
        "theme_en": journey.theme_en,
        "value": journey.value,
        "value_en": journey.value_en,
        "key": shown["key"],
        "status": STATUS[str(shown["status"])],
        "percent": 100 if done else 100 * sum(required) // max(len(required), 1),
        "current": current,
        "entered_at": shown["entered_at"],
        "brand": _brand(journey.brand or Brand()),
        "share": sharing_of(journey),
        "stages": [_stage(plan, stage, each, _Moment(at=at, current=current, over=over)) for stage, each in stages],
        "benefits": shown.get("benefits", []),
    }


def seen_by_friends(told: Json) -> Json:
    """A run as friends see it: which stages are lit, and on which day; nothing of who he is or what he bought."""
    stages = [{name: each[name] for name in _OF_STAGES} for each in cast("list[Json]", told["stages"])]
    return {**{name: told[name] for name in _OF_RUNS}, "stages": stages}


_OF_RUNS = ("journey", "name", "name_en", "theme", "theme_en", "value", "value_en", "status", "percent", "current",
            "brand", "share")  # fmt: skip
_OF_STAGES = ("stage", "name", "name_en", "phase", "state", "day", "lit_by", "key_moment", "optional", "friends")


class _Moment:
    """When a run is looked at, which stage is its current one, and whether it is over for good."""

    __slots__ = ("at", "current", "over")

    def __init__(self, *, at: int, current: str | None, over: bool) -> None:
        self.at, self.current, self.over = at, current, over


def _way(plan: Plan, journey: Journey, told: Mapping[str, Json]) -> list[Stage]:
    """The way that he sees himself on: what he lit himself, or friends for him, leads on like everything else."""
    route = next(each for each in plan.routes if each.journey.key == journey.key)
    lit = [0 if told.get(stage.key, {}).get("state") == "lit" else UNLIT for stage in journey.stages]
    return [journey.stages[place] for place in route.way(lit) if journey.stages[place].key in told]


def _on_the_way(journey: Journey, told: Mapping[str, Json], way: Sequence[Stage]) -> list[tuple[Stage, Json]]:
    """The stages with their definitions; those of a branch that he has passed by are of no interest to him."""
    found: list[tuple[Stage, Json]] = []
    ahead = True
    for stage in reversed(journey.stages):
        lit = stage.key in told and told[stage.key]["state"] == "lit"
        ahead = ahead and not lit
        if stage.key in told and (lit or ahead or stage in way):
            found.append((stage, told[stage.key]))
    return found[::-1]


def _current(journey: Journey, shown: Json, told: Mapping[str, Json], way: Sequence[Stage]) -> str | None:
    """Where he is; past a stage that he lit himself, the next one on his way that has to be done."""
    places = {stage.key: place for place, stage in enumerate(journey.stages)}
    here = places.get(str(shown["stage"]), 0)
    ahead = (stage for stage in way if places[stage.key] >= here and not stage.optional)
    return next((stage.key for stage in ahead if told[stage.key]["state"] != "lit"), None)


def _stage(plan: Plan, stage: Stage, each: Json, moment: _Moment) -> Json:
    lit = each["state"] == "lit"
    state = "lit" if lit else "current" if stage.key == moment.current else "ahead"
    shown: Json = {
        "stage": stage.key,
        "name": stage.words or stage.name,
        "name_en": stage.words_en or stage.name_en,
        "phase": stage.phase,
        "state": state,
        "at": each["at"],
        "day": _day(plan, each["at"]),
        "lit_by": each.get("lit_by"),
        "key_moment": stage.key_moment,
        "optional": stage.optional,
        "goal": stage.goal,
        "goal_en": stage.goal_en,
        "benefit": stage.benefit,
        "benefit_en": stage.benefit_en,
        "services": [_service(plan.playbook, key) for key in stage.services if key in plan.playbook.services],
        "dimmed": _dimmed(plan, each),
        "expected": None,
        **_lighting(stage.lit_by, each, open_=not lit and not moment.over),
    }
    if state == "current":
        due = expected(plan, stage, each, moment.at)
        overdue = due is not None and due["by"] is None
        shown["expected"] = None if overdue and shown["dimmed"] else due  # whoever was refunded is not late
    return shown


def _day(plan: Plan, at: object) -> str | None:
    """The local day of an instant."""
    instant = _instant(at)
    return None if instant is None else date.fromordinal(local_date(instant, plan.layout.frame.zone)).isoformat()


def expected(plan: Plan, stage: Stage, each: Json, at: int) -> Json | None:
    """When the current stage is done as a rule, honestly: as was learned of those who were here before.

    The one place for it. Before enough was learned there is only the latest, which the playbook says.
    """
    learned = "usual_by" in each
    first, last = (
        _instant(each.get(name)) for name in (("usual_from", "usual_by") if learned else ("", "expected_by"))
    )
    if last is None:
        return None
    width = last - first if first is not None else stage.expected_within or 0
    found = forecast(first, last, width, at, plan.layout.frame.zone)
    return {
        "after": found.after and write_instant(found.after),
        "by": found.by and write_instant(found.by),
        "basis": "learned" if learned else "playbook",
        "text": found.zh,
        "text_en": found.en,
    }


def _instant(written: object) -> int | None:
    return None if written is None else read_instant(str(written))


def _dimmed(plan: Plan, each: Json) -> Json | None:
    """Why a stage that he saw lit no longer is, in his words."""
    found = cast("Json | None", each.get("dimmed"))
    if found is None:
        return None
    event = plan.playbook.events.get(str(cast("Json", found["because"])["event"]))
    zh, en = (event.words, event.words_en) if event else (None, None)
    return {
        "at": found["at"],
        "day": _day(plan, found["at"]),
        "because": "reversed",
        "text": f"因{zh}，这一步回到待点亮" if zh else TAKEN_BACK[0],
        "text_en": f"because of {en}, this step is to be lit again" if en else TAKEN_BACK[1],
    }


def _lighting(by: LitBy | None, each: Json, *, open_: bool) -> Json:
    """Whether he may light a stage, or how many friends have helped and how many are wanted."""
    if by is None:
        return {"can_light": False, "friends": None}
    if not by.friends:
        return {"can_light": open_, "friends": None}
    return {"can_light": False, "friends": {"wanted": by.friends, "helped": each.get("helpers", 0), "open": open_}}


def _service(playbook: Playbook, key: str) -> Json:
    service = playbook.services[key]
    return {"service": key, "name": service.name, "name_en": service.name_en}


def _brand(brand: Brand) -> Json:
    colour = brand.colour or COLOUR
    dark = brand.colour_dark or brand.colour or COLOUR_DARK
    return {
        "colour": colour,
        "ink": ink_on(colour),
        "colour_dark": dark,
        "ink_dark": ink_on(dark),
        "badge": path_of(brand.badge),
        "slogan": brand.slogan,
        "slogan_en": brand.slogan_en,
        "words": {state: brand.words.get(state, zh) for state, (zh, _) in WORDS.items()},
        "words_en": {state: brand.words_en.get(state, en) for state, (_, en) in WORDS.items()},
    }


def sharing_of(journey: Journey) -> Json:
    """What a share of it says and opens."""
    sharing = journey.sharing or Sharing()
    return {
        "title": sharing.title or journey.name,
        "title_en": sharing.title_en or journey.name_en,
        "path": sharing.path,
    }
