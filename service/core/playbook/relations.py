"""What stands within definitions, and together with others."""

from service.core.playbook.conditions import Condition
from service.core.playbook.definitions import Persona, Playbook, Tag


def needs_calibration(persona: Persona) -> bool:
    """Whether the classes of a scheme are bounded by percentiles."""
    return any(bound and bound.permille is not None for each in persona.classes for bound in (each.enter, each.leave))


def conditions_of_persona(persona: Persona) -> tuple[Condition, ...]:
    """Every condition of a scheme."""
    rules = [each.when for each in persona.classes]
    found = (persona.undetermined_below, *(each.when for each in persona.signals), *rules)
    return tuple(each for each in found if each is not None)


def conditions_of_tag(tag: Tag) -> tuple[Condition, ...]:
    """Every condition of a tag."""
    return tuple(each for each in (*(value.when for value in tag.values), tag.gate) if each is not None)


def exclusive_groups(playbook: Playbook) -> list[list[Tag]]:
    """The members of each exclusive group, in the playbook's order."""
    groups = [group.key for group in playbook.tag_groups.values() if group.exclusive]
    return [[tag for tag in playbook.tags.values() if tag.group == key] for key in groups]
