"""What has a name."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """What every definition has: an English key and what people read."""

    key: str
    name: str
    name_en: str | None = None

    @property
    def english(self) -> str:
        """What it is called in an English sentence: by its English name; without one, by its key."""
        return self.name_en or self.key

    @property
    def names(self) -> tuple[str, str]:
        """What it is called in a sentence, Chinese and English."""
        return self.name, self.english
