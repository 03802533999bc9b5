"""What parts of a path look like, so that each path means one operation only."""

from collections.abc import Mapping

from starlette.convertors import Convertor

# What may stand behind a profile.
PARTS = (
    r"(?:tags/[^/]+|personas/[^/]+|preferences|timeline|identities:(?:link|unlink)|test:reset"
    r"|journeys(?:/[^/]+:light)?|owner-tokens|shares(?:/[^/]+)?)"
)


class _Text(Convertor[str]):
    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


class Digits(_Text):
    """A number, so that `1:replay` is none; it stays text, as no digits are too many for a text."""

    regex = "[0-9]{1,18}"


class Job(_Text):
    """A job, `kind:subject`; `refold:3.1:pause` is none, nor is `refold:pause`."""

    regex = "[a-z]{1,32}:(?:[0-9.]{1,30}|[0-9a-f]{16})"


class Key(_Text):
    """A key of the playbook: `vip:release` is none."""

    regex = "[^/:]+"


class Person(_Text):
    """A profile by id or identity, which may have slashes in it, and nothing of his behind."""

    regex = f"(?!.*/{PARTS}$).+"


CONVERTORS: Mapping[str, Convertor[str]] = {"digits": Digits(), "job": Job(), "key": Key(), "person": Person()}
