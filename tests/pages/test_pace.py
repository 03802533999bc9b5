"""Allowances refill, and are forgotten all together when there are too many of them."""

import asyncio

import pytest

from service.api import pace
from service.api.pace import Pace


@pytest.mark.anyio
async def test_an_allowance_refills() -> None:
    fast = Pace(6_000)  # a hundred a second
    assert [fast.wait("a") for _ in range(6_000)] == [0] * 6_000
    assert fast.wait("a") >= 0
    await asyncio.sleep(0.05)
    assert (fast.wait("a"), fast.wait("b")) == (0, 0)


@pytest.mark.anyio
async def test_names_are_not_remembered_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "ROOM", 3)
    slow = Pace(10)
    for name in "abcdefgh":
        slow.wait(name)
    assert len(slow._left) <= 3
