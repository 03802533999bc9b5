"""What events of reserved types set directly: traits, opinions on tags, and when services met the profile."""

from service.core import benefits
from service.core.calendar import read_instant
from service.core.event import Event
from service.core.facts import TEST, State
from service.core.plan import OPINION_TYPES, PIN_TYPES, TRAIT_SET, Plan

OUTCOME_TYPES = {
    f"service_{outcome}": outcome for outcome in ("shown", "clicked", "accepted", "completed", "dismissed")
}
TRAIT_LIMIT = 255
STAFF = "manual"
HALVINGS = 3  # after which an opinion has faded
PERSONALISATION = "personalisation_set"
TEST_PROFILE = "test_profile_set"
WISH_TYPES = frozenset({PERSONALISATION, TEST_PROFILE, "tag_hidden", "tag_unhidden"})


def absorb(plan: Plan, state: State, event: Event) -> set[int]:
    """Take in an event of a reserved type; answers the ranks of the tags to decide anew."""
    if event.type == TRAIT_SET:
        _set_traits(state, event)
    elif event.type in OPINION_TYPES:
        return _opine(plan, state, event)
    elif event.type in PIN_TYPES:
        _pin(state, event)
    elif event.type in WISH_TYPES:
        _wish(state, event)
    elif event.type in OUTCOME_TYPES:
        _meet(plan, state, event)
    elif event.type in benefits.BENEFIT_TYPES:
        benefits.absorb(state, event)
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
        on, value = event.type == "tag_set", event.scalar("value")
        said = str(value) if isinstance(value, str) else None
        layers[event.layer] = (on, said, _end(plan, event, tag) if on else None, event.t)
    state.opinions.pop(tag, None)
    if layers:
        state.opinions[tag] = layers
    return {plan.ranks[plan.places[tag]]} if tag in plan.places else set()


def _end(plan: Plan, event: Event, tag: str) -> int | None:
    """When an opinion ends: as it says itself, else as its tag says."""
    until, defined = event.scalar("until"), plan.playbook.tags.get(tag)
    end = read_instant(until) if isinstance(until, str) else None
    if defined is None:
        return end
    if end is None and defined.ttl is not None:
        end = event.t + defined.ttl
    if defined.half_life is None:
        return end
    faded = event.t + HALVINGS * defined.half_life
    return faded if end is None else min(end, faded)


def _pin(state: State, event: Event) -> None:
    """The class that staff sets; nobody else can, whatever was let in."""
    scheme, chosen, until = event.scalar("scheme"), event.scalar("class"), event.scalar("until")
    if event.layer != STAFF or not isinstance(scheme, str):
        return
    state.pins.pop(scheme, None)
    if event.type == "persona_pinned" and isinstance(chosen, str):
        end = read_instant(until) if isinstance(until, str) else None
        state.pins[scheme] = (chosen, end, event.t, str(event.scalar("reason") or ""))


def _wish(state: State, event: Event) -> None:
    """What is not to be used: of a tag, of the whole person, or as it is no person."""
    wish = {PERSONALISATION: "personalisation", TEST_PROFILE: TEST}.get(event.type, f"tag:{event.scalar('tag')}")
    stands = event.type == "tag_hidden" or event.scalar("on") is (event.type == TEST_PROFILE)
    state.wishes.pop(wish, None)
    if stands:
        state.wishes[wish] = event.t


def _meet(plan: Plan, state: State, event: Event) -> None:
    """Keep as many showings as the contact policy can ask for, and the newest of every other outcome."""
    service = event.scalar("service")
    if not isinstance(service, str) or service not in plan.playbook.services:
        return
    outcome = OUTCOME_TYPES[event.type]
    keep = max(plan.playbook.contact_policy.at_most or 1, 1) if outcome == "shown" else 1
    name = f"{outcome}:{service}"
    state.contacts[name] = [*state.contacts.get(name, []), event.t][-keep:]
