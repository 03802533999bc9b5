"""Half a year of the parks in playbooks/park.yaml, as the events that their systems would send.

The same arguments give the same events, byte for byte; no clock is read.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random

from service.cli.park.cast import CAST
from service.cli.park.first_week import start_here
from service.cli.park.leasing import interest, know, renew, settle
from service.cli.park.notes import BOSS, Diary
from service.cli.park.residents import Resident, many, someone
from service.cli.park.upkeep import complain, inspect, repair
from service.cli.park.work import (
    be_rated,
    be_visited,
    book_room,
    come_along,
    invite,
    pay,
    people_days,
    seek,
)
from service.cli.simulation.arrivals import END, arriving
from service.cli.simulation.chance import at_work, days, happens
from service.cli.simulation.diary import Wire, morning

HALF_YEAR = timedelta(days=180)
EXPIRING = 0.5  # share of tenants whose lease comes to its end


def half_year(people: int = 1_200, seed: int = 7, end: datetime = END) -> Iterator[Wire]:
    """The events of so many companies and people in the 180 days up to `end`, in the order in which they arrive.

    The cast is always there, even if `people` is smaller.
    """
    return arriving(lived, max(people, len(CAST)), seed, end)


def lived(index: int, rng: Random, end: datetime) -> Diary:
    """The half year of one of them."""
    one, play = CAST.get(index, (None, None))
    one = one or someone(rng, index)
    diary = Diary(index=index, resident=one, start=end - HALF_YEAR, end=end)
    if play:
        play(diary)
    elif one.way.company:
        company(diary, rng, one)
    else:
        person(diary, rng, one)
    return diary


def company(diary: Diary, rng: Random, one: Resident) -> None:
    """A company's half year, by what it is to the park."""
    if one.kind == "asking":
        interest(diary, rng, at_work(rng, morning(diary.end, rng.randint(3, 120), 10)))
        return
    since = diary.start
    if one.kind == "arriving":
        since = settle(diary, rng, at_work(rng, morning(diary.end, rng.randint(12, 175), 10)))
    else:
        moved = diary.start - days(rng, 100, 1_500)
        know(diary, diary.start + timedelta(hours=rng.randint(1, 90)), moved)
        if happens(rng, EXPIRING):
            renew(diary, rng, at_work(rng, morning(diary.end, rng.randint(5, 150), 10)))
    belong(diary, rng, since)


def belong(diary: Diary, rng: Random, since: datetime) -> None:
    """What tenants do, each on some working hour since they are here."""
    if since >= diary.end:
        return
    way = diary.resident.way
    pay(diary, rng, since)
    habits = ((way.repairs, repair), (way.rooms, book_room), (way.visits, invite), (way.services, seek))
    for often, does in (*habits, ((0, 1), inspect), ((0, 2), be_visited), ((0, 3), come_along), ((0, 1), be_rated)):
        for _ in many(rng, often):
            does(diary, rng, some_hour(diary, rng, since))
    if happens(rng, 0.05):
        kind = rng.choice(("noise", "parking", "fee"))
        complain(diary, some_hour(diary, rng, since), kind, {}, hours=rng.uniform(3, 90))
    if happens(rng, 0.02):
        gone: Wire = {"contract_id": diary.resident.contract, "reason": "提前退租"}
        diary.note("moved_out", diary.end - days(rng, 1, 20), gone, by=BOSS, source="property")


def some_hour(diary: Diary, rng: Random, since: datetime) -> datetime:
    """Any working hour since then."""
    known = max(since, diary.start)
    return at_work(rng, known + (diary.end - known) * rng.random())


def person(diary: Diary, rng: Random, one: Resident) -> None:
    """The last weeks of somebody who works here."""
    if one.kind == "newcomer":
        start_here(diary, rng, morning(diary.end, rng.randint(1, 45), 9))
    else:
        people_days(diary, rng, one.kind)
