"""What events of reserved types set directly: traits, opinions on tags, and when services met the profile."""

from service.core.calendar import read_instant
from service.core.event import Event
from service.core.facts import State
from service.core.plan import OPINION_TYPES, TRAIT_SET, Plan

OUTCOME_TYPES = {
    f"service_{outcome}": outcome for outcome in ("shown", "clicked", "accepted", "completed", "dismissed")
}
TRAIT_LIMIT = 255


def absorb(plan: Plan, state: State, event: Event) -> set[int]:
    """Take in an event of a reserved type; answers the ranks of the tags to decide anew."""
    if event.type == TRAIT_SET:
        _set_traits(state, event)
    elif event.type in OPINION_TYPES:
        return _opine(plan, state, event)
    elif event.type in OUTCOME_TYPES:
        _meet(plan, state, event)
    return set()


def _set_traits(state: State, event: Event) -> None:
    traits = state.traits
    for name in event.properties:
        value = event.scalar(name)
        if value is None:
            traits.pop(name, None)
        elif name in traits or len(traits) < TRAIT_LIMIT:
            traits[name] = value


def _opine(plan: Plan, state: State, event: Event) -> set[int]:
    tag = event.scalar("tag")
    if not isinstance(tag, str):
        return set()
    layers = dict(state.opinions.get(tag, {}))
    if event.type == "tag_released":
        layers.pop(event.layer, None)
    else:
        value, until = event.scalar("value"), event.scalar("until")
        layers[event.layer] = (
            event.type == "tag_set",
            str(value) if isinstance(value, str) else None,
            read_instant(until) if isinstance(until, str) else None,
            event.t,
        )
    state.opinions.pop(tag, None)
    if layers:
        state.opinions[tag] = layers
    return {plan.ranks[tag]} if tag in plan.ranks else set()


def _meet(plan: Plan, state: State, event: Event) -> None:
    """Keep as many showings as the contact policy can ask for, and the newest of every other outcome."""
    service = event.scalar("service")
    if not isinstance(service, str) or service not in plan.playbook.services:
        return
    outcome = OUTCOME_TYPES[event.type]
    keep = max(plan.playbook.contact_policy.at_most or 1, 1) if outcome == "shown" else 1
    name = f"{outcome}:{service}"
    state.contacts[name] = [*state.contacts.get(name, []), event.t][-keep:]
