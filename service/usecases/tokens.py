"""Tokens of links: what they look like, and whom they stand for. Only digests of them are kept."""

import re
import secrets
import string
from dataclasses import dataclass
from hashlib import blake2b, sha256

from service.store import ProfileRow, ShareRow, Unit
from service.usecases.failures import Unknown

SHARE, OWNER = "share", "owner"
_FIRST = {SHARE: "s-", OWNER: "o-"}
_LETTERS = string.digits + string.ascii_letters  # all of them may stand in the scene of a mini-program code
_DRAWN = 30  # letters: 178 bits, and 32 with the first two, which is what a scene takes
TOKEN = re.compile(rf"[so]-[0-9A-Za-z]{{{_DRAWN}}}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A link that is good at an instant, and the profile that it stands for by now."""

    share: ShareRow
    row: ProfileRow


def new_token(kind: str) -> str:
    """A token that nobody guesses."""
    return _FIRST[kind] + "".join(secrets.choice(_LETTERS) for _ in range(_DRAWN))


def digest_of(token: str) -> bytes:
    """What is kept of a token."""
    return sha256(token.encode()).digest()


def no_such_link() -> Unknown:
    """One answer for links that never were, have expired, or were revoked: nobody learns which."""
    return Unknown(
        "unknown_link", "链接不存在或已经失效，请让朋友重新分享", "there is no such link, or it is no longer valid"
    )


def open_link(unit: Unit, token: str, now: int, kinds: tuple[str, ...] = (SHARE, OWNER)) -> Opened:
    """The link behind a token. It follows its person into whom he was merged with."""
    digest = digest_of(token) if TOKEN.fullmatch(token) else b""
    share = unit.shares.by_digests([digest]).get(digest)
    if share is None or share.kind not in kinds or share.revoked_at is not None or share.expires_at <= now:
        raise no_such_link()
    profile = unit.identities.by_profile_id([share.root]).get(share.root)
    row = None if profile is None else unit.profiles.load([profile]).get(profile)
    if row is None:
        raise no_such_link()
    return Opened(share=share, row=row)


def friend_of(root: int) -> str:
    """How somebody is known among those whom he helps or was brought by: a digest of one of his roots."""
    return blake2b(root.to_bytes(8, "big", signed=True), digest_size=8, person=b"lantern friend").hexdigest()
