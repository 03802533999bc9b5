"""Who acted for an account: what an event's properties say of him, `contact` and `contact_role`."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace

from service.core.event import Value
from service.core.identity import kind_of, namespace_of, read_identity
from service.core.problem import Problem

CONTACT, ROLE = "contact", "contact_role"
ROLE_LIMIT = 64
IS_ACCOUNT = Problem(
    code="contact_is_account", pointer="/properties/contact",
    zh="经办人（contact）应为个人的标识，不能是客户单位",
    en="the contact is a person; name him by an identity of his own, not by an account's",
)  # fmt: skip
ROLE_IS_TEXT = Problem(
    code="not_a_string", pointer="/properties/contact_role",
    zh="应为文字，例如 行政经理", en="a text is expected, for example office manager",
)  # fmt: skip


def read_contact(properties: Mapping[str, Value], accounts: Collection[str]) -> str | Problem | None:
    """The identity of whoever acted, in its one spelling; None if nobody is named."""
    said = properties.get(CONTACT)
    if said is None:
        return None
    found = read_identity(said if isinstance(said, str) else "")
    if not isinstance(found, str):
        return replace(found, pointer="/properties/contact")
    return IS_ACCOUNT if namespace_of(kind_of(found)) in accounts else found


def read_role(properties: Mapping[str, Value]) -> str | None:
    """As what he acted; what is no text says nothing."""
    said = properties.get(ROLE)
    return said[:ROLE_LIMIT] if isinstance(said, str) and said.strip() else None


def misnamed(properties: Mapping[str, Value], accounts: Collection[str]) -> Iterator[Problem]:
    """What is wrong with how an account's event names who acted."""
    found = read_contact(properties, accounts)
    if isinstance(found, Problem):
        yield found
    if not isinstance(properties.get(ROLE), str | None):
        yield ROLE_IS_TEXT
