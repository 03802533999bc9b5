"""Errors of a shop, each of which has to be seen as a breakpoint `failed` at its stage."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from benchmarks.logs_api import seconds
from benchmarks.logs_data import ERRORS, Case

STAGES = {"payment_error": "payment", "checkout_bug": "checkout"}
Stood = tuple[str, str]  # the cart, and the stage
Span = tuple[int, int | None]


def expected(cases: Iterable[Case]) -> tuple[dict[Stood, Span], dict[str, int]]:
    """The breakpoints that there have to be, from when until when, and how many errors there are of each type.

    The first error at a stage of a cart opens one, which stands until the stage is done; others find it open.
    """
    found: dict[Stood, Span] = {}
    errors = dict.fromkeys(ERRORS, 0)
    for case in cases:
        for each in case:
            cart = each.properties["cart_id"]
            if each.type in errors:
                errors[each.type] += 1
                found.setdefault((cart, STAGES.get(each.type) or each.properties["towards"]), (each.at, None))
            for stage in _done(each.type):
                since = found.get((cart, stage), (0, 0))
                if since[1] is None:
                    found[cart, stage] = (since[0], each.at)
    return found, errors


DONE = {
    "purchase": ("checkout", "payment"),
    "add_to_cart": ("basket",),
    "cart": ("basket",),
    "shipping_details": ("details",),
    "payment_details": ("details",),
}


def _done(kind: str) -> Sequence[str]:
    """The stages that a page completes; every page is looked at."""
    return () if kind in ERRORS else DONE.get(kind, ("look",))


def compare(wanted: Mapping[Stood, Span], told: Sequence[Mapping[str, Any]]) -> list[str]:
    """Which breakpoints are missing, which are too many, which stand at another time."""
    got: dict[Stood, list[Span]] = {}
    for each in told:
        until = each["resolved_at"] and round(seconds(each["resolved_at"]))
        got.setdefault((each["key"], each["stage"]), []).append((round(seconds(each["since"])), until))
    return [
        f"{place}: {wanted.get(place)}, the service says {got.get(place)}"
        for place in sorted(wanted.keys() | got.keys())
        if got.get(place, []) != [wanted.get(place)]
    ]


def seen(cases: Iterable[Case], told: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    """Of each type of error, how many fall into the time of a breakpoint at their stage."""
    stood = {(each["key"], each["stage"]): each for each in told}
    found = dict.fromkeys(ERRORS, 0)
    for each in (each for case in cases for each in case if each.type in found):
        stage = STAGES.get(each.type) or each.properties["towards"]
        broken = stood.get((each.properties["cart_id"], stage))
        if broken is not None and seconds(broken["since"]) <= each.at:
            found[each.type] += broken["resolved_at"] is None or each.at <= seconds(broken["resolved_at"])
    return found
