"""A card of a run, 5:4 as chats show shares: what stands where, the same for the SVG and the PNG."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import cos, pi, sin
from typing import Any
from unicodedata import east_asian_width

from service.api.pages.words import chosen
from service.api.templates import page

WIDTH, HEIGHT = 1000, 800
CENTRE, RADIUS, THICK = (500, 285), 180, 22
BADGE_AT, BADGE_SCALE = (430, 185), 1.4
TITLE, SLOGAN, NAME = 15, 26, 5  # full-width letters that fit
DOTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Dot:
    """One stage."""

    x: int
    name: str
    lit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """Everything that is drawn."""

    colour: str
    ink: str
    badge: str
    title: str
    slogan: str
    percent: int
    dots: tuple[Dot, ...]

    @property
    def label(self) -> str:
        """The card in words, for those who do not see it."""
        return f"{self.title} {self.percent}%"

    @property
    def arc(self) -> str:
        """The lit part of the ring, clockwise from the top; SVG draws no arc that ends where it begins."""
        if self.percent == 0:
            return ""
        angle = 2 * pi * min(self.percent, 99.99) / 100
        (x, y), r = CENTRE, RADIUS
        return f"M{x} {y - r} A{r} {r} 0 {int(self.percent > 50)} 1 {x + r * sin(angle):.2f} {y - r * cos(angle):.2f}"  # noqa: PLR2004 (half a ring)


def card_of(run: Mapping[str, Any], language: str) -> Card:
    """The card of a run as a link shows it."""
    brand, stages = run["brand"], _few(run["stages"])
    step = WIDTH // (len(stages) + 1)
    return Card(
        colour=brand["colour"],
        ink=brand["ink"],
        badge=brand["badge"],
        title=cut(chosen(run, "name", language), TITLE),
        slogan=cut(chosen(brand, "slogan", language), SLOGAN),
        percent=run["percent"],
        dots=tuple(
            Dot(x=step * place, name=cut(chosen(stage, "name", language), NAME), lit=stage["state"] == "lit")
            for place, stage in enumerate(stages, 1)
        ),
    )  # fmt: skip


def _few(stages: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    """As many as fit: about where he is."""
    if len(stages) <= DOTS:
        return stages
    lit = max((place for place, stage in enumerate(stages) if stage["state"] == "lit"), default=0)
    first = min(max(lit - 2, 0), len(stages) - DOTS)
    return stages[first : first + DOTS]


def cut(text: str, room: int) -> str:
    """As much of a text as fits into so many full-width letters."""
    used = 0.0
    for place, letter in enumerate(text):
        used += 1 if east_asian_width(letter) in "WF" else 0.58
        if used > room:
            return text[:place].rstrip() + "…"
    return text


def draw_svg(card: Card) -> str:
    """The card as SVG: attributes only, so that no style has to be allowed."""
    return page("pages/card.svg", card=card)
