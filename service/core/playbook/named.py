"""What has a name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What every definition has: an English key and what people read."""

    key: str
    name: str
    name_en: str | None = None
