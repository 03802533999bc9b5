"""Ratings that slide: a middling one after two good ones of the same journey, whichever run they were of."""

from typing import Any

from service.core import fold
from service.core.calendar import MINUTE
from service.core.enrollment import DISSATISFIED
from service.core.progress import show_enrollments
from tests.given import NOON, a_plan, an_event

PLAN = a_plan(
    events={"undo": {"properties": {"text": "string"}, "reverses": {"event": "feedback_given", "by": "text"}}},
    journeys={
        "cup": {
            "enter": {"event": "seen"},
            "stages": [
                {"stage": "see", "phase": "pre_sale", "completed_by": {"event": "seen"}},
                {"stage": "rate", "phase": "after_sale", "completed_by": {"event": "feedback_given"}},
            ],
        }
    },
)


def broken(*ratings: int, undone: str = "") -> list[Any]:
    """The breakpoints of a run after these ratings, each with its place as text; one of them may be taken back."""
    events = [an_event("seen")]
    for n, each in enumerate(ratings, 1):
        events.append(an_event("feedback_given", NOON + n * MINUTE, n + 1, rating=each, text=str(n)))
    events += [an_event("undo", NOON + 99 * MINUTE, 99, text=undone)] if undone else []
    state = fold.refold(PLAN, events, ())
    (shown,) = show_enrollments(PLAN, state, NOON + 100 * MINUTE)
    breaks: Any = shown["breakpoints"]
    return [(each["because"]["code"], each["stage"], each["resolved_at"] is not None) for each in breaks]


def test_a_middling_rating_after_two_good_ones_is_a_slide() -> None:
    assert broken(5, 4, 3) == [("sliding", "rate", False)]
    assert broken(5, 3) == broken(5, 2, 5, 3)[1:] == []
    assert broken(5, 4, 3, 5) == [("sliding", "rate", True)]


def test_what_is_taken_back_neither_slides_nor_hides_a_slide() -> None:
    """When a rating is taken back, the others are heard again without it."""
    assert broken(5, 4, 3, 3, undone="4") == [("sliding", "rate", False)]
    assert broken(5, 4, 3, undone="2") == []
    assert broken(3, 5, 5, undone="3") == []
    assert broken(5, 1, 4, 3, undone="2") == [("sliding", "rate", False)]


def test_a_rating_before_any_stage_is_lit_is_of_the_current_one() -> None:
    stages = [
        {"stage": "pay", "phase": "in_sale", "completed_by": {"event": "paid"}},
        {"stage": "take", "phase": "in_sale", "completed_by": {"event": "taken"}},
    ]
    journey = {"enter": {"event": "asked"}, "key": "text", "goal": {"event": "done"}, "stages": stages}
    plan = a_plan(events={}, journeys={"cup": journey})
    asked, rated = an_event("asked", text="i"), an_event("feedback_given", NOON + 2, 3, rating=1, text="i")
    for events in ([asked, rated], [asked, an_event("done", NOON + 1, 2, text="i"), rated]):
        (each,) = fold.refold(plan, events, ()).enrollments.values()
        assert [(found.kind, found.stage) for found in each.breaks] == [(DISSATISFIED, 0)]


def rated(**named: str) -> list[tuple[list[int], int]]:
    """The ratings that were heard, and where, of one event that names a journey and a stage, or neither."""
    stages = [{"stage": "see", "phase": "pre_sale", "completed_by": {"event": "seen"}, "feedback": "好看吗？"}]
    plan = a_plan(events={}, journeys={"cup": {"enter": {"event": "seen"}, "stages": stages}})
    events = [an_event("seen"), an_event("feedback_given", NOON + 1, 2, rating=1, **named)]
    (each,) = fold.refold(plan, events, ()).enrollments.values()
    return [(each.ratings, found.stage) for found in each.breaks]


def test_a_journey_that_asks_hears_ratings_but_none_of_another_journey() -> None:
    assert rated() == rated(journey="cup", stage="see") == [([200, 1], 0)]
    assert rated(journey="tea") == []
