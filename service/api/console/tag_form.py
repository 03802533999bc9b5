"""Tags written by filling in blanks, with the rule read back and its people counted; saved to the draft."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from hashlib import blake2b

from starlette.responses import Response

from service.api.console.page import Desk
from service.api.console.visit import Visit
from service.core.outline import outline
from service.core.playbook.reserved import RESERVED
from service.core.problem import Problem
from service.usecases.definition import get_definition, in_hand, put_definition
from service.usecases.failures import Clash, Stale, Unknown
from service.usecases.head_count import head_count
from service.usecases.tag_templates import (
    COMPARISONS,
    FILTERS,
    TEMPLATES,
    Blanks,
    filled,
    is_key,
    mistakes,
    written,
)

desk = Desk()
Json = dict[str, object]
WRITE = "playbook:write"
HAPPENINGS = ("benefit_", "service_", "feedback_")  # what we understand ourselves and people do
NEW = "new"  # in the address, in place of a key
LIVE, SAVE = "live", "save"
UNPROCESSABLE = 422
BAD_KEY = Problem(
    code="blank_key",
    pointer="/key",
    zh="key 应以小写字母开头，只用小写字母、数字和下划线，最多 64 个",
    en="a key begins with a lower-case letter, then lower-case letters, digits and _, at most 64",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """What the form shows: whose rule, what is filled in, and since when it was looked at. `old`: not a new tag."""

    key: str
    old: bool
    blanks: Blanks
    mark: str = ""


@desk.get("/tags", "playbook:read")
async def tags(visit: Visit) -> Response:
    playbook = await in_hand(visit.lantern)
    said = {tag.key: outline(playbook, tag)[visit.language == "en"] for tag in playbook.tags.values()}
    return visit.page("tags.html", playbook=playbook, said=said, saved=visit.asked("saved"))


@desk.get("/tags/{tag}", WRITE)
async def tag_form(visit: Visit) -> Response:
    key = visit.step("tag")
    if key == NEW:
        return await _shown(visit, Sheet(key="", old=False, blanks=Blanks()))
    found = await get_definition(visit.lantern, f"tags/{key}")
    blanks = filled(found["value"])
    if blanks is None:
        name = visit.names_in(await in_hand(visit.lantern)).tag(key)
        return visit.page("by_hand.html", name=name, found=found)
    return await _shown(visit, Sheet(key=key, old=True, blanks=blanks, mark=_mark(found["value"])), count=True)


@desk.post("/tags/{tag}", WRITE)
async def write_tag(visit: Visit) -> Response:
    sheet = _filled_in(visit)
    wrong = (*(() if is_key(sheet.key) else (BAD_KEY,)), *mistakes(sheet.blanks))
    do = visit.fields.get("do")
    if do == SAVE and not wrong:
        await _save(visit, sheet)
        return visit.go("tags", saved=sheet.key)
    response = await _shown(visit, sheet, wrong=wrong, count=True, live=do == LIVE)
    if wrong:
        response.status_code = UNPROCESSABLE
    return response


def _filled_in(visit: Visit) -> Sheet:
    given = {each.name: visit.fields[each.name] for each in fields(Blanks) if each.name in visit.fields}
    key = visit.step("tag")
    old = key != NEW
    return Sheet(
        key=key if old else visit.fields.get("key", ""),
        old=old,
        blanks=Blanks(**given),
        mark=visit.fields.get("mark", ""),
    )


async def _save(visit: Visit, sheet: Sheet) -> None:
    """Save it, unless somebody else wrote the same tag in the meantime."""
    name = f"tags/{sheet.key}"
    try:
        found = await get_definition(visit.lantern, name)
    except Unknown:
        found = None
    if found is not None and not sheet.old:
        raise Clash("tag_exists", visit.words.exists, visit.words.exists)
    if sheet.old and _mark(found and found["value"]) != sheet.mark:
        zh, en = "这个标签刚被别人改过，请重新打开再改", "somebody has just changed this tag; open it anew"
        raise Stale("tag_changed", zh, en)
    etag = str(found["etag"]) if found else None
    await put_definition(visit.lantern, visit.actor, name, written(sheet.blanks), etag)


def _mark(value: object) -> str:
    """What tells a definition from any other."""
    return blake2b(json.dumps(value, sort_keys=True).encode(), digest_size=8).hexdigest()


async def _shown(
    visit: Visit, sheet: Sheet, *, wrong: tuple[Problem, ...] = (), count: bool = False, live: bool = False
) -> Response:
    said = None
    if count and not mistakes(sheet.blanks):
        key = sheet.key if is_key(sheet.key) else "draft"
        said = await head_count(visit.lantern, key, written(sheet.blanks), visit.is_waiting)
    if live:
        return visit.page("spoken.html", said=said, wrong=wrong)
    playbook = await in_hand(visit.lantern)
    events = {**playbook.events, **{key: each for key, each in RESERVED.items() if key.startswith(HAPPENINGS)}}
    choices: Mapping[str, object] = {"templates": TEMPLATES, "compares": COMPARISONS, "filters": FILTERS}
    return visit.page(
        "tag_form.html", sheet=sheet, said=said, wrong=wrong, events=events, groups=playbook.tag_groups,
        names=visit.names_in(playbook), **choices,
    )  # fmt: skip
