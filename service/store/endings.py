"""How breakpoints ended: resolved, or only because the run that had them was left.

A stall and a step back end with the run, at the instant at which it is dropped. Nobody recovered then.
"""

# ruff: noqa: S608 - every name in these texts is one of those below, every value is a parameter

_LEFT = (
    "EXISTS (SELECT 1 FROM breakpoints d WHERE d.profile = b.profile AND d.journey = b.journey AND d.key = b.key "
    "AND d.kind = 'dropped' AND d.since = b.resolved_at AND d.withdrawn_at IS NULL "
    "AND ((b.kind = 'stalled' AND d.stage = b.stage) OR b.kind = 'regressed'))"
)


def ended_text(keys: str, found: str, grouped: str) -> str:
    """How many breakpoints opened, how many of them were resolved and after how long in all, how many were left."""
    return (
        f"SELECT {keys}count(*), count(CASE WHEN b.ended = 'well' THEN 1 END), "
        "CAST(coalesce(sum(CASE WHEN b.ended = 'well' THEN b.resolved_at - b.since END), 0) AS BIGINT), "
        "count(CASE WHEN b.ended = 'left' THEN 1 END) FROM (SELECT b.*, CASE WHEN b.resolved_at IS NULL THEN 'not' "
        f"WHEN {_LEFT} THEN 'left' ELSE 'well' END AS ended FROM breakpoints b WHERE {found}) b{grouped}"
    )


def left_text(found: str) -> str:
    """Which of them were left."""
    return f"SELECT b.profile, b.key, b.stage, b.kind, b.number FROM breakpoints b WHERE {found} AND {_LEFT}"
