"""The next instant at which silence alone changes what is said of a profile: exact, or early, never late."""

from service.core.enrollment import ACTIVE, NO_STAGE
from service.core.facts import State
from service.core.measures import FOREVER
from service.core.plan import Plan


def due_after(plan: Plan, state: State, at: int, silent: int) -> int | None:
    """The next due instant beyond `at`, through which the state has passed; silence changes it at `silent`."""
    due = silent
    for each in state.enrollments.values():
        if each.status == ACTIVE and each.current != NO_STAGE:
            expected = plan.routes[each.journey].journey.stages[each.current].expected_within
            if expected is not None and each.current_since + expected > at:
                due = min(due, each.current_since + expected)
    return None if due == FOREVER else due
