"""Which playbook a read goes by: the one in force, an earlier version, or the draft that somebody tries on."""

from dataclasses import replace
from functools import lru_cache

from service.core.plan import Plan, compile_playbook
from service.core.playbook.read import read_playbook
from service.store import Unit
from service.usecases.definitions import Definitions
from service.usecases.failures import Invalid, Unknown
from service.usecases.playbook import drafted, read_and_check
from service.usecases.source import read_source

KEPT = 4  # plans of earlier versions, and of drafts
DRAFT = "draft"
Edition = int | str | None  # a version, `draft`, or the one in force


def edition(unit: Unit, definitions: Definitions, which: Edition) -> Definitions:
    """The definitions with another playbook; Unknown or Invalid if there is none that could be used."""
    if which is None or which == definitions.plan.version:
        return definitions
    if which == DRAFT:
        draft = drafted(unit)
        return replace(definitions, plan=plan_of(draft.body, draft.media_type, definitions.plan.version + 1))
    row = unit.playbooks.get(int(which))
    if row is None:
        raise Unknown("unknown_version", "没有这个版本", "there is no such version")
    return replace(definitions, plan=_published(row.body, row.media_type, row.version))


@lru_cache(maxsize=KEPT)
def _published(body: bytes, media_type: str, version: int) -> Plan:
    return compile_playbook(read_playbook(read_source(body, media_type).tree)[0], version)


@lru_cache(maxsize=KEPT)
def plan_of(body: bytes, media_type: str, version: int) -> Plan:
    """A text that was never published, compiled; Invalid if it has problems."""
    playbook, problems = read_and_check(read_source(body, media_type))
    if problems:
        zh, en = "草稿还有问题，请先改好", "the draft has problems; mend them first"
        raise Invalid("draft_has_problems", zh, en, problems)
    return compile_playbook(playbook, version)
