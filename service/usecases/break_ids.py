"""What breakpoints are called: their ids as one word, and the names that their stages had."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

from service.core.playbook.definitions import Playbook
from service.store import BreakpointRow, NoteRow
from service.usecases.failures import Unknown

BreakKey = tuple[int, str, str, str, str, int]  # profile, journey, key, stage, kind, number
ID = [str, str, str, str, str, int]
LARGEST = 2**63


def break_key(row: BreakpointRow | NoteRow) -> BreakKey:
    """What tells breakpoints apart."""
    return row.profile, row.journey, row.key, row.stage, row.kind, row.number


def names_of(playbook: Playbook, key: BreakKey) -> list[BreakKey]:
    """A breakpoint's own key, and the keys that it had while its stage was called otherwise."""
    journey = playbook.journeys.get(key[1])
    was = next((each.was for each in journey.stages if each.key == key[3]), ()) if journey else ()
    return [key, *((*key[:3], old, *key[4:]) for old in was)]


def write_id(key: BreakKey) -> str:
    """A breakpoint as one word, for paths."""
    return pack([f"{key[0]:016x}", *key[1:]])


def read_id(word: str) -> BreakKey:
    """What `write_id` wrote; Unknown if it did not."""
    found = unpack(word)
    if isinstance(found, list) and [type(each) for each in found] == ID:
        try:
            key = (int(found[0], 16), *found[1:])
        except ValueError:
            key = (LARGEST, *found[1:])
        if storable([*key]):
            return key
    raise Unknown("unknown_breakpoint", "没有这个断点，编号请取自断点列表", "there is no such breakpoint")


def pack(parts: Sequence[object]) -> str:
    """Plain values as one word."""
    text = json.dumps(parts, separators=(",", ":"), ensure_ascii=False)
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def unpack(word: str) -> Any:  # noqa: ANN401 - whatever a client made up
    """What `pack` made a word of; None of what is no such word."""
    try:
        return json.loads(urlsafe_b64decode(word + "=" * (-len(word) % 4)))
    except (ValueError, RecursionError):
        return None


def storable(found: list[object]) -> bool:
    """Whether every database could look for it."""
    numbers, texts = [each for each in found if isinstance(each, int)], "".join(map(str, found))
    whole = not any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in texts)
    return whole and all(-LARGEST <= each < LARGEST for each in numbers)
