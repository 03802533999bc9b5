"""Breakpoints: where a journey breaks; they open and are resolved by facts and time alone."""

from service.core.enrollment import OPEN, Break, Enrollment


def open_break(enrollment: Enrollment, kind: int, stage: int, at: int) -> None:
    """Open a breakpoint, unless one of its kind stands at that stage."""
    if not any(each.kind == kind and each.stage == stage for each in enrollment.open_breaks()):
        enrollment.breaks.append(Break(kind, stage, at))


def resolve(enrollment: Enrollment, at: int, kind: int, stage: int | None = None) -> None:
    """Resolve the open breakpoints of a kind, at one stage or at any."""
    for each in enrollment.breaks:
        if each.resolved_at == OPEN and each.kind == kind and stage in (None, each.stage):
            each.resolved_at = at
