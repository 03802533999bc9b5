"""Chance that comes from a seed, so that the same arguments give the same lives."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from random import Random
from typing import TypeVar

Key = TypeVar("Key")


def pick(rng: Random, weights: Mapping[Key, int]) -> Key:
    """One key, as often as its weight says."""
    return rng.choices(list(weights), weights=list(weights.values()))[0]


def happens(rng: Random, chance: float) -> bool:
    """Whether it happens this time."""
    return rng.random() < chance


def minutes(rng: Random, low: float, high: float) -> timedelta:
    """A stretch of time, whole seconds."""
    return timedelta(seconds=int(60 * rng.uniform(low, high)))


def days(rng: Random, low: float, high: float) -> timedelta:
    """A stretch of days, whole seconds."""
    return minutes(rng, low * 1_440, high * 1_440)


def at_work(rng: Random, day: datetime, first: int = 9, last: int = 18) -> datetime:
    """A moment of that day in these hours."""
    return day.replace(hour=rng.randint(first, last - 1), minute=rng.randint(0, 59), second=rng.randint(0, 59))
