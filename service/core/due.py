"""The next instant at which silence alone changes what is said of a profile: exact, or early, never late."""

from collections.abc import Sequence

from service.core.calibration import Calibration
from service.core.enrollment import ACTIVE, NO_STAGE
from service.core.facts import State
from service.core.fold import next_due
from service.core.measures import FOREVER
from service.core.plan import Plan


def due_after(plan: Plan, state: State, at: int, calibrations: Sequence[Calibration]) -> int | None:
    """The next due instant beyond `at`; the state has passed through `at`. None: never."""
    paces = [FOREVER]
    for each in state.enrollments.values():
        if each.status == ACTIVE and each.current != NO_STAGE:
            expected = plan.routes[each.journey].journey.stages[each.current].expected_within
            if expected is not None and each.current_since + expected > at:
                paces.append(each.current_since + expected)
    due = min(next_due(plan, state, calibrations, at), *paces)
    return None if due == FOREVER else due
