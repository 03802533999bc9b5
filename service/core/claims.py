"""Stages that users light themselves, or their friends for them: a claim beside the evidence, unless it is verified."""

import re
from bisect import insort
from hashlib import blake2b

from service.core.enrollment import DROPPED, NO_STAGE, UNLIT, Enrollment
from service.core.event import Event
from service.core.playbook.definitions import AFTER_EXIT
from service.core.routes import STAGE_LIT, Route

_DIGEST = re.compile("[0-9a-f]{16}")


def claim(route: Route, each: Enrollment, event: Event) -> int:
    """Take in that somebody lights a stage. Answers the stage that counts as done by it; `NO_STAGE` if none does.

    A claim changes what the customer sees, and nothing that is decided by: no status, no current stage, no breakpoint.
    """
    place = _place(route, each, event)
    by = None if place == NO_STAGE else route.journey.stages[place].lit_by
    if by is None or each.status == DROPPED or each.lit[place] != UNLIT or place in each.claimed:
        return NO_STAGE
    friend = event.scalar("friend")
    if isinstance(friend, str) != bool(by.friends):
        return NO_STAGE  # what friends light is not the user's to light, nor the other way round
    if isinstance(friend, str):
        helpers, name = each.helpers.setdefault(place, []), _digest(friend)
        if name not in helpers:
            insort(helpers, name)
        if len(helpers) < by.friends:
            return NO_STAGE
    if by.verified:
        return place
    each.claimed[place] = event.t
    each.dimmed.pop(place, None)
    return NO_STAGE


def _place(route: Route, each: Enrollment, event: Event) -> int:
    """The stage of this run that an event lights."""
    if event.type != STAGE_LIT or event.scalar("journey") != route.journey.key:
        return NO_STAGE
    key = event.scalar("key")
    if route.journey.re_entry == AFTER_EXIT and key not in (None, each.key):
        return NO_STAGE
    named = event.scalar("stage")
    return next((place for place, stage in enumerate(route.journey.stages) if stage.key == named), NO_STAGE)


def _digest(friend: str) -> str:
    """What is kept of a friend: the digest that was said, or that of whatever else he is called by."""
    return friend if _DIGEST.fullmatch(friend) else blake2b(friend.encode(), digest_size=8).hexdigest()


def forget_after(each: Enrollment, stage: int) -> None:
    """A new lap begins at a stage: what was claimed of it and of those after it, or taken back, is open again."""
    each.claimed = {place: t for place, t in each.claimed.items() if place < stage}
    each.helpers = {place: found for place, found in each.helpers.items() if place < stage}
    each.dimmed = {place: found for place, found in each.dimmed.items() if place < stage}
