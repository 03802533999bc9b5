"""What the world was told of a profile, put together from the feed, beside what a look at him shows."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from functools import partial

from service.store import BreakpointRow, StepRow, Unit
from service.usecases.app import App
from service.usecases.due import rederive_due, refold_stale
from service.usecases.look import look
from tests.usecases.given import Json

Told = dict[tuple[object, ...], object]


async def settle(app: App) -> None:
    """Let the worker do everything that is due."""
    while await rederive_due(app) + await refold_stale(app):
        pass


def heard(items: Iterable[Json]) -> dict[str, Told]:
    """What a listener knows of each profile who keeps the last thing said of everything."""
    found, versions = dict[str, Told](), dict[str, int]()
    for item in items:
        assert item["version"] >= versions.get(item["profile_id"], 1), "a profile's versions only rise"
        versions[item["profile_id"]] = item["version"]
        known = found.setdefault(item["profile_id"], {})
        if item["kind"] == "profile":
            if item["from"] == item["profile_id"]:
                known.clear()
            continue
        key: tuple[object, ...] = (item["kind"], item["key"])
        state: object = None
        if item["kind"] == "tag":
            state = [item["value"]] if item["on"] else None
        elif item["kind"] == "persona":
            state = item["class"] if item["class"] != "undetermined" else None
        elif item["kind"] == "journey":
            state = None if item.get("gone") else (item["status"], item["stage"], item["progress"], item["pace"])
        elif item["kind"] == "breakpoint":
            key = ("breakpoint", *item["key"].rsplit("|", 3))
            state = None if item.get("gone") else [item["since"], item["resolved_at"]]
        known.pop(key, None)
        if state is not None:
            known[key] = state
    return found


def seen(shown: Json) -> Told:
    """The same, as a look shows it."""
    found: Told = {("tag", each["key"]): [each["value"]] for each in shown["tags"]}
    found |= {
        ("persona", key): each["class"] for key, each in shown["personas"].items() if each["class"] != "undetermined"
    }
    for each in shown["journeys"]:
        owner = each["journey"] if each["key"] is None else f"{each['journey']}:{each['key']}"
        found["journey", owner] = (each["status"], each["stage"], each["progress"], each["pace"])
        for broken in each["breakpoints"]:
            key = ("breakpoint", owner, broken["stage"], broken["kind"], str(broken["number"]))
            found[key] = [broken["since"], broken["resolved_at"]]
    return found


async def portrait(
    app: App, run: str, names: Sequence[str], moments: Sequence[int]
) -> tuple[dict[str, object], dict[str, Json]]:
    """Of each name what is shown of him, his facts and his rows, without what tells runs apart; and what is shown.

    What was so at other moments, and what will be if nothing happens, belongs to it.
    """
    found, all_shown = dict[str, object](), dict[str, Json]()
    for name in names:
        shown: Json = await look(app, name + run)
        all_shown[shown["profile_id"]] = shown
        profile = int(shown["profile_id"], 16)
        kept = await app.store.read(partial(rows_of, profile=profile))
        views = [shown, *[await look(app, name + run, moment) for moment in moments]]
        bare = [{key: value for key, value in each.items() if key not in ("profile_id", "version")} for each in views]
        found[name] = json.loads(json.dumps([*bare, *kept]).replace(run, ""))
    return found, all_shown


def rows_of(unit: Unit, profile: int) -> list[object]:
    """Facts and derived rows."""
    facts = unit.profiles.load([profile])[profile].facts
    tags = [(row.tag, row.value, row.number, row.since) for row in unit.tags.of_profile(profile)]
    classes = [row for row in unit.personas.of_profile(profile) if row.cls != "undetermined"]
    personas = [(row.scheme, row.cls, row.since) for row in classes]
    runs = [
        (row.journey, row.key, row.status, row.stage, row.stage_since, row.entered_at, row.lit, row.health, row.closed)
        for row in unit.enrollments.of_profile(profile, 1000)
    ]
    breaks = [bare(row) for row in unit.breakpoints.of_profile(profile) if row.withdrawn_at is None]
    steps = [bare(row) for row in unit.steps.of_profiles([profile])]
    return [facts.hex(), tags, personas, sorted(runs), sorted(breaks, key=str), sorted(steps, key=str)]


def bare(row: BreakpointRow | StepRow) -> list[object]:
    """A row without the profile's number, which differs from run to run."""
    return [value for name, value in asdict(row).items() if name != "profile"]
