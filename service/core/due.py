"""The next instant at which silence alone changes what is said of a profile: exact, or early, never late."""

from service.core.enrollment import ACTIVE, NO_STAGE
from service.core.facts import State
from service.core.measures import FOREVER


def due_after(state: State, at: int, silent: int) -> int | None:
    """The next due instant beyond `at`, through which the state has passed; silence changes it at `silent`."""
    due = silent
    for each in state.enrollments.values():
        if each.status == ACTIVE and each.current != NO_STAGE and each.late_at > at:
            due = min(due, each.late_at)
    return None if due == FOREVER else due
