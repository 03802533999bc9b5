"""The rows of links to progress; like all rows they are known under `rows`."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareRow:
    """A link to somebody's progress: only the digest of its token is kept."""

    share: str
    digest: bytes
    kind: str  # share: anybody may look; owner: himself, for a short while
    root: int  # of one of his identities, so that the link follows him
    journey: str  # empty: all of them
    key: str  # of the run
    created_at: int
    expires_at: int
    revoked_at: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    share: str
    day: int  # since 1970, in UTC
    n: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferralRow:
    """Somebody came by a link: once for each person."""

    share: str
    friend: str  # a digest
    at: int
