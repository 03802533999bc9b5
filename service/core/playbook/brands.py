"""What a customer sees of a journey: its brand pack, how it is shared, and which stages he lights himself."""

from collections.abc import Mapping
from dataclasses import dataclass, field

STATES = ("lit", "current", "ahead")  # what a stage can be to a customer
FRIENDS = 20  # helpers that a stage may ask for, at most


@dataclass(frozen=True, slots=True, kw_only=True)
class LitBy:
    """A stage that the user lights himself, or so many friends of his. `verified`: it counts as done."""

    friends: int = 0
    verified: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A journey's looks. Colours are `#rrggbb`; `badge` names a built-in shape or is the path of one."""

    colour: str | None = None
    colour_dark: str | None = None
    badge: str | None = None
    slogan: str | None = None
    slogan_en: str | None = None
    words: Mapping[str, str] = field(default_factory=dict)  # by state
    words_en: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sharing:
    """What a share in a chat says, and the page of the mini-program that it opens."""

    title: str | None = None
    title_en: str | None = None
    path: str | None = None
