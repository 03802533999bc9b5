"""What the definitions of a playbook are called in the reader's language, found by the keys that answers name."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.core.describe import NO_CLASS
from service.core.playbook.definitions import Named, Playbook
from service.core.subjects import declared


@dataclass(frozen=True, slots=True)
class Names:
    """Of a key that the playbook has no more, there is only the key."""

    playbook: Playbook
    english: bool

    def of(self, found: Named) -> str:
        """What a definition is called in his language, if it has a name there."""
        return (found.name_en if self.english else None) or found.name or found.key

    def tag(self, key: str) -> str:
        return self._in(self.playbook.tags, key)

    def value(self, tag: str, value: object) -> object:
        """What a tag shows: the name of a listed value, or else the value itself."""
        found = self.playbook.tags.get(tag)
        return self._among(found.values, value) if found and value else value

    def group(self, key: str) -> str:
        return self._in(self.playbook.tag_groups, key)

    def scheme(self, key: str) -> str:
        return self._in(self.playbook.personas, key)

    def cls(self, key: object, scheme: str | None = None) -> object:
        """A class of a scheme; of the first one if none is named."""
        if str(key) in NO_CLASS:
            return NO_CLASS[str(key)][self.english]
        schemes = self.playbook.personas
        found = next(iter(schemes.values()), None) if scheme is None else schemes.get(scheme)
        return self._among(found.classes, key) if found else key

    def journey(self, key: str) -> str:
        return self._in(self.playbook.journeys, key)

    def stage(self, journey: str, key: object) -> object:
        found = self.playbook.journeys.get(journey)
        return self._among(found.stages, key) if found else key

    def service(self, key: str) -> str:
        return self._in(self.playbook.services, key)

    def place(self, key: str) -> str:
        return self._in(self.playbook.places, key)

    def event(self, key: str) -> str:
        found = declared(self.playbook, key)
        return self.of(found) if found else key

    def property(self, event: str, name: str) -> str:
        """Properties have names in Chinese only: who reads English reads what they are called in events."""
        known = declared(self.playbook, event)
        found = known.properties.get(name) if known else None
        return (None if self.english or found is None else found.name) or name

    def counted(self, by: str, key: object) -> object:
        """A group of what is counted by persona, place and so on; None: of these it was not said."""
        if key is None or by not in ("place", "persona"):
            return key
        return self.cls(key) if by == "persona" else self.place(str(key))

    def _in(self, defined: Mapping[str, Named], key: str) -> str:
        found = defined.get(key)
        return self.of(found) if found else key

    def _among(self, members: Iterable[Named], key: object) -> object:
        return next((self.of(each) for each in members if each.key == key), key)
