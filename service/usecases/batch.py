"""What requests bring to be recorded, and what becomes of each item."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from service.core.changes import Change
from service.core.intake import Admitted, Sender
from service.core.problem import Problem
from service.store import IdentityRow, ProfileRow, Unit
from service.usecases.ahead import Ahead
from service.usecases.definitions import Definitions
from service.usecases.identify import Reshaped

Json = dict[str, object]
EventKey = tuple[int, str, str]  # root, source, event_id


@dataclass(slots=True)
class Item:
    """One event of a request: as it came, and admitted or with its problems."""

    index: int
    raw: object
    verdict: Admitted | tuple[Problem, ...]
    status: str = "rejected"
    profile: int | None = None
    version: int | None = None
    changes: list[Change] = field(default_factory=list)
    quarantine: int | None = None


@dataclass(slots=True)
class Submission:
    """The items of one request. They are acknowledged together, after the commit that holds them all."""

    sender: Sender
    received_at: int
    items: Sequence[Item]
    backfill: bool = False


CONFLICT = Problem(
    code="same_id_other_content",
    pointer="/event_id",
    zh="这个 event_id 已用于另一内容的事件，原事件保持不变；若是新事件，请换一个 event_id",
    en="this event_id already stands for an event with other content, which stays; a new event needs a new event_id",
)


def of(item: Item) -> Admitted:
    """The admitted form of an item that is known to have one."""
    assert isinstance(item.verdict, Admitted)
    return item.verdict


@dataclass(slots=True)
class Group:
    """The working memory of one group commit."""

    unit: Unit
    definitions: Definitions
    now: int
    known: dict[str, IdentityRow] = field(default_factory=dict)
    rows: dict[int, ProfileRow] = field(default_factory=dict)
    reshaped: Reshaped = field(default_factory=Reshaped)
    ahead: Ahead = field(default_factory=Ahead)
    roots: dict[int, list[int]] = field(default_factory=dict)  # of profiles with several, or whose roots were needed

    def profileof(self, admitted: Admitted) -> int:
        """The profile that an event belongs to now."""
        row = self.known[admitted.identities[0]]
        return self.reshaped.profile_of.get(row.root, row.profile)
