"""A source is silent by its own rhythm, and a stage is when all its sources are."""

import pytest

from service.core.calendar import HOUR
from service.core.gaps import gap_of, silent_since

DAYTIME = [day * 24 + hour for day in range(5) for hour in range(8, 20)]  # the last: hour 115; the nights are 12 long


@pytest.mark.parametrize(
    ("hours", "now", "since"),
    [
        (DAYTIME, 116 + 26, None),
        (DAYTIME, 116 + 27, 116),
        (DAYTIME[::-1] + DAYTIME, 116 + 27, 116),
        (DAYTIME[:23], 10_000, None),  # too little to have a rhythm
        (DAYTIME[:24], 10_000, 44),
        ([], 10_000, None),
    ],
)
def test_a_source_is_silent_when_it_is_so_for_twice_as_long_as_ever(
    hours: list[int], now: int, since: int | None
) -> None:
    assert silent_since(hours, now * HOUR) == (None if since is None else since * HOUR)


@pytest.mark.parametrize(
    ("sources", "since"),
    [(["pos"], 5), (["pos", "app"], 7), (["pos", "web"], None), (["web"], None), ([], None)],
)
def test_a_stage_is_silent_when_all_its_sources_are(sources: list[str], since: int | None) -> None:
    assert gap_of(sources, {"pos": 5, "app": 7}) == since
