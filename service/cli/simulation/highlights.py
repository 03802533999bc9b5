"""Whom to look up in a simulated life of a trade, and what is there to see."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypedDict

from service.cli.simulation.diary import Wire


class Highlight(TypedDict):
    """Somebody worth looking up. `key` is what singles out the thing to see, such as the order of a journey."""

    identity: str
    name: str
    text: str
    kind: str  # tag, persona, journey or breakpoint
    what: str  # the tag, the persona scheme, the journey
    value: str  # the tag's value, the class, the stage; of a breakpoint its kind; empty for a tag that is on or off
    key: str


def highlight(identity: str, name: str, text: str, *what: str) -> Highlight:
    """`what` is kind, what, value, key; what is left out is empty."""
    kind, thing, value, key = (*what, "", "")[:4]
    return Highlight(identity=identity, name=name, text=text, kind=kind, what=thing, value=value, key=key)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """One thing that the demonstration points at: a profile, or with an `offer` what would be recommended to it."""

    title: str
    identity: str
    offer: Mapping[str, object] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """A trade that can be shown: who lives in it, and what to look at."""

    title: str
    people: int  # how many, where nobody says
    events: Callable[[int, int, datetime], Iterator[Wire]]  # of how many, by which seed, up to when
    highlights: Callable[[datetime], Mapping[str, Highlight]]
    sights: tuple[Sight, ...]
