"""What is wrong with something a person or a client sent, and how to mend it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong: a stable code, the place as an RFC 6901 pointer, and the mend in two languages.

    `zh` and `en` never repeat what was sent beyond a shape ("a number"), so they are safe to log and to answer.
    """

    code: str
    pointer: str
    zh: str
    en: str


def token(name: object) -> str:
    """One step of a JSON pointer (RFC 6901 §3), slash included."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")
