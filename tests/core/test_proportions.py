"""Shares, and what is told first: the same answer to the same question, whatever order the counts came in."""

from itertools import permutations

from service.core.proportions import most_common


def test_what_is_equally_common_is_told_by_name() -> None:
    counts = {"refund": 2, "ready": 5, "cancel": 2, "again": 2}
    told = [("ready", 5), ("again", 2), ("cancel", 2)]
    assert all(most_common(dict(given), 3) == told for given in permutations(counts.items()))
    assert most_common(counts) == [*told, ("refund", 2)]
