"""What the page of a customer sends."""

from pydantic import Field

from service.api.schemas.fields import Asked, Reference, Word


class PageLight(Asked):
    """Which stage; `share`: of the friend who shared this link."""

    journey: Word
    stage: Word
    key: Reference | None = None
    share: Word | None = None


class PageShare(Asked):
    """Which run, and for how long."""

    journey: Word
    key: Reference | None = None
    days: int = Field(7, ge=1, le=90)


class PageRevoke(Asked):
    """Which link."""

    share: Word
