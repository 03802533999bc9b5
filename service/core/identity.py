"""Identities: `namespace[@qualifier]:value`, split at the first colon."""

import re

_IDENTITY = re.compile(r"[a-z][a-z0-9_]{0,31}(@[^:@\s]{1,64})?:\S(.{0,198}\S)?")


def is_identity(text: str) -> bool:
    """`namespace[@qualifier]:value`."""
    return _IDENTITY.fullmatch(text) is not None and text.isprintable()
