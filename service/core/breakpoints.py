"""Breakpoints: where a journey breaks; they open and are resolved by facts and time alone."""

from collections import Counter
from collections.abc import Iterator

from service.core.enrollment import KINDS, OPEN, Break, Enrollment

IN_WORDS = {
    "stalled": ("卡住", "is stalled"),
    "skipped": ("被跳过", "was skipped"),
    "failed": ("失败", "failed"),
    "dropped": ("离开", "was left"),
    "regressed": ("倒退", "was gone back to"),
    "dissatisfied": ("不满意", "dissatisfies"),
}


def open_break(enrollment: Enrollment, kind: int, stage: int, at: int) -> None:
    """Open a breakpoint, unless one of what is called its kind stands at that stage."""
    if not any(KINDS[each.kind] == KINDS[kind] and each.stage == stage for each in enrollment.open_breaks()):
        enrollment.breaks.append(Break(kind, stage, at))


def resolve(enrollment: Enrollment, at: int, kind: int, stage: int | None = None) -> None:
    """Resolve the open breakpoints of what is called a kind, at one stage or at any."""
    for each in enrollment.breaks:
        if each.resolved_at == OPEN and KINDS[each.kind] == KINDS[kind] and stage in (None, each.stage):
            each.resolved_at = at


def ended_with_run(enrollment: Enrollment, found: Break) -> bool:
    """Whether a breakpoint ended only because its run was left just then: nobody recovered.

    A stall ends so where the run was left, a step back wherever.
    """
    if found.resolved_at == OPEN or KINDS[found.kind] not in ("stalled", "regressed"):
        return False
    return any(
        KINDS[each.kind] == "dropped"
        and each.since == found.resolved_at
        and (KINDS[found.kind] == "regressed" or each.stage == found.stage)
        for each in enrollment.breaks
    )


def numbered(enrollment: Enrollment) -> Iterator[tuple[Break, int]]:
    """Each breakpoint with its number among those of its kind at its stage, from 1: what it is called, also later."""
    seen: Counter[tuple[str, int]] = Counter()
    for each in enrollment.breaks:
        name = (KINDS[each.kind], each.stage)
        seen[name] += 1
        yield each, seen[name]
