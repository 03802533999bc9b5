"""What a playbook declares of events: their kinds, and the shapes of their properties."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from service.core.playbook.conditions import Reversal
from service.core.playbook.named import Named


@dataclass(frozen=True, slots=True, kw_only=True)
class PropertyType:
    """`kind` is string, number, integer, boolean or money; `fen` says that money comes in hundredths."""

    kind: str
    fen: bool = False
    name: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventType(Named):
    """A kind of event."""

    properties: Mapping[str, PropertyType] = field(default_factory=dict)
    reverses: Reversal | None = None
    words: str | None = None  # what customers read of it, where it takes back what had lit a stage
    words_en: str | None = None
