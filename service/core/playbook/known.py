"""What a playbook declares: the names that its definitions may use, and how a wrong one is mended."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from service.core.playbook.definitions import EventType, Playbook, PropertyType
from service.core.playbook.reserved import RESERVED

NUMERIC = frozenset({"number", "integer", "money"})
_ALIKE = 0.85  # of two names of which one may be the other misspelt


@dataclass(frozen=True, slots=True)
class Known:
    """A playbook as a place to look names up."""

    playbook: Playbook
    events: Mapping[str, EventType]
    labels: Mapping[str, frozenset[str]]  # the scenarios of places, the channels of services

    def properties(self, event: str) -> Mapping[str, PropertyType] | None:
        """What an event type declares; None: it says nothing, so anything may be there."""
        found = self.events.get(event)
        return found.properties or None if found else None

    def names(self, events: Iterable[str]) -> list[str]:
        """Every property that one of these event types declares."""
        return [name for event in events for name in self.properties(event) or ()]

    def lacks(self, events: Iterable[str], name: str) -> bool:
        """Whether all these event types declare properties, and none of them this one."""
        declared = [self.properties(event) for event in events]
        return all(each is not None and name not in each for each in declared) and bool(declared)

    def kinds(self, events: Iterable[str], name: str) -> frozenset[str]:
        """The types that a property has; nothing if one of the event types leaves it open."""
        declared = [self.properties(event) for event in events]
        if any(each is None for each in declared):
            return frozenset()
        return frozenset(each[name].kind for each in declared if each and name in each)

    def typo_of(self, event: str) -> bool:
        """Whether an event that is not declared looks like one that is."""
        return event not in self.events and bool(get_close_matches(event, list(self.events), 1, _ALIKE))

    def misspelt(self, field: str, label: str) -> bool:
        """Whether a scenario that no place knows, or a channel that no service does, looks like one that is known."""
        known = self.labels[field]
        return label not in known and bool(get_close_matches(label, known, 1, _ALIKE))


def known_of(playbook: Playbook) -> Known:
    """A playbook's names. A reserved event type that is declared keeps the properties that it always has."""
    events = dict(RESERVED)
    for key, each in playbook.events.items():
        always = RESERVED[key].properties if key in RESERVED else {}
        events[key] = EventType(key=key, name=each.name, properties={**each.properties, **always})
    scenarios = frozenset(each for place in playbook.places.values() for each in place.scenarios)
    channels = frozenset(each for service in playbook.services.values() for each in service.channels)
    return Known(playbook, events, {"scenario": scenarios, "channel": channels})
