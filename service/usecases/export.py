"""Exporting profiles as a table or as lines of JSON: page by page, each in its own short transaction."""

import csv
import json
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from io import StringIO
from typing import TypeAlias, cast

from service.core.facts import State
from service.core.plan import Plan
from service.core.playbook.definitions import Playbook
from service.core.playbook.opinions import wrong_scheme, wrong_tag
from service.core.problem import Problem, token
from service.core.wire import plain
from service.store import ProfileRow, TagCell, Unit, Wanted
from service.usecases.app import App
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid
from service.usecases.record import profile_id
from service.usecases.search import FIRST, freshness, identities_of
from service.usecases.where import read_where

Json = dict[str, object]
PAGE = 500
BOM = "\ufeff"  # or Excel takes Chinese for something else
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a table program would run
SEVERAL = "; "
UNDETERMINED = "undetermined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fields:
    """What is told of everybody, beside his id."""

    identities: tuple[str, ...] = ()  # namespaces
    tags: tuple[str, ...] = ()
    personas: tuple[str, ...] = ()
    traits: tuple[str, ...] = ()


Asked: TypeAlias = tuple[Wanted, Fields]
Page: TypeAlias = tuple[list[Json], int | None]  # lines, and after which profile the next page begins


@dataclass(frozen=True, slots=True, kw_only=True)
class Export:
    """An export that has begun: what its head says, and the text, page by page."""

    about: Json
    text: AsyncGenerator[str]


async def export(app: App, where: object, form: str, fields: Fields) -> Export:
    """The first page is read before this answers: what is wrong is said before the first byte."""
    now = app.clock()

    def begin(unit: Unit, definitions: Definitions) -> tuple[Json, Wanted, Page]:
        _refuse_unknown(definitions.plan.playbook, fields)
        wanted = read_where(definitions.plan.playbook, where)
        return freshness(unit, definitions, now), wanted, _page(unit, definitions, (wanted, fields), FIRST)

    about, wanted, first = await app.read(begin)
    return Export(about=about, text=_text(app, (wanted, fields), form, first))


def _refuse_unknown(playbook: Playbook, fields: Fields) -> None:
    problems: list[Problem] = []
    for index, tag in enumerate(fields.tags):
        problems += wrong_tag(playbook, tag, "/fields/tags" + token(index))
    for index, scheme in enumerate(fields.personas):
        problems += wrong_scheme(playbook, scheme, "/fields/personas" + token(index))
    if problems:
        raise Invalid("invalid_request", "请求有误，见 errors", "the request has problems, see errors", tuple(problems))


async def _text(app: App, asked: Asked, form: str, page: Page) -> AsyncGenerator[str]:
    if form == "csv":
        yield BOM + table([head(asked[1])])
    while True:
        lines, after = page
        yield table(cells(asked[1], line) for line in lines) if form == "csv" else "".join(map(_line, lines))
        if after is None:
            return
        page = await app.read(partial(_page, asked=asked, after=after))


# ---- one page


def _page(unit: Unit, definitions: Definitions, asked: Asked, after: int) -> Page:
    wanted, fields = asked
    rows = unit.search.page(wanted, after, PAGE)
    found = _Found(unit, rows, fields)
    lines = [found.line(row, definitions.plan, fields) for row in rows]
    return lines, rows[-1].profile if len(rows) == PAGE else None


class _Found:
    """What a page tells of its profiles, read once for all of them."""

    def __init__(self, unit: Unit, rows: Sequence[ProfileRow], fields: Fields) -> None:
        profiles = [row.profile for row in rows]
        self.identities = identities_of(unit, rows) if fields.identities else {}
        self.tags = {(cell.profile, cell.tag): cell for cell in unit.search.tags(profiles, fields.tags)}
        kept = unit.search.personas(profiles, fields.personas)
        self.personas = {(row.profile, row.scheme): row.cls for row in kept}

    def line(self, row: ProfileRow, plan: Plan, fields: Fields) -> Json:
        names = self.identities.get(row.profile, [])
        traits = State(plan.layout, row.facts).traits if fields.traits else {}
        return {
            "profile_id": profile_id(row.profile),
            "identities": {space: [each for each in names if namespace(each) == space] for space in fields.identities},
            "tags": {tag: _shown(self.tags.get((row.profile, tag))) for tag in fields.tags},
            "personas": {key: self.personas.get((row.profile, key), UNDETERMINED) for key in fields.personas},
            "traits": {name: plain(traits.get(name)) for name in fields.traits},
        }


def namespace(identity: str) -> str:
    """`openid` of `openid@wx123:oAb`."""
    return identity.partition(":")[0].partition("@")[0]


def _shown(cell: TagCell | None) -> object:
    """What a tag shows: a number, a text, true for one without values; null while it is off."""
    if cell is None:
        return None
    return plain(cell.number) if cell.number is not None else cell.value if cell.value is not None else True


# ---- written


def _line(line: Json) -> str:
    return json.dumps(line, ensure_ascii=False, separators=(",", ":")) + "\n"


def head(fields: Fields) -> list[object]:
    """The names of the columns."""
    groups = {"identity": fields.identities, "tag": fields.tags, "persona": fields.personas, "trait": fields.traits}
    return ["profile_id", *(f"{kind}:{name}" for kind, names in groups.items() for name in names)]


def cells(fields: Fields, line: Mapping[str, object]) -> list[object]:
    """One line of the table."""
    groups = cast("Mapping[str, Mapping[str, object]]", line)
    named = [groups["identities"][space] for space in fields.identities]
    found: list[object] = [SEVERAL.join(cast("list[str]", names)) for names in named]
    for group, names in (("tags", fields.tags), ("personas", fields.personas), ("traits", fields.traits)):
        found += [groups[group][name] for name in names]
    return [line["profile_id"], *found]


def table(rows: Iterable[Sequence[object]]) -> str:
    """Lines of CSV that a table program reads as what they are."""
    text = StringIO()
    csv.writer(text).writerows([disarmed(cell) for cell in row] for row in rows)
    return text.getvalue()


def disarmed(cell: object) -> str:
    """A cell as text: a formula in it would run on the machine of whoever opens the table."""
    said = "" if cell is None else str(cell).lower() if isinstance(cell, bool) else str(cell)
    return f"'{said}" if said.startswith(FORMULA) else said
