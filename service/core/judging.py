"""How a run of a journey went: what fails it, complaints, what makes them good, and ratings."""

from service.core.breakpoints import open_break, resolve
from service.core.enrollment import DISSATISFIED, DROPPED, FAILED, NO_STAGE, SLIDING, UNLIT, Enrollment
from service.core.event import MICRO, Event
from service.core.routes import FEEDBACK, Route, matches
from service.core.steps import COMPLAINED, MENDED, RATED
from service.core.steps import FAILED as FAILED_BY

WORTH = {5 * MICRO: 1000, 4 * MICRO: 900, 3 * MICRO: 700, 2 * MICRO: 400, MICRO: 200}  # of a rating, in thousandths
SLIDE = 2  # good ratings, after which a middling one is a slide
POOR, GOOD = 2 * MICRO, 4 * MICRO  # a rating up to the one dissatisfies; from the other on it makes good


def judge(route: Route, each: Enrollment, event: Event) -> None:
    """Take in what an event says of how it goes."""
    _fail(route, each, event)
    _hear(route, each, event)


def _fail(route: Route, each: Enrollment, event: Event) -> None:
    if each.status == DROPPED:
        return
    for index, lit in enumerate(each.lit):
        if lit == UNLIT and matches(route.fails[index], event):
            each.active_at = event.t
            each.step(FAILED_BY, index, event)
            open_break(each, FAILED, index, event.t)


def _hear(route: Route, each: Enrollment, event: Event) -> None:
    """Complaints, what makes them good, and ratings."""
    for index in range(len(each.lit)):
        if matches(route.mends[index], event):
            each.step(MENDED, index, event)
            resolve(each, event.t, DISSATISFIED, index)
        if matches(route.complains[index], event):
            each.step(COMPLAINED, index, event)
            open_break(each, DISSATISFIED, index, event.t)
    rating = event.scalar("rating") if route.rated and event.type == FEEDBACK else None
    worth = WORTH.get(rating) if isinstance(rating, int) else None
    if worth is None or not isinstance(rating, int):
        return
    total, number = each.ratings or (0, 0)
    each.ratings = [total + worth, number + 1]
    stage = _rated_stage(route, each, event)
    each.step(RATED, stage, event)
    if rating <= POOR:
        open_break(each, DISSATISFIED, stage, event.t)
    elif rating >= GOOD:
        resolve(each, event.t, DISSATISFIED)


def _rated_stage(route: Route, each: Enrollment, event: Event) -> int:
    """The stage that a rating names, else the one that was lit last, before any the one that he is at."""
    named = event.scalar("stage")
    places = [place for place, stage in enumerate(route.journey.stages) if stage.key == named]
    if places:
        return places[0]
    lit = [place for place, t in enumerate(each.lit) if t != UNLIT]
    here = 0 if each.current == NO_STAGE else each.current
    return max(lit, key=lambda place: (each.lit[place], place), default=here)


def slide(each: Enrollment, event: Event, ratings: list[int]) -> None:
    """After a rating: two good visits and now one that is middling is a slide. `ratings`: the last two, kept here."""
    rated = each.steps[-1] if each.steps else None
    newest = event.scalar("rating")
    if rated is None or rated.event is not event or rated.kind != RATED or not isinstance(newest, int):
        return
    if len(ratings) == SLIDE and min(ratings) >= GOOD and POOR < newest < GOOD:
        open_break(each, SLIDING, rated.stage, event.t)
    ratings[:] = [*ratings[1 - SLIDE :], newest]
