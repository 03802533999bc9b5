"""What a customer has earned: shown once an event says that it was granted; the newest event of a benefit decides."""

from collections.abc import Iterator

from service.core.calendar import write_instant
from service.core.event import Event
from service.core.facts import State
from service.core.playbook.definitions import Playbook

Json = dict[str, object]
BENEFIT_TYPES = {"benefit_granted": "granted", "benefit_used": "used", "benefit_expired": "expired"}
LIMIT = 200  # benefits kept of one profile


def absorb(state: State, event: Event) -> None:
    """Take in that a benefit was granted, used, or has expired."""
    benefit = event.scalar("benefit")
    if isinstance(benefit, str) and (benefit in state.benefits or len(state.benefits) < LIMIT):
        state.benefits[benefit] = (BENEFIT_TYPES[event.type], event.t)


def show_benefits(playbook: Playbook, state: State, journey: str | None = None) -> Iterator[Json]:
    """The benefits of a profile; of one journey, those of its stages. One that no stage names keeps its key."""
    known = {
        benefit.key: (each.key, benefit)
        for each in playbook.journeys.values()
        if journey in (None, each.key)
        for stage in each.stages
        for benefit in stage.benefits
    }
    for key, (said, at) in sorted(state.benefits.items()):
        if key in known or journey is None:
            name = (known[key][1].name, known[key][1].name_en) if key in known else (key, None)
            yield {"benefit": key, "name": name[0], "name_en": name[1], "state": said, "at": write_instant(at)}
