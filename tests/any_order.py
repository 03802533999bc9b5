"""Rows that nobody asked to be in an order come in any order: PostgreSQL does so when it likes, here each time."""

import random
from collections.abc import Callable
from typing import Any

import pytest

from service.store.dialect import Sql


def shuffle_rows(patch: pytest.MonkeyPatch) -> None:
    """Let every question without an ORDER BY of its own answer its rows shuffled."""
    chance = random.Random(1)

    def shuffled(method: Callable[..., Any], said: int) -> Callable[..., Any]:
        def answer(sql: Sql, *args: Any, **more: Any) -> Any:
            found = method(sql, *args, **more)
            if isinstance(found, list) and not _ordered(str(args[said])):
                chance.shuffle(found)
            return found

        return answer

    for name, said in (("fetch", 0), ("_returning", 0), ("select", 1), ("scalars", 0)):
        patch.setattr(Sql, name, shuffled(getattr(Sql, name), said))


def _ordered(text: str) -> bool:
    """Whether the statement says in which order; SQLAlchemy answers the ids of bad items in the order given."""
    return text.startswith("INSERT INTO quarantine") or "ORDER BY" in text.rpartition(")")[2]
