"""Accounts: profiles of organisations, and the contacts who acted for them.

An event of an account may name in its properties who acted: `contact`, an identity, and `contact_role`. The contact
stays somebody else: nothing is linked, he is only told of.
"""

from service.core.calendar import write_instant
from service.core.contact import read_contact, read_role
from service.core.event import Event
from service.core.facts import State
from service.core.layout import Layout
from service.core.plan import Plan

MOST = 200  # contacts of one account; beyond, whoever has been silent for longest is forgotten


def absorb(plan: Plan, state: State, event: Event) -> None:
    """Take in of an account's event that it is one, and who acted for it."""
    accounts = plan.layout.frame.accounts
    if event.under not in accounts:
        return
    contacts = state.account.setdefault("contacts", {})
    identity = read_contact(event.properties, accounts)
    if not isinstance(identity, str):
        return
    role, first, _, events = contacts.get(identity) or (None, event.t, 0, 0)
    contacts[identity] = (read_role(event.properties) or role, first, event.t, events + 1)
    if len(contacts) > MOST:
        del contacts[min(contacts, key=lambda each: (contacts[each][2], each))]


def nobody(layout: Layout, *, account: bool) -> State:
    """Somebody of whom nothing is known, or may be used, but the type of his profile."""
    state = State(layout)
    if account:
        state.account["contacts"] = {}
    return state


def show_contacts(state: State) -> list[dict[str, object]]:
    """The contacts of an account, who acted last first; a person has none."""
    contacts = state.account.get("contacts", {})
    newest = sorted(contacts.items(), key=lambda each: (-each[1][2], each[0]))
    return [
        {
            "identity": identity,
            "role": role,
            "first_at": write_instant(first),
            "last_at": write_instant(last),
            "events": events,
        }
        for identity, (role, first, last, events) in newest
    ]
