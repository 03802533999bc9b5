"""What would be published: the whole draft, chosen definitions of it on top of what is in force, or an old version."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.store import DraftRow, Unit
from service.usecases.edit import GONE, Place, edited, tree_of, within
from service.usecases.failures import Invalid, Unknown
from service.usecases.playbook import SECTIONS, drafted, etag_of

WHOLE = ("playbook", "name", "timezone", "layers", "contact_policy", "unknown_profiles", "identities")


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A text that could be published, and the draft that it was taken from."""

    body: bytes
    media_type: str
    draft: DraftRow | None = None

    @property
    def etag(self) -> str:
        """What tells it from every other text."""
        return etag_of(self.body)


def place_of(name: str) -> Place:
    """`tags/frequent_buyer`, or the name of a whole section such as `contact_policy`."""
    section, _, key = name.partition("/")
    known = section in SECTIONS if key else section in WHOLE
    if not known:
        zh, en = "定义写成 section/key，例如 tags/frequent_buyer", "write section/key, such as tags/frequent_buyer"
        raise Invalid("unknown_definition", zh, en)
    return section, key


def candidate(unit: Unit, definitions: Sequence[str] = ()) -> Candidate:
    """The draft, or of the draft only these definitions."""
    draft = drafted(unit)
    newest = unit.playbooks.newest()
    if not definitions or newest is None:
        return Candidate(body=draft.body, media_type=draft.media_type, draft=draft)
    wanted = tree_of(draft.body, draft.media_type)
    changes = {place: within(wanted, place) for place in map(place_of, definitions)}
    present = tree_of(newest.body, newest.media_type)
    for place, value in changes.items():
        if value is GONE and within(present, place) is GONE:
            zh, en = "草稿和现行方案里都没有这个定义", "neither the draft nor the playbook in force has this definition"
            raise Unknown("unknown_definition", zh, en)
    return Candidate(body=edited(newest.body, newest.media_type, changes), media_type=newest.media_type, draft=draft)


def version(unit: Unit, number: int) -> Candidate:
    """An old version as it was."""
    row = unit.playbooks.get(number)
    if row is None:
        raise Unknown("unknown_version", "没有这个版本", "there is no such version")
    return Candidate(body=row.body, media_type=row.media_type)
